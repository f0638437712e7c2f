"""A text of the library as HTML to read: contents, sentences with their evidence, works cited.

Its address is ``library?document=ID``; ``&start=N`` highlights the sentence that holds the
character N of it, ``&end=M`` the span up to M. Long texts are shown in parts. Words are escaped;
anchors are made of numbers alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from urllib.parse import quote, urlencode

from coachbot.prompts import say
from coachbot.reading.sentences import Span, split_sentences
from coachbot.types import Document, Reference, Source

PATH = "library"
PART_CHARACTERS = 40_000
"""About fifteen pages of paper: more in one go makes a phone's browser stutter."""

_LINE = re.compile(r"[^\n]+")
_FORM = re.compile(r"(?P<heading>#{1,6}) |(?P<bullet>[-*]) |(?P<number>\d{1,4})\. ")
_HEADING = re.compile(r"^(?P<heading>#{1,6}) ", re.MULTILINE)
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the stored text; ``start`` is where its words begin, behind its mark."""

    start: int
    end: int
    form: str = "p"
    """``p``, ``ul``, ``ol``, or ``h2`` to ``h4``."""
    number: int = 0


def address(document_id: str, start: int | None = None, end: int | None = None) -> str:
    """The address of a text, at a sentence if ``start`` (and ``end``) name one."""
    return f"{PATH}?{urlencode(parameters(document_id, start, end))}"


def parameters(document_id: str, start: int | None, end: int | None) -> dict[str, str]:
    """The parameters of that address."""
    places = {"start": start, "end": end}
    return {"document": document_id} | {k: str(v) for k, v in places.items() if v is not None}


def parts(text: str) -> list[Span]:
    """Cut a text into parts of whole lines, none much longer than ``PART_CHARACTERS``."""
    spans, begin = list[Span](), 0
    for line in _LINE.finditer(text):
        if line.end() - begin > PART_CHARACTERS and line.start() > begin:
            spans.append((begin, line.start()))
            begin = line.start()
    return [*spans, (begin, len(text))]


def sentence_at(text: str, start: int) -> Span | None:
    """The sentence that holds the character at an offset; None if there is none."""
    if not 0 <= start < len(text):
        return None
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    for a, b in split_sentences(line):
        if line_start + a <= start < line_start + b:
            return line_start + a, line_start + b
    return None


def document_html(document: Document, part: Span, marked: Span | None = None) -> str:
    """Render a part of a text.

    Args:
        document: the text.
        part: which of its ``parts``.
        marked: the span to highlight; it gets the id ``here``.

    Returns:
        HTML in which nothing of the text acts as markup.
    """
    lines = list(_lines(document, part))
    works = {source.id: number for number, source in enumerate(document.sources, start=1)}
    body = "".join(_blocks(document, lines, works, marked))
    body = body.replace("<mark>", "<mark id='here' tabindex='-1'>", 1)  # words are escaped
    key = f"<p class='facts'>{escape(say('library', 'key'))}</p>" if document.references else ""
    return (
        f"<div class='text'>{_contents(document, part)}{key}"
        f"<div class='text-body'>{body}</div>{_works(document.sources)}</div>"
    )


def head_html(document: Document, kind: str) -> str:
    """Title, who wrote it and when, what it is about, and who checked it."""
    facts = [document.byline, kind]
    if document.checked_on:
        facts.append(say("library", "checked", day=document.checked_on))
    told = [f"<p class='facts'>{' · '.join(escape(fact) for fact in facts if fact)}</p>"]
    if document.summary:
        told.append(f"<p class='summary'>{escape(document.summary)}</p>")
    return f"<div class='text'><h1>{escape(document.name)}</h1>{''.join(told)}</div>"


def _lines(document: Document, part: Span) -> Iterator[_Line]:
    """The lines of a part, less the title, which stands above; headings are moved to below it."""
    text = document.text
    title = len(f"# {document.title}") if text.startswith(f"# {document.title}\n") else 0
    levels = {len(found["heading"]) for found in _HEADING.finditer(text, title)}
    top = min(levels, default=1)
    for found in _LINE.finditer(text, max(part[0], title), part[1]):
        start, end = found.span()
        form = _FORM.match(text, start, end)
        if not form:
            yield _Line(start, end)
        elif form["heading"]:
            level = 2 + len(form["heading"]) - top
            yield _Line(form.end(), end, f"h{min(level, 4)}")
        elif form["number"]:
            yield _Line(form.end(), end, "ol", int(form["number"]))
        else:
            yield _Line(form.end(), end, "ul")


def _contents(document: Document, part: Span) -> str:
    """The headings of the whole text; those of other parts lead to the part's address."""
    whole = _lines(document, (0, len(document.text)))
    headings = [line for line in whole if line.form in ("h2", "h3")]
    if len(headings) < 3:
        return ""
    items = list[str]()
    for h in headings:
        here = part[0] <= h.start < part[1]
        place = f"#at-{h.start}" if here else address(document.id, h.start)
        words = escape(document.text[h.start : h.end])
        items.append(f"<li class='{h.form}'><a href='{escape(place)}'>{words}</a></li>")
    label = escape(say("library", "contents"))
    return f"<nav aria-label='{label}'><p>{label}</p><ul>{''.join(items)}</ul></nav>"


