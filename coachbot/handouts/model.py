"""The handout: a frozen value that editors change by copying and exports only read.

Every line says where it comes from. QUOTED and ADAPTED lines carry the sentence they rest on;
FIXED lines are the program's own words, from ``prompts/handouts.md``, and assert nothing about
research; CLINICIAN lines are the professional's own and need no source. Headings, the texts of a
table and help lines are lines too, FIXED until someone edits them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import Field

from coachbot.errors import HandoutError
from coachbot.handouts.plain import plain
from coachbot.markdown import escaped_line
from coachbot.types import Citation, Kind, Strength


class HandoutKind(StrEnum):
    """What sort of sheet it is."""

    EXPLAINER = "explainer"
    WORKSHEET = "worksheet"
    CARDS = "cards"
    SESSION_SUMMARY = "session-summary"
    DIARY = "diary"
    SAFETY_SHEET = "safety-sheet"


class Audience(StrEnum):
    """Who gets it."""

    COUPLE = "couple"
    ONE = "one"


class Status(StrEnum):
    """Who wrote a line."""

    QUOTED = "quoted"
    ADAPTED = "adapted"
    CLINICIAN = "clinician"
    FIXED = "fixed"


class Part(StrEnum):
    """The parts of a sheet, in the order in which they are printed; HELP stands in CAUTIONS."""

    MESSAGE = "message"
    WHY = "why"
    STEPS = "steps"
    EXAMPLE = "example"
    CARDS = "cards"
    PRACTICE = "practice"
    CHECKLIST = "checklist"
    CAUTIONS = "cautions"
    HELP = "help"
    SUMMARY = "summary"


class Paper(StrEnum):
    """The size of the sheet."""

    A4 = "A4"
    LETTER = "Letter"

    @classmethod
    def of(cls, country: str) -> Paper:
        """What is in printers in a country, such as ``US``; A4 where nothing else is known."""
        return cls.LETTER if country.strip().upper() in _LETTER else cls.A4


_LETTER = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())  # noqa: SIM905
"""Where paper is Letter, as in Unicode's CLDR (``paperSize``)."""


class TypeSize(IntEnum):
    """The size of the body text, in points."""

    STANDARD = 12
    CLEAR = 14
    LARGE = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or item of a sheet.

    Args:
        text: plain text, on one line.
        status: who wrote it.
        citation: the sentence of the library that it rests on, whose ``number`` is that of a
            source of the handout. A CLINICIAN line may keep the one it was edited from, so that it
            can be restored; it is no longer a source for it.
        was: the program's own words that a CLINICIAN line was written over; empty if none.
    """

    text: str
    status: Status
    citation: Citation | None = None
    was: str = ""

    def rewritten(self, text: str) -> Line:
        """The line in the clinician's words; one whose words stay is not theirs."""
        text = one_line(text)
        if text == self.text:
            return self
        was = self.text if self.status is Status.FIXED else self.was
        return replace(self, text=text, status=Status.CLINICIAN, was=was)

    def restored(self) -> Line:
        """The line as its source or the program has it; one that came from neither stays."""
        if self.citation:
            return Line(self.citation.quote, Status.QUOTED, self.citation)
        return Line(self.was, Status.FIXED) if self.was else self

    @property
    def restorable(self) -> bool:
        """Whether restoring it would change it."""
        return self.restored() != self

    @property
    def source_number(self) -> int | None:
        """The number of the source it rests on; None for the clinician's and the program's own."""
        sourced = self.status in (Status.QUOTED, Status.ADAPTED)
        return self.citation.number if sourced and self.citation else None


_MOST_RULES, _MOST_COLUMNS = 20, 12
"""What fits on paper: ruled lines under one another, and columns side by side."""


@dataclass(frozen=True, slots=True)
class WritingSpace:
    """A line of text with ruled lines under it to write on."""

    prompt: Line
    rules: Annotated[int, Field(ge=0, le=_MOST_RULES)]


