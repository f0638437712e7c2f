"""Question sets to scores.

A question set is JSON Lines: ``{"id", "kind", "question", "history", "support"}``. ``support``
lists snippets of the texts, any of which a right citation overlaps; it is empty where the library
does not answer. Each score comes with a 95 % percentile bootstrap interval (Efron & Tibshirani
1993) and beside what simpler ways score on the same questions (``baselines``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.coach import Coach
from coachbot.errors import QuestionSetError
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.check_suites import (
    generation_suite,
    screening_suite,
    verification_suite,
)
from coachbot.evaluation.generation import record, recording_of
from coachbot.evaluation.measures import Systems, merged
from coachbot.evaluation.reply_suites import (
    answer_suite,
    article_suite,
    injection_suite,
    knowledge_suite,
    near_miss_suite,
    outcome_suite,
    pertinence_suite,
    scope_suite,
    side_suite,
)
from coachbot.evaluation.results import Result, results_of, shipped_floors
from coachbot.evaluation.search_suites import followup_suite, library_suite, retrieval_suite
from coachbot.evaluation.subject import Subject, shipped_rows
from coachbot.settings import resource

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

SUITES = (
    "retrieval", "answers", "outcomes", "articles", "knowledge", "pertinence", "library",
    "followups", "sides", "verification", "screening", "injection", "generation",
)  # fmt: skip

_OWN_SETS: Mapping[str, Callable[[Subject], Systems]] = {
    "outcomes": outcome_suite,
    "articles": article_suite,
    "knowledge": knowledge_suite,
    "pertinence": pertinence_suite,
    "library": library_suite,
    "sides": side_suite,
    "verification": verification_suite,
    "screening": screening_suite,
    "injection": injection_suite,
    "generation": generation_suite,
}
"""The suites that have a question set of their own, besides the one that a user may replace; that
of follow-ups takes a chat model too."""


def evaluate(
    coach: Coach,
    suite: str = "all",
    questions: Path | None = None,
    rewriter: BaseChatModel | None = None,
) -> list[Result]:
    """Score a coach.

    Args:
        coach: with the library that the questions are about.
        suite: a shipped suite, ``all``, or the path of a question set.
        questions: a question set in place of the shipped one.
        rewriter: a chat model whose rewriting of follow-ups is measured beside the rules.

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
    subject = Subject(coach)
    chosen = SUITES if suite == "all" else (suite,)
    systems = _of_questions(subject, questions, chosen)
    followups = partial(followup_suite, rewriter=rewriter)
    own_sets: dict[str, Callable[[Subject], Systems]] = {**_OWN_SETS, "followups": followups}
    for name in () if questions else chosen:
        if name in own_sets:
            systems[name] = merged([systems.get(name, {}), own_sets[name](subject)])
    floors = {} if questions else shipped_floors()
    return [result for name in chosen for result in results_of(name, systems.get(name, {}), floors)]


def _of_questions(
    subject: Subject, questions: Path | None, chosen: Sequence[str]
) -> dict[str, Systems]:
    """The suites that a user's own question set can replace; each question is asked once."""
    if not set(chosen) & {"retrieval", "answers", "outcomes"}:
        return {}
    rows = read_rows(questions or resource("evals") / "questions.jsonl", ("question",))
    answers = subject.answers(rows)
    return {
        "retrieval": retrieval_suite(subject, rows),
        "answers": answer_suite(subject, rows, answers),
        "outcomes": merged(
            [near_miss_suite(subject, rows, answers), scope_suite(subject, rows, answers)]
        ),
    }


def record_generations(coach: Coach, setting: str) -> Path:
    """File what the chat model of a coach writes to the questions of ``generation.jsonl``."""
    rows = shipped_rows("generation.jsonl", "question")
    path = recording_of(resource("evals") / "generations", setting)
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for row in record(coach, [row["question"] for row in rows]):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
    return path
