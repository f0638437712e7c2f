"""What a short reply to a card means, read from its words or from a tapped button."""

from __future__ import annotations

from enum import StrEnum

from coachbot.safety.language import language, pattern
from coachbot.safety.normalising import normalise

_SHORT = 14
"""Words; a longer message is a message of its own."""
_ANSWER = 20
"""The same for what is answered to a concern's question."""


WHETHER_AFRAID = "possible_control"
"""The question whose answers are read where a card asks whether someone is in danger."""
_TAKES_BACK = {WHETHER_AFRAID: "fear", "hopeless": "despair"}
"""By the concern that was asked about, what takes back a no in the same message."""


class Reply(StrEnum):
    """The answers that a card offers as buttons."""

    YES_NOW = "yes-now"
    YES_NOT_NOW = "yes-not-now"
    NOT_SURE = "not-sure"
    NO = "no"
    PAST = "past"
    SOMEONE_ELSE = "someone-else"
    MISREAD = "misread"


def read_reply(message: str, *, doubtful: bool = False) -> Reply | None:
    """What a message answers to a card's question; None if it is no plain answer.

    Args:
        message: the words, or a button's name such as ``not-sure``.
        doubtful: the card rested on no plain words and asked, so that a protest or a plain no is
            enough to say that the person was misread.
    """
    text = normalise(message)
    if doubtful and says_yes(text, WHETHER_AFRAID) is False and not denies_only_blows(text):
        return Reply.MISREAD
    if message in set(Reply):
        return Reply(message)
    if len(text.split()) > _SHORT:
        return None
    if doubtful and pattern("forms", "protest").search(text):
        return Reply.MISREAD
    names: dict[str, str] = language()["replies"]
    reply = next((Reply(name) for name in names if pattern("replies", name).match(text)), None)
    ends = reply in (Reply.NO, Reply.PAST, Reply.MISREAD)
    backs = ("dying", "fear") if doubtful else ("dying",)
    taken_back = any(pattern("takes_back", name).search(text) for name in backs)
    return None if ends and taken_back else reply


def denies_only_blows(message: str) -> bool:
    """Whether a no is said to hitting alone ("he never hits me"), which leaves fear open."""
    text = normalise(message)
    no_blows, fear = (pattern("forms", name).search(text) for name in ("no_blows", "fear"))
    return bool(no_blows) and not fear


def says_yes(message: str, asked: str) -> bool | None:
    """Whether a message answers a concern's question with yes, or leaves it open.

    Args:
        message: the words.
        asked: the concern, such as ``possible_control``.

    Returns:
        False if it answers with no; None if it is no answer.
    """
    text = normalise(message)
    if len(text.split()) > _ANSWER or "?" in text:
        return None
    meanings = (("no", False), ("yes", True))
    found = (yes for name, yes in meanings if pattern("answers", f"{asked}-{name}").search(text))
    answer = next(found, None)
    taken_back = answer is False and pattern("takes_back", _TAKES_BACK[asked]).search(text)
    return None if taken_back else answer
