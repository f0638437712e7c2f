"""Drafts to claims: only what its source says is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_corpus import HashingEmbedder

from coachbot.answering.citations import Reading, escape_marks, verify, verify_draft
from coachbot.reading.passages import split
from coachbot.types import Document, Draft, Hit, Kind, Verdict

EMBEDDER = HashingEmbedder()
TEXT = (
    "Mirror neurons fire when a monkey acts. They also fire when it watches [3] somebody act. "
    "In 1996 the cells were not found in people. Empathy was measured in 52 studies."
)


def hit(text: str = TEXT) -> tuple[Hit, dict[str, Document]]:
    document = Document("doc", "A title", Kind.ARTICLE, ("Ada Example",), 2020, text, "0")
    passage = split(document, EMBEDDER.count_pieces)[0]
    return Hit(passage, 1.0, 1.0, 1.0, 1.0), {"doc": document}


def check(text: str, connecting: frozenset[str] = frozenset()):
    found, documents = hit()
    draft = Draft(text, "test")
    return verify_draft(draft, [found], documents, connecting, Reading(EMBEDDER.encode))


def test_a_verbatim_sentence_is_supported_with_its_exact_span():
    shown, left_out = check("Mirror neurons fire when a monkey acts. [1]")
    assert not left_out
    (claim,) = shown
    (citation,) = claim.citations
    assert claim.verdict is Verdict.SUPPORTED
    assert claim.support == 1.0
    assert TEXT[citation.start : citation.end] == citation.quote == claim.text
    assert citation.label == "source 1: Example 2020"


def test_a_sentence_is_cited_where_it_stands_whole():
    """The same words also end another sentence, with which the author does not agree."""
    text = (
        "Some hold that, of all people, Naming a feeling calms the body. "
        "Naming a feeling calms the body. So much for that."
    )
    found, documents = hit(text)
    draft = Draft("Naming a feeling calms the body. [1]", "test")
    (claim,), _ = verify_draft(draft, [found], documents, frozenset(), Reading(EMBEDDER.encode))
    assert claim.citations[0].start == text.rindex("Naming")


def test_a_number_that_names_no_hit_is_reported_not_dropped():
    shown, left_out = check("Mirror neurons fire when a monkey acts. [7]")
    assert not shown
    assert left_out[0].verdict is Verdict.UNSUPPORTED
    assert left_out[0].reasons == ("unknown citation",)


def test_a_sentence_without_a_citation_is_not_shown():
    shown, left_out = check("Love conquers all. Mirror neurons fire when a monkey acts. [1]")
    assert [claim.text for claim in shown] == ["Mirror neurons fire when a monkey acts."]
    assert [claim.verdict for claim in left_out] == [Verdict.UNCITED]


def test_a_connecting_sentence_is_shown_as_such():
    own = "Here is what the library says. It may help."
    shown, left_out = check(f"{own}\nMirror neurons fire when a monkey acts. [1]", frozenset([own]))
    assert [claim.verdict for claim in shown] == [Verdict.CONNECTIVE, Verdict.SUPPORTED]
    assert not left_out


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Empathy was measured in 85 studies.", "number"),
        ("In 1996 the cells were found in people.", "negation"),
        ("Bananas grow in warm and rainy countries.", "similarity"),
    ],
)
def test_a_sentence_that_says_something_else_is_left_out_with_the_reason(sentence, reason):
    shown, left_out = check(f"{sentence} [1]")
    assert not shown
    assert reason in left_out[0].reasons or "words" in left_out[0].reasons
    if reason != "similarity":
        assert reason in left_out[0].reasons


def test_a_close_paraphrase_is_supported_by_the_nearest_sentence():
    shown, _ = check("When a monkey acts, mirror neurons fire. [1]")
    assert shown[0].verdict is Verdict.SUPPORTED
    assert shown[0].citations[0].quote == "Mirror neurons fire when a monkey acts."


def test_a_bracketed_number_of_the_source_is_no_mark():
    sentence = "They also fire when it watches [3] somebody act."
    shown, left_out = check(f"{escape_marks(sentence)} [1]")
    assert not left_out
    assert [(c.text, c.citations[0].quote) for c in shown] == [(sentence, sentence)]


@given(st.text(max_size=300))
def test_no_draft_shows_an_unsupported_sentence(text):
    shown, _ = check(text)
    for claim in shown:
        assert claim.verdict is Verdict.SUPPORTED
        for citation in claim.citations:
            assert TEXT[citation.start : citation.end] == citation.quote


def test_verify_without_evidence_says_so():
    assert verify("A claim.", [], Reading(EMBEDDER.encode)).reasons == ("no evidence",)


def test_verify_accepts_its_own_words_and_refuses_a_changed_number():
    evidence = ["52 studies with 1,044 people were read."]
    assert verify(evidence[0], evidence, Reading(EMBEDDER.encode)).verdict is Verdict.SUPPORTED
    changed = verify("53 studies with 1,044 people were read.", evidence, Reading(EMBEDDER.encode))
    assert changed.verdict is Verdict.UNSUPPORTED
    assert "number" in changed.reasons
