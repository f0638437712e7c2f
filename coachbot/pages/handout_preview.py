"""A sheet as HTML, beside its editor: what clients see, with the numbers of the sources.

It prints the same blocks as PDF, Word and Markdown do, so that no word can differ. Where a block's
text is that of lines, each is marked with who wrote it and its source.
"""

from __future__ import annotations

from html import escape

from coachbot.handouts.client_sheet import client_sheet
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
from coachbot.handouts.model import Handout, HandoutSource, Line
from coachbot.handouts.plain import plain
from coachbot.prompts import say

_LISTS = {
    Mark.NUMBER: ("steps", "ol"),
    Mark.BULLET: ("why", "ul"),
    Mark.TICK_BOX: ("checklist", "ul"),
}
_RULE = "<div class='rule' aria-hidden='true'></div>"

_Lines = dict[str, Line]
"""The lines of a sheet by their text as printed, the longest first."""


def preview_html(handout: Handout) -> str:
    """The client's part; all text is escaped, so that nothing in it acts as markup."""
    sheet = client_sheet(handout)
    held = {plain(line.text): line for line in handout.all_lines()}
    lines = dict(sorted(held.items(), key=lambda pair: -len(pair[0])))
    parts = [
        f"<article class='sheet' aria-label='{escape(sheet.title, quote=True)}'>",
        f"<p class='stamp'>{escape(' · '.join(sheet.marks))}</p>" if sheet.marks else "",
        f"<p class='clinic'>{escape(sheet.letterhead)}</p>" if sheet.letterhead else "",
        f"<h2>{escape(sheet.title)}</h2>",
        *(_block(block, lines) for block in sheet.blocks),
        _foot(sheet),
        "</article>",
    ]
    return "".join(parts)


def sources_html(handout: Handout) -> str:
    """What the lines rest on: each source with its kind, strength and limits, and a way to it."""
    items = "".join(map(_source, handout.sources))
    return f"<ol class='sheet-sources'>{items}</ol>"


def _block(block: Block, lines: _Lines) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level + 1}>{_marked(text, lines)}</h{level + 1}>"
        case Paragraph(text, Look.SMALL):
            return f"<p class='foot'>{_marked(text, lines)}</p>"
        case Paragraph(text, look):
            said = _marked(text, lines)
            return f"<p><strong>{said}</strong></p>" if look is Look.STRONG else f"<p>{said}</p>"
        case Message(text):
            return _part("message", f"<p>{_marked(text, lines)}</p>")
        case Items(items, mark):
            name, tag = _LISTS[mark]
            return _part(name, _list(tag, items, lines))
        case Cards(items):
            return _part("cards", _list("ul", items, lines))
        case Blank(prompt, rules):
            return _part("practice", f"<p>{_marked(prompt, lines)}</p>{_RULE * max(1, rules)}")
        case Grid():
            return _part("practice", _table(block, lines))
        case Box(inside):
            return _part("cautions", "".join(_block(block, lines) for block in inside))


def _part(name: str, body: str) -> str:
    return f"<section class='part-{name}'>{body}</section>"


def _list(tag: str, items: tuple[str, ...], lines: _Lines) -> str:
    return f"<{tag}>{''.join(f'<li>{_marked(item, lines)}</li>' for item in items)}</{tag}>"


def _table(grid: Grid, lines: _Lines) -> str:
    head = "".join(f"<th scope='col'>{_marked(name, lines)}</th>" for name in grid.columns)
    rows = "".join(
        f"<tr><th scope='row'>{_marked(first, lines)}</th>"
        f"{''.join(f'<td>{_marked(cell, lines)}</td>' for cell in rest)}</tr>"
        for first, *rest in grid.full_rows()
    )
    caption = "" if grid.said_above else f"<caption>{_marked(grid.caption, lines)}</caption>"
    label = escape(grid.caption, quote=True)
    return (
        f"<table aria-label='{label}'>{caption}<thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _marked(text: str, lines: _Lines) -> str:
    """A block's text; each line that it is made of is marked, and whatever is left stays as it is.

    A paragraph is several lines with spaces between.
    """
    found = next((held for held in lines if held and f"{text} ".startswith(f"{held} ")), None)
    if found is None:
        return escape(text)
    rest = text[len(found) :]
    return _line(found, lines[found]) + (f" {_marked(rest[1:], lines)}" if rest else "")


def _line(text: str, line: Line) -> str:
    number = line.source_number
    mark = f"<sup>{number}</sup>" if number else ""
    return f"<span class='{line.status.value}'>{escape(text)}</span>{mark}"


def _foot(sheet: Sheet) -> str:
    return f"<p class='foot'>{escape(sheet.running)}</p>" if sheet.running else ""


def _source(source: HandoutSource) -> str:
    facts = [source.byline, say("page", f"kind-{source.kind.value}")]
    if source.strength:
        facts.append(say("handouts-page", "source-strength", strength=source.strength.value))
    if source.checked_on:
        facts.append(say("handouts-page", "source-checked", date=source.checked_on))
    told = " · ".join(escape(fact) for fact in facts if fact)
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in source.limits)
    sure = escape(say("handouts-page", "limits"))
    link = escape(f"library?document={source.document_id}", quote=True)
    opens = escape(say("handouts-page", "open-source"))
    return (
        f"<li value='{source.number}'><strong>{escape(source.title)}</strong><br>{told} · "
        f"<a href='{link}' target='_self'>{opens}</a>"
        + (f"<details><summary>{sure}</summary><ul>{limits}</ul></details>" if limits else "")
        + "</li>"
    )
