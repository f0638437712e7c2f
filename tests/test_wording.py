"""Judging by wording: runs of words, a stored model, and the pool with what judges by meaning."""

from __future__ import annotations

import numpy as np
import pytest

from coachbot.reading.documents import list_files
from coachbot.safety.nearness import pooled, shipped_model, shipped_wording
from coachbot.search.situations import shipped_wording as wording_of_situations
from coachbot.settings import resource
from coachbot.wording import packed_model, read_model, runs_of_words

RUNS = ["lost my job", "my job", "my mother"]
WEIGHTS = np.array([[4.0, -4.0], [2.0, -2.0], [-3.0, 3.0]], np.float32)


@pytest.fixture
def model():
    return read_model(packed_model(["job", "mother"], RUNS, WEIGHTS, [0.0, 0.5]))


def test_runs_of_words_are_those_of_one_to_three_with_the_start_marked():
    assert runs_of_words("he left me") == {
        "^", "he", "left", "me", "^ he", "he left", "left me", "^ he left", "he left me",
    }  # fmt: skip


def test_known_runs_speak_for_their_label(model):
    assert model.shares("i lost my job")["job"] > 0.9
    assert model.shares("i rang my mother")["mother"] > 0.7


def test_a_message_of_unknown_words_gets_what_speaks_for_each_label_beforehand(model):
    expected = np.exp([0.0, 0.5]) / np.exp([0.0, 0.5]).sum()
    for message in ("", "zyx wvu", "12 ?"):
        assert list(model.shares(message).values()) == pytest.approx(expected)


def test_a_model_comes_back_as_it_was_stored_whatever_the_order_of_its_runs():
    one = read_model(packed_model(["job", "mother"], RUNS, WEIGHTS, [0.0, 0.5]))
    two = read_model(packed_model(["job", "mother"], RUNS[::-1], WEIGHTS[::-1], [0.0, 0.5]))
    assert np.array_equal(one.keys, two.keys)
    assert np.allclose(one.weights, two.weights)
    assert np.abs(np.sort(one.weights[:, 0]) - np.sort(WEIGHTS[:, 0])).max() < 0.04


def test_a_pool_is_certain_only_where_both_are():
    meaning, wording = {"a": 0.9, "b": 0.1}, {"a": 0.1, "b": 0.9}
    assert max(pooled(meaning, wording).values()) < 0.7
    agreed = pooled(meaning, meaning)
    assert agreed["a"] > 0.9
    assert sum(agreed.values()) == pytest.approx(1.0)


def test_one_that_rules_a_label_out_does_not_rule_it_out_for_both():
    assert pooled({"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 0.0})["a"] > 0.0


def test_the_gates_wording_knows_the_labels_of_its_layers():
    assert shipped_wording().labels == shipped_model().labels


def test_the_wording_of_situations_knows_the_shipped_texts_and_no_others():
    shipped = {path.stem for path in list_files(resource("corpus"))}
    assert set(wording_of_situations().labels) <= shipped
    shares = wording_of_situations().shares("he drinks six cans a night")
    assert max(shares, key=shares.__getitem__) == "a-partner-who-drinks"
