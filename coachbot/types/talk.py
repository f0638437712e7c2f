"""What goes to and fro in a talk: its turns, and the events that an answer comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coachbot.types.answers import Answer, Claim, Outcome


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange; ``release`` marks the person's own "that's not what I meant"."""

    question: str
    answer: Answer | None = None
    asked_at: str = ""
    release: str = ""


History = Sequence[Turn | str]
"""Earlier turns, oldest first; a str is a user message whose answer is not known."""


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A stream event: this claim has been verified and may be shown.

    ``outcome`` tells what kind of answer it belongs to; ``model`` names the chat model whose words
    it is, None for a quote and for the program's own words.
    """

    claim: Claim
    outcome: Outcome = Outcome.ANSWERED
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stream event: the chat model is busy with others; comes each second while that is so.

    ``place`` is the place in line: 1 is next, 0 says that the turn has come. ``seconds`` is about
    how long it still takes; None where no reply has been timed yet.
    """

    place: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The last stream event: the whole answer, identical to what ``ask`` returns."""

    answer: Answer


Event = SentenceReady | Waiting | Done
"""What a stream of an answer is made of."""
