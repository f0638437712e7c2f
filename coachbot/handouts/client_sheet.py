"""The client's part of a handout as a flow of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from coachbot.handouts.layout import (
    Blank,
    Block,
    Box,
    Cards,
    Grid,
    Heading,
    Items,
    Look,
    Mark,
    Message,
    Paragraph,
    Sheet,
)
from coachbot.handouts.model import (
    Brand,
    Handout,
    HandoutKind,
    Line,
    Part,
    Section,
    Table,
    WritingSpace,
)
from coachbot.handouts.plain import plain
from coachbot.prompts import say

_WORDS = "handout_exports"
_NAMED = (HandoutKind.WORKSHEET, HandoutKind.SESSION_SUMMARY, HandoutKind.DIARY)
"""Kinds that someone writes on, and so may want to put a name on by hand."""
_LISTS = {Part.WHY: Mark.BULLET, Part.STEPS: Mark.NUMBER, Part.CHECKLIST: Mark.TICK_BOX}


def client_sheet(handout: Handout) -> Sheet:
    """What a client gets."""
    blocks = list[Block]()
    if handout.kind in _NAMED:
        blocks.append(Blank(say("handouts", "fixed-name")))
    for section in handout.sections:
        blocks += _blocks(section)
    blocks.append(Paragraph(" ".join(_about(handout)), Look.SMALL))
    return Sheet(
        title=plain(handout.title),
        blocks=tuple(blocks),
        marks=marks(handout),
        running=" · ".join(filter(None, map(plain, (handout.brand.name, handout.brand.footer)))),
        page=say(_WORDS, "page", page="{page}", pages="{pages}"),
        brand=_plain_brand(handout.brand),
        keywords=marks(handout),
        reviewer=plain(handout.reviewer),
        made_on=handout.provenance.made_on,
        language=handout.locale,
        paper=handout.paper,
        size=handout.size,
    )


def marks(handout: Handout) -> tuple[str, ...]:
    """The words that stand on every page: DRAFT until signed, AI-assisted where a model wrote."""
    told = {"draft": handout.draft, "ai-assisted": handout.ai_assisted}
    return tuple(say("handouts", name) for name, so in told.items() if so)


def day(made_on: str) -> str:
    """A date as printed, ``28 November 2026``; empty if it is none."""
    try:
        made = date.fromisoformat(made_on)
    except ValueError:
        return ""
    return f"{made.day} {made:%B} {made.year}"


def _blocks(section: Section) -> Iterator[Block]:
    named = plain(section.heading.text) if section.heading else ""
    heading = (Heading(named),) if named else ()
    texts = _texts(section.lines)
    if not (texts or section.practice or section.help):
        return
    match section.part:
        case Part.MESSAGE:
            yield from heading
            yield Message(" ".join(texts))
        case Part.CAUTIONS:
            lines = (Items(texts),) if texts else ()
            help = (Paragraph(text, _look(n)) for n, text in enumerate(_texts(section.help)))
            yield Box((*heading, *lines, *help))
        case Part.CARDS:
            yield from heading
            yield Cards(texts)
        case Part.PRACTICE:
            yield from heading
            for space in section.practice:
                if isinstance(space, WritingSpace):
                    yield Blank(plain(space.prompt.text), max(1, space.rules))
                else:
                    yield _table(space, named)
        case Part.EXAMPLE | Part.SUMMARY:
            look = Look.STRONG if section.part is Part.SUMMARY else Look.PLAIN
            yield from heading
            yield Paragraph(" ".join(texts), look)
        case part:
            yield from heading
            yield Items(texts, _LISTS[part])


def _texts(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(filter(None, (plain(line.text) for line in lines)))


def _table(table: Table, heading: str) -> Grid:
    caption = plain(table.caption.text)
    return Grid(
        caption,
        tuple(plain(name.text) for name in table.columns),
        tuple((plain(row.text),) for row in table.rows),
        said_above=caption == heading,
    )


def _look(place: int) -> Look:
    """The first help line, the emergency number, stands out."""
    return Look.PLAIN if place else Look.STRONG


def _about(handout: Handout) -> Iterator[str]:
    """Who stands behind the sheet; what is on safety names no text, as others may see it."""
    if handout.sources and handout.kind is not HandoutKind.SAFETY_SHEET:
        titles = "; ".join(
            f"{plain(source.title)} ({plain(source.byline)})"
            if source.byline
            else plain(source.title)
            for source in handout.sources
        )
        yield say(_WORDS, "sources", titles=titles)
    if any(line.citation for line in handout.steps):
        yield say(_WORDS, "steps-are-advice")
    if handout.ai_assisted:
        yield say(_WORDS, "ai-told")
    reviewer = plain(handout.reviewer)
    signed = say(_WORDS, "reviewed", reviewer=reviewer) if reviewer else say(_WORDS, "draft-told")
    yield signed
    if made := day(handout.provenance.made_on):
        yield say(_WORDS, "made", date=made)


def _plain_brand(brand: Brand) -> Brand:
    return Brand(
        plain(brand.name),
        plain(brand.contact),
        plain(brand.footer),
        brand.logo,
        plain(brand.logo_alt),
    )
