"""The parts of a text that a handout draws on, read from its headings.

Texts follow one shape (``corpus/README.md``): a lead, what it is, research, how sure, steps, a
worked example, a checklist, questions, when not to use it. A text of another shape gives the parts
it has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coachbot.reading.passages import is_on_research, role_of, sentence_spans
from coachbot.reading.sentences import Span
from coachbot.types import Document, Passage, Role

_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
_STEP = re.compile(r"^\d{1,3}[.)] ", re.MULTILINE)
_BULLET = re.compile(r"^[-*] ", re.MULTILINE)
_EXAMPLE = re.compile(r"(?i)\bexample")
_CHECKLIST = re.compile(r"(?i)\bchecklist")

_Parts = defaultdict[str, list[Span]]


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Spans of sentences in ``document.text``, by what they are for, each in text order."""

    document: Document
    lead: tuple[Span, ...] = ()
    about: tuple[Span, ...] = ()
    research: tuple[Span, ...] = ()
    limits: tuple[Span, ...] = ()
    aims: tuple[Span, ...] = ()
    """What the steps are for: the sentences between their heading and the first of them."""
    steps: tuple[Span, ...] = ()
    example: tuple[Span, ...] = ()
    checklist: tuple[Span, ...] = ()
    questions: tuple[Span, ...] = ()
    cautions: tuple[Span, ...] = ()

    def text(self, span: Span) -> str:
        """The sentence of a span."""
        return self.document.text[span[0] : span[1]]

    def texts(self, spans: Sequence[Span]) -> tuple[str, ...]:
        """The sentences of spans."""
        return tuple(map(self.text, spans))


def dissect(document: Document) -> Anatomy:
    """Sort the sentences of a document by what they are for."""
    parts: _Parts = defaultdict(list)
    for headings, start, end in _sections(document.text):
        _sort(parts, document.text, headings, start, end)
    return Anatomy(document, **{name: tuple(spans) for name, spans in parts.items()})


def passage_at(passages: Sequence[Passage], span: Span) -> Passage | None:
    """The passage that holds a span; None if none does."""
    return next((p for p in passages if p.start <= span[0] and span[1] <= p.end), None)


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each heading trail with the span of the text under it; the lead has no trail."""
    trail: dict[int, str] = {}
    start = 0
    for match in _HEADING.finditer(text):
        yield tuple(trail[level] for level in sorted(trail)), start, match.start()
        level = len(match.group().split(" ", 1)[0])
        trail = {k: v for k, v in trail.items() if k < level} | {level: match[1]}
        start = match.end()
    yield tuple(trail[level] for level in sorted(trail)), start, len(text)


def _sort(parts: _Parts, text: str, headings: tuple[str, ...], start: int, end: int) -> None:
    body = text[start:end]
    spans = [(a + start, b + start) for a, b in sentence_spans(body)]
    if not spans:
        return
    nearest = headings[-1] if headings else ""
    role = role_of(headings)
    if _EXAMPLE.search(nearest):
        parts["example"].extend(spans)
    elif _CHECKLIST.search(nearest):
        parts["checklist"].extend(_items(_BULLET, body, start))
    elif role is Role.PRACTICE:
        steps = _items(_STEP, body, start)
        parts["steps"].extend(steps)
        first = steps[0][0] if steps else start
        parts["aims"].extend([span for span in spans if span[1] <= first])
    elif role is Role.CAUTION:
        parts["cautions"].extend(spans)
    elif role is Role.LIMITS:
        parts["limits"].extend(spans)
    elif role is Role.REFLECTION:
        parts["questions"].extend([s for s in spans if text[: s[1]].endswith("?")])
    elif is_on_research(headings):
        parts["research"].extend(spans)
    elif not headings or (len(headings) == 1 and "lead" not in parts):
        parts["lead"].extend(spans)
    else:
        parts["about"].extend(spans)


def _items(mark: re.Pattern[str], body: str, offset: int) -> list[Span]:
    """The list items of a section, each whole, without their marks."""
    items = list[Span]()
    for match in mark.finditer(body):
        line_end = body.find("\n", match.end())
        stop = len(body) if line_end < 0 else line_end
        items.append((match.end() + offset, stop - _trailing(body[match.end() : stop]) + offset))
    return items


def _trailing(text: str) -> int:
    return len(text) - len(text.rstrip())
