"""Which sentences answer a message, as readers would grade them, with the packaged encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from coachbot.answering.pertinence import Pertinence
from coachbot.search.retrieval import ScoredSentence

GRADED = Path(__file__).parent.parent / "evals" / "pertinence.jsonl"


@pytest.fixture(scope="module")
def pertinence(minilm) -> Pertinence:
    return Pertinence(minilm.word_vectors)


def sentence(text: str, similarity: float = 0.0) -> ScoredSentence:
    return ScoredSentence(0, 0, 0, len(text), text, similarity)


def test_of_sentences_nobody_trained_on_those_to_the_point_come_first_more_often(
    minilm, pertinence
):
    rows = [json.loads(line) for line in GRADED.open(encoding="utf-8")]
    rows = [row for row in rows if row["half"] == "test" and len(set(row["grades"])) > 1][::3]
    by_pertinence, by_similarity = list[int](), list[int]()
    for row in rows:
        grades, texts = row["grades"], row["sentences"]
        by_pertinence.append(grades[int(np.argmax(pertinence(row["message"], texts)))])
        near = minilm.encode(texts) @ minilm.encode([row["message"]])[0]
        by_similarity.append(grades[int(np.argmax(near))])
    assert np.mean(by_pertinence) > np.mean(by_similarity)


def test_a_sentence_is_graded_between_0_and_2_the_same_alone_and_among_others(pertinence):
    texts = [
        "A mirror neuron fires both in doing an act and in seeing it done.",
        "Ask one question, and wait for the answer.",
        "",
    ]
    together = pertinence("What is a mirror neuron?", texts)
    assert all(0 <= value <= 2 for value in together)
    assert together[0] == max(together)
    alone = Pertinence(pertinence._words)("What is a mirror neuron?", texts[1:2])
    assert alone[0] == pytest.approx(together[1], abs=1e-4)


def test_what_was_read_lately_is_not_read_again(minilm):
    read = list[str]()

    def words(message: str, text: str):
        read.append(text)
        return minilm.word_vectors(message, text)

    pertinence = Pertinence(words)
    first = pertinence("why?", ["Because.", "Perhaps."])
    again = pertinence("why?", ["Perhaps.", "Because.", "Never."])
    assert read == ["Because.", "Perhaps.", "Never."]
    assert again[:2] == first[::-1]


def test_of_the_chosen_sentences_the_better_one_gains_and_no_other_changes(pertinence):
    three = [
        sentence("It calms to breathe slowly, and to count to ten."),
        sentence("The study had 81 couples."),
        sentence("Couples argue about money."),
    ]
    graded = pertinence.rated("how do I calm down", three, three[:2])
    assert [s.text for s in graded] == [s.text for s in three]
    assert graded[0].pertinence > 0 > graded[1].pertinence
    assert graded[2] == three[2]


def test_nothing_to_read_is_no_error(pertinence):
    assert pertinence("why?", []) == []
