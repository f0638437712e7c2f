"""Suites about what is checked: claims, messages in danger, a chat model's sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from coachbot.coach import Coach
from coachbot.evaluation.baselines import (
    best_threshold,
    by_keywords,
    by_threshold,
    said_of_all,
    shared,
)
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.generation import generation_scores, shown_unchecked
from coachbot.evaluation.measures import (
    COACH,
    Row,
    Systems,
    labelled,
    merged,
    screening_scores,
    verification_scores,
)
from coachbot.evaluation.subject import BY_WORDS, Subject, by_half, shipped_rows
from coachbot.settings import load_settings, resource
from coachbot.types import Screening, Verdict

_REFUSED = "always refused"


def verification_suite(subject: Subject) -> Systems:
    """The halves of the near misses, and the writer on whose claims no network was trained."""
    near, claims = (
        shipped_rows(name, "claim", "evidence", "half")
        for name in ("verification.jsonl", "claims.jsonl")
    )
    truth = [row["supported"] for row in near]
    said = {
        COACH: _accepted(subject.coach, near),
        _REFUSED: [False] * len(near),
        BY_WORDS: by_threshold([row["half"] for row in near], _overlap(near), truth),
    }
    unread = [row for row in claims if row["half"] == "test"]
    read = [row for row in claims if row["half"] == "dev"]
    threshold = best_threshold(_overlap(read), [row["supported"] for row in read])
    of_unread = {
        COACH: _accepted(subject.coach, unread),
        _REFUSED: [False] * len(unread),
        BY_WORDS: [value >= threshold for value in _overlap(unread)],
    }
    by_writer = {name: verification_scores(unread, own) for name, own in of_unread.items()}
    return merged(
        [by_half(near, said, verification_scores), labelled("unread writer: ", by_writer)]
    )


def _accepted(coach: Coach, rows: Sequence[Row]) -> list[bool]:
    verdicts = (coach.verify(row["claim"], row["evidence"]).verdict for row in rows)
    return [verdict is Verdict.SUPPORTED for verdict in verdicts]


def _overlap(rows: Sequence[Row]) -> list[float]:
    return [shared(row["claim"], row["evidence"]) for row in rows]


def screening_suite(subject: Subject) -> Systems:
    """The test half, and of the dev half what the nearness layer has not learned by heart."""
    rows = shipped_rows("screening.jsonl", "text", "kind", "level", "half")
    unlearned = [row for row in rows if row["half"] == "test" or row["kind"] == "spanish"]
    said = {
        COACH: [subject.coach.screen(row["text"], row["history"]) for row in unlearned],
        "never": [Screening()] * len(unlearned),
        "list of words": [by_keywords(row["text"]) for row in unlearned],
    }
    systems = by_half(unlearned, said, screening_scores)
    every = by_half(unlearned, {"said of all": unlearned}, lambda rows, _: said_of_all(rows))
    return systems | every


def generation_suite(subject: Subject) -> Systems:
    """Each model whose words are filed; without a label a recording has only its times."""
    folder = resource("evals") / "generations"
    written_by = partial(subject.coach.written_by, load_settings())
    parts = list[Systems]()
    for path in sorted(folder.glob("*.jsonl")):
        labels, planted = (
            [r for r in read_rows(folder.parent / name, ("model",)) if r["model"] == path.stem]
            for name in ("generation_labels.jsonl", "generation_planted.jsonl")
        )
        rows = read_rows(path, ("question", "raw", "seconds"))
        scores = generation_scores(rows, labels, planted, written_by)
        unchecked = shown_unchecked(labels, planted)
        parts.append(labelled(f"{path.stem}: ", {COACH: scores, "shown unchecked": unchecked}))
    return merged(parts)
