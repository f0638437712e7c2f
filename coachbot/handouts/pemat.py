"""How a sheet does on PEMAT-P, over the items that a program can judge.

The Patient Education Materials Assessment Tool for print (Shoemaker, Wolf & Brach 2014,
doi 10.1016/j.pec.2014.05.027) asks agree or disagree for each item. Some need a person; they are
named and left open. Items on pictures do not apply: a sheet has none but a logo.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from coachbot.handouts.model import Handout, Part, Table
from coachbot.handouts.plain import plain
from coachbot.prompts import say
from coachbot.reading.readability import long_words

_FOR_A_PERSON = ("no-distraction", "terms", "order", "pictures")
_PASSIVE = re.compile(
    r"(?i)\b(?:is|are|was|were|be|been|being|gets?|got)\s+(?:\w+ly\s+)?(?:\w+ed|\w+en|made|told|"
    r"shown|found|held|kept|left|put|said|sent)\b(?!\s+(?:of|out)\b)"
)
_SUMS = re.compile(r"(?i)\b(?:add up|subtract|multiply|divide|your score|per cent of|total of)\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?\s?(?:%|per cent|percent)|\b\d+ (?:in|out of) \d+\b|\d+\.\d+")
_YOU = re.compile(r"(?i)\b(?:you|your|yours|i|my|we|our)\b")
_MOST_PASSIVE, _MOST_LONG = 0.2, 0.05
_CHUNK = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One item; ``met`` is None where a person must judge."""

    name: str
    text: str
    met: bool | None


def assess(handout: Handout) -> tuple[Item, ...]:
    """Every item that applies to a sheet, in the tool's order; those for a person last."""
    judged = tuple(
        Item(name, say("handout_checks", f"pemat-{name}"), met)
        for name, judge in _JUDGES.items()
        if (met := judge(handout)) is not None
    )
    open_ = tuple(Item(n, say("handout_checks", f"pemat-{n}"), None) for n in _FOR_A_PERSON)
    return (*judged, *open_)


def score(items: tuple[Item, ...]) -> float:
    """The share of the judged items that are met, 0 to 1; 70 % is the usual mark to pass."""
    judged = [item.met for item in items if item.met is not None]
    return sum(judged) / len(judged) if judged else 0.0


def _prose(handout: Handout) -> list[str]:
    return [line.text for line in handout.lines()]


def _everyday(handout: Handout) -> bool:
    text = " ".join(_prose(handout))
    return len(long_words(text)) <= _MOST_LONG * len(text.split())


def _active(handout: Handout) -> bool:
    lines = _prose(handout)
    return sum(bool(_PASSIVE.search(line)) for line in lines) <= _MOST_PASSIVE * len(lines)


def _numbers(handout: Handout) -> bool:
    """Met where no number needs thought, such as a share or a fraction."""
    return not any(_NUMBER.search(line) for line in _prose(handout))


def _chunks(handout: Handout) -> bool:
    return all(
        len(s.lines) <= _CHUNK
        for s in handout.sections
        if s.part is not Part.EXAMPLE and s.part is not Part.CARDS
    )


def _tables(handout: Handout) -> bool | None:
    tables = [made for made in handout.practice if isinstance(made, Table)]
    if not tables:
        return None
    return all(len(name.text.split()) <= 4 for table in tables for name in table.columns)


def _instructions(handout: Handout) -> bool | None:
    return bool(handout.steps) if handout.practice or handout.cards else None


_JUDGES: dict[str, Callable[[Handout], bool | None]] = {
    "purpose": lambda h: bool(plain(h.message.text)),
    "everyday-words": _everyday,
    "active": _active,
    "numbers": _numbers,
    "sums": lambda h: not any(_SUMS.search(line) for line in _prose(h)),
    "chunks": _chunks,
    "headings": lambda h: all(s.heading for s in h.sections if s.part is not Part.MESSAGE),
    "summary": lambda h: bool(h.summary),
    "cues": lambda h: bool(plain(h.message.text)),
    "tables": _tables,
    "action": lambda h: bool(h.steps or h.checklist or h.cards),
    "speaks-to-you": lambda h: any(_YOU.search(line) for line in _prose(h)),
    "steps": lambda h: len(h.steps) + len(h.cards) >= 2,
    "tool": lambda h: bool(h.checklist or h.practice or h.cards),
    "instructions": _instructions,
}
