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


def test_every_question_on_an_article_is_supported_by_its_own_words() -> None:
    rows = read_rows(resource("evals") / "reading.jsonl", ("half", "text", "question", "support"))
    folder = resource("evals") / "articles"
    articles = {path.stem: " ".join(path.read_text("utf-8").split()) for path in folder.iterdir()}
    asked = [row for row in rows if row["text"] in articles]
    assert len({row["text"] for row in asked}) == len(articles) == 190
    lacking = [
        (row["id"], line)
        for row in asked
        for line in row["support"]
        if line not in articles[row["text"]]
    ]
    assert not lacking


def test_rows_that_take_minutes_to_score_can_be_read() -> None:
    rows = read_rows(
        resource("evals") / "pertinence.jsonl", ("half", "message", "sentences", "grades")
    )
    assert all(len(row["sentences"]) == len(row["grades"]) > 0 for row in rows)
