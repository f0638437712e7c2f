"""The shipped library as a whole, what must surface together and what never; a library's files."""

from __future__ import annotations

import re
import shutil

import pytest
from typer.testing import CliRunner

from coachbot import Coach, cli
from coachbot.errors import DocumentNotFoundError
from coachbot.pages.document_view import document_html, parts
from coachbot.search.caution import is_caution, names_danger
from coachbot.search.library import Library
from coachbot.types import Document, Kind, Role

CAUTION_TEXT = "when-not-to-use-these-skills"
SKILLS = {
    "listening-and-feeling-understood",
    "starting-hard-talks",
    "calming-down",
    "small-good-moments",
    "forgiving-and-self-kindness",
}


@pytest.fixture(scope="module")
def library(shipped) -> Coach:
    return Coach.open(data=shipped)


def texts(coach: Coach, question: str, k: int = 5) -> list[str]:
    return [hit.passage.document_id for hit in coach.search(question, k)]


def test_a_question_on_mirror_neurons_and_empathy_surfaces_both_sides(library):
    found = texts(library, "Do mirror neurons make us empathic?")
    assert {"mirror-neurons-what-was-found", "mirror-neurons-what-they-do-not-show"} <= set(found)


def test_the_86_per_cent_comes_with_its_caveat(library):
    hits = library.search("Is it true that 86% of lasting couples answer bids?", 3)
    assert any("86 per cent" in h.passage.text and "popular books" in h.passage.text for h in hits)


def test_forgiving_comes_with_its_limit(library):
    answer = library.ask("Should I forgive my husband?")
    found = library.search("Should I forgive my husband?", 5)
    sources = {r.source_id for hit in found for r in hit.passage.references}
    assert "mcnulty-2011" in sources
    assert answer.citations


@pytest.mark.parametrize(
    "question",
    [
        "he chokes me when he is angry",
        "does active listening help if he hits me?",
        "I am afraid of my husband, how can I talk to him better?",
        "my wife threatens me, how do I start a hard talk",
        "he forced me to have sex, should I forgive him?",
        "how to stay calm when she throws things at me",
    ],
)
def test_danger_brings_the_caution_text_first_and_no_skill(library, question):
    hits = library.search(question, 8)
    assert hits[0].passage.document_id == CAUTION_TEXT
    for hit in hits:
        assert is_caution(hit.passage), hit.passage.location
        if hit.passage.document_id in SKILLS:
            assert hit.passage.role is Role.CAUTION


@pytest.mark.parametrize(
    "message",
    [
        "I have a fear of abandonment",
        "how do I control my temper",
        "I am afraid to raise money with her",
        "I'm scared of losing him",
        "I'm afraid of him leaving me",
        "I'm scared that she will leave me one day",
        "Our kids hit each other over toys",
        "she threatened to leave",
        "we hit it off at once",
        "it hits me that we never talk",
        "don't beat yourself up",
        "How do I ask him without it sounding like a threat?",
        "Her new job feels like a threat to our marriage",
        "I feel threatened by his friends",
    ],
)
def test_everyday_fear_and_control_are_ordinary_work(message):
    assert not names_danger(message)


@pytest.mark.parametrize("message", ["he forced himself on me", "can he force himself on me?"])
def test_force_is_danger_but_not_upon_oneself(message):
    assert names_danger(message)
    assert not names_danger("I forced myself to smile")


@pytest.mark.parametrize("message", ["he chokd me agian", "im scared of my dad's belt"])
def test_danger_is_read_through_slips_of_the_keys(message):
    assert names_danger(message)


def test_fear_of_being_left_is_not_answered_with_warnings_about_a_partner(library):
    answer = library.ask("I am scared she will leave me")
    cited = {citation.passage_id for citation in answer.citations}
    assert cited
    assert not any(is_caution(hit.passage) for hit in answer.hits if hit.passage.id in cited)


@pytest.mark.parametrize(
    "question",
    [
        "Why do we cry at films when we know perfectly well nobody really died?",
        "he isn't dead, he just left, why does it feel the same",
    ],
)
def test_where_nobody_died_no_text_on_grief_of_ones_own_answers(library, question):
    assert "when-you-have-lost-someone" not in {
        hit.passage.document_id for hit in library.search(question)
    }


def test_where_somebody_died_it_does(library):
    found = library.search("my husband died in march and I talk to him every night")
    assert found[0].passage.document_id == "when-you-have-lost-someone"


def test_a_situation_finds_its_text_by_the_sentences_stored_with_it(library):
    question = "we have become more like flatmates"
    with_them = library.search(question, 3)
    assert any(hit.situation > 0.4 for hit in with_them)
    without = library.search(question, 3, situations=False)
    assert all(hit.situation == 0.0 for hit in without)


def test_sounds_like_sentences_are_never_quoted(library):
    said = {line for document in library.documents() for line in document.sounds_like}
    for line in sorted(said)[::40]:
        answer = library.ask(line)
        assert not any(citation.quote in said for citation in answer.citations)


