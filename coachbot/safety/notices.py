"""What the program says about itself: when asked, after three hours, after seven idle days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from coachbot.prompts import say
from coachbot.safety.language import pattern
from coachbot.safety.normalising import normalise
from coachbot.types import Turn

_LONG = timedelta(hours=3)
_IDLE = timedelta(days=7)
_SHORT = 14


def notice_for(message: str) -> str:
    """The plain answer to "are you human?" and "are you a therapist?"; empty for anything else."""
    text = normalise(message)
    if len(text.split()) > _SHORT:
        return ""
    if pattern("notices", "therapist").search(text):
        return say("safety/notices", "are-you-a-therapist")
    human = pattern("notices", "human").search(text)
    return say("safety/notices", "are-you-human") if human else ""


def time_notices(history: Sequence[Turn], now: datetime | None = None) -> list[str]:
    """The reminders that are due, from the times of the turns.

    Args:
        history: turns with ``asked_at`` in ISO 8601; those without a time do not count.
        now: the time of this turn; the present if None.
    """
    times = [time for turn in history if (time := _time(turn.asked_at))]
    if not times:
        return []
    now = now or datetime.now(UTC)
    if now - times[-1] >= _IDLE:
        return [say("safety/notices", "been-a-while")]
    if (now - times[0]) // _LONG > (times[-1] - times[0]) // _LONG:
        return [say("safety/notices", "long-talk")]
    return []


def _time(stamp: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
