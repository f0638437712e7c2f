"""Messages that want a human word and not a search: thanks, hello, a death, a bad day.

Only short messages count, and only what stands in them in plain words: whoever tells more than
that, or asks something, is answered from the library like anyone else. What they sound like is in
``courtesies.toml``; the words of the replies are in ``prompts/courtesies.md``; they claim nothing
and ask one question at most.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from coachbot.answering.message_kinds import MessageKinds
from coachbot.answering.situation_reply import opens_as_question
from coachbot.prompts import say
from coachbot.types import Claim, Verdict

_MOST_WORDS = 14
_HURTS = ("loss", "job", "illness", "low", "afraid")
"""What is told, not asked: to the encoder "Is it normal to feel no butterflies?" is near fear."""


@dataclass(frozen=True, slots=True)
class _Courtesy:
    name: str
    told: bool
    where: str
    pattern: re.Pattern[str]


def courtesy(
    message: str, kinds: MessageKinds | None = None, *, opens: bool = True, quotes: bool = True
) -> str | None:
    """Which human word a message wants, as the name of a text in ``prompts/courtesies.md``.

    Args:
        message: what the person wrote.
        kinds: tells by meaning what no pattern names; the patterns alone decide if None.
        opens: whether it opens the talk.
        quotes: whether replies are quoted, and written by no model.

    Returns:
        The name; None for whatever the library should be asked about.
    """
    text = " ".join(message.split())
    if not text or len(text.split()) > _MOST_WORDS:
        return None
    courtesies, tells_more = _courtesies()
    fits = {"": True, "opening": opens, "quoting": quotes}
    found = next((k for k in courtesies if fits[k.where] and k.pattern.search(text)), None)
    if tells_more.search(text) and (found is None or found.told):
        return None
    if found:
        return found.name
    name = kinds.human(text) if kinds else None
    return None if name in _HURTS and opens_as_question(text) else name


def courtesy_claim(name: str) -> Claim:
    """The fixed words for a courtesy."""
    return Claim(say("courtesies", name), Verdict.FIXED, support=1.0)


@lru_cache
def _courtesies() -> tuple[tuple[_Courtesy, ...], re.Pattern[str]]:
    """All kinds in their order, and what shows that a message tells more."""
    source = (files("coachbot.answering") / "courtesies.toml").read_text(encoding="utf-8")
    told = tomllib.loads(source)
    kinds = tuple(
        _Courtesy(
            kind["name"],
            kind.get("told", False),
            kind.get("where", ""),
            re.compile("|".join(kind["phrases"]).replace("{KIN}", told["kin"]), re.IGNORECASE),
        )
        for kind in told["kind"]
    )
    return kinds, re.compile(told["tells_more"], re.IGNORECASE)
