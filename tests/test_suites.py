"""The shipped suites of `coachbot eval`: each question set can be read, and is scored."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from coachbot import cli
from coachbot.cli.terminal import print_results
from coachbot.coach import Coach
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.results import compared
from coachbot.evaluation.suites import evaluate
from coachbot.prompts import say
from coachbot.settings import resource


@pytest.mark.parametrize("suite", ["library", "followups", "sides", "verification"])
def test_a_suite_scores_any_library(coach: Coach, suite: str) -> None:
    results = evaluate(coach, suite)
    assert {result.suite for result in results} == {suite}
    assert all(0 <= result.score <= 1 and result.questions for result in results)
    assert all(result.baselines for result in results)
    assert all(0 <= value <= 1 for result in results for value in result.baselines.values())


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


def questions(folder: Path) -> Path:
    rows = [
        {"question": "When does a repair work best?", "support": ["A repair works best early"]},
        {"question": "Capital of Mongolia?", "kind": "offtopic", "support": []},
        {"question": "Who first studied repair in Norway?", "kind": "unanswerable", "support": []},
    ]
    file = folder / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


def test_a_question_set_of_ones_own_stands_beside_its_baselines(coach, tmp_path):
    found = {result.measure: result for result in evaluate(coach, str(questions(tmp_path)))}
    passages = int(coach.facts()["passages"])
    hit = found["hit@1"].baselines
    assert set(hit) == {"random", "shared words"}
    assert hit["random"] == pytest.approx(1 / passages, abs=1e-4)
    assert hit["shared words"] == 1.0
    assert found["first quote is right"].baselines["shared words"] == 1.0
    assert 0 < found["first quote is right"].baselines["random"] < 0.5
    assert found["quote equals its span"].baselines == {}  # it holds by construction
    assert found["off-topic refused"].baselines["always let in"] == 0.0
    assert found["within topic let in"].baselines["always let in"] == 1.0
    assert (found["hit@1"].right, found["hit@1"].questions) == (1, 1)
    assert found["others: not answered"].baselines["always answered"] == 0.0
    assert found["others: not answered"].questions == 1
    apart = found["answerable or not, AUROC"]
    assert apart.score == 1.0
    assert set(apart.baselines) == {"shared words", "similarity"}


class Rewriter(BaseChatModel):
    """Rewrites every message to the same words; asked for anything else it fails the test."""

    says: str
    asked: list[str] = []  # noqa: RUF012

    @property
    def _llm_type(self) -> str:
        return "rewriter"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        assert messages[0].content == say("rewrite", "system")
        self.asked.append(str(messages[-1].content))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.says))])


def test_rewriting_is_measured_beside_the_rules(coach):
    rewriter = Rewriter(says="How do I listen to my wife?")
    results = {result.measure: result for result in evaluate(coach, "followups", rewriter=rewriter)}
    by_rules, by_model = (
        results[f"{label}right text@1"] for label in ("", "rewritten by the model: ")
    )
    assert by_model.questions == by_rules.questions == 60
    assert by_model.baselines["rules"] == pytest.approx(by_rules.score, abs=1e-4)
    used = results["rewritten by the model: other words than the rules'"]
    assert used.right == len(rewriter.asked)
    assert 20 <= len(rewriter.asked) < 60  # a message that stands by itself is not rewritten


def test_a_rewriting_that_is_none_leaves_the_rules(coach):
    found = evaluate(coach, "followups", rewriter=Rewriter(says=""))
    by_model = [result for result in found if result.measure.startswith("rewritten")]
    *same, used = by_model
    assert used.score == 0.0
    assert all(r.score == pytest.approx(r.baselines["rules"], abs=1e-4) for r in same)


def test_eval_prints_counts_baselines_and_the_change(coach, tmp_path, capsys):
    results = evaluate(coach, str(questions(tmp_path)))
    print_results(compared(results, {"retrieval hit@1": 0.25}))
    shown = capsys.readouterr().out
    (hit,) = [line for line in shown.splitlines() if "hit@1" in line]
    assert "1/1" in hit
    assert "random" in hit
    assert "0.250" in hit
    assert "+0.750" in hit
    (mrr,) = [line for line in shown.splitlines() if "MRR" in line]
    assert "new" in mrr
    print_results([result.to_dict() for result in results])
    assert "change" not in capsys.readouterr().out


def test_eval_refuses_what_cannot_be_before_it_measures(monkeypatch, capsys):
    for words, told in (
        (["--suite", "library", "--model", "ollama:x"], "--suite"),
        (["--compare", "no-such-revision"], "no commit no-such-revision"),
    ):
        monkeypatch.setattr(sys, "argv", ["coachbot", "eval", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code
        assert told in capsys.readouterr().err
