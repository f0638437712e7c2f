"""Whether a request for a sheet touches on violence, fear of a person or coercion.

A professional asks in nouns and in the third person ("worksheet for a couple where he shoves her"),
so the patterns of ``touching_safety.toml`` are read beside the gate's. What they stop is not
answered with the card for a person at risk: the professional chooses what to make instead.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from coachbot.types import Level, Screening


class SafetyPath(StrEnum):
    """What a professional may make where a request touches on safety."""

    SHEET = "safety-sheet"
    ABUSE = "abuse-explainer"
    OWN_TEXT = "own-text"


_PATTERNS = Path(__file__).with_suffix(".toml")
_GATE_KNOWS = frozenset(("partner_violence", "possible_control", "child_safety", "harm_to_others"))


def touches_on_safety(need: str, screen: Callable[[str], Screening]) -> bool:
    """Whether no sheet with skills may be made for a request.

    Args:
        need: what the professional asked for.
        screen: the safety gate, for requests in a client's own words.
    """
    excepted, harm = _patterns()
    if harm.search(excepted.sub(" ", need.replace("’", "'"))):
        return True
    seen = screen(need)
    return seen.level is Level.CRISIS or bool(_GATE_KNOWS & set(seen.categories))


@lru_cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is taken out of a request, and what then stops it."""
    read = tomllib.loads(_PATTERNS.read_text(encoding="utf-8"))
    who = read.pop("who")
    excepted = read.pop("except")

    def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
        joined = "|".join(patterns).replace("{who}", who)
        return re.compile(rf"(?i)\b(?:{joined})\b")

    return any_of(excepted), any_of([p for group in read.values() for p in group])
