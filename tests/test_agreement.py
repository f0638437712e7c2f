"""What a claim says that its source does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coachbot.answering.agreement import disagreements

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "evals" / "verification.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.mark.parametrize(
    ("source", "claim", "kind"),
    [
        ("In 81 couples a pause helped.", "In 18 couples a pause helped.", "number"),
        ("It took 21 minutes in a year.", "It took 21 minutes in a week.", "number"),
        ("Two studies agree.", "Three studies agree.", "number"),
        ("Staik says that faces matter.", "Hickok says that faces matter.", "name"),
        ("Parents argue out of fear.", "Teenagers argue out of fear.", "subject"),
        ("A pause does not solve it.", "A pause does solve it.", "negation"),
        ("A gentle start may help.", "A gentle start helps.", "hedge"),
        ("Staik writes that most people are kind.", "Most people are kind.", "attribution"),
        ("Touch seems to calm people.", "Touch is proven to calm people.", "certainty"),
        ("Ties go along with a long life.", "Ties cause a long life.", "cause"),
        ("Some people catch moods.", "All people catch moods.", "quantity"),
        ("The effect is smaller there.", "The effect is larger there.", "comparison"),
        ("A calm wife helps her husband most.", "Her husband helps a calm wife most.", "roles"),
        ("Nurses sleep less than doctors.", "Doctors sleep less than nurses.", "roles"),
    ],
)
def test_a_small_change_is_named(source, claim, kind):
    assert kind in disagreements(claim, source)
    assert disagreements(source, source) == []


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Two studies agree.", "2 studies agree."),
        ("A pause doesn't solve it.", "No pause solves it."),
        ("Not all cells responded.", "A share of the cells, but not all, responded."),
        ("A gentle start may help.", "A gentle start might be of help."),
        ("Ties go along with a long life.", "A long life is linked with ties."),
        ("You did not cause it, and you can't cure it.", "You did not cause it."),
        ("Staik writes that people are kind.", "She says people are kind."),
        ("After a pause, talk calmly.", "Talk calmly after a pause."),
        ("Trust and touch go together.", "Touch and trust go together."),
    ],
)
def test_other_words_for_the_same_are_let_pass(source, claim):
    assert disagreements(claim, source) == []


def test_numbers_and_names_may_stand_anywhere_in_the_evidence():
    evidence = "Hickok wrote in 2009. He doubts that monkeys understand acts."
    claim = "In 2009 the critic Hickok doubts that monkeys understand acts."
    nearest = "He doubts that monkeys understand acts."
    assert {"number", "name"} & set(disagreements(claim, nearest))
    assert not {"number", "name"} & set(disagreements(claim, nearest, evidence))


def test_no_claim_stands_in_both_halves_and_none_is_its_own_evidence():
    halves = {
        half: {str(r["evidence"]) for r in ROWS if r["half"] == half} for half in ("dev", "test")
    }
    assert not halves["dev"] & halves["test"]
    assert all(row["claim"] not in row["evidence"] for row in ROWS)
    assert len({(str(row["evidence"]), row["claim"]) for row in ROWS}) == len(ROWS)
