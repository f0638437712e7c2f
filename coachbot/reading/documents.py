"""Files to Documents.

Steps: read the bytes; part YAML front matter from the body; move reference marks
(``[^id strong]``) out of the text; convert to the stored form; drop a saved page's furniture; take
title, authors and year from front matter, else from the caller, else from the text where they
stand. What is not known stays empty.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from coachbot.errors import DocumentError, DocumentNotFoundError
from coachbot.reading.conversion import SUFFIXES, Converted, convert, decode, tidy
from coachbot.reading.furniture import AUTHOR_LINE, BYLINE, DATED, mark_headings, strip_furniture
from coachbot.reading.sentences import split_sentences
from coachbot.types import Document, Kind, Reference, Source, Strength

MAX_FILE_BYTES = 20_000_000
"""Larger files are refused: text of this size is a library of its own, better added in parts."""

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_MARK = re.compile(
    r"(?:(?<=[.!?”\"’)\]])\s|(?<=\S))\[\^([\w.-]+)(?:\s+(\w+))?\](?!:)"  # where notes stand
)
_SENTINEL = re.compile("\ue000(\\d+)\ue001")
_FORGED = re.compile("[\ue000\ue001]")
_FORGED_ENTITY = re.compile(r"(?i)&#(?:0*5734[45]|x0*e00[01]);")
_APA = re.compile(
    r"(?P<surname>[A-Z][\w'’-]+), (?:[A-Z]\. ?)+.{0,80}?\((?P<year>(?:19|20)\d\d)[,)]"
)


@dataclass(frozen=True, slots=True)
class Described:
    """What the person who adds a file says of it; empty where they say nothing."""

    kind: Kind | None = None
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None

    @classmethod
    def told(
        cls, kind: Kind | str | None, title: str, authors: Sequence[str], year: int | None
    ) -> Described:
        """The same from what a program or a form gives; see ``kind_named``."""
        return cls(kind_named(kind) if kind else None, title, tuple(authors), year)


NOT_DESCRIBED = Described()


def kind_named(name: str) -> Kind:
    """A kind of document by its name.

    Raises:
        DocumentError: there is none of that name.
    """
    if name not in set(Kind):
        raise DocumentError(f"There is no kind {name!r}.", f"Use one of: {', '.join(Kind)}.")
    return Kind(name)


def list_files(root: Path) -> list[Path]:
    """All readable texts under a folder, sorted; READMEs and hidden files are not texts."""
    return sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.stem.upper() != "README"
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and path.is_file()
    )


def document_id(relative_path: Path) -> str:
    """A slug of a path under the corpus root: ``Notes/My Text.md`` is ``notes-my-text``.

    A name with no letters or digits (emoji, say) is named by its hash.
    """
    name = relative_path.with_suffix("").as_posix()
    folded = unicodedata.normalize("NFKC", name).lower()
    slug = re.sub(r"[\W_]+", "-", folded).strip("-")
    return slug or f"text-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def read_bytes(path: Path, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Read a file that is to become a text.

    Raises:
        DocumentNotFoundError: there is nothing at this path.
        DocumentError: it is a folder, empty, too large, or may not be read.
    """
    if path.is_dir():
        raise DocumentError(
            f"{path} is a folder.", f"Add its files, or use the whole folder with: --corpus {path}"
        )
    try:
        check_size(path.stat().st_size, path.name, max_bytes)
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DocumentNotFoundError(
            f"There is no file at {path}.", "Check the spelling, or give the whole path."
        ) from error
    except OSError as error:
        raise DocumentError(
            f"{path.name} could not be read: {error.strerror}.", "Check its permissions."
        ) from error
    if not data.strip():
        raise DocumentError(f"{path.name} is empty.", "Add a file that has text in it.")
    return data


def check_size(size: int, name: str, max_bytes: int) -> None:
    """Refuse a file that is too large.

    Raises:
        DocumentError: it is larger than ``max_bytes``.
    """
    if size > max_bytes:
        raise DocumentError(
            f"{name} is {size / 1e6:.0f} MB; the limit is {max_bytes / 1e6:.0f} MB.",
            "Split it into parts, or raise COACHBOT_MAX_FILE_MB.",
        )


def load_document(
    data: bytes, name: str, id: str, described: Described = NOT_DESCRIBED
) -> Document:
    """Turn the bytes of a file into a Document.

    Args:
        data: the content of the file.
        name: the file's name; its ending says how to read it.
        id: the id the document gets.
        described: what the caller says of it; front matter wins over this, this over the text.

    Returns:
        The document; its ``text`` is the stored form that all offsets refer to.

    Raises:
        DocumentError: the file cannot be read, or its front matter is malformed.
    """
    front, marks = dict[str, Any](), list[tuple[str, Strength | None]]()
    if is_markdown(name):
        front, body = part_front_matter(decode(data, name), name)
        data = _with_sentinels(body, marks, name).encode()
    converted = convert(data, name)
    # Where there are marks, it is Markdown that was rid of forged ones before it got its own.
    marked = converted.text if marks else _FORGED.sub("", converted.text)
    text, references = _place_references(_structured(marked, name), marks)
    return _described(front, described, converted, text, references, id, name)


def is_markdown(name: str) -> bool:
    """Whether a file of this name can have front matter and reference marks."""
    return Path(name).suffix.lower() in (".md", ".markdown")


def _structured(text: str, name: str) -> str:
    blocks = [block for block in text.split("\n\n") if block]
    if not is_markdown(name):
        blocks = strip_furniture(blocks)
    if Path(name).suffix.lower() in (".txt", ".text", ".pdf"):
        blocks = mark_headings(blocks)
    return tidy("\n\n".join(blocks))


