"""A sheet as Markdown (GitHub's kind), and as bare text to paste into a portal or a message.

Markdown is also the form in which two sheets are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from coachbot.markdown import escaped_line

_FRAME = re.compile(r"(?<!\\)#+$")
_RULE = "_" * 40
_MARKS = {Mark.NUMBER: "{n}. ", Mark.BULLET: "- ", Mark.TICK_BOX: "- [ ] "}
_TEXT_MARKS = {**_MARKS, Mark.TICK_BOX: "[ ] "}


def to_markdown(sheet: Sheet) -> str:
    """A sheet as Markdown; text that looks like Markdown or HTML stays text.

    A logo is left out, since what stands in a file of text cannot be seen there.
    """
    return "\n\n".join(_parts(sheet)) + "\n"


def to_text(sheet: Sheet) -> str:
    """A sheet as text without markup: the words of ``to_markdown`` in the same order.

    The ruled lines are left out, since nobody writes on a screen by hand.
    """
    parts = (
        sheet.letterhead,
        sheet.title,
        " · ".join(sheet.marks),
        *map(_told, sheet.blocks),
        sheet.running,
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _told(block: Block) -> str:
    match block:
        case Heading(text) | Paragraph(text) | Message(text) | Blank(text):
            return text
        case Items(items, mark):
            return "\n".join(f"{_TEXT_MARKS[mark].format(n=n)}{t}" for n, t in enumerate(items, 1))
        case Cards(items):
            return "\n".join(f"- {item}" for item in items)
        case Grid(caption, columns, rows, said_above):
            told = (" | ".join(row) for row in (columns, *rows))
            return "\n".join((*(() if said_above else (caption,)), *told))
        case Box(inside):
            return "\n".join(map(_told, inside))


def _parts(sheet: Sheet) -> Iterator[str]:
    if letterhead := sheet.letterhead:
        yield escaped_line(letterhead)
    yield _heading(sheet.title, 1)
    if sheet.marks:
        yield f"**{' · '.join(map(escaped_line, sheet.marks))}**"
    for block in sheet.blocks:
        yield _block(block)
    if sheet.running:
        yield f"---\n\n{escaped_line(sheet.running)}"


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return _heading(text, level)
        case Paragraph(text, look):
            return f"**{escaped_line(text)}**" if look is Look.STRONG else escaped_line(text)
        case Message(text):
            return f"> **{escaped_line(text)}**"
        case Items(items, mark):
            return _list(items, _MARKS[mark])
        case Cards(items):
            return _list(items, "- ")
        case Blank(prompt, 0):
            return f"{escaped_line(prompt)} {_RULE}"
        case Blank(prompt, rules):
            return "\n\n".join((escaped_line(prompt), *[_RULE] * rules))
        case Grid(caption, columns, _, said_above):
            rule = ("---",) * len(columns)
            rows = (map(escaped_line, row) for row in (columns, *block.full_rows()))
            head, *rest = (f"| {' | '.join(row)} |" for row in rows)
            above = () if said_above else (escaped_line(caption), "")
            return "\n".join((*above, head, f"| {' | '.join(rule)} |", *rest))
        case Box(inside):
            lines = "\n\n".join(map(_block, inside)).split("\n")
            return "\n".join(f"> {line}".rstrip() for line in lines)


def _heading(text: str, level: int) -> str:
    """A heading; signs at its end would be taken for its frame and left out."""
    words = _FRAME.sub(lambda m: m[0].replace("#", "\\#"), escaped_line(text))
    return f"{'#' * level} {words}"


def _list(items: tuple[str, ...], mark: str) -> str:
    return "\n".join(f"{mark.format(n=n)}{escaped_line(item)}" for n, item in enumerate(items, 1))
