"""What comes out without the coach: by chance, by always saying the same, by shared words.

A figure says little alone: 0.90 is poor where nine in ten rows are of one kind. So each is shown
beside what simpler ways score on the same rows, by the same measure. Thresholds of these are
chosen on the other half of the rows, as the coach's are on other rows than it is scored on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import comb
from typing import NamedTuple

import numpy as np

from coachbot.evaluation.measures import Placed, Row, Scores
from coachbot.reading.passages import sentence_spans, split
from coachbot.safety.screening import CONCERNS, CRISES
from coachbot.search.lexical import LexicalIndex, content_words
from coachbot.types import Document, Level, Screening


class Piece(NamedTuple):
    """A passage or a sentence of a text; ``read`` is what its words are counted in."""

    document_id: str
    text: str
    read: str


def passages_of(documents: Sequence[Document]) -> list[Piece]:
    """All passages of a library.

    Their size is counted in words and marks, which is nearly what an encoder counts: what is
    scored without one should not need it.
    """
    return [
        Piece(document.id, passage.text, passage.embedded_text)
        for document in documents
        for passage in split(document, _words_and_marks)
    ]


def _words_and_marks(texts: Sequence[str]) -> list[int]:
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def sentences_of(documents: Sequence[Document]) -> list[Piece]:
    """All quotable sentences of a library."""
    return [
        Piece(document.id, text := document.text[start:end], text)
        for document in documents
        for start, end in sentence_spans(document.text)
    ]


class WordOrder:
    """Pieces in the order of the words that they share with a question, by BM25."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self._index = LexicalIndex.over(
            [str(number) for number in range(len(pieces))], [piece.read for piece in pieces]
        )

    def best(self, question: str, k: int = 10) -> list[Piece]:
        """At most ``k`` pieces that share a word, best first; of equals the first."""
        scores = self._index.scores(question)
        order = np.argsort(-scores, kind="stable")[:k]
        return [self.pieces[i] for i in order if scores[i] > 0]

    def share(self, question: str) -> float:
        """What the best piece holds of a question's words, the rare ones counting more: 0 to 1."""
        return float(self._index.shares(question).max(initial=0.0))


def chance(right: int, among: int, k: int) -> float:
    """How likely one of the ``right`` pieces is among the first ``k`` of a random order."""
    k = min(k, among)
    return 1 - comb(among - right, k) / comb(among, k) if among else 0.0


def by_chance(right: int, among: int, depth: int = 10) -> Placed:
    """Where the first right piece of a random order is expected; looked for down to ``depth``."""
    within = [chance(right, among, k) for k in range(depth + 1)]
    reciprocal = sum((now - before) / k for k, (before, now) in enumerate(pairwise(within), 1))
    return Placed(within[1], within[3], reciprocal)


def shared(claim: str, evidence: Sequence[str]) -> float:
    """The share of a claim's content words, by stem, that its evidence holds: 0 to 1."""
    words = set(content_words(claim))
    return len(words & set(content_words(" ".join(evidence)))) / max(1, len(words))


def best_threshold(values: Sequence[float], truth: Sequence[bool]) -> float:
    """The value from which saying yes gives the best balanced accuracy; the lowest of equals.

    Args:
        values: one for each row; higher speaks for yes.
        truth: whether yes is right, for each row.

    Returns:
        Minus infinity where nothing can be learned, as all rows are of one class.
    """
    if len(set(truth)) < 2:
        return float("-inf")
    order = np.argsort(values, kind="stable")
    steps, positive = np.asarray(values, float)[order], np.asarray(truth, bool)[order]
    below_yes = np.concatenate([[0], np.cumsum(positive)[:-1]])
    below_no = np.arange(len(steps)) - below_yes
    gains = 1 - below_yes / positive.sum() + below_no / (~positive).sum()
    gains[1:][steps[1:] == steps[:-1]] = -1.0  # equal values cannot be told apart
    return float(steps[int(gains.argmax())])


