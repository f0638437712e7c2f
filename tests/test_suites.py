"""The shipped suites of `coachbot eval`: each question set can be read, and is scored."""

from __future__ import annotations

import pytest

from coachbot.coach import Coach
from coachbot.evaluation.suites import evaluate


@pytest.mark.parametrize(
    "suite",
    ["outcomes", "knowledge", "pertinence", "library", "followups", "sides", "verification"],
)
def test_a_suite_scores_any_library(coach: Coach, suite: str) -> None:
    results = evaluate(coach, suite)
    assert {result.suite for result in results} == {suite}
    assert all(0 <= result.score <= 1 and result.questions for result in results)
