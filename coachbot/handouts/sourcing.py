"""Lines out of texts: each with its exact citation; sources numbered as they are first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from coachbot.answering.citations import cite, least_sure
from coachbot.handouts.anatomy import Anatomy, dissect, passage_at
from coachbot.handouts.model import Finding, HandoutSource, Line, Status
from coachbot.prompts import say
from coachbot.reading.sentences import Span
from coachbot.search.snapshot import Snapshot
from coachbot.types import Document, Passage, Strength

Relevance = Callable[[Sequence[str]], Sequence[float]]
"""Sentences to how near each comes to what was asked."""


@dataclass(frozen=True)
class Text:
    """A document of the library, dissected, with its passages."""

    document: Document
    passages: tuple[Passage, ...]

    @cached_property
    def anatomy(self) -> Anatomy:
        """Its sentences by what they are for."""
        return dissect(self.document)


def text_of(snapshot: Snapshot, document_id: str) -> Text:
    """A text of the library by the id of its document."""
    record = snapshot.contents.records[document_id]
    return Text(record.document, tuple(entry.passage for entry in record.entries))


class Sources:
    """Makes lines of sentences and remembers, in order, which texts they came from."""

    def __init__(self) -> None:
        self._texts: dict[str, Text] = {}
        self._strengths: dict[str, set[Strength]] = {}

    def quoted(self, text: Text, span: Span) -> Line:
        """A sentence of a text, word for word."""
        document = text.document
        self._texts.setdefault(document.id, text)
        number = list(self._texts).index(document.id) + 1
        passage = passage_at(text.passages, span) or text.passages[0]
        citation = cite(number, passage, document, *span)
        if citation.strength:
            self._strengths.setdefault(document.id, set()).add(citation.strength)
        return Line(citation.quote, Status.QUOTED, citation)

    def all_quoted(self, text: Text, spans: Sequence[Span]) -> tuple[Line, ...]:
        """Sentences of a text, word for word."""
        return tuple(self.quoted(text, span) for span in spans)

    def listed(self) -> tuple[HandoutSource, ...]:
        """The texts that lines were made of, with what a clinician asks about each."""
        return tuple(
            _source(number, text, self._strengths.get(id, set()))
            for number, (id, text) in enumerate(self._texts.items(), 1)
        )


def fixed(name: str, **values: object) -> Line:
    """A line in the program's own words."""
    return Line(say("handouts", f"fixed-{name}", **values), Status.FIXED)


def _source(number: int, text: Text, strengths: set[Strength]) -> HandoutSource:
    document, anatomy = text.document, text.anatomy
    works = {source.id: _full(source.citation, source.doi) for source in document.sources}
    return HandoutSource(
        number=number,
        document_id=document.id,
        title=document.name,
        byline=document.byline,
        kind=document.kind,
        strength=least_sure(strengths),
        findings=tuple(_finding(anatomy, span, works) for span in anatomy.research),
        limits=anatomy.texts(anatomy.limits),
        cautions=anatomy.texts(anatomy.cautions),
        works=tuple(works.values()),
        checked_on=document.checked_on,
    )


def _finding(anatomy: Anatomy, span: Span, works: Mapping[str, str]) -> Finding:
    marks = [r for r in anatomy.document.references if r.start < span[1] and span[0] < r.end]
    return Finding(
        text=anatomy.text(span),
        strength=least_sure(mark.strength for mark in marks),
        works=tuple(dict.fromkeys(works[m.source_id] for m in marks if m.source_id in works)),
    )


def _full(citation: str, doi: str) -> str:
    return f"{citation} https://doi.org/{doi}" if doi and doi not in citation else citation
