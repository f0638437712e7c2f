"""A file to plain, marked-up text: the form that is stored and that all offsets refer to.

The stored text has one block to a paragraph, blocks parted by an empty line. Headings begin with
``#`` marks, list items with ``-`` or ``1.``; inline marks (bold, links, images) are gone, so that
a quote is clean. Each format is read by a well-kept library; this module only picks one, names
what went wrong, and brings the result into that one form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from coachbot.errors import DocumentError

if TYPE_CHECKING:
    from markdown_it.token import Token

SUFFIXES = (".md", ".markdown", ".txt", ".text", ".html", ".htm", ".pdf", ".docx")
"""The endings of files that can be read."""

MAX_UNPACKED_BYTES = 30_000_000
"""Of a Word file, its pictures included: a small file can unpack to more than a machine holds."""
MAX_PAGES = 2_000
"""Of a PDF: longer ones take many minutes to read."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Text in the stored form, with what the file itself says of its title, authors and year."""

    text: str
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None


def convert(data: bytes, name: str) -> Converted:
    """Turn the content of a file into text.

    Args:
        data: the bytes of the file.
        name: the file's name; its ending says how to read it.

    Returns:
        The text in the stored form; title, authors and year where the file states them.

    Raises:
        DocumentError: the content is not what the ending promises, is locked, or holds no text.
    """
    readers: dict[str, Callable[[bytes, str], Converted]] = {
        ".md": _read_markdown,
        ".markdown": _read_markdown,
        ".txt": _read_plain,
        ".text": _read_plain,
        ".html": _read_html,
        ".htm": _read_html,
        ".pdf": _read_pdf,
        ".docx": _read_docx,
    }
    suffix = Path(name).suffix.lower()
    if suffix not in readers:
        raise DocumentError(
            f"{name} is not a kind of file that can be read here.",
            f"Save it as one of: {', '.join(SUFFIXES)}.",
        )
    converted = readers[suffix](data, name)
    if not re.search(r"\w", converted.text):
        raise DocumentError(
            f"{name} holds no text.",
            "If it is a scan, run text recognition (OCR) on it first, then add it again.",
        )
    return converted


def decode(data: bytes, name: str) -> str:
    """Turn bytes into text, guessing the encoding.

    Raises:
        DocumentError: the bytes are not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _not_text(name) from error
    if b"\0" in data:
        raise _not_text(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        guess = from_bytes(data).best()
        if guess is None or _is_noise(str(guess)):
            raise _not_text(name) from None
        return str(guess)


def _not_text(name: str) -> DocumentError:
    return DocumentError(
        f"{name} is not a text file: its content is binary.",
        "Check that it is the right file; a PDF or Word file needs its ending .pdf or .docx.",
    )


def _is_noise(text: str) -> bool:
    sample = text[:20_000]
    controls = sum(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f" for c in sample)
    return controls > len(sample) / 100


def tidy(text: str) -> str:
    """Normalise text: NFC, plain line ends and spaces, no invisible or control characters."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[\f\v\u2028\u2029]", "\n\n", text)
    text = re.sub(
        r"[\u00ad\u200b\u2060\ufeff]|[\x00-\x08\x0e-\x1f\x7f-\x9f]|[\ud800-\udfff]", "", text
    )
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _read_plain(data: bytes, name: str) -> Converted:
    text = tidy(decode(data, name))
    return Converted("\n\n".join(_plain_blocks(text)))


def _plain_blocks(text: str) -> Iterator[str]:
    """Paragraphs; lines that were wrapped by hand at a fixed width are joined again."""
    for block in re.split(r"\n{2,}", text):
        lines = block.split("\n")
        wrapped = len(lines) > 1 and all(40 <= len(line) <= 100 for line in lines[:-1])
        if wrapped:
            yield " ".join(lines)
        else:
            yield from lines


def _read_markdown(data: bytes, name: str) -> Converted:
    return Converted(flatten_markdown(decode(data, name)))


