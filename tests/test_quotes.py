"""Every quote equals its span of the stored text, whatever the text."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_corpus import SHARED, HashingEmbedder

from coachbot.coach import Coach
from coachbot.errors import DocumentError
from coachbot.reading.documents import load_document
from coachbot.reading.passages import sentence_spans, split
from coachbot.reading.sentences import split_sentences
from coachbot.types import Document

EMBEDDER = HashingEmbedder()

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
sentences = st.lists(words, min_size=1, max_size=12).map(lambda ws: " ".join(ws) + ".")
blocks = st.one_of(
    st.lists(sentences, min_size=1, max_size=5).map(" ".join),
    sentences.map(lambda s: f"## {s}"),
    sentences.map(lambda s: f"- {s}"),
    sentences.map(lambda s: f"{s}[^source weak]"),
    st.sampled_from(["It is said.Now more. 😀 Fine!", "שלום עולם. مرحبا.", "A  b c.", "e\u0301a."]),
)
texts = st.lists(blocks, min_size=1, max_size=8).map("\n\n".join)


def loaded(text: str, suffix: str) -> Document | None:
    try:
        return load_document(text.encode(), f"generated.{suffix}", "generated")
    except DocumentError:  # no word in it
        return None


@given(st.text())
def test_sentences_hold_every_character_that_is_not_white_space(text):
    spans = split_sentences(text)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(a < b for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(texts, st.sampled_from(["md", "txt"]))
def test_passages_and_their_sentences_are_spans_of_the_stored_text(text, suffix):
    document = loaded(text, suffix)
    if document is None:
        return
    passages = split(document, EMBEDDER.count_pieces)
    assert len({p.id for p in passages}) == len(passages)
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        for start, end in sentence_spans(passage.text):
            assert passage.text[start:end].strip() == passage.text[start:end] != ""
    for reference in document.references:
        assert (reference.start, reference.end) in split_sentences(document.text)
    if suffix == "md":
        assert "[^source" not in document.text


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(texts)
def test_quotes_of_answers_are_spans_of_the_stored_text(text):
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "generated.md").write_text(text, encoding="utf-8")
        coach = Coach.open(corpus=corpus, data=Path(folder) / "data", embedder=HashingEmbedder())
        for question in (text[:80], text[-80:], "listening to a partner"):
            for citation in coach.ask(question).citations:
                stored = coach.document(citation.document_id).text
                assert stored[citation.start : citation.end] == citation.quote
        coach.close()


def test_ids_survive_an_edit_elsewhere():
    before = loaded("# A\n\nOne sentence here.\n\n# B\n\nAnother sentence there.", "md")
    after = loaded("# A\n\nOne changed sentence.\n\n# B\n\nAnother sentence there.", "md")
    assert before
    assert after
    ids_before = {p.text: p.id for p in split(before, EMBEDDER.count_pieces)}
    ids_after = {p.text: p.id for p in split(after, EMBEDDER.count_pieces)}
    assert ids_before["Another sentence there."] == ids_after["Another sentence there."]
    assert set(ids_before.values()) != set(ids_after.values())


def test_no_passage_outgrows_the_encoder(minilm):
    text = "\n\n".join(
        f"Sentence {i} tells of a walk in the {i}th park of the town." for i in range(80)
    )
    document = loaded(f"# A long title of a text on walks\n\n{text}", "md")
    assert document
    for passage in split(document, minilm.count_pieces, minilm.max_pieces):
        assert minilm.count_pieces([passage.embedded_text])[0] + 2 <= minilm.max_pieces


def test_the_article_gives_no_furniture_and_knows_its_author(article):
    document = load_document(article.read_bytes(), article.name, "article")
    assert document.title.startswith("Mirror Neurons: How Our Ability to Connect")
    assert document.authors == ("Athena Staik",)
    assert document.year == 2016
    passages = "\n".join(p.text for p in split(document, EMBEDDER.count_pieces))
    for furniture in ("View Comments", "Home »", "1 mirror neurons", "All rights reserved"):
        assert furniture not in passages
    assert passages.count(document.title) == 1  # in the reference, not as a heading


def test_all_quotes_of_the_article_questions_are_exact(article, tmp_path, minilm):
    questions = SHARED / "eval" / "article-questions.jsonl"
    if not questions.is_file():
        pytest.skip("the question set about the article is not on this machine")
    coach = Coach.open(corpus=article, data=tmp_path, embedder=minilm)
    checked = 0
    for row in map(json.loads, questions.read_text(encoding="utf-8").splitlines()):
        for citation in coach.ask(row["question"], row["history"]).citations:
            stored = coach.document(citation.document_id).text
            assert stored[citation.start : citation.end] == citation.quote
            checked += 1
    assert checked > 50
