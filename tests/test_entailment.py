"""Whether evidence says what a claim says, with the packaged encoder and the shipped networks."""

from __future__ import annotations

import numpy as np
import pytest

from coachbot.answering.citations import Reading, verify
from coachbot.answering.entailment import LAYERS, MOST_PIECES
from coachbot.answering.verifier import reading
from coachbot.types import Verdict

EVIDENCE = [
    "Couples who took a break of twenty minutes went on more calmly than the other couples.",
    "The study had 48 couples, all of them students.",
]


@pytest.fixture(scope="module")
def reads(minilm) -> Reading:
    return reading(minilm)


def test_word_pieces_and_vectors_come_from_one_pass(minilm):
    texts = ["a short one", "", "and a somewhat longer text than the others, with a comma", "b"]
    vectors, pieces = minilm.look_through(texts, LAYERS)
    assert np.allclose(vectors, minilm.encode(texts), atol=1e-5)
    assert [len(p.ids) for p in pieces] == minilm.count_pieces(texts)
    assert all(p.layers.shape == (len(p.ids), len(LAYERS) * minilm.width) for p in pieces)


@pytest.mark.parametrize(
    "claim",
    [
        "Couples who took a break of twenty minutes went on more calmly than the other couples.",
        "After a pause of twenty minutes, couples carried on more calmly.",
        "All of the couples in the study were students.",
    ],
)
def test_what_the_evidence_says_is_supported_also_in_other_words(reads, claim):
    assert verify(claim, EVIDENCE, reads).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "claim",
    [
        "Couples who took a break of twenty minutes went on less calmly than the other couples.",
        "Couples who took a break of forty minutes went on more calmly than the other couples.",
        "The study had 48 couples, none of them students.",
        "A break of twenty minutes makes couples stay together for life.",
        "Taking a break lowers blood pressure in older men.",
    ],
)
def test_what_the_evidence_does_not_say_is_refused_with_a_reason(reads, claim):
    found = verify(claim, EVIDENCE, reads)
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.reasons


def test_part_of_a_denial_is_not_taken_for_a_quote(reads):
    evidence = ["It is not true that couples who never argue are happier."]
    claim = "Couples who never argue are happier."
    assert verify(claim, evidence, reads).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize("claim", ["", " ", "?", "👍", "x" * 5_000, "字" * 300])
def test_odd_claims_get_a_verdict(reads, claim):
    assert verify(claim, EVIDENCE, reads).verdict is Verdict.UNSUPPORTED


def test_much_evidence_is_read_and_the_same_claim_gets_the_same_score(reads):
    much = [
        f"Sentence number {i} is about the weather in town {i}." for i in range(2 * MOST_PIECES)
    ]
    first = verify(EVIDENCE[1], [*much, *EVIDENCE], reads)
    assert first.verdict is Verdict.SUPPORTED
    again = "All the couples that were studied were students."
    assert verify(again, EVIDENCE, reads).support == verify(again, EVIDENCE, reads).support
