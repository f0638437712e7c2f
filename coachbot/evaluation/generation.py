"""What a chat model really wrote, recorded once and checked again at each change.

Recording: the questions are asked with the model at work; a LangChain callback takes down its
tokens and when they came, and how long the checks took. Scoring: the same words are said again by
a stand-in at the place of the model, so that the checks of today meet the words of then; a reader's
labels say which sentences the passages bear out. Nothing here needs a model but recording.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from coachbot.answering.marks import statements
from coachbot.coach import Coach
from coachbot.evaluation.measures import Row, Scores, stands_as_cited
from coachbot.types import Answer, Claim, SentenceReady, Verdict

HAS_SOURCE = "sentence has its source"
"""The measure that counts every sentence of the answers, the model's or not."""


class _Watch(BaseCallbackHandler):
    """Takes down a model's tokens and when they came, and the seconds spent in checks."""

    def __init__(self) -> None:
        self.tokens: list[tuple[float, str]] = []
        self.checking = 0.0
        self._begun: dict[Any, float] = {}

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append((time.perf_counter(), str(token)))

    def on_chain_start(self, *_: Any, run_id: Any, name: str = "", **__: Any) -> None:
        if name == "verify":
            self._begun[run_id] = time.perf_counter()

    def on_chain_end(self, *_: Any, run_id: Any, **__: Any) -> None:
        if run_id in self._begun:
            self.checking += time.perf_counter() - self._begun.pop(run_id)


def record(coach: Coach, questions: Sequence[str]) -> Iterator[Row]:
    """Ask each question and take down what the chat model says.

    Yields:
        Rows ``{"question", "raw", "seconds": {"first_sentence", "first_shown", "checking",
        "whole"}}``, in seconds from the question on; none for a question that is answered
        without the model.
    """
    for question in questions:
        watch, first_shown = _Watch(), 0.0
        started = time.perf_counter()
        for event in coach.as_runnable().stream(question, {"callbacks": [watch]}):
            if watch.tokens and not first_shown and isinstance(event, SentenceReady):
                first_shown = time.perf_counter() - started
        if not watch.tokens:
            continue
        seconds = {
            "first_sentence": _first_sentence(watch.tokens) - started,
            "first_shown": first_shown,
            "checking": watch.checking,
            "whole": time.perf_counter() - started,
        }
        yield {
            "question": question,
            "raw": "".join(token for _, token in watch.tokens),
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
        }


def _first_sentence(tokens: Sequence[tuple[float, str]]) -> float:
    """When the first whole sentence had come."""
    times = list[float]()

    def coming() -> Iterator[str]:
        for at, token in tokens:
            times.append(at)
            yield token

    next(statements(coming()), None)
    return times[-1]


class Replayed(BaseChatModel):
    """Says again what a model wrote to a question that stands in the last message."""

    said: dict[str, str]

    @property
    def _llm_type(self) -> str:
        return "replayed"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        asked = str(messages[-1].content)
        raw = next((raw for question, raw in self.said.items() if question in asked), "")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(raw))])


def generation_scores(
    rows: Sequence[Row],
    labels: Sequence[Row],
    planted: Sequence[Row],
    written_by: Callable[[BaseChatModel], Coach],
) -> Scores:
    """How the checks of today fare with what one model wrote.

    Args:
        rows: from ``record``.
        labels: ``{"question", "sentence", "label"}``; ``label`` is ``supported``, ``unsupported``
            or ``connective``, as a reader saw it with the passages in hand; ``fits``, if there,
            whether the sentence could be said to this person.
        planted: ``{"question", "sentence", "altered", "kind"}``: a supported sentence, and what it
            was altered to.
        written_by: a chat model to the coach that it writes for.
    """
    raw = {row["question"]: row["raw"] for row in rows}
    coach = written_by(Replayed(said=raw))
    answers = {question: coach.ask(question) for question in raw}
    scores = _label_scores(answers, labels)
    scores[HAS_SOURCE] = [
        float(_has_source(claim, coach)) for answer in answers.values() for claim in answer.claims
    ]
    for question, alterations in _in_turns([row for row in planted if row["question"] in raw]):
        changed = {row["sentence"]: row["altered"] for row in alterations}
        coach = written_by(Replayed(said={question: _altered(raw[question], changed)}))
        answer = coach.ask(question)
        shown = {claim.text for claim in _of_model(answer)}
        judged = shown | {claim.text for claim in answer.left_out}
        # Of what no check came to see, such as behind a reply that ended early, nothing is learned.
        for row in (row for row in alterations if row["altered"] in judged):
            for measure in _hidden_by(row):
                scores.setdefault(measure, []).append(float(row["altered"] not in shown))
    for row in rows:
        seconds = row["seconds"]
        if seconds["first_shown"]:
            ratio = seconds["first_shown"] / seconds["first_sentence"]
            scores.setdefault("first shown: first sentence, times", []).append(ratio)
        checking = seconds["checking"] / (seconds["whole"] - seconds["checking"])
        scores.setdefault("checking adds, share", []).append(checking)
    return scores