def part_front_matter(source: str, name: str) -> tuple[dict[str, Any], str]:
    """Part the YAML between two lines of three dashes from the body; empty where there is none.

    Raises:
        DocumentError: the YAML is malformed or is not a mapping.
    """
    source = source.replace("\r\n", "\n")
    match = _FRONT_MATTER.match(source)
    if not match:
        return {}, source
    import yaml

    try:
        front = yaml.safe_load(match[1]) or {}
    except Exception as error:  # a tag on the wrong value, a date that is none, lists too deep
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" at line {line + 2}" if line is not None else ""
        raise DocumentError(
            f"The front matter of {name} is not valid YAML{where}.",
            "Quote values that hold a colon, and indent lists evenly.",
        ) from error
    if not isinstance(front, dict):
        raise DocumentError(
            f"The front matter of {name} is not a list of 'key: value' lines.",
            "Start the file with '---', then lines like 'title: My text', then '---'.",
        )
    return front, source[match.end() :]


def _with_sentinels(body: str, marks: list[tuple[str, Strength | None]], name: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[2] and match[2] not in set(Strength):
            raise DocumentError(
                f"{name} has a reference mark with an unknown strength: {match[0].strip()}",
                f"Use one of: {', '.join(Strength)}.",
            )
        marks.append((match[1], Strength(match[2]) if match[2] else None))
        return f"\ue000{len(marks) - 1}\ue001"

    # Simply cut out, an entity could leave the two halves of another; ``tidy`` drops the space.
    body = _FORGED_ENTITY.sub("\u200b", _FORGED.sub("", body))
    return _MARK.sub(replace, body)


def _place_references(
    text: str, marks: list[tuple[str, Strength | None]]
) -> tuple[str, tuple[Reference, ...]]:
    """Take the sentinels out again; each mark belongs to the sentence it stands behind."""
    pieces, places, end, taken = list[str](), list[tuple[int, int]](), 0, 0
    for match in _SENTINEL.finditer(text):
        pieces.append(text[end : match.start()])
        taken += match.start() - end
        places.append((taken, int(match[1])))
        end = match.end()
    clean = "".join([*pieces, text[end:]])
    spans = split_sentences(clean)
    references = []
    for place, number in places:
        before = bisect_left(spans, (place, 0))
        if before:
            source_id, strength = marks[number]
            references.append(Reference(*spans[before - 1], source_id, strength))
    return clean, tuple(references)


def _described(
    front: Mapping[str, Any],
    described: Described,
    converted: Converted,
    text: str,
    references: tuple[Reference, ...],
    id: str,
    name: str,
) -> Document:
    title = _line(front.get("title")) or described.title or converted.title or _title_in(text)
    authors = _lines(front.get("authors", front.get("author"))) or described.authors
    year = _year(front.get("year"), name) or described.year
    return Document(
        id=id,
        title=title,
        kind=_kind(front.get("kind"), name) or described.kind or Kind.USER,
        authors=authors or converted.authors or _authors_in(text),
        year=year or converted.year or _year_in(text),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        summary=_line(front.get("summary")),
        topics=_lines(front.get("topics")),
        sounds_like=_lines(front.get("sounds_like")),
        only_about=_lines(front.get("only_about")),
        sources=tuple(_sources(front.get("sources"))),
        source=_line(front.get("source")) or name,
        licence=_line(front.get("licence", front.get("license"))),
        checked_on=_line(front.get("checked_on")),
        checked_by=_line(front.get("checked_by")),
        references=references,
    )


def _line(value: object) -> str:
    if not isinstance(value, str | int | float | date):
        return ""
    try:
        return tidy(str(value))
    except ValueError:  # a number of more digits than Python writes out
        return ""


def _lines(value: object) -> tuple[str, ...]:
    items: Iterable[object] = value if isinstance(value, list) else [value]
    return tuple(line for line in map(_line, items) if line)


def _kind(value: object, name: str) -> Kind | None:
    if value is None:
        return None
    told = _line(value)
    if told not in set(Kind):
        raise DocumentError(
            f"{name} has an unknown kind: {told or 'not a word'}.",
            f"Use one of: {', '.join(Kind)}.",
        )
    return Kind(told)


def _year(value: object, name: str) -> int | None:
    if value is None or value == "":
        return None
    told = _line(value)
    match = re.match(r"(\d{4})\b", told)
    if not match:
        raise DocumentError(
            f"{name} has a year that is not one: {told or 'not a number'}.", "Write it like 2016."
        )
    return int(match[1])


def _sources(value: object) -> Iterator[Source]:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and (id := _line(item.get("id"))):
            yield Source(id, _line(item.get("citation")), _line(item.get("doi")))


def _title_in(text: str) -> str:
    match = re.match(r"# (.+)", text)
    return match[1] if match else ""


def _authors_in(text: str) -> tuple[str, ...]:
    """The names a byline or a line of name and degree gives."""
    lines = [line for line in text.split("\n") if line]
    for line in lines[:5] + lines[-12:]:
        if match := BYLINE.fullmatch(line):
            return tuple(re.split(r",? and |,? & |, ", match[1]))
        if match := AUTHOR_LINE.fullmatch(line.lstrip("# ")):
            return (match[1],)
    return ()


def _year_in(text: str) -> int | None:
    """The year of the text's own reference or of its date line."""
    lines = [line for line in text.split("\n") if line]
    authors = _authors_in(text)
    for line in lines[-12:]:
        match = _APA.match(line)
        if match and any(match["surname"] in author for author in authors):
            return int(match["year"])
    dates = [match for line in lines[:6] + lines[-12:] if (match := DATED.match(line))]
    return int(dates[0][1]) if dates else None
