"""A sheet as plain text, to paste into a portal or a message."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.handouts.model import Handout, Part, Section, Table
from coachbot.prompts import say

_MARKS = {Part.CHECKLIST: "[ ] ", Part.CARDS: "- ", Part.CAUTIONS: "- ", Part.WHY: ""}


def plain_text(handout: Handout) -> str:
    """All words of the client's part, one line each, without marks of any markup."""
    parts = [handout.title, *("\n".join(_section(section)) for section in handout.sections)]
    parts.append("\n".join(_foot(handout)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    if section.heading:
        yield f"{section.heading}:"
    if section.part is Part.EXAMPLE:
        yield " ".join(line.text for line in section.lines)
    else:
        for number, line in enumerate(section.lines, 1):
            numbered = section.part is Part.STEPS
            yield (f"{number}. " if numbered else _MARKS.get(section.part, "")) + line.text
    for item in section.practice:
        if isinstance(item, Table):
            yield " | ".join(item.columns)
            yield from item.rows
        else:
            yield item.prompt.text
    yield from section.help


def _foot(handout: Handout) -> Iterator[str]:
    if handout.draft:
        yield say("handouts", "draft")
    else:
        yield say("handouts", "reviewed", reviewer=handout.reviewer)
    if handout.ai_assisted:
        yield say("handouts", "ai-assisted")
    brand = handout.brand
    yield from (text for text in (brand.name, brand.contact, brand.footer) if text)