def flatten_markdown(source: str) -> str:
    """Bring Markdown into the stored form: blocks kept, inline marks gone."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 50}).enable(["table", "strikethrough"])
    return tidy("\n\n".join(_blocks(parser.parse(tidy_source(source)))))


def tidy_source(source: str) -> str:
    """NFC and plain line ends, keeping the indents and blank lines that Markdown reads."""
    return unicodedata.normalize("NFC", source).replace("\r\n", "\n").replace("\r", "\n")


def _blocks(tokens: list[Token]) -> Iterator[str]:
    prefix, lists, row = "", list[int | None](), list[str]()
    in_cell = False
    for token in tokens:
        match token.type:
            case "heading_open":
                prefix = "#" * int(token.tag[1]) + " "
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                number = lists[-1]
                prefix = "- " if number is None else f"{number}. "
                lists[-1] = None if number is None else number + 1
            case "tr_open":
                row = []
            case "th_open" | "td_open":
                in_cell = True
            case "th_close" | "td_close":
                in_cell = False
            case "tr_close":
                yield " | ".join(cell for cell in row if cell)
            case "inline" if in_cell:
                row.append(_inline(token))
            case "inline":
                yield prefix + _inline(token)
                prefix = ""
            case "fence" | "code_block":
                yield token.content
            case "html_block":
                yield _text_of_html(token.content)


_BREAK = re.compile(r"(?i)<br\b")
_NOT_SHOWN = ("script", "style", "template", "noscript")


def _text_of_html(source: str) -> str:
    """What a reader sees of a piece of HTML, such as the words of a fold or a box."""
    from lxml import html

    try:
        piece = html.fragment_fromstring(source, create_parent="div")
    except (ValueError, html.etree.ParserError):
        return ""
    for hidden in list(piece.iter(*_NOT_SHOWN)):
        hidden.drop_tree()
    return str(piece.text_content()).strip()


def _inline(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or _BREAK.match(child.content):
            parts.append(" ")
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def _read_html(data: bytes, name: str) -> Converted:
    """Read a saved page: its article as trafilatura finds it, and what its head states."""
    from trafilatura import extract

    source = decode(data, name)
    try:
        body = extract(
            source, output_format="markdown", include_comments=False, include_links=False
        )
    except Exception as error:  # whatever its parsers trip over
        raise _damaged(name) from error
    if not body:
        return Converted(flatten_markdown(_through_markitdown(data, name)))
    title, authors, year = _stated_in_head(source)
    return Converted(flatten_markdown(body), title, authors, year)


_AUTHOR_META = ("author", "article:author", "citation_author", "dc.creator", "dcterms.creator")
_DATE_META = (
    "article:published_time",
    "citation_publication_date",
    "dc.date",
    "dcterms.date",
    "date",
)


def _stated_in_head(source: str) -> tuple[str, tuple[str, ...], int | None]:
    """Title, authors and year as a page states them in its tags; nothing is guessed from prose."""
    from lxml import html

    try:
        page = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", source))
    except (ValueError, html.etree.ParserError):
        return "", (), None
    meta: dict[str, list[str]] = {}
    for tag in page.iter("meta"):
        key = (tag.get("name") or tag.get("property") or "").lower()
        meta.setdefault(key, []).append(tidy(tag.get("content") or ""))
    headings = [tidy(" ".join(h.text_content().split())) for h in page.iter("h1")]
    whole = tidy(" ".join((page.findtext(".//title") or "").split()))
    title = next((h for h in headings if h and h in whole), "")
    title = title or next(iter(meta.get("og:title", [])), "") or whole
    authors = tuple(
        author
        for key in _AUTHOR_META
        for author in meta.get(key, [])
        if author and not author.startswith("http")
    )
    dates = [date for key in _DATE_META for date in meta.get(key, [])]
    dates += [tag.get("datetime") or "" for tag in page.iter("time")]
    years = [int(found[0]) for date in dates if (found := re.match(r"(?:19|20)\d\d", date))]
    return title, tuple(dict.fromkeys(authors)), next(iter(years), None)


def _read_docx(data: bytes, name: str) -> Converted:
    try:
        with ZipFile(BytesIO(data)) as archive:
            archive.getinfo("word/document.xml")
            unpacked = sum(part.file_size for part in archive.infolist())
    except (BadZipFile, KeyError, NotImplementedError, ValueError) as error:
        # Markitdown would read the bytes as text instead.
        raise _damaged(name) from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise DocumentError(
            f"{name} unpacks to {unpacked / 1e6:.0f} MB; the limit is "
            f"{MAX_UNPACKED_BYTES / 1e6:.0f} MB.",
            "Take large pictures out of it, or split it into parts.",
        )
    return Converted(flatten_markdown(_through_markitdown(data, name)))


def _read_pdf(data: bytes, name: str) -> Converted:
    """Read a PDF; its pages' running heads and page numbers are dropped, wrapped lines joined."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LTTextContainer
    from pdfminer.pdfdocument import (
        PDFDocument,
        PDFEncryptionError,
        PDFPasswordIncorrect,
        PDFTextExtractionNotAllowed,
    )
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    try:
        found = PDFPage.create_pages(PDFDocument(PDFParser(BytesIO(data))))
        if next(islice(found, MAX_PAGES, None), None) is not None:
            raise DocumentError(
                f"{name} has more than {MAX_PAGES:,} pages.", "Split it into parts and add those."
            )
        pages = [
            [tidy(box.get_text()) for box in page if isinstance(box, LTTextContainer)]
            for page in extract_pages(BytesIO(data))
        ]
    except (PDFPasswordIncorrect, PDFEncryptionError, PDFTextExtractionNotAllowed) as error:
        raise DocumentError(
            f"{name} is locked with a password.", "Save a copy without the password and add that."
        ) from error
    except DocumentError:
        raise
    except Exception as error:  # pdfminer raises whatever a damaged file trips over
        raise _damaged(name) from error
    return Converted("\n\n".join(_page_blocks(pages)))


def _page_blocks(pages: list[list[str]]) -> Iterator[str]:
    def shape(block: str) -> str:
        return re.sub(r"\d+", "0", block)

    seen: dict[str, int] = {}
    for page in pages:
        for block in {shape(b) for b in page}:
            seen[block] = seen.get(block, 0) + 1
    for page in pages:
        for block in page:
            running = len(pages) > 2 and len(block) < 120 and seen[shape(block)] > len(pages) / 2
            if block and not running and not re.fullmatch(r"[\W\d]*", block):
                yield re.sub(r"\s*\n\s*", " ", re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", block))


def _through_markitdown(data: bytes, name: str) -> str:
    from markitdown import MarkItDown, StreamInfo

    suffix = Path(name).suffix.lower()
    try:
        reader = MarkItDown(enable_plugins=False)
        return str(
            reader.convert_stream(BytesIO(data), stream_info=StreamInfo(extension=suffix)).markdown
        )
    except Exception as error:  # each format's library has its own errors; all mean the same here
        raise _damaged(name) from error


def _damaged(name: str) -> DocumentError:
    return DocumentError(
        f"{name} could not be read: the file is damaged or not what its ending says.",
        "Open it in the program that made it, save it again, and add the new file.",
    )
