"""Recordings of what chat models wrote: taken down as they come, checked again today."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from small_corpus import LISTENING

from coachbot.coach import Coach
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.generation import HAS_SOURCE, generation_scores, record
from coachbot.evaluation.suites import evaluate
from coachbot.settings import load_settings, resource

QUESTION = "How do I listen to my partner?"
HELD = "Say back in your own words what your partner said."
NOT_HELD = "Dogs cure jealousy in nine of ten homes."
RAW = f"{HELD} [1] {NOT_HELD} [1]"


@pytest.fixture
def coach(tmp_path, minilm):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "listening.md").write_text(LISTENING, encoding="utf-8")
    settings = load_settings(corpus=corpus, data=tmp_path / "data")
    said = GenericFakeChatModel(messages=iter([AIMessage(RAW)]))
    return Coach.open(settings, embedder=minilm, chat_model=said)


def scored(coach, labels=(), planted=(), through=lambda coach: coach):
    row = {"question": QUESTION, "raw": RAW}
    row["seconds"] = {"first_sentence": 2.0, "first_shown": 2.2, "checking": 0.5, "whole": 10.5}
    return generation_scores(
        [row], labels, planted, lambda model: through(coach.written_by(load_settings(), model))
    )


def label(sentence, label):
    return {"question": QUESTION, "sentence": sentence, "label": label}


def test_recording_takes_down_the_words_and_when_they_came(coach):
    (row,) = record(coach, [QUESTION])
    assert row["raw"] == RAW
    seconds = row["seconds"]
    assert 0 < seconds["first_sentence"] <= seconds["first_shown"] <= seconds["whole"]
    assert 0 < seconds["checking"] < seconds["whole"]


def test_a_question_that_is_answered_without_the_model_leaves_no_row(coach):
    assert list(record(coach, ["What is the capital of Mongolia?"])) == []


def test_what_is_shown_is_held_against_the_readers_labels(coach):
    labels = [label(HELD, "supported"), label(NOT_HELD, "unsupported")]
    scores = scored(coach, labels)
    assert scores["shown sentence is supported"] == [1.0]
    assert scores["supported sentence is shown"] == [1.0]
    # A reader who finds the shown sentence unsupported, and the hidden one supported, sees both.
    turned = scored(coach, [label(HELD, "unsupported"), label(NOT_HELD, "supported")])
    assert turned["shown sentence is supported"] == [0.0]
    assert turned["supported sentence is shown"] == [0.0]


def test_labels_of_what_was_said_before_a_new_recording_count_for_nothing(coach):
    stale = {"question": "What was asked before?", "sentence": HELD}
    planted = [{**stale, "altered": "Never.", "kind": "negation"}]
    scores = scored(coach, [{**stale, "label": "unsupported"}], planted)
    assert not scores["shown sentence is supported"]
    assert "altered sentence not shown" not in scores


def test_what_fits_the_message_is_counted_apart_from_what_is_supported(coach):
    scores = scored(coach, [{**label(HELD, "supported"), "fits": False}])
    assert scores["shown sentence is supported"] == [1.0]
    assert scores["shown sentence fits the message"] == [0.0]


def test_an_altered_sentence_counts_as_hidden_only_where_it_is(coach):
    negated = {"question": QUESTION, "sentence": HELD, "kind": "negation"}
    hidden = scored(coach, planted=[{**negated, "altered": f"Never s{HELD[1:]}"}])
    assert hidden["altered sentence not shown"] == hidden["not shown, negation"] == [1.0]
    kept = scored(coach, planted=[{**negated, "altered": HELD}])
    assert kept["altered sentence not shown"] == [0.0]


def test_times_are_ratios(coach):
    scores = scored(coach)
    assert scores["first shown: first sentence, times"] == [pytest.approx(1.1)]
    assert scores["checking adds, share"] == [pytest.approx(0.05)]


class Shifted:
    """A coach whose texts begin with one word more than those that it cites."""

    def __init__(self, coach: Coach) -> None:
        self._coach, self.ask = coach, coach.ask

    def document(self, id):
        stored = self._coach.document(id)
        return replace(stored, text=f"Well, {stored.text}")


def test_a_quote_that_does_not_stand_where_it_is_cited_has_no_source(coach):
    assert set(scored(coach)[HAS_SOURCE]) == {1.0}
    assert 0.0 in scored(coach, through=Shifted)[HAS_SOURCE]


def test_whatever_real_models_wrote_each_sentence_shown_has_its_source(shipped):
    coach = Coach.open(load_settings(data=shipped))
    filed = list((resource("evals") / "generations").glob("*.jsonl"))
    assert filed
    for path in filed:
        rows = read_rows(path, ("question", "raw", "seconds"))
        scores = generation_scores(rows, (), (), partial(coach.written_by, load_settings()))
        assert set(scores[HAS_SOURCE]) == {1.0}


def test_the_suite_has_what_each_model_wrote_its_labels_and_its_planted_sentences(
    shipped, tmp_path, monkeypatch
):
    """The shipped files cut short: with all of them the suite takes minutes."""
    evals = resource("evals")
    (tmp_path / "evals" / "generations").mkdir(parents=True)
    for path in evals.glob("generations/*.jsonl"):
        first = read_rows(path, ())[0]
        _file(tmp_path / "evals" / "generations" / path.name, [first])
        for name in ("generation_labels.jsonl", "generation_planted.jsonl"):
            rows = [r for r in read_rows(evals / name, ()) if r["question"] == first["question"]]
            _file(tmp_path / "evals" / name, rows)
    monkeypatch.setattr("coachbot.evaluation.check_suites.resource", tmp_path.joinpath)
    results = evaluate(Coach.open(load_settings(data=shipped)), "generation")
    models = {path.stem for path in evals.glob("generations/*.jsonl")}
    assert {result.measure.partition(":")[0] for result in results} == models


def _file(path, rows):
    with path.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
