"""Measures and what they are shown beside, on cases that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from statistics import mean

import pytest

from coachbot.errors import CoachbotError, QuestionSetError
from coachbot.evaluation.baselines import (
    Piece,
    WordOrder,
    best_threshold,
    by_chance,
    by_keywords,
    by_threshold,
    chance,
    halves_of,
    said_of_all,
    shared,
    texts_in_common,
)
from coachbot.evaluation.generation import shown_unchecked
from coachbot.evaluation.measures import (
    COACH,
    answered_scores,
    balanced,
    choice_scores,
    in_order,
    labelled,
    merged,
    passage_scores,
    quote_scores,
    scope_scores,
    screening_scores,
    text_scores,
    told_apart,
    verification_scores,
)
from coachbot.evaluation.reply_suites import quote_grades
from coachbot.evaluation.results import Result, compared, file_results, filed_results, results_of
from coachbot.evaluation.subject import by_half, decisions
from coachbot.types import Level, Screening


def test_where_the_first_right_piece_stands():
    assert in_order([False, True, True]) == (0.0, 1.0, 0.5)
    assert in_order([True]) == (1.0, 1.0, 1.0)
    assert in_order([False, False, False, True]) == (0.0, 0.0, 0.25)
    assert in_order([False]) == in_order([]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("right", "among"), [(0, 4), (1, 4), (2, 5), (5, 5)])
def test_chance_is_the_mean_over_all_orders(right, among):
    pieces = [True] * right + [False] * (among - right)
    orders = [in_order(order) for order in permutations(pieces)]
    assert by_chance(right, among) == pytest.approx(
        [mean(values) for values in zip(*orders, strict=True)]
    )


def test_chance_looks_no_further_down_than_the_coach():
    assert by_chance(1, 4, depth=3).reciprocal == pytest.approx((1 + 1 / 2 + 1 / 3) / 4)
    assert chance(1, 0, 3) == 0.0
    assert chance(1, 2, 3) == 1.0
    assert texts_in_common(1, 2, 10) == pytest.approx(0.2)


def test_passages_in_the_order_of_shared_words():
    texts = ["Walk for twenty minutes.", "Say sorry early.", "Say back what your wife said, early."]
    order = WordOrder([Piece(str(i), text, text) for i, text in enumerate(texts)])
    assert [piece.document_id for piece in order.best("Say sorry, and early")] == ["1", "2"]
    assert order.best("Mongolia") == []
    assert order.share("walk minutes") > order.share("walk Mongolia") > order.share("Mongolia") == 0
    assert WordOrder([]).best("walk") == []


def test_the_share_of_a_claims_words_in_its_evidence():
    assert shared("Dogs bark loudly", ["The dog barks."]) == pytest.approx(2 / 3)
    assert shared("of the", ["anything"]) == 0.0


def test_the_best_threshold():
    assert best_threshold([0.1, 0.4, 0.6, 0.9], [False, False, True, True]) == 0.6
    # From 0.5 on: half of the yeses, no no. Equal values cannot be told apart.
    assert best_threshold([0.2, 0.2, 0.5], [True, False, True]) == 0.5
    assert best_threshold([0.2, 0.7], [True, True]) == float("-inf")


def test_a_threshold_is_never_chosen_on_the_rows_it_is_for():
    halves, values = ["dev", "dev", "test", "test"], [0.1, 0.3, 0.6, 0.8]
    truth = [False, True, False, True]
    # dev is cut at 0.8 and so all refused, test at 0.3 and so all accepted.
    assert by_threshold(halves, values, truth) == [False, False, True, True]
    assert halves_of([{"half": "dev"}, {}, {}]) == ["dev", "dev", "test"]


def test_saying_always_the_same_has_balanced_accuracy_one_half():
    truth = [True, False, False, False]
    assert mean(balanced(truth, [True] * 4)) == mean(balanced(truth, [False] * 4)) == 0.5
    assert mean(balanced(truth, truth)) == 1.0
    assert mean(balanced(truth, [True, True, False, False])) == pytest.approx((1 + 2 / 3) / 2)


def test_decisions_stand_beside_yes_to_all_and_thresholds():
    rows = [{"half": half} for half in ("dev", "dev", "test", "test")]
    truth = [False, True, False, True]
    said = decisions(rows, truth, [True] * 4, {"shared words": [0.1, 0.5, 0.2, 0.6]}, "always")
    assert said == {
        COACH: [True] * 4,
        "always": [True] * 4,
        "shared words": [False, False, False, True],  # dev is cut at 0.6, test at 0.5
    }
    systems = by_half(rows, said, lambda own, yes: {"yes": list(map(float, yes))})
    assert systems["shared words"] == {"test: yes": [0.0, 1.0], "dev: yes": [0.0, 0.0]}


@pytest.mark.parametrize(
    ("scores", "area"),
    [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.5] * 4, 0.5)],
)
def test_two_classes_told_apart_at_any_threshold(scores, area):
    assert mean(told_apart([True, True, False, False], scores)) == area


def test_one_class_alone_is_told_from_nothing():
    assert told_apart([True, True], [0.1, 0.9]) == []


def test_scores_of_parts_are_those_of_the_whole():
    parts = [{COACH: {"a": [1.0]}}, {COACH: {"a": [0.0], "b": [1.0]}, "random": {"a": [0.5]}}]
    assert merged(parts) == {COACH: {"a": [1.0, 0.0], "b": [1.0]}, "random": {"a": [0.5]}}
    assert labelled("test: ", parts[0]) == {COACH: {"test: a": [1.0]}}


def test_found_texts_count_by_group_and_passages_where_there_is_support():
    rows = [{"kind": "leans", "support": ["x"]}, {"kind": "other"}]
    placed = [in_order([False, True]), in_order([True])]
    assert text_scores(rows, placed, lambda row: row["kind"] if row["kind"] == "leans" else "") == {
        "right text@1": [0.0, 1.0],
        "right text@3": [1.0, 1.0],
        "leans, right text@1": [0.0],
        "leans, right text@3": [1.0],
    }
    assert passage_scores(rows, placed) == {"hit@1": [0.0], "hit@3": [1.0], "MRR": [0.5]}


def test_quotes_and_replies():
    rows = [{"support": ["x"]}, {"support": []}, {"support": ["y"]}]
    assert quote_scores(rows, [[False, True], [True], []]) == {
        "first quote is right": [0.0, 0.0],
        "some quote is right": [1.0, 0.0],
    }
    scores = answered_scores([True, True, False], [True, False, False])
    assert scores["answerable: answered"] == [1.0, 0.0]
    assert scores["others: not answered"] == [1.0]
    assert mean(scores["balanced accuracy"]) == 0.75
    let_in = scope_scores([True, False], [True, True])
    assert (let_in["within topic let in"], let_in["off-topic refused"]) == ([1.0], [0.0])


def test_where_nothing_answers_any_reply_is_right_that_claims_not_to():
    wanted = ("answered", "related", "nothing", "human")
    rows = [{"half": "test", "outcome": outcome} for outcome in wanted]
    for kind, right in (
        ("answered", [1.0, 0.0, 0.0, 0.0]),
        ("related", [0.0, 1.0, 1.0, 0.0]),
        ("human", [0.0, 1.0, 1.0, 1.0]),
        ("safety", [0.0, 0.0, 0.0, 0.0]),
    ):
        assert choice_scores(rows, [kind] * 4)["test: right outcome"] == right


def test_a_checker_that_refuses_all_is_right_on_every_false_claim():
    rows = [{"supported": True, "kind": "subset"}, {"supported": False, "kind": "number"}]
    scores = verification_scores(rows, [False, False])
    assert mean(scores.pop("balanced accuracy")) == 0.5
    assert scores == {"accepted, subset": [0.0], "refused, number": [1.0]}


def message(level: str, *categories: str, kind: str = "explicit") -> dict[str, object]:
    return {"level": level, "categories": list(categories), "kind": kind}


def met(category: str, level: Level = Level.CRISIS) -> Screening:
    return Screening(level, category, (category,))


MESSAGES = [
    message("crisis", "partner_violence"),
    message("crisis", "partner_violence"),
    message("crisis", "suicide_self_harm"),
    message("none", kind="ordinary"),
    message("concern", "minor"),
]


def test_recall_and_precision_of_each_category():
    found = [
        met("partner_violence"),
        met("possible_control", Level.CONCERN),  # too low
        met("partner_violence"),  # the wrong danger
        met("partner_violence"),  # a false alarm
        met("minor", Level.CONCERN),
    ]
    scores = screening_scores(MESSAGES, found)
    assert scores["crisis recall, partner_violence"] == [1.0, 0.0]
    assert scores["crisis recall, suicide_self_harm"] == [1.0]
    assert scores["crisis precision, partner_violence"] == [1.0, 0.0, 0.0]
    assert scores["crisis precision, any"] == [1.0, 1.0, 0.0]
    assert scores["concern recall, minor"] == scores["concern precision, minor"] == [1.0]
    assert scores["concern precision, possible_control"] == [0.0]
    assert scores["concern precision, any"] == [1.0, 1.0]
    assert scores["no crisis on harmless messages"] == [0.0]


def test_where_no_message_is_harmless_precision_is_not_counted():
    scores = screening_scores(MESSAGES[:1], [met("partner_violence")])
    assert "crisis recall, partner_violence" in scores
    assert not [name for name in scores if "precision" in name]


def test_what_a_gate_that_never_or_always_speaks_scores():
    never = screening_scores(MESSAGES, [Screening()] * len(MESSAGES))
    assert set(never["crisis recall, partner_violence"]) == {0.0}
    assert not [name for name in never if "precision" in name]
    always = said_of_all(MESSAGES)
    assert mean(always["crisis precision, any"]) == pytest.approx(3 / 5)
    assert mean(always["crisis precision, partner_violence"]) == pytest.approx(2 / 5)
    assert mean(always["concern precision, any"]) == pytest.approx(4 / 5)


def test_a_list_of_words_knows_words_and_nothing_else():
    assert by_keywords("Last night he choked me").category == "partner_violence"
    assert by_keywords("I don’t want to live, I want to die").category == "suicide_self_harm"
    assert by_keywords("He won’t let me see my sister").level is Level.CONCERN
    assert by_keywords("I have it all planned, the note is written").level is Level.NONE


def test_grades_of_quotes_beside_others_of_the_same_rows():
    row = {"message": "How do I say sorry?", "sentences": ["Rest.", "Say sorry."], "grades": [2, 0]}
    unanswered = {**row, "message": "x"}
    systems = quote_grades([row, unanswered], ["Rest.", None])
    assert systems[COACH]["first quote to the point"] == [1.0]
    assert systems["random"]["first quote to the point"] == [0.5]
    assert systems["shared words"]["first quote to the point"] == [0.0]


def test_showing_unchecked_hides_nothing():
    labels = [{"label": label} for label in ("supported", "unsupported", "connective")]
    scores = shown_unchecked(labels, [{"kind": "number"}])
    assert scores["shown sentence is supported"] == [1.0, 0.0, 1.0]
    assert scores["supported sentence is shown"] == [1.0]
    assert scores["altered sentence not shown"] == scores["not shown, number"] == [0.0]


def test_a_result_counts_what_went_right_and_stands_beside_its_baselines():
    systems = {
        COACH: {"hit@1": [1.0, 0.0, 1.0], "MRR": [1.0, 0.5], "never asked": []},
        "random": {"hit@1": [0.1, 0.1, 0.4], "only here": [1.0]},
    }
    hit, rank = results_of("retrieval", systems, {"retrieval hit@1": 0.7})
    assert (hit.right, hit.questions, hit.baselines) == (2, 3, {"random": 0.2})
    assert not hit.reached
    assert (rank.right, rank.baselines, rank.reached) == (None, {}, True)


RESULTS = [Result("retrieval", "hit@1", 0.75, 4), Result("screening", "precision", 0.5, 2)]


def test_change_is_from_the_figure_before_and_none_for_a_new_one():
    old, new = compared(RESULTS, {"retrieval hit@1": 0.5, "retrieval gone": 0.1})
    assert (old["before"], old["change"]) == (0.5, 0.25)
    assert (new["before"], new["change"]) == (None, None)
    assert old["score"] == 0.75


def test_results_are_filed_by_commit_and_read_back(tmp_path):
    file_results(RESULTS, tmp_path)
    before = filed_results("HEAD", tmp_path)
    assert before == {"retrieval hit@1": 0.75, "screening precision": 0.5}
    better = [replace(result, score=result.score + 0.1) for result in RESULTS]
    assert [row["change"] for row in compared(better, before)] == pytest.approx([0.1, 0.1])
    with pytest.raises(QuestionSetError, match="No results are filed"):
        filed_results("HEAD", tmp_path / "elsewhere")
    with pytest.raises(CoachbotError, match="no commit"):
        filed_results("no-such-revision", tmp_path)


def test_filing_one_suite_again_keeps_the_others_of_that_commit(tmp_path):
    file_results(RESULTS, tmp_path)
    (retrieval,) = (result for result in RESULTS if result.suite == "retrieval")
    file_results([replace(retrieval, score=1.0)], tmp_path)
    assert filed_results("HEAD", tmp_path) == {"retrieval hit@1": 1.0, "screening precision": 0.5}
