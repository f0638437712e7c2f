"""What is measured: a coach, with its texts cut up as the baselines need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from coachbot.coach import Coach
from coachbot.evaluation.baselines import (
    Piece,
    WordOrder,
    by_threshold,
    halves_of,
    passages_of,
    sentences_of,
)
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.measures import COACH, Row, Scores, Systems
from coachbot.settings import resource
from coachbot.types import Answer, Document, Hit

HALVES = ("test", "dev")
DEPTH = 10
"""How far down a right passage is looked for."""
BY_CHANCE, BY_WORDS, BY_SIMILARITY = "random", "shared words", "similarity"
Said = TypeVar("Said")


class Subject:
    """A coach that is measured, and its library as plain word search sees it."""

    def __init__(self, coach: Coach) -> None:
        self.coach = coach
        self._searched: dict[str, list[Hit]] = {}

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The texts by id."""
        return {document.id: document for document in self.coach.documents()}

    @cached_property
    def passages(self) -> WordOrder:
        """The passages, by shared words."""
        return WordOrder(passages_of(list(self.documents.values())))

    @cached_property
    def sentences(self) -> WordOrder:
        """The sentences, by shared words."""
        return WordOrder(sentences_of(list(self.documents.values())))

    def answers(self, rows: Sequence[Row], column: str = "question") -> list[Answer]:
        """The reply to each row."""
        return [self.coach.ask(row[column], row.get("history", ())) for row in rows]

    def found(self, wanted: Sequence[str], *, situations: bool = True) -> list[list[Piece]]:
        """The passages found for each text that is searched for, best first."""
        found = (self._hits(text, situations=situations) for text in wanted)
        return [
            [Piece(hit.passage.document_id, hit.passage.text, "") for hit in hits] for hits in found
        ]

    def wanted(self, rows: Sequence[Row]) -> list[str]:
        """What is searched for at each row, by the rules that need no model."""
        return [self.coach.searched_for(row["question"], row.get("history", ())) for row in rows]

    def nearness(self, rows: Sequence[Row]) -> dict[str, list[float]]:
        """How near the library comes to each row's question, by words alone and by meaning alone.

        Returns:
            By name of the baseline, a value between 0 and 1 for each row.
        """
        wanted = self.wanted(rows)
        found = [self._hits(text) for text in wanted]
        return {
            BY_WORDS: [self.passages.share(text) for text in wanted],
            BY_SIMILARITY: [max((hit.dense for hit in hits), default=0.0) for hits in found],
        }

    def _hits(self, text: str, *, situations: bool = True) -> list[Hit]:
        """What is found for a text; the same is looked at where it stands and how near it is."""
        if not situations:
            return self.coach.search(text, DEPTH, situations=False)
        if text not in self._searched:
            self._searched[text] = self.coach.search(text, DEPTH)
        return self._searched[text]


def shipped_rows(file: str, *needed: str) -> list[dict[str, Any]]:
    """The rows of a shipped question set."""
    return read_rows(resource("evals") / file, needed)


def decisions(
    rows: Sequence[Row],
    truth: Sequence[bool],
    said: Sequence[bool],
    nearness: Mapping[str, Sequence[float]],
    always: str,
) -> dict[str, list[bool]]:
    """A decision of the coach on each row, and those of saying always yes and of thresholds.

    Args:
        rows: of a question set.
        truth: whether yes is right.
        said: whether the coach said yes.
        nearness: from ``Subject.nearness``, for the same rows.
        always: what saying always yes is called.
    """
    halves = halves_of(rows)
    by_nearness = {name: by_threshold(halves, values, truth) for name, values in nearness.items()}
    return {COACH: list(said), always: [True] * len(rows), **by_nearness}


def by_half(
    rows: Sequence[Row],
    said: Mapping[str, Sequence[Said]],
    score: Callable[[Sequence[Row], Sequence[Said]], Scores],
    mark: str = ": ",
) -> Systems:
    """The scores of each half, under names that say which.

    Args:
        rows: of a question set, each with its ``half``.
        said: by system, what it said of each row.
        score: from rows and what was said of them to scores.
        mark: what stands between the half and the measure.
    """
    systems: Systems = {name: {} for name in said}
    for name, whats in said.items():
        for half in HALVES:
            own = [
                (row, what) for row, what in zip(rows, whats, strict=True) if row["half"] == half
            ]
            if own:
                scores = score([row for row, _ in own], [what for _, what in own])
                systems[name] |= {f"{half}{mark}{measure}": v for measure, v in scores.items()}
    return systems
