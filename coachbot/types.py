"""The nouns of coachbot: frozen values that travel from stage to stage, with no I/O.

All offsets count Unicode code points in ``Document.text``, the stored, converted text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import Any

SCHEMA = 1
"""Version of the JSON form of an answer."""


class Kind(StrEnum):
    """What sort of text a document is."""

    ARTICLE = "article"
    DIGEST = "digest"
    EVIDENCE = "evidence"
    PRACTICE = "practice"
    USER = "user"


class Role(StrEnum):
    """What a passage is for, read from the heading it stands under."""

    CLAIM = "claim"
    LIMITS = "limits"
    PRACTICE = "practice"
    REFLECTION = "reflection"
    CAUTION = "caution"


class Strength(StrEnum):
    """How sure the research is about a claim."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"
    CONTESTED = "contested"


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
class Source:
    """A work that a document refers to."""

    id: str
    citation: str
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """The sentence ``text[start:end]`` rests on ``source_id``, with this strength."""

    start: int
    end: int
    source_id: str
    strength: Strength | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text of the library, converted; what is not known is left empty, never invented."""

    id: str
    title: str
    kind: Kind
    authors: tuple[str, ...]
    year: int | None
    text: str
    sha256: str
    summary: str = ""
    topics: tuple[str, ...] = ()
    sounds_like: tuple[str, ...] = ()
    only_about: tuple[str, ...] = ()
    """Beginnings of words, one of which a message must hold for this text to answer it; any
    message will do where there are none."""
    sources: tuple[Source, ...] = ()
    source: str = ""
    licence: str = ""
    checked_on: str = ""
    checked_by: str = ""
    references: tuple[Reference, ...] = ()

    @property
    def name(self) -> str:
        """The title, or the id where the title is not known."""
        return self.title or self.id

    @property
    def byline(self) -> str:
        """Authors and year as one would cite them, e.g. ``Staik 2016``; empty if unknown."""
        return byline(self.authors, self.year)


def byline(authors: Sequence[str], year: int | None) -> str:
    """Cite authors and year briefly: ``Staik 2016``, ``Heyes & Catmur 2022``, ``Bekkali et al.``.

    Args:
        authors: full names; one that starts in lower case or is an organisation is kept whole.
        year: year of publication, or None.

    Returns:
        The short form; empty if nothing is known.
    """
    surnames = [a if a[:1].islower() else a.split()[-1] for a in authors if a.strip()]
    names = f"{surnames[0]} et al." if len(surnames) > 2 else " & ".join(surnames)
    return " ".join(part for part in (names, str(year) if year else "") if part)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences under one heading; ``text == document.text[start:end]``."""

    id: str
    document_id: str
    title: str
    headings: tuple[str, ...]
    role: Role
    start: int
    end: int
    text: str
    references: tuple[Reference, ...] = ()

    @property
    def location(self) -> str:
        """Where it stands, for a reader: title and headings."""
        return " › ".join((self.title or self.document_id, *self.headings))

    @property
    def embedded_text(self) -> str:
        """What the encoder reads: title and headings, then the text."""
        return "\n".join(part for part in (self.title, *self.headings, self.text) if part)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the fused score and the parts that made it.

    ``dense`` and ``sentence`` are cosine similarities of the question to the passage and to its
    best sentence (-1 to 1); ``lexical`` is the share of the question's words that it holds, by BM25
    (0 to 1);
    ``situation`` is the similarity to the best of the everyday sentences stored with its text.
    """

    passage: Passage
    score: float
    dense: float
    sentence: float
    lexical: float
    situation: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a hit."""
        return {
            "passage_id": self.passage.id,
            "document_id": self.passage.document_id,
            "title": self.passage.title,
            "headings": list(self.passage.headings),
            "text": self.passage.text,
            "score": round(self.score, 4),
            "dense": round(self.dense, 4),
            "sentence": round(self.sentence, 4),
            "lexical": round(self.lexical, 4),
            "situation": round(self.situation, 4),
        }

    def _repr_markdown_(self) -> str:
        return f"**{self.passage.location}** ({self.score:.2f})\n\n> {self.passage.text}"


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


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange; ``release`` marks the person's own "that's not what I meant"."""

    question: str
    answer: Answer | None = None
    asked_at: str = ""
    release: str = ""


History = Sequence[Turn | str]
"""Earlier turns, oldest first; a str is a user message whose answer is not known."""


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A stream event: this claim has been verified and may be shown.

    ``outcome`` tells what kind of answer it belongs to; ``model`` names the chat model whose words
    it is, None for a quote and for the program's own words.
    """

    claim: Claim
    outcome: Outcome = Outcome.ANSWERED
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stream event: the chat model is busy with others; comes each second while that is so.

    ``place`` is the place in line: 1 is next, 0 says that the turn has come. ``seconds`` is about
    how long it still takes; None where no reply has been timed yet.
    """

    place: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The last stream event: the whole answer, identical to what ``ask`` returns."""

    answer: Answer


Event = SentenceReady | Waiting | Done
"""What a stream of an answer is made of."""
