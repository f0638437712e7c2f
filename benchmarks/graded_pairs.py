"""What the cross-encoder that tells how well a sentence answers is fitted on.

Messages with sentences that readers graded (``evals/pertinence.jsonl``), questions on single texts
with the sentences that answer them (``evals/reading.jsonl``), and questions of SQuAD 2.0 with the
sentences of their paragraph (Rajpurkar et al. 2018, arXiv:1806.03822; CC BY-SA 4.0), of which half
have no answer there though it looks as if they had.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from looking_up import is_marked
from torch import Tensor

from coachbot.embedding import default_embedder
from coachbot.evaluation.batches import read_rows
from coachbot.reading.documents import load_document
from coachbot.reading.passages import sentence_spans
from coachbot.settings import resource

ANSWERING, OTHERS_ANSWERED, OTHERS = 3, 5, 4
"""Sentences of a question on a text: that answer, that do not, and where none does."""
SQUAD_UNREAD = (
    "Computational_complexity_theory",
    "Harvard_University",
    "Immune_system",
    "Imperialism",
    "Warsaw",
    "Force",
)
"""Articles of SQuAD that are kept for figures."""


@dataclass(frozen=True)
class Graded:
    """A message's sentences: what the first layer is given of each pair, and their grades."""

    unread: bool
    pairs: tuple[Tensor, ...]
    grades: tuple[int, ...]
    wants_to_know: bool = False
    in_place_known: bool = True
    """Whether a grade of 0 says that a sentence is not even in place."""

    @property
    def longest(self) -> int:
        """Word pieces of its longest pair."""
        return max(len(pair) for pair in self.pairs)


def graded() -> list[Graded]:
    """All messages with their graded sentences."""
    encoder = default_embedder()
    rows = read_rows(resource("evals") / "pertinence.jsonl", ("half", "kind", "message", "grades"))
    return [
        Graded(
            row["half"] == "test",
            tuple(
                torch.from_numpy(encoder.word_vectors(row["message"], text))
                for text in row["sentences"]
            ),
            tuple(row["grades"]),
            row["kind"] == "knowledge",
        )
        for row in rows
    ]


def read_questions(half: str) -> Iterator[Graded]:
    """Questions on one text each, with sentences that answer and near ones that do not."""
    asked: dict[str, list[dict[str, Any]]] = {}
    for row in read_rows(resource("evals") / "reading.jsonl", ("half", "text", "support")):
        if row["half"] == half:
            asked.setdefault(row["text"], []).append(row)
    for text, rows in asked.items():
        sentences = sentences_of(text)
        yield from _on_text(sentences, [(row["question"], row["support"]) for row in rows])


def squad_questions(folder: Path, *, unread: bool = False) -> Iterator[Graded]:
    """Questions of SQuAD 2.0, each with the sentences of its paragraph.

    Those whose answer stands in several sentences are left out: which one answers is not said.

    Args:
        folder: holds ``paragraphs.jsonl`` (id, title, text) and ``questions.jsonl`` (title, para,
            question, answers).
        unread: whether of the articles that are kept for figures, or of the others.
    """
    asked: dict[str, list[tuple[str, list[str]]]] = {}
    for row in read_rows(folder / "questions.jsonl", ("title", "para", "question")):
        if (row["title"] in SQUAD_UNREAD) == unread:
            asked.setdefault(row["para"], []).append((row["question"], row["answers"]))
    for row in read_rows(folder / "paragraphs.jsonl", ("id", "text")):
        if row["id"] in asked:
            sentences = [row["text"][start:end] for start, end in sentence_spans(row["text"])]
            told = [
                (question, answers)
                for question, answers in asked[row["id"]]
                if sum(is_marked(sentence, answers) for sentence in sentences) < 2
            ]
            if told:
                yield from _on_text(sentences, told)


def _on_text(
    sentences: Sequence[str], asked: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[Graded]:
    """Each question with some of a text's sentences, the nearest of those that do not answer.

    Args:
        sentences: of the text.
        asked: questions, and what marks a sentence that answers: it, a part of it, or more.
    """
    encoder = default_embedder()
    near = encoder.encode(sentences) @ encoder.encode([question for question, _ in asked]).T
    for (question, support), closeness in zip(asked, near.T, strict=True):
        ranked = sorted(range(len(sentences)), key=lambda i: -closeness[i])
        own = [i for i in ranked if is_marked(sentences[i], support)]
        if support and not own:
            continue
        others = [i for i in ranked if i not in own][: OTHERS_ANSWERED if own else OTHERS]
        own = own[:ANSWERING]
        pairs = (encoder.word_vectors(question, sentences[i]) for i in own + others)
        grades = (2,) * len(own) + (0,) * len(others)
        yield Graded(
            unread=False,
            pairs=tuple(map(torch.from_numpy, pairs)),
            grades=grades,
            in_place_known=False,
        )


def sentences_of(text: str) -> list[str]:
    """The sentences of an article of the suite, or of a text of the library."""
    article = resource("evals") / "articles" / f"{text}.md"
    path = article if article.exists() else resource("corpus") / f"{text}.md"
    document = load_document(path.read_bytes(), path.name, path.stem)
    spans = sentence_spans(document.text)
    found = (" ".join(document.text[start:end].split()) for start, end in spans)
    return [sentence for sentence in found if len(sentence.split()) > 3]


def part_of(message: Graded, most: int, dice: random.Random) -> Graded:
    """A message with some of its sentences, those to the point first."""
    order = dice.sample(range(len(message.grades)), len(message.grades))
    order.sort(key=lambda i: message.grades[i] != 2)
    pairs, grades = message.pairs, message.grades
    kept = order[:most]
    return replace(
        message, pairs=tuple(pairs[i] for i in kept), grades=tuple(grades[i] for i in kept)
    )
