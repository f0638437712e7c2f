"""A sheet as HTML, beside its editor: what clients see, with the numbers of the sources."""

from __future__ import annotations

from html import escape

from coachbot.handouts.model import Handout, HandoutSource, Line, Part, Section, Table, WritingSpace
from coachbot.prompts import say

_LISTS = {Part.STEPS: "ol", Part.CHECKLIST: "ul", Part.CAUTIONS: "ul", Part.CARDS: "ul"}


def preview_html(handout: Handout) -> str:
    """The client's part; all text is escaped, so that nothing in it acts as markup."""
    stamp = f"<p class='stamp'>{escape(say('handouts-page', 'draft-stamp'))}</p>"
    brand = escape(handout.brand.name)
    parts = [
        f"<article class='sheet' aria-label='{escape(handout.title, quote=True)}'>",
        stamp if handout.draft else "",
        f"<p class='clinic'>{brand}</p>" if brand else "",
        f"<h2>{escape(handout.title)}</h2>",
        *(_section(section) for section in handout.sections),
        f"<p class='foot'>{escape(_foot(handout))}</p></article>",
    ]
    return "".join(parts)


def sources_html(handout: Handout) -> str:
    """What the lines rest on: each source with its kind, strength and limits, and a way to it."""
    items = "".join(map(_source, handout.sources))
    return f"<ol class='sheet-sources'>{items}</ol>"


def _section(section: Section) -> str:
    name = section.part.value
    heading = f"<h3>{escape(section.heading)}</h3>" if section.heading else ""
    return f"<section class='part-{name}'>{heading}{_body(section)}</section>"


def _body(section: Section) -> str:
    if section.part is Part.EXAMPLE:
        return f"<p>{' '.join(map(_line, section.lines))}</p>"
    practice = "".join(map(_practice, section.practice))
    tag = _LISTS.get(section.part)
    if tag and section.lines:
        body = "".join(f"<li>{_line(line)}</li>" for line in section.lines)
        body = f"<{tag}>{body}</{tag}>"
    else:
        body = "".join(f"<p>{_line(line)}</p>" for line in section.lines)
    help_ = "".join(f"<p class='help'>{escape(line)}</p>" for line in section.help)
    return body + practice + help_


def _line(line: Line) -> str:
    number = line.source_number
    mark = f"<sup>{number}</sup>" if number else ""
    return f"<span class='{line.status.value}'>{escape(line.text)}</span>{mark}"


def _practice(item: WritingSpace | Table) -> str:
    if isinstance(item, WritingSpace):
        rules = "<div class='rule' aria-hidden='true'></div>" * item.rules
        return f"<p>{_line(item.prompt)}</p>{rules}"
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in item.columns)
    blank = "<td></td>" * (len(item.columns) - 1)
    rows = "".join(f"<tr><th scope='row'>{escape(n)}</th>{blank}</tr>" for n in item.rows)
    caption = f"<caption>{escape(item.caption)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _foot(handout: Handout) -> str:
    signed = say("handouts", "reviewed", reviewer=handout.reviewer) if not handout.draft else ""
    helped = say("handouts", "ai-assisted") if handout.ai_assisted else ""
    brand = handout.brand
    return " · ".join(part for part in (brand.contact, brand.footer, signed, helped) if part)


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
