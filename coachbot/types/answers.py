"""What is answered: drafts, claims with their citations, and the answer they make up."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import Any

from coachbot.types.library import Hit, Kind, Strength

SCHEMA = 1
"""Version of the JSON form of an answer."""


class Verdict(StrEnum):
    """What checking a sentence against its source came to.

    CONNECTIVE asserts nothing about the world; FIXED is text from ``prompts/``.
    """

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNCITED = "uncited"
    CONNECTIVE = "connective"
    FIXED = "fixed"


class Outcome(StrEnum):
    """What kind of answer it is."""

    ANSWERED = "answered"
    RELATED = "related"
    NOTHING = "nothing"
    SAFETY = "safety"


class Level(StrEnum):
    """How urgent a message is, as the safety gate sees it."""

    NONE = "none"
    CONCERN = "concern"
    CRISIS = "crisis"


@dataclass(frozen=True, slots=True)
class Draft:
    r"""Text with ``[n]`` marks, where n counts the hits from 1; a line may be a connecting one.

    A literal ``[3]`` of a source is written ``\[3]`` so that it is not taken for a mark.
    """

    text: str
    drafter: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact sentence that a claim rests on: ``quote == document.text[start:end]``."""

    number: int
    passage_id: str
    document_id: str
    title: str
    kind: Kind
    strength: Strength | None
    quote: str
    start: int
    end: int
    byline: str = ""

    @property
    def source(self) -> str:
        """Title and byline of the text, as far as they are known."""
        title = self.title or self.document_id
        return f"{title} ({self.byline})" if self.byline else title

    @property
    def label(self) -> str:
        """A readable label, ``source 1: Staik 2016``; the library's own texts go by their title."""
        others = self.kind in (Kind.ARTICLE, Kind.USER)
        name = self.byline if others and self.byline else self.title or self.document_id
        return f"source {self.number}: {name}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a citation."""
        return {
            "number": self.number,
            "document_id": self.document_id,
            "title": self.title,
            "byline": self.byline,
            "passage_id": self.passage_id,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "kind": self.kind.value,
            "strength": self.strength.value if self.strength else None,
        }

    def _repr_markdown_(self) -> str:
        return f"[{self.number}] {self.source}: “{self.quote}”"


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer with what checking it came to; ``support`` is 0 to 1."""

    text: str
    verdict: Verdict
    citations: tuple[Citation, ...] = ()
    support: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def marked_text(self) -> str:
        """The sentence followed by its ``[n]`` marks."""
        return " ".join([self.text, *(f"[{c.number}]" for c in self.citations)])

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a shown sentence."""
        return {
            "text": self.text,
            "verdict": self.verdict.value,
            "support": round(self.support, 4),
            "citations": [c.to_dict() for c in self.citations],
        }


@dataclass(frozen=True, slots=True)
class Note:
    """A limit that goes with the claim that cites source number ``about``."""

    text: str
    about: int
    citations: tuple[Citation, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a note."""
        return {
            "text": self.text,
            "about": self.about,
            "citations": [c.to_dict() for c in self.citations],
        }


@dataclass(frozen=True, slots=True)
class Screening:
    """What the safety gate says of a message."""

    level: Level = Level.NONE
    category: str | None = None
    categories: tuple[str, ...] = ()
    subject: str = "self"
    matched: tuple[str, ...] = ()

    @property
    def is_crisis(self) -> bool:
        """Whether the message tells of danger, and is met with the gate's words alone."""
        return self.level is Level.CRISIS

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a screening."""
        return {
            "level": self.level.value,
            "category": self.category,
            "categories": list(self.categories),
            "subject": self.subject,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply whose every sentence carries its verdict and, where it claims, its source."""

    question: str
    searched_for: str
    outcome: Outcome
    claims: tuple[Claim, ...]
    hits: tuple[Hit, ...] = ()
    left_out: tuple[Claim, ...] = ()
    notes: tuple[Note, ...] = ()
    answerable: float | None = None
    """How far the library seems to answer the question, 0 to 1: from 0.5 on it is answered. None
    where that was not asked, as of a greeting or of danger."""
    screening: Screening = field(default_factory=Screening)
    drafter: str = "extractive"
    model: str | None = None
    notice: str = ""
    """What the reader should know of how it was made, such as that the model failed."""
    settings_hash: str = ""
    seconds: float = 0.0
    id: str | None = None

    @property
    def text(self) -> str:
        """The reply with its ``[n]`` marks, one paragraph for each connecting sentence."""
        lines: list[str] = []
        for claim in self.claims:
            opens_paragraph = claim.verdict is not Verdict.SUPPORTED
            if lines and not opens_paragraph:
                lines[-1] += " " + claim.marked_text
            else:
                lines.append(claim.marked_text)
        return "\n\n".join(lines)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations in reading order, each sentence's span once."""
        unique = {(c.document_id, c.start, c.end): c for k in self.claims for c in k.citations}
        return tuple(unique.values())

    def to_dict(self) -> dict[str, Any]:
        """The versioned JSON form that command line, page, handout and Python share."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "question": self.question,
            "searched_for": self.searched_for,
            "outcome": self.outcome.value,
            "text": self.text,
            "claims": [c.to_dict() for c in self.claims],
            "left_out": [
                {"text": c.text, "verdict": c.verdict.value, "reasons": list(c.reasons)}
                for c in self.left_out
            ],
            "notes": [n.to_dict() for n in self.notes],
            "hits": [h.to_dict() for h in self.hits],
            "answerable": None if self.answerable is None else round(self.answerable, 4),
            "screening": self.screening.to_dict(),
            "drafter": self.drafter,
            "model": self.model,
            "notice": self.notice,
            "settings_hash": self.settings_hash,
            "seconds": round(self.seconds, 4),
        }

    def __str__(self) -> str:
        """The reply, then its sources."""
        sources = "\n".join(f"[{c.number}] {c.source}: “{c.quote}”" for c in self.citations)
        return f"{self.text}\n\n{sources}".strip()

    def _repr_markdown_(self) -> str:
        sources = "\n".join(f"- {c._repr_markdown_()}" for c in self.citations)
        return f"{escape(self.text, quote=False)}\n\n{sources}"
