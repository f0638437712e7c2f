"""A stand-in until conversations can be kept."""

from __future__ import annotations

from coachbot.prompts import say


def sidebar() -> None:
    """Nothing is kept."""


def remember() -> None:
    """Nothing is kept."""


def begin_anew() -> None:
    """Nothing is kept."""


def feedback(number: int) -> None:
    """Nothing is kept."""


def kept_line() -> str:
    """What is kept."""
    return say("page", "nothing-kept")
