"""What stands on paper, as one flow of blocks that every form prints, the page's preview too.

The forms hold the same words because each prints these blocks in this order and adds none.
Its text is plain (``coachbot.handouts.plain``): no form ever sees a control character.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from coachbot.errors import HandoutError
from coachbot.handouts.model import Brand, Paper, TypeSize


class Look(StrEnum):
    """How a paragraph looks."""

    PLAIN = "plain"
    STRONG = "strong"
    SMALL = "small"


class Mark(StrEnum):
    """What stands before each item of a list."""

    NUMBER = "number"
    BULLET = "bullet"
    TICK_BOX = "tick-box"


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part: level 2, or 3 within one."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Message:
    """The one thing to keep, in a box of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]
    mark: Mark = Mark.BULLET


@dataclass(frozen=True, slots=True)
class Cards:
    """Texts on cards to cut out."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """A prompt and room to write: ruled lines under it, or one beside it if ``rules`` is 0."""

    prompt: str
    rules: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a header row; a row that is shorter is to be filled in by hand."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    said_above: bool = False
    """Whether the heading above says what the caption does, so that it is not said twice."""

    @property
    def to_fill_in(self) -> bool:
        """Whether there are empty cells to write in."""
        return any(len(row) < len(self.columns) for row in self.rows)

    def full_rows(self) -> Iterator[tuple[str, ...]]:
        """The rows with their empty cells."""
        for row in self.rows:
            yield row + ("",) * (len(self.columns) - len(row))


@dataclass(frozen=True, slots=True)
class Box:
    """Blocks in a frame."""

    blocks: tuple[Heading | Paragraph | Items, ...]


Block = Heading | Paragraph | Message | Items | Cards | Blank | Grid | Box


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed, for whatever reader.

    Args:
        title: heading of level 1, and the title of the file.
        blocks: all under the title, in reading order.
        marks: words on every page, such as ``DRAFT``.
        running: words at the foot of every page, before its number.
        page: ``Page {page} of {pages}``, to be filled in on each page.
        keywords: for the file's properties.
        reviewer: who signs it; the author in the file's properties.
        made_on: date, as ``2026-11-28``; empty if unknown.
    """

    title: str
    blocks: tuple[Block, ...]
    marks: tuple[str, ...] = ()
    running: str = ""
    page: str = "{page} / {pages}"
    brand: Brand = field(default_factory=Brand)
    keywords: tuple[str, ...] = ()
    reviewer: str = ""
    made_on: str = ""
    language: str = "en"
    paper: Paper = Paper.A4
    size: TypeSize = TypeSize.CLEAR

    def __post_init__(self) -> None:
        if not self.title:
            raise HandoutError("The handout has no title.", "Give it one.")

    @property
    def made_at(self) -> datetime:
        """The start of the day it was made on; that of 2000 if the day is unknown."""
        try:
            return datetime.fromisoformat(self.made_on).replace(tzinfo=UTC)
        except ValueError:
            return datetime(2000, 1, 1, tzinfo=UTC)

    @property
    def letterhead(self) -> str:
        """The clinic and its contact, on one line."""
        return " · ".join(filter(None, (self.brand.name, self.brand.contact)))

    @property
    def right_to_left(self) -> bool:
        """Whether its language is written from right to left."""
        return self.language.split("-")[0].lower() in _RIGHT_TO_LEFT


_RIGHT_TO_LEFT = ("ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi")
