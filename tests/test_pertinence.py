"""Which sentences answer a message, as readers would grade them, with the packaged encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from coachbot.answering.extractive import ExtractiveDrafter
from coachbot.answering.pertinence import Pertinence, gains
from coachbot.search.retrieval import ScoredSentence
from coachbot.types import Document, Hit, Kind, Passage, Role

GRADED = Path(__file__).parent.parent / "evals" / "pertinence.jsonl"


@pytest.fixture(scope="module")
def pertinence(minilm) -> Pertinence:
    return Pertinence(minilm.word_vectors)


def test_of_sentences_nobody_trained_on_those_to_the_point_come_first_more_often(
    minilm, pertinence
):
    rows = [json.loads(line) for line in GRADED.open(encoding="utf-8")]
    rows = [row for row in rows if row["half"] == "test" and len(set(row["grades"])) > 1][::6]
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


def test_of_the_best_sentences_the_better_one_gains(pertinence):
    sentences = ["It calms to breathe slowly, and to count to ten.", "The study had 81 couples."]
    better, worse = gains(pertinence, "how do I calm down", sentences)
    assert better > 0 > worse
    assert better + worse == pytest.approx(0)
    assert gains(None, "how do I calm down", sentences) == [0.0, 0.0]


@pytest.mark.parametrize("situation", [0.6, 0.0])
def test_what_answers_best_leads(situation):
    texts = ["Breathe out slowly for five minutes.", "Breathing was counted in all rooms."]
    text = " ".join(texts)
    passage = Passage("calm#1", "calm", "Calm", (), Role.CLAIM, 0, len(text), text, ())
    hit = Hit(passage, 1.0, 0.5, 0.5, 0.0, situation)
    starts = [0, len(texts[0]) + 1]
    sentences = [
        ScoredSentence(0, i, start, start + len(t), t, 0.5)
        for i, (start, t) in enumerate(zip(starts, texts, strict=True))
    ]
    document = Document("calm", "Calm", Kind.PRACTICE, (), None, text, "")
    for best in (0, 1):

        def grade(_: str, read: Sequence[str], best: int = best) -> list[float]:
            return [2.0 * (text == texts[best]) for text in read]

        drafter = ExtractiveDrafter(grade)
        lines = drafter.draft("what is slow breathing", [hit], sentences, {"calm": document}).text
        assert lines.splitlines()[1].startswith(texts[best])


def test_nothing_to_read_is_no_error(pertinence):
    assert pertinence("why?", []) == []
