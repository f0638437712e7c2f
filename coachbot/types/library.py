"""What is read and found: documents, the passages they are cut into, and hits.

All offsets count Unicode code points in ``Document.text``, the stored, converted text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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
