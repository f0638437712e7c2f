"""What is stored of conversations, as frozen values, and how a turn is written down."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from coachbot.errors import ConversationsError
from coachbot.types import Turn

_TURN = TypeAdapter(Turn)


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether a reply was useful, with a reason in the person's own words, if they gave one."""

    useful: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a turn is stored: the ids of its conversation and of itself."""

    conversation_id: str
    turn_id: str


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One exchange as it was shown, its sources included."""

    id: str
    turn: Turn
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list; times are ISO 8601 in UTC."""

    id: str
    title: str
    started_at: str
    changed_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole conversation, oldest turn first."""

    id: str
    title: str
    started_at: str
    changed_at: str
    turns: tuple[StoredTurn, ...]


def written(turn: Turn) -> str:
    """A turn as JSON that ``read`` turns back into an equal one, halved characters apart."""
    whole = json.dumps(_TURN.dump_python(turn, mode="json"), ensure_ascii=False)
    return whole.encode("utf-8", "replace").decode()


def read(serialised: str) -> Turn:
    """A turn from its JSON.

    Raises:
        ConversationsError: the JSON is damaged.
    """
    try:
        return _TURN.validate_json(serialised)
    except ValidationError as error:
        raise ConversationsError(
            "A stored message is damaged and cannot be shown.",
            "Delete this conversation, or restore the database from a backup.",
        ) from error
