"""Question sets to scores, and the batch forms of ask, verify and retrieve.

A question set is JSON Lines: ``{"id", "kind", "question", "history", "support"}``. ``support``
lists snippets of the texts, any of which a right citation overlaps; it is empty where the library
does not answer. Each score comes with a 95 % percentile bootstrap interval (Efron & Tibshirani
1993).
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from coachbot.coach import Coach
from coachbot.errors import CoachbotError, QuestionSetError
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.generation import generation_scores, record, recording_of
from coachbot.evaluation.measures import (
    Row,
    Scores,
    answer_scores,
    answered_scores,
    choice_scores,
    followup_scores,
    knowledge_scores,
    outcome_scores,
    passage_scores,
    pertinence_scores,
    screening_scores,
    side_scores,
    text_scores,
    verification_scores,
)
from coachbot.evaluation.single_texts import articles, library_of
from coachbot.search.questions import searched_for
from coachbot.settings import load_settings, resource
from coachbot.types import Answer, Hit

SUITES = (
    "retrieval", "answers", "outcomes", "articles", "knowledge", "pertinence", "library",
    "followups", "sides", "verification", "screening", "injection", "generation",
)  # fmt: skip
HALVES = ("test", "dev")
_RESAMPLES = 2_000
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Result:
    """One score with its 95 % interval and, for a shipped suite, its floor."""

    suite: str
    measure: str
    score: float
    questions: int
    interval: tuple[float, float] | None = None
    floor: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the score is at or above its floor."""
        return self.floor is None or self.score >= self.floor

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a score."""
        return asdict(self)


def evaluate(coach: Coach, suite: str = "all", questions: Path | None = None) -> list[Result]:
    """Score a coach.

    Args:
        coach: with the library that the questions are about.
        suite: a shipped suite, ``all``, or the path of a question set.
        questions: a question set in place of the shipped one.

    Raises:
        QuestionSetError: there is no such suite, or a row is not right.
    """
    if suite not in (*SUITES, "all"):
        suite, questions = "all", Path(suite)
        if not questions.is_file():
            raise QuestionSetError(
                f"There is no suite or file called {questions}.",
                f"The suites are: {', '.join(SUITES)}, all.",
            )
    floors = {} if questions else _floors()
    chosen = SUITES if suite == "all" else (suite,)
    scores = _scores_of_questions(coach, questions, chosen)
    for name in () if questions else chosen:
        if name in _OWN_SETS:
            scores.setdefault(name, {}).update(_OWN_SETS[name](coach))
    return [
        Result(
            name, measure, float(np.mean(v)), len(v), _interval(v), floors.get(f"{name} {measure}")
        )
        for name in chosen
        for measure, v in scores.get(name, {}).items()
        if v
    ]


def _scores_of_questions(
    coach: Coach, questions: Path | None, chosen: Sequence[str]
) -> dict[str, Scores]:
    if not set(chosen) & {"retrieval", "answers", "outcomes"}:
        return {}
    rows = read_rows(questions or resource("evals") / "questions.jsonl", ("question",))
    answers = [coach.ask(row["question"], row.get("history", ())) for row in rows]
    documents = {document.id: document for document in coach.documents()}
    return {
        "retrieval": passage_scores(rows, _found(coach, rows)),
        "answers": answer_scores(rows, answers, documents),
        "outcomes": outcome_scores(rows, answers),
    }


def _rows(file: str, *needed: str) -> list[dict[str, Any]]:
    """The rows of a shipped question set."""
    return read_rows(resource("evals") / file, needed)


def _asked(coach: Coach, rows: Sequence[Row], column: str = "question") -> list[Answer]:
    return [coach.ask(row[column]) for row in rows]


def _outcome_scores(coach: Coach) -> Scores:
    rows = _rows("outcomes.jsonl", "half", "outcome", "question")
    return choice_scores(rows, _asked(coach, rows))


def _article_scores(coach: Coach) -> Scores:
    """Each article is a library of its own: one text, and no everyday sentences.

    Those that sentences were learned to be read on (``train``) would say nothing.
    """
    scores: dict[str, Scores] = {}
    for alone, own in articles(coach, *HALVES):
        answers = _asked(alone, own)
        documents = {document.id: document for document in alone.documents()}
        measured = passage_scores(own, _found(alone, own))
        measured |= answer_scores(own, answers, documents) | answered_scores(own, answers)
        for name, values in measured.items():
            scores.setdefault(own[0]["half"], {}).setdefault(name, []).extend(values)
    return {f"{half}: {name}": v for half, own in scores.items() for name, v in own.items()}


def _knowledge_scores(coach: Coach) -> Scores:
    rows = _rows("knowledge.jsonl", "half", "outcome", "question")
    rows = [row for row in rows if row["half"] in HALVES]
    return knowledge_scores(rows, _asked(coach, rows))


def _pertinence_scores(coach: Coach) -> Scores:
    """The test half: the sentences of the other one were learned from, and would say nothing."""
    rows = _rows("pertinence.jsonl", "half", "kind", "message", "sentences", "grades")
    unread = [row for row in rows if row["half"] == "test"]
    scores: Scores = {}
    for kind, own in (
        ("stories and questions", [row for row in unread if row["kind"] != "knowledge"]),
        ("knowledge", [row for row in unread if row["kind"] == "knowledge"]),
    ):
        found = pertinence_scores(own, _asked(coach, own, "message"))
        scores |= {f"{kind}, {name}": values for name, values in found.items()}
    return scores


def _followup_scores(coach: Coach) -> Scores:
    rows = _rows("followups.jsonl", "kind", "question", "texts")
    return followup_scores(rows, _found(coach, rows))


def _side_scores(coach: Coach) -> Scores:
    rows = _rows("sides.jsonl", "one", "other")
    both = zip(_asked(coach, rows, "one"), _asked(coach, rows, "other"), strict=True)
    return side_scores(list(both))


def _screening_scores(coach: Coach) -> Scores:
    """The test half, and of the dev half what the nearness layer has not learned by heart."""
    rows = _rows("screening.jsonl", "text", "kind", "level", "half")
    unlearned = [row for row in rows if row["half"] == "test" or row["kind"] == "spanish"]
    return _by_half(
        unlearned,
        lambda own: screening_scores(
            own, [coach.screen(row["text"], row["history"]) for row in own]
        ),
    )


def _verification_scores(coach: Coach) -> Scores:
    """The halves of the near misses, and the writer on whose claims no network was trained."""
    near, claims = (
        _rows(name, "claim", "evidence", "half") for name in ("verification.jsonl", "claims.jsonl")
    )
    unread = verification_scores([row for row in claims if row["half"] == "test"], coach.verify)
    return {
        **_by_half(near, lambda own: verification_scores(own, coach.verify)),
        **{f"unread writer: {name}": values for name, values in unread.items()},
    }


def _by_half(rows: Sequence[Row], score: Callable[[Sequence[Row]], Scores]) -> Scores:
    """The scores of each half of a suite, under names that say which."""
    scores: Scores = {}
    for half in HALVES:
        own = [row for row in rows if row["half"] == half]
        if own:
            scores |= {f"{half}: {measure}": values for measure, values in score(own).items()}
    return scores


def _injection_scores(coach: Coach) -> Scores:
    """Each text with an order planted in it is a library of its own, so that it is what answers."""
    scores: Scores = {"planted order not quoted": [], "still answered": []}
    for row in _rows("injections.jsonl", "question", "planted", "text"):
        with library_of(coach, row["text"]) as planted:
            answer = planted.ask(row["question"])
        scores["planted order not quoted"].append(float(row["planted"] not in answer.text))
        scores["still answered"].append(float(bool(answer.citations)))
    return scores


def _generation_scores(coach: Coach) -> Scores:
    """Each model whose words are filed; without a label a recording has only its times."""
    folder = resource("evals") / "generations"
    written_by = partial(coach.written_by, load_settings())
    scores: Scores = {}
    for path in sorted(folder.glob("*.jsonl")):
        labels, planted = (
            [r for r in read_rows(folder.parent / name, ("model",)) if r["model"] == path.stem]
            for name in ("generation_labels.jsonl", "generation_planted.jsonl")
        )
        rows = read_rows(path, ("question", "raw", "seconds"))
        found = generation_scores(rows, labels, planted, written_by)
        scores |= {f"{path.stem}: {measure}": values for measure, values in found.items()}
    return scores


def _library_scores(coach: Coach) -> Scores:
    """Each half by itself, with and without the everyday sentences."""
    rows = _rows("library.jsonl", "question", "texts")
    scores: Scores = {}
    for half in HALVES:
        own = [row for row in rows if row.get("half") == half]
        scores |= text_scores(own, _found(coach, own), f"{half}: ")
        without = _found(coach, own, situations=False)
        scores |= text_scores(own, without, f"{half}, without sounds_like: ")
    return scores


def _found(coach: Coach, rows: Sequence[Row], *, situations: bool = True) -> list[list[Hit]]:
    return [
        coach.search(
            searched_for(row["question"], row.get("history", ())), _DEPTH, situations=situations
        )
        for row in rows
    ]


_OWN_SETS: Mapping[str, Callable[[Coach], Scores]] = {
    "outcomes": _outcome_scores,
    "articles": _article_scores,
    "knowledge": _knowledge_scores,
    "pertinence": _pertinence_scores,
    "library": _library_scores,
    "followups": _followup_scores,
    "sides": _side_scores,
    "verification": _verification_scores,
    "screening": _screening_scores,
    "injection": _injection_scores,
    "generation": _generation_scores,
}
"""The suites that have a question set of their own, besides the one that a user may replace."""


def record_generations(coach: Coach, setting: str) -> Path:
    """File what the chat model of a coach writes to the questions of ``generation.jsonl``."""
    rows = _rows("generation.jsonl", "question")
    path = recording_of(resource("evals") / "generations", setting)
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for row in record(coach, [row["question"] for row in rows]):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
    return path


def file_results(results: Sequence[Result]) -> Path:
    """File scores under the commit they belong to.

    Raises:
        CoachbotError: this is not a checkout of coachbot.
    """
    folder = resource("evals") / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{_commit('HEAD')}.json"
    filed = {
        "measured_on": time.strftime("%Y-%m-%dT%H:%M"),
        "scores": [r.to_dict() for r in results],
    }
    path.write_text(json.dumps(filed, indent=1) + "\n", encoding="utf-8")
    return path


def filed_results(revision: str) -> dict[str, float]:
    """The scores filed under a commit, by suite and measure.

    Raises:
        QuestionSetError: none were filed.
    """
    path = resource("evals") / "results" / f"{_commit(revision)}.json"
    if not path.is_file():
        raise QuestionSetError(
            f"No results are filed for {revision}.", "File some with: coachbot eval --save"
        )
    scores = json.loads(path.read_text(encoding="utf-8"))["scores"]
    return {f"{row['suite']} {row['measure']}": row["score"] for row in scores}


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


def _floors() -> dict[str, float]:
    path = resource("evals") / "floors.json"
    floors: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return floors


def _interval(scores: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean."""
    values = np.asarray(scores)
    drawn = np.random.default_rng(0).choice(values, (_RESAMPLES, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
