"""The shipped suites of `coachbot eval`: each question set can be read, and is scored."""

from __future__ import annotations

import pytest

from coachbot.coach import Coach
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.suites import evaluate
from coachbot.settings import resource


@pytest.mark.parametrize("suite", ["library", "followups", "sides", "verification"])
def test_a_suite_scores_any_library(coach: Coach, suite: str) -> None:
    results = evaluate(coach, suite)
    assert {result.suite for result in results} == {suite}
    assert all(0 <= result.score <= 1 and result.questions for result in results)


def test_rows_that_take_minutes_to_score_can_be_read() -> None:
    rows = read_rows(
        resource("evals") / "pertinence.jsonl", ("half", "message", "sentences", "grades")
    )
    assert all(len(row["sentences"]) == len(row["grades"]) > 0 for row in rows)
