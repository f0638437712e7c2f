"""What a chat model says beyond the sentence that it rests on."""

from __future__ import annotations

import pytest

from coachbot.answering.liberties import in_the_sources_verb, liberties


@pytest.mark.parametrize(
    ("source", "claim", "kind"),
    [
        (
            "Slamming doors or breaking plates can frighten people as much as shouting.",
            "You could slam doors or break plates.",
            "advice",
        ),
        ("You did not cause the debt.", "You could not cause the debt.", "advice"),
        ("People put into teams liked their own.", "You could put into teams.", "advice"),
        (
            "Reading someone's letters may calm you for a while, and then feed the fear.",
            "Reading someone's letters may calm you for a while.",
            "cut short",
        ),
        (
            "Writing helped the couples, but only for one year.",
            "Writing helped the couples.",
            "cut short",
        ),
        ("A walk may lift a mood.", "In one study, a walk lifted moods.", "study"),
        ("People sleep in different ways.", "It is not clear how people sleep.", "doubt"),
        (
            "If someone threatens you, naming moods is not the answer.",
            "If someone threatens you, take an hour alone and talk about it.",
            "danger",
        ),
        (
            "Lee, as Ortiz reports him, calls touch a second language.",
            "Ortiz calls touch a second language.",
            "writer",
        ),
        ("Calm means that you can rest.", "Calm means that you can rest?", "asked"),
        (
            'If your sister goes quiet, you could say, "Take your time."',
            'You could say, "Take your time."',
            "condition",
        ),
        ("A walk lifted moods, in one study.", "A walk lifted moods.", "study"),
        (
            "Moods sank in the pairs without the writing, and rose in the pairs who wrote.",
            "Moods sank in the pairs who did the writing.",
            "negation",
        ),
        ("Write a letter each week.", "Writing a letter each week can help you.", "effect"),
        ("Some nights are long and lonely.", "You're lonely on long nights.", "of you"),
        ("Most feet swell, and not in all shoes.", "Most feet swell.", "cut short"),
    ],
)
def test_a_liberty_is_named(source, claim, kind):
    assert kind in liberties(claim, source, source)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Set a time for a talk this week.", "You could set a time for a talk this week."),
        (
            'To close the talk, you could say, "Let\'s rest."',
            'You could say, "Let\'s rest."',
        ),
        ("Breathe out and walk away.", "You might want to walk away."),
        ("Don't wake anyone at night.", "You should not wake anyone at night."),
        (
            "Writing helped the couples, but only for one year.",
            "Writing helped the couples, though only for one year.",
        ),
        ("In a trial with 40 pairs, writing helped.", "In one trial, writing helped."),
        ("Nobody knows how long it lasts.", "It is not known how long it lasts."),
        (
            "If someone threatens you, naming moods is not the answer.",
            "If someone threatens you, naming moods is not the answer.",
        ),
        ("Ortiz writes that touch calms.", "Ortiz writes that touch calms."),
        ("Lee, as Ortiz reports him, calls it a tune.", "Lee calls it a tune."),
        ("What helps you to rest?", "What helps you to rest?"),
        ("", ""),
    ],
)
def test_a_faithful_rewording_takes_none(source, claim):
    assert liberties(claim, source, source) == []


def test_how_it_is_called_that_a_writer_holds_something_makes_no_difference():
    source = "Lee writes that touch calms."
    assert in_the_sources_verb("Lee claims that touch harms.", source) == (
        "Lee writes that touch harms."
    )
    assert in_the_sources_verb("Ortiz claims that it harms.", source) == (
        "Ortiz claims that it harms."
    )
    assert in_the_sources_verb("Lee proves that it harms.", source) == "Lee proves that it harms."
