"""Whether a request for a sheet touches on violence, fear of a person or coercion.

A professional asks in nouns and in the third person ("worksheet for a couple where he shoves her"),
so the patterns of ``touching_safety.toml`` are read beside the gate's. What they stop is not
answered with the card for a person at risk: the professional chooses what to make instead.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from coachbot.types import Screening


class SafetyPath(StrEnum):
    """What a professional may make where a request touches on safety."""

    SHEET = "safety-sheet"
    ABUSE = "abuse-explainer"
    OWN_TEXT = "own-text"


_PATTERNS = Path(__file__).with_suffix(".toml")
_CLIENT = re.compile(r"(?i)\b(?:my |the |a )?(?:client|patient)\b(?!['’])")
_OF_SOMEONE = re.compile(
    r"(?i)\b(?:I|me|my|he|she|him|her|his|they|them|(?:wife|husband|boyfriend|girlfriend) says)\b"
)
_MINE = {"is": "am", "was": "was", "has": "have"}
_THINGS = (
    r"husband|wife|partner|boyfriend|girlfriend|ex|friends?|family|phone|money|card|life|arms?|"
    r"throat|neck|head|face|job|mother|father|parents?|children|kids|every \w+|own \w+|bank \w+"
)
_GATE_KNOWS = frozenset(("partner_violence", "possible_control", "child_safety", "harm_to_others"))


def touches_on_safety(need: str, screen: Callable[[str], Screening]) -> bool:
    """Whether no sheet with skills may be made for a request.

    Args:
        need: what the professional asked for.
        screen: the safety gate, for requests in a client's own words.
    """
    text = _any_of("except").sub(" ", need.replace("’", "'"))
    if _any_of("named", "force", "fear", "control").search(text):
        return True
    # The gate knows what persons tell of themselves; a topic that is told of nobody is none.
    told = {text, _told_by(text, "she", "her"), _told_by(text, "he", "him")}
    seen = map(screen, filter(_OF_SOMEONE.search, told))
    return any(map(tells_of_danger, seen))


def tells_of_danger(found: Screening) -> bool:
    """Whether the gate saw in a message what no sheet with skills may be made for."""
    return found.is_crisis or bool(_GATE_KNOWS & set(found.categories))


def _told_by(need: str, subject: str, object_: str) -> str:
    """A request about a person as that person might tell it, which is what the gate knows."""
    own = "her" if subject == "she" else "his"
    told = _CLIENT.sub(subject, need)
    told = re.sub(rf"(?i)\b{subject} (is|was|has)\b", lambda m: f"I {_MINE[m[1].lower()]}", told)
    told = re.sub(rf"(?i)\b{subject}\b", "I", told)
    told = re.sub(rf"(?i)\b{own} (?=(?:{_THINGS})\b)", "my ", told)
    return re.sub(rf"(?i)\b{object_}\b", "me", told)


def is_everyday_fear(need: str) -> bool:
    """Whether a request holds an alarming word in its everyday sense, as fear of abandonment."""
    return bool(_any_of("everyday", "except").search(need.replace("’", "'")))


@lru_cache
def _any_of(*groups: str) -> re.Pattern[str]:
    """Any pattern of some groups, as whole words and in any case of letters."""
    read = tomllib.loads(_PATTERNS.read_text(encoding="utf-8"))
    joined = "|".join(pattern for group in groups for pattern in read[group])
    return re.compile(rf"(?i)\b(?:{joined.replace('{who}', read['who'])})\b")