def _blocks(
    document: Document, lines: Sequence[_Line], works: dict[str, int], marked: Span | None
) -> Iterator[str]:
    opened = ""
    for line in lines:
        words = _words(document, line, works, marked)
        in_list = line.form in ("ul", "ol")
        if opened and opened != line.form:
            yield f"</{opened}>"
            opened = ""
        if in_list:
            if not opened:
                yield f"<ol start='{line.number}'>" if line.form == "ol" else "<ul>"
            opened = line.form
            yield f"<li>{words}</li>"
        else:
            anchor = f" id='at-{line.start}' tabindex='-1'" if line.form != "p" else ""
            yield f"<{line.form}{anchor}>{words}</{line.form}>"
    if opened:
        yield f"</{opened}>"


def _words(document: Document, line: _Line, works: dict[str, int], marked: Span | None) -> str:
    """The words of a line, its highlight, and behind each sentence what it rests on."""
    references = [r for r in document.references if line.start < r.end <= line.end]
    here = (max(line.start, marked[0]), min(line.end, marked[1])) if marked else (0, 0)
    cuts = {line.start, line.end, *(r.end for r in references)}
    if here[0] < here[1]:
        cuts |= set(here)
    html, places = list[str](), sorted(cuts)
    for a, b in pairwise(places):
        words = escape(document.text[a:b])
        if here[0] <= a and b <= here[1] and a < b:
            words = f"<mark>{words}</mark>"
        html.append(words)
        html += [_evidence(r, works) for r in references if r.end == b]
    return "".join(html)


def _evidence(reference: Reference, works: dict[str, int]) -> str:
    """How sure a sentence is, in words, and the number of the work that it rests on."""
    number = works.get(reference.source_id)
    strength = reference.strength.value if reference.strength else ""
    name = str(number) if number else reference.source_id
    shown = escape(" ".join(part for part in (strength, name) if part))
    told = say("library", "rests-on", work=name)
    if strength:
        told = f"{say('page', 'strength', strength=strength)}, {told}"
    label = escape(told, quote=True)
    if number is None:
        return f"&nbsp;<span class='evidence' title='{label}'>{shown}</span>"
    return (
        f"&nbsp;<a class='evidence' href='#work-{number}' aria-label='{label}' "
        f"title='{label}'>{shown}</a>"
    )


def _works(sources: Sequence[Source]) -> str:
    if not sources:
        return ""
    items = "".join(
        f"<li id='work-{number}' tabindex='-1'>{escape(source.citation or source.id)}"
        f"{_doi(source.doi)}</li>"
        for number, source in enumerate(sources, start=1)
    )
    return f"<h2>{escape(say('library', 'works'))}</h2><ol class='works'>{items}</ol>"


def _doi(doi: str) -> str:
    found = _DOI.search(doi)
    if not found:
        return f" {escape(doi)}" if doi else ""
    address = escape("https://doi.org/" + quote(found[0], safe="/:;()._-"), quote=True)
    return f" <a href='{address}' target='_blank' rel='noreferrer'>doi:{escape(found[0])}</a>"