def by_threshold(
    halves: Sequence[str], values: Sequence[float], truth: Sequence[bool]
) -> list[bool]:
    """Yes from a threshold on, chosen for the rows of each half on those of the others.

    Args:
        halves: the half that each row is in.
        values: one for each row; higher speaks for yes.
        truth: whether yes is right, for each row.
    """
    thresholds = {}
    for half in set(halves):
        others = [i for i, name in enumerate(halves) if name != half]
        thresholds[half] = best_threshold([values[i] for i in others], [truth[i] for i in others])
    return [value >= thresholds[half] for half, value in zip(halves, values, strict=True)]


def halves_of(rows: Sequence[Row]) -> list[str]:
    """The half that each row names; rows without one are taken in turns."""
    return [str(row.get("half") or ("test", "dev")[i % 2]) for i, row in enumerate(rows)]


def texts_in_common(one: int, other: int, among: int) -> float:
    """How likely two random sets of texts, of these sizes, have one in common."""
    return chance(one, among, other)


# Written down in ten minutes, as somebody would who needs a filter today; never tuned.
_KEYWORDS = {
    "suicide_self_harm": "suicid|kill myself|end my life|end it all|want to die|self-harm|"
    "self harm|cut myself|cutting myself|hurt myself|overdose|better off dead",
    "child_safety": "hits the kids|hit the kids|hits my son|hits my daughter|beats the children|"
    "child abuse|touched my daughter|touched my son|molest|neglect",
    "partner_violence": "hits me|hit me|beats me|beat me|punched|slapped|choked|strangl|kicked me|"
    "pushed me|threw me|raped|rape|forces me|domestic violence|afraid he will|threatens to",
    "harm_to_others": "kill him|kill her|kill them|hurt him|hurt her|hurt them|stab|shoot|"
    "make him pay|make her pay|gun|knife",
    "hopeless": "hopeless|no point|can't go on|give up",
    "psychosis_or_mania": "voices|psycho|manic|paranoid|hallucinat",
    "perinatal_thoughts": "postnatal|postpartum|harm my baby|hurt my baby|drop the baby",
    "possible_control": "controlling|won't let me|not allowed|checks my phone|afraid of him|"
    "afraid of her|scared of him|scared of her|walk on eggshells|tracks me",
    "eating_disorder": "anorexi|bulimi|eating disorder|make myself sick|throw up|purge|binge",
    "minor": "i'm 12|i'm 13|i'm 14|i'm 15|i'm 16|i'm 17|im 13|im 14|im 15|im 16|im 17",
    "own_medication": "my medication|my meds|antidepressant|sertraline|prozac|lithium|my pills",
    "control_request": "track|spy on|read his messages|read her messages|make him jealous|"
    "make her jealous|without him knowing|without her knowing",
    "diagnosis_of_other": "narcissis|borderline|bipolar|sociopath|psychopath|is he autistic",
    "one_sided_conflict": "who is right|who is wrong|tell me i'm right",
}


def by_keywords(text: str) -> Screening:
    """What a plain list of words makes of a message: the most urgent category with a word."""
    folded = text.casefold().replace("’", "'")
    for category in (*CRISES, *CONCERNS):
        if any(word in folded for word in _KEYWORDS[category].split("|")):
            level = Level.CRISIS if category in CRISES else Level.CONCERN
            return Screening(level, category, (category,))
    return Screening()


def said_of_all(rows: Sequence[Row]) -> Scores:
    """The precision of saying a category of every message: how common it is."""
    scores = {
        "crisis precision, any": [float(row["level"] == "crisis") for row in rows],
        "concern precision, any": [float(row["level"] != "none") for row in rows],
    }
    for level, categories in (("crisis", CRISES), ("concern", CONCERNS)):
        for name in categories:
            common = [float(name in row["categories"]) for row in rows]
            scores[f"{level} precision, {name}"] = common
    return scores


def graded_by_chance(grades: Sequence[int]) -> dict[str, float]:
    """How good a sentence drawn at random from those that a reader graded is expected to be."""
    return {
        "first quote to the point": sum(grade == 2 for grade in grades) / len(grades),
        "first quote in place": sum(grade > 0 for grade in grades) / len(grades),
    }
