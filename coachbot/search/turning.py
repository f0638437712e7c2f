"""Whether a message goes on with a talk, or is about something else.

"That", "those" and "he" point back at the talk, and stand as often in messages about something new
("I think that my husband is cheating on me", after talk of chores). Words alone do not tell the two
apart, so a message that names something of its own is looked for in the library by itself as well.
"""

from __future__ import annotations

from coachbot.embedding import Encode
from coachbot.search.questions import (
    asked_before,
    asks_for_more,
    clean,
    is_bare,
    last_that_stands,
    leans_on_history,
    names_besides_people,
    names_someone_new,
    surely_goes_on,
)
from coachbot.search.retrieval import rank
from coachbot.search.snapshot import Snapshot
from coachbot.types import History

_ABOUT_ELSE = 6.5
"""From here a message is about something else. Each thing that it names besides people counts 1, as
does someone of the writer's whom nobody spoke of before, and ``_BETTER`` times the score by which
another text fits it better than the talk's own. Chosen on two sets of talks: of 79 messages that go
on and name something, 76 are taken so; of 17 that do not, but are worded as if they did, 13, and of
238 messages in evals/ put behind talk of another text, 180."""
_BETTER = 3.0


def leant_on(snapshot: Snapshot, encode: Encode, message: str, history: History) -> History:
    """What of a talk a message leans on: all of it, or nothing where it is about something else.

    Args:
        snapshot: the library.
        encode: texts to their vectors, one row each.
        message: what the person wrote now.
        history: earlier turns, oldest first.
    """
    if not history or asks_for_more(message):
        return history
    earlier = asked_before(history)
    if not leans_on_history(message, earlier):
        return ()
    before = last_that_stands(history)
    someone_new = names_someone_new(message, earlier)
    if not before or is_bare(message) or (surely_goes_on(message) and not someone_new):
        return history
    named = names_besides_people(message) + someone_new
    fits = _fits(snapshot, encode, clean(message))
    leading = next(iter(_fits(snapshot, encode, before)), "")
    others = max((fit for text, fit in fits.items() if text != leading), default=0.0)
    better = others - fits.get(leading, 0.0)
    return () if named + _BETTER * better >= _ABOUT_ELSE else history


def _fits(snapshot: Snapshot, encode: Encode, wanted: str) -> dict[str, float]:
    """The score of each text that comes near, the best first."""
    best: dict[str, float] = {}
    for hit in rank(snapshot, wanted, encode([wanted])[0], 1):
        best.setdefault(hit.passage.document_id, hit.score)
    return best
