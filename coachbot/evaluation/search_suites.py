"""Suites about what is found: beside it what a random order finds, and an order by shared words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from coachbot.evaluation.baselines import Piece, by_chance
from coachbot.evaluation.measures import (
    COACH,
    Placed,
    Row,
    Scores,
    Systems,
    holds_support,
    in_order,
    labelled,
    merged,
    passage_scores,
    text_scores,
)
from coachbot.evaluation.rewriting import reworded
from coachbot.evaluation.subject import (
    BY_CHANCE,
    BY_WORDS,
    DEPTH,
    HALVES,
    Subject,
    shipped_rows,
)

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_ALONE, _BY_RULES = "message alone", "rules"


def retrieval_suite(subject: Subject, rows: Sequence[Row]) -> Systems:
    """Whether a passage that holds a supporting snippet is found."""
    own = [row for row in rows if row.get("support")]
    wanted = subject.wanted(own)
    orders = {COACH: subject.found(wanted), BY_WORDS: _by_words(subject, wanted)}
    placed = _placed(
        own, orders, subject.passages.pieces, lambda row, p: holds_support(row, p.text)
    )
    return {name: passage_scores(own, places) for name, places in placed.items()}


def library_suite(subject: Subject) -> Systems:
    """Whether the right text is found: each half by itself, with and without everyday sentences."""
    rows = shipped_rows("library.jsonl", "question", "texts")
    parts = list[Systems]()
    for half in HALVES:
        own = [row for row in rows if row.get("half") == half]
        for label, situations in ((half, True), (f"{half}, without sounds_like", False)):
            found = subject.found(subject.wanted(own), situations=situations)
            parts.append(labelled(f"{label}: ", _right_texts(subject, own, found)))
    return merged(parts)


def followup_suite(subject: Subject, rewriter: BaseChatModel | None = None) -> Systems:
    """Whether the right text is found for what someone writes next, by how it leans on before.

    Args:
        subject: what is measured.
        rewriter: a chat model that says such messages as questions that stand by themselves; what
            is found with its words is measured beside what is found by the rules.
    """
    rows = shipped_rows("followups.jsonl", "kind", "question", "texts")
    wanted = subject.wanted(rows)
    alone = subject.found([row["question"] for row in rows])
    systems = merged(
        [_right_texts(subject, rows, subject.found(wanted), {_ALONE: alone}), _goes_on(subject)]
    )
    if rewriter is None:
        return systems
    said = reworded(subject.coach, rewriter, rows)
    found = subject.found([own or rules for own, rules in zip(said, wanted, strict=True)])
    both = _right_texts(subject, rows, found, {_ALONE: alone})
    scores = labelled("rewritten by the model: ", {**both, _BY_RULES: systems[COACH]})
    scores[COACH]["rewritten by the model: other words than the rules'"] = [
        float(bool(own) and own != rules) for own, rules in zip(said, wanted, strict=True)
    ]
    return {name: {**systems.get(name, {}), **own} for name, own in scores.items()}


def _goes_on(subject: Subject) -> Systems:
    """Whether it is told if a message goes on with the talk, or is about something new."""
    rows = shipped_rows("talks.jsonl", "kind", "history", "question")
    truth = [row["kind"] == "goes on" for row in rows]
    alone = subject.wanted([{"question": row["question"]} for row in rows])
    said = [own != other for own, other in zip(subject.wanted(rows), alone, strict=True)]
    by = {COACH: said, "always goes on": [True] * len(rows)}
    return {
        name: {
            "told whether it goes on": [float(a == b) for a, b in zip(truth, own, strict=True)],
            "told where it does": [float(b) for a, b in zip(truth, own, strict=True) if a],
            "told where it does not": [
                float(not b) for a, b in zip(truth, own, strict=True) if not a
            ],
        }
        for name, own in by.items()
    }


def _right_texts(
    subject: Subject,
    rows: Sequence[Row],
    found: Sequence[Sequence[Piece]],
    beside: Mapping[str, Sequence[Sequence[Piece]]] | None = None,
) -> Systems:
    orders = {COACH: found, **(beside or {}), BY_WORDS: _by_words(subject, subject.wanted(rows))}
    placed = _placed(
        rows, orders, subject.passages.pieces, lambda row, p: p.document_id in row["texts"]
    )
    return {name: _text_scores(rows, places) for name, places in placed.items()}


def _text_scores(rows: Sequence[Row], placed: Sequence[Placed]) -> Scores:
    return text_scores(rows, placed, lambda row: _GROUPS.get(row.get("kind", ""), ""))


_GROUPS = {"situation": "situations", "leans": "leans", "adds": "adds", "turns": "turns"}
"""Kinds of rows that are also counted by themselves."""


def _by_words(subject: Subject, wanted: Sequence[str]) -> list[list[Piece]]:
    return [subject.passages.best(text, DEPTH) for text in wanted]


def _placed(
    rows: Sequence[Row],
    orders: Mapping[str, Sequence[Sequence[Piece]]],
    pool: Sequence[Piece],
    right: Callable[[Row, Piece], bool],
) -> dict[str, list[Placed]]:
    """Where the first right passage stands in each order, and in a random one of the ``pool``."""
    placed = {
        name: [
            in_order([right(row, piece) for piece in order])
            for row, order in zip(rows, found, strict=True)
        ]
        for name, found in orders.items()
    }
    placed[BY_CHANCE] = [
        by_chance(sum(right(row, piece) for piece in pool), len(pool), DEPTH) for row in rows
    ]
    return placed