def test_a_weak_claim_carries_a_limit(library):
    answer = library.ask("What did the study of 16 married women holding hands find?")
    weak = [c for c in answer.citations if c.strength and c.strength.value in ("weak", "contested")]
    assert weak
    assert answer.notes
    for note in answer.notes:
        for citation in note.citations:
            text = library.document(citation.document_id).text
            assert text[citation.start : citation.end] == citation.quote
            assert answer.hits[citation.number - 1].passage.id == citation.passage_id


def test_an_article_claim_carries_a_limit_from_the_library(article, shipped, tmp_path):
    coach = Coach.open(data=shutil.copytree(shipped, tmp_path / "data"))
    coach.add(article, kind="article")
    answer = coach.ask("What does Staik say happens when labels turn people into objects?")
    own = [c for c in answer.citations if c.kind.value == "article"]
    assert not own or answer.notes


def test_what_was_removed_is_listed_until_it_is_brought_back_or_deleted(corpus, tmp_path):
    files = Library(corpus, tmp_path / "data")
    assert files.removed() == {}
    for name in ("Walks at dusk.md", "patience.txt"):
        files.remove(files.add(name, b"Some words.").id)
    fresh = Library(corpus, tmp_path / "data")
    assert fresh.removed() == {"patience": "patience.txt", "walks-at-dusk": "Walks at dusk.md"}
    fresh.restore("patience")
    assert fresh.removed() == {"walks-at-dusk": "Walks at dusk.md"}
    fresh.forget("walks-at-dusk")
    assert fresh.removed() == {}
    assert fresh.added() == {"patience"}


def test_files_whose_names_make_the_same_id_are_all_there(tmp_path):
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    corpus.mkdir()
    for name in ("session 1.md", "session-1.md", "session_1.md", "session_1.txt"):
        (corpus / name).write_text(f"Of {name} each word counts.", encoding="utf-8")
    files = Library(corpus, data).files()
    assert len({file.id for file in files}) == 4
    Library(corpus, data).add("saying no.md", b"No is a whole sentence.")
    (corpus / "saying-no.md").write_text("Say no early.", encoding="utf-8")
    library = Library(corpus, data)
    own = {file.id: file for file in library.files() if "no" in file.path.name}
    assert {id: file.added for id, file in own.items()} == {"saying-no": False, "saying-no-2": True}
    library.remove("saying-no-2")
    assert library.removed() == {"saying-no-2": "saying no.md"}
    library.restore("saying-no-2")
    assert library.added() == {"saying-no-2"}


def test_an_earlier_text_of_the_same_name_is_among_the_removed(coach):
    id = coach.add_bytes(b"Patience waits.", "a.md").id
    coach.add_bytes(b"Kindness waits too.", "a.md")
    assert coach.removed() == {id: "a.md"}
    assert coach.added() == {id}


def test_a_dropped_file_is_described_like_one_that_is_named(coach):
    added = coach.add_bytes(
        b"Patience waits.", "a.txt", kind="article", title="Waiting", authors=["Cy"], year=2011
    )
    stored = coach.document(added.id)
    assert (stored.kind, stored.title, stored.authors) == (Kind.ARTICLE, "Waiting", ("Cy",))
    assert stored.year == 2011


def test_the_command_line_deletes_the_copy_of_a_removed_text_and_no_other(corpus, tmp_path):
    places = ["--corpus", str(corpus), "--data", str(tmp_path / "data")]
    coach = Coach.open(corpus=corpus, data=tmp_path / "data")
    coach.add_bytes(b"A walk cools the head.", "walks.md")
    coach.add_bytes(b"Patience waits.", "patience.md")
    remove = ["remove", "walks", *places]
    refused = CliRunner().invoke(cli.app, [*remove, "--forget"])
    assert isinstance(refused.exception, DocumentNotFoundError)
    assert coach.added() == {"walks", "patience"}
    told = CliRunner().invoke(cli.app, remove)
    assert "coachbot remove walks --forget" in told.output
    done = CliRunner().invoke(cli.app, [*remove, "--forget"])
    assert (done.exit_code, coach.removed()) == (0, {})
    left = [path.name for path in (tmp_path / "data").rglob("*.md")]
    assert left == ["patience.md"]


def test_the_contents_of_a_long_text_lead_to_headings_in_every_part():
    filler = "A sentence of some words.\n\n" * 1_000
    text = "".join(f"## Chapter {n}\n\n{filler}" for n in range(4))
    document = Document("long & odd", "Long", Kind.USER, (), None, text, "")
    spans = parts(text)
    assert len(spans) > 1
    for span in spans:
        html = document_html(document, span)
        links = re.findall(r"<li class='h2'><a href='([^']+)'>(Chapter \d)</a>", html)
        assert [name for _, name in links] == [f"Chapter {n}" for n in range(4)]
        for address, name in links:
            start = text.index(name)
            if span[0] <= start < span[1]:
                assert address == f"#at-{start}"
                assert f"id='at-{start}'" in html
            else:
                assert address == f"library?document=long+%26+odd&amp;start={start}"


def test_a_refresh_with_nothing_to_do_encodes_nothing(library):
    report = library.sync()
    assert report.encoded == 0
    assert not report.touched