@dataclass(frozen=True, slots=True)
class Table:
    """An empty table to fill in: a header row, and a first cell for each row."""

    caption: Line
    columns: Annotated[tuple[Line, ...], Field(min_length=1, max_length=_MOST_COLUMNS)]
    rows: tuple[Line, ...]

    @property
    def texts(self) -> tuple[Line, ...]:
        """All that stands in it, the caption first, then the header row."""
        return (self.caption, *self.columns, *self.rows)

    def with_texts(self, texts: Sequence[Line]) -> Table:
        """A table of the same shape with other texts, in the order of ``texts``."""
        first_row = 1 + len(self.columns)
        return Table(texts[0], tuple(texts[1:first_row]), tuple(texts[first_row:]))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a sheet with its heading, as exports print it.

    ``lines`` is empty for PRACTICE, whose ``practice`` holds what is to be filled in; ``help``
    stands in the CAUTIONS box, under the lines.
    """

    part: Part
    heading: Line | None
    lines: tuple[Line, ...] = ()
    practice: tuple[WritingSpace | Table, ...] = ()
    help: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence on research, for the clinician: how sure it is, and the full references."""

    text: str
    strength: Strength | None
    works: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoutSource:
    """A text of the library that lines rest on, with what a clinician asks about it.

    Args:
        number: what ``Line.citation.number`` counts, from 1.
        strength: the least sure mark of what is cited; None where the text marks nothing.
        findings: what research found, each sentence with its strength.
        limits: how sure the research is, in the text's own sentences.
        cautions: when not to use it, in the text's own sentences.
        works: full references, one string each, with the DOI where there is one.
        checked_on: when the text was last checked against its sources; empty if never.
    """

    number: int
    document_id: str
    title: str
    byline: str
    kind: Kind
    strength: Strength | None = None
    findings: tuple[Finding, ...] = ()
    limits: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    checked_on: str = ""


MOST_LOGO_MEGABYTES = 1


