"""Scores as results: each with its interval and its baselines, filed by commit and compared."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coachbot.errors import CoachbotError, QuestionSetError
from coachbot.evaluation.measures import COACH, Systems
from coachbot.settings import resource

_RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Result:
    """One score of the coach.

    Args:
        suite: what it belongs to.
        measure: what was measured.
        score: the mean over the questions.
        questions: how many the measure is about.
        interval: 95 %, by bootstrap.
        floor: what a shipped suite must not fall below.
        right: how many of the questions went right; None for what is no share of questions.
        baselines: by name, what simpler ways score on the same questions.
    """

    suite: str
    measure: str
    score: float
    questions: int
    interval: tuple[float, float] | None = None
    floor: float | None = None
    right: int | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        """Whether the score is at or above its floor."""
        return self.floor is None or self.score >= self.floor

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a score."""
        return asdict(self)


def results_of(suite: str, systems: Systems, floors: Mapping[str, float]) -> list[Result]:
    """The results of one suite.

    Args:
        suite: its name.
        systems: the scores of the coach and of its baselines; a measure without values is left out.
        floors: by suite and measure.
    """
    return [
        Result(
            suite,
            measure,
            float(np.mean(values)),
            len(values),
            _interval(values),
            floors.get(f"{suite} {measure}"),
            int(sum(values)) if set(values) <= {0.0, 1.0} else None,
            {
                name: round(float(np.mean(beside[measure])), 4)
                for name, beside in systems.items()
                if name != COACH and beside.get(measure)
            },
        )
        for measure, values in systems.get(COACH, {}).items()
        if values
    ]


def compared(results: Sequence[Result], before: Mapping[str, float]) -> list[dict[str, Any]]:
    """The JSON forms of results, each with ``before`` and ``change``.

    Args:
        results: of today.
        before: what was filed, by suite and measure. Both values are None for a measure that was
            not filed, such as one that is newer.
    """
    rows = []
    for result in results:
        then = before.get(f"{result.suite} {result.measure}")
        change = None if then is None else round(result.score - then, 6)
        rows.append({**result.to_dict(), "before": then, "change": change})
    return rows


def file_results(results: Sequence[Result], folder: Path | None = None) -> Path:
    """File scores under the commit they belong to; other suites that were filed for it stay.

    Args:
        results: to file.
        folder: where; with the question sets if None.

    Raises:
        CoachbotError: this is not a checkout of coachbot.
    """
    folder = folder or _folder()
    folder.mkdir(exist_ok=True)
    path = folder / f"{_commit('HEAD')}.json"
    before = json.loads(path.read_text(encoding="utf-8"))["scores"] if path.is_file() else []
    measured = {result.suite for result in results}
    filed = {
        "measured_on": time.strftime("%Y-%m-%dT%H:%M"),
        "scores": [
            *(row for row in before if row["suite"] not in measured),
            *(result.to_dict() for result in results),
        ],
    }
    path.write_text(json.dumps(filed, indent=1) + "\n", encoding="utf-8")
    return path


def filed_results(revision: str, folder: Path | None = None) -> dict[str, float]:
    """The scores filed under a commit, by suite and measure.

    Raises:
        CoachbotError: there is no such commit.
        QuestionSetError: none were filed.
    """
    path = (folder or _folder()) / f"{_commit(revision)}.json"
    if not path.is_file():
        raise QuestionSetError(
            f"No results are filed for {revision}.", "File some with: coachbot eval --save"
        )
    scores = json.loads(path.read_text(encoding="utf-8"))["scores"]
    return {f"{row['suite']} {row['measure']}": row["score"] for row in scores}


def shipped_floors() -> dict[str, float]:
    """What the scores of the shipped suites must not fall below, by suite and measure."""
    path = resource("evals") / "floors.json"
    floors: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return floors


def _folder() -> Path:
    return resource("evals") / "results"


def _commit(revision: str) -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short=10", revision],
        cwd=resource("evals"),
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise CoachbotError(
            f"There is no commit {revision} here.", "Run this in a checkout of coachbot."
        )
    return found.stdout.strip()


def _interval(scores: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean."""
    values = np.asarray(scores)
    drawn = np.random.default_rng(0).choice(values, (_RESAMPLES, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