def shown_unchecked(labels: Sequence[Row], planted: Sequence[Row]) -> Scores:
    """The scores of showing whatever a model writes; arguments as for ``generation_scores``."""
    labelled = [row["label"] for row in labels]
    scores: Scores = {
        "shown sentence is supported": [float(label != "unsupported") for label in labelled],
        "supported sentence is shown": [1.0 for label in labelled if label == "supported"],
    }
    for row in planted:
        for measure in _hidden_by(row):
            scores.setdefault(measure, []).append(0.0)
    return scores


def _hidden_by(row: Row) -> tuple[str, str]:
    """The measures that an altered sentence counts in."""
    return "altered sentence not shown", f"not shown, {row['kind']}"


def _in_turns(planted: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Each question with as many of its alterations as fit in at once: one to a sentence."""
    before = Counter[tuple[str, str]]()
    turns: dict[tuple[str, int], list[Row]] = {}
    for row in planted:
        sentence = (row["question"], row["sentence"])
        turns.setdefault((row["question"], before[sentence]), []).append(row)
        before[sentence] += 1
    for (question, _), alterations in turns.items():
        yield question, alterations


def _altered(raw: str, changed: dict[str, str]) -> str:
    """What a model wrote with some sentences in other words, their marks kept."""
    parts = list[str]()
    for said in statements([raw]):
        marks = "".join(f"[{number}]" for number in said.numbers)
        parts.append(f"{changed.get(said.text, said.text)} {marks}")
    return " ".join(parts)


def _label_scores(answers: dict[str, Answer], labels: Sequence[Row]) -> Scores:
    """Of what is shown in the model's words, what holds and fits; of what holds, what is shown.

    A label of what the model wrote before it was recorded anew counts for nothing.
    """
    scores: Scores = {
        "shown sentence is supported": [],
        "shown sentence fits the message": [],
        "supported sentence is shown": [],
    }
    said = {question: {c.text for c in _of_model(answer)} for question, answer in answers.items()}
    for row in (row for row in labels if row["question"] in said):
        shown = row["sentence"] in said[row["question"]]
        if shown:
            scores["shown sentence is supported"].append(float(row["label"] != "unsupported"))
        if shown and "fits" in row:
            scores["shown sentence fits the message"].append(float(row["fits"]))
        if row["label"] == "supported":
            scores["supported sentence is shown"].append(float(shown))
    return scores


def _has_source(claim: Claim, coach: Coach) -> bool:
    """Whether a sentence needs no source, or each of its quotes stands in its text as cited."""
    if claim.verdict in (Verdict.CONNECTIVE, Verdict.FIXED):
        return True
    return claim.verdict is Verdict.SUPPORTED and all(
        stands_as_cited(coach.document(cited.document_id), cited) for cited in claim.citations
    )


def _of_model(answer: Answer) -> list[Claim]:
    """The claims in the model's own words."""
    return [claim for claim in answer.claims if "repaired" not in claim.reasons]


def recording_of(folder: Path, setting: str) -> Path:
    """Where the recording of a model is filed, such as ``qwen-1.5b.jsonl`` for its file."""
    return folder / f"{Path(setting.partition(':')[2]).stem}.jsonl"