@dataclass(frozen=True, slots=True)
class Brand:
    """The clinic: all of it optional; a logo (PNG, JPEG or SVG) needs a text in its place."""

    name: str = ""
    contact: str = ""
    footer: str = ""
    logo: bytes = b""
    logo_alt: str = ""

    def __post_init__(self) -> None:
        if len(self.logo) > MOST_LOGO_MEGABYTES * 2**20:
            raise HandoutError(
                f"The logo is larger than {MOST_LOGO_MEGABYTES} MB.", "Save it smaller."
            )
        if self.logo and not plain(self.logo_alt):
            raise HandoutError(
                "The logo has no text for people who cannot see it.",
                "Say in a few words what it shows, such as: Logo of Elm Street Clinic.",
            )


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a sheet was made; what was asked is not kept.

    Args:
        made_on: date, as ``2026-11-28``.
        version: of coachbot.
        model: the chat model that adapted lines; empty if none did.
        documents: ids of the texts it was composed from.
        trouble: why a chat model that was to reword it could not; empty if it could, or none was.
    """

    made_on: str = ""
    version: str = ""
    model: str = ""
    documents: tuple[str, ...] = ()
    trouble: str = ""


_LOCALE = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"
"""A language as typesetter and Word take it, such as ``en`` or ``de-CH``."""


@dataclass(frozen=True, slots=True)
class Handout:
    """A sheet to give to clients; ``coachbot.handouts.files`` saves and loads it.

    Args:
        help: help lines in words, those of ``coachbot.safety`` FIXED; a sheet has one at least.
        country: whose help lines, such as ``US``.
        reviewer: the professional who signs; while empty, every page says DRAFT.
    """

    kind: HandoutKind
    audience: Audience
    title: str
    message: Line
    why: tuple[Line, ...] = ()
    steps: tuple[Line, ...] = ()
    example: tuple[Line, ...] = ()
    cards: tuple[Line, ...] = ()
    practice: tuple[WritingSpace | Table, ...] = ()
    checklist: tuple[Line, ...] = ()
    cautions: tuple[Line, ...] = ()
    help: tuple[Line, ...] = ()
    summary: tuple[Line, ...] = ()
    sources: tuple[HandoutSource, ...] = ()
    headings: dict[Part, Line] = field(default_factory=dict)
    """The heading of each part of this kind of sheet, from ``prompts/handouts.md``."""
    locale: Annotated[str, Field(pattern=_LOCALE, max_length=35)] = "en"
    country: str = ""
    paper: Paper = Paper.A4
    size: TypeSize = TypeSize.CLEAR
    brand: Brand = field(default_factory=Brand)
    reviewer: str = ""
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        if not plain(self.title):
            raise HandoutError("The handout has no title.", "Give it one.")

    @property
    def draft(self) -> bool:
        """Whether nobody has signed it yet."""
        return not plain(self.reviewer)

    @property
    def ai_assisted(self) -> bool:
        """Whether a model wrote any line of it."""
        return any(line.status is Status.ADAPTED for line in self.lines())

    @property
    def sections(self) -> tuple[Section, ...]:
        """The parts that are there, in printing order, with their headings."""
        made = (
            Section(
                part,
                self.headings.get(part),
                self.of(part),
                self.practice if part is Part.PRACTICE else (),
                self.help if part is Part.CAUTIONS else (),
            )
            for part in sorted(Part, key=self._late)
            if part is not Part.HELP
        )
        return tuple(s for s in made if s.lines or s.practice or s.help)

    def _late(self, part: Part) -> int:
        """A diary's table fills a page: before it comes all else, the help last."""
        if self.kind is not HandoutKind.DIARY:
            return 0
        return {Part.CAUTIONS: 1, Part.PRACTICE: 2}.get(part, 0)

    def of(self, part: Part) -> tuple[Line, ...]:
        """The lines of a part; empty for PRACTICE, which has prompts of its own."""
        if part is Part.PRACTICE:
            return ()
        lines: tuple[Line, ...] | Line = getattr(self, part.value)
        return (lines,) if isinstance(lines, Line) else lines

    def lines(self) -> Iterator[Line]:
        """All lines in printing order, the prompts of writing spaces among them."""
        for section in self.sections:
            yield from section.lines
            yield from (s.prompt for s in section.practice if isinstance(s, WritingSpace))

    def all_lines(self) -> Iterator[Line]:
        """All that stands under the title: besides ``lines``, headings, tables and help lines."""
        for section in self.sections:
            yield from (section.heading,) if section.heading else ()
            yield from section.lines
            for item in section.practice:
                yield from item.texts if isinstance(item, Table) else (item.prompt,)
            yield from section.help

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with the logo as base64; ``files.from_json`` reads it back."""
        data = asdict(self)
        data["brand"]["logo"] = base64.b64encode(self.brand.logo).decode()
        return data

    def _repr_markdown_(self) -> str:
        parts = [f"## {_in_markdown(self.title)}"]
        for section in self.sections:
            parts.append(f"**{_in_markdown(section.heading.text)}**" if section.heading else "")
            lines = (*section.lines, *section.help)
            parts.append("\n".join(f"- {_in_markdown(line.text)}" for line in lines))
        return "\n\n".join(part for part in parts if part)

    def source(self, number: int) -> HandoutSource | None:
        """The source with a number, if there is one."""
        return next((source for source in self.sources if source.number == number), None)


def type_size(points: int) -> TypeSize:
    """A type size from its points.

    Raises:
        HandoutError: it is none of those there are.
    """
    try:
        return TypeSize(points)
    except ValueError as error:
        sizes = ", ".join(str(int(size)) for size in TypeSize)
        raise HandoutError(f"There is no type size {points}.", f"Use one of: {sizes}.") from error


def _in_markdown(text: str) -> str:
    return escaped_line(one_line(text))


def one_line(text: str) -> str:
    """Text with its runs of white space, line ends among them, as single spaces."""
    return " ".join(text.split())


_Name = TypeVar("_Name", bound=StrEnum)


def choice(names: type[_Name], name: str) -> _Name:
    """A name of an enumeration from its text.

    Raises:
        HandoutError: there is no such name; the hint lists those there are.
    """
    try:
        return names(name)
    except ValueError as error:
        raise HandoutError(
            f"There is no {names.__name__} {name!r}.", f"Use one of: {', '.join(names)}."
        ) from error
