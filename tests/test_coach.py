"""The Coach: the calls that users and other programs rely on."""

from __future__ import annotations

import json
import threading

import pytest

import coachbot
from coachbot.coach import Coach
from coachbot.errors import DocumentError, DocumentNotFoundError
from coachbot.types import Done, SentenceReady, Turn

JSON_KEYS = {
    "schema", "id", "question", "searched_for", "outcome", "text", "claims", "left_out", "notes",
    "hits", "answerable", "screening", "drafter", "model", "notice", "settings_hash", "seconds",
}  # fmt: skip


def test_public_names_are_sorted_and_all_there():
    assert coachbot.__all__ == sorted(coachbot.__all__)
    for name in coachbot.__all__:
        assert getattr(coachbot, name).__name__ == name


def test_the_json_of_an_answer_is_complete(coach):
    for question in ("How do I listen?", "bananas", ""):
        answer = json.loads(json.dumps(coach.ask(question).to_dict()))
        assert set(answer) == JSON_KEYS
        assert answer["schema"] == 1
        assert answer["screening"] == {
            "level": "none",
            "category": None,
            "categories": [],
            "subject": "self",
        }


def test_stream_yields_the_claims_then_the_answer_that_ask_gives(coach):
    *ready, done = coach.stream("How do I listen?")
    assert all(isinstance(event, SentenceReady) for event in ready)
    assert isinstance(done, Done)
    asked = coach.ask("How do I listen?")
    assert [event.claim for event in ready] == list(asked.claims) == list(done.answer.claims)


def test_the_last_message_of_the_history_is_searched_with_the_question(coach):
    answer = coach.ask("And what makes it harder?", ["Tell me about an apology."])
    assert answer.searched_for == "Tell me about an apology. And what makes it harder?"
    assert answer.citations[0].document_id == "repair"
    again = coach.ask("And what makes it harder?", [Turn("Tell me about an apology.", answer)])
    assert again.searched_for == answer.searched_for


def test_add_and_remove(coach, tmp_path):
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk after a quarrel cools the head.", encoding="utf-8")
    document = coach.add(file, kind="practice", title="ignored", authors=["Cy"], year=2011)
    assert (document.id, document.authors, document.year) == ("walks", ("Cy",), 2011)
    assert coach.ask("Does a walk cool the head?").citations[0].document_id == "walks"
    file.unlink()  # the library has a copy of its own
    assert "walks" in [d.id for d in coach.documents()]
    aside = coach.remove("walks")
    assert "walks" not in [d.id for d in coach.documents()]
    assert not [h for h in coach.search("walk quarrel head") if h.passage.document_id == "walks"]
    assert coach.add(aside).id == "walks"


def test_what_is_added_twice_is_refused_and_changes_nothing(coach, tmp_path, corpus):
    twin = tmp_path / "twin.md"
    twin.write_bytes((corpus / "listening.md").read_bytes())
    before = [d.id for d in coach.documents()]
    with pytest.raises(DocumentError, match="same text as listening"):
        coach.add(twin)
    assert [d.id for d in coach.documents()] == before


def test_a_text_of_the_corpus_folder_is_not_removed(coach, corpus):
    with pytest.raises(DocumentError, match="never writes to") as caught:
        coach.remove("listening")
    assert str(corpus / "listening.md") in caught.value.hint
    with pytest.raises(DocumentNotFoundError):
        coach.remove("nothing-like-it")


def test_nothing_is_written_into_the_corpus_folder(coach, corpus, tmp_path):
    before = {p.name: p.read_bytes() for p in corpus.iterdir()}
    file = tmp_path / "walks.md"
    file.write_text("A walk cools the head.", encoding="utf-8")
    coach.add(file)
    coach.remove("walks")
    assert {p.name: p.read_bytes() for p in corpus.iterdir()} == before


def test_threads_share_a_coach(coach):
    expected = coach.ask("How do I listen?").text
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(coach.ask("How do I listen?").text))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_langchain_parts(coach):
    documents = coach.as_retriever(k=2).invoke("How do I listen?")
    assert len(documents) == 2
    assert documents[0].metadata["document_id"] == "listening"
    chain = coach.as_runnable()
    assert chain.invoke("How do I listen?").text == coach.ask("How do I listen?").text
    with_history = chain.invoke({"question": "And harder?", "history": ["An apology."]})
    assert with_history.searched_for == "An apology. And harder?"


def test_the_real_encoder_finds_by_meaning(corpus, tmp_path, minilm):
    coach = Coach.open(corpus=corpus, data=tmp_path / "data", embedder=minilm)
    answer = coach.ask("How can I show my wife that I heard her?")
    assert answer.citations[0].document_id == "listening"
    assert coach.ask("What is the capital of Mongolia?").outcome.value == "nothing"


def test_a_message_that_stands_by_itself_is_searched_for_by_itself(coach):
    answer = coach.ask("What makes an apology harder?", ["How do I listen to my partner?"])
    assert answer.searched_for == "What makes an apology harder?"
    assert answer.citations[0].document_id == "repair"
