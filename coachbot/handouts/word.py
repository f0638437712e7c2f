"""A sheet as a Word document: named styles, real lists, tables with a header row, all to edit.

Steps: the styles are set once; each block is written in its style; the bytes are settled, so that
the same sheet gives the same file.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_PARAGRAPH_ALIGNMENT, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.image.exceptions import UnexpectedEndOfFileError, UnrecognizedImageError
from docx.shared import Cm, Length
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph as Line

from coachbot.handouts.layout import (
    Blank,
    Block,
    Box,
    Cards,
    Grid,
    Heading,
    Items,
    Look,
    Message,
    Paragraph,
    Sheet,
)
from coachbot.handouts.logo import drawn, undrawn
from coachbot.handouts.model import Paper
from coachbot.handouts.word_styles import (
    CARD,
    LIST_STYLES,
    MESSAGE,
    PROMPT,
    RULE,
    SMALL,
    dress,
    element,
    new_list,
)

_PAPERS = {Paper.A4: (Cm(21), Cm(29.7)), Paper.LETTER: (Cm(21.59), Cm(27.94))}
_MARGIN = Cm(1.9)
_LOOKS = {Look.PLAIN: "Normal", Look.STRONG: "Normal", Look.SMALL: SMALL}
_WRITING_ROW = Cm(1.45)
_FIELD = re.compile(r"(\{pages?\})")
_FIELDS = {"{page}": "PAGE", "{pages}": "NUMPAGES"}
_EPOCH = (2000, 1, 1, 0, 0, 0)


def to_docx(sheet: Sheet) -> bytes:
    """A sheet as a Word document.

    Raises:
        HandoutError: the logo is no picture.
    """
    document = docx.Document()
    dress(document, int(sheet.size), sheet.language, sheet.right_to_left)
    _page(document, sheet)
    _properties(document, sheet)
    _letterhead(document, sheet)
    document.add_heading(sheet.title, 1)
    writer = _Writer(document)
    for block in sheet.blocks:
        writer.write(block, document)
    written = BytesIO()
    document.save(written)
    return _settled(written.getvalue())


class _Writer:
    """Writes blocks into a document or into a cell of it."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def write(self, block: Block, into: Document | _Cell) -> None:
        """Write one block."""
        match block:
            case Heading(text, level):
                into.add_paragraph(text, f"Heading {level}")
            case Paragraph(text, look):
                line = into.add_paragraph(style=_LOOKS[look])
                line.add_run(text).bold = True if look is Look.STRONG else None
            case Message(text):
                into.add_paragraph(text, MESSAGE)
            case Items(items, mark):
                id = new_list(self._document, mark)
                for item in items:
                    _in_list(into.add_paragraph(item, LIST_STYLES[mark]), id)
            case Cards(items):
                self._cards(items)
            case Blank(prompt, rules):
                self._blank(prompt, rules)
            case Grid():
                self._grid(block)
            case Box(inside):
                self._box(inside)

    def _blank(self, prompt: str, rules: int) -> None:
        line = self._document.add_paragraph(prompt, PROMPT if rules else "Normal")
        if not rules:
            stops = line.paragraph_format.tab_stops
            stops.add_tab_stop(_width(self._document), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
            line.add_run(" \t")
        for _ in range(rules):
            self._document.add_paragraph(style=RULE)

    def _cards(self, items: tuple[str, ...]) -> None:
        table = self._document.add_table(-(-len(items) // 2), 2)
        _bordered(table, "dashed", "8")
        for place, words in enumerate(items):
            table.cell(place // 2, place % 2).paragraphs[0].text = words
        for cell in (cell for row in table.rows for cell in row.cells):
            cell.paragraphs[0].style = CARD
        _whole_rows(table)

    def _grid(self, grid: Grid) -> None:
        if not grid.said_above:
            self._document.add_paragraph(grid.caption, PROMPT)
        table = self._document.add_table(1, len(grid.columns))
        _bordered(table, "single", "6")
        _described(table, grid.caption)
        for cell, words in zip(table.rows[0].cells, grid.columns, strict=True):
            cell.paragraphs[0].add_run(words).bold = True
            cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", fill="EFEFEF"))
        table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
        for row in grid.full_rows():
            added = table.add_row()
            if grid.to_fill_in:
                added.height = _WRITING_ROW
            for cell, words in zip(added.cells, row, strict=True):
                cell.paragraphs[0].text = words
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        _whole_rows(table)

    def _box(self, inside: tuple[Block, ...]) -> None:
        table = self._document.add_table(1, 1)
        _bordered(table, "single", "12")
        cell = table.cell(0, 0)
        for block in inside:
            self.write(block, cell)
        first = cell.paragraphs[0]  # the empty one that every new cell has
        first._p.getparent().remove(first._p)
        _whole_rows(table)
        self._document.add_paragraph().paragraph_format.space_after = Cm(0)


def _in_list(line: Line, id: int) -> None:
    properties = line._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = 0
    properties.get_or_add_numId().val = id


def _page(document: Document, sheet: Sheet) -> None:
    """Paper, margins, and what stands on every page."""
    section = document.sections[0]
    section.page_width, section.page_height = _PAPERS[sheet.paper]
    section.left_margin = section.right_margin = _MARGIN
    section.top_margin = section.bottom_margin = _MARGIN
    section.header_distance = section.footer_distance = Cm(0.9)
    if sheet.marks:
        header = section.header.paragraphs[0]
        header.alignment = WD_PARAGRAPH_ALIGNMENT.RIGHT
        header.add_run(" · ".join(sheet.marks)).bold = True
    footer = section.footer.paragraphs[0]
    footer.paragraph_format.tab_stops.add_tab_stop(_width(document), WD_TAB_ALIGNMENT.RIGHT)
    footer.add_run(f"{sheet.running}\t")
    for part in _FIELD.split(sheet.page):
        if part in _FIELDS:
            footer._p.append(_field(_FIELDS[part]))
        elif part:
            footer.add_run(part)


def _field(code: str) -> Any:
    """A number that Word fills in."""
    field = element("w:fldSimple", instr=code)
    run, text = element("w:r"), element("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    return field


def _width(document: Document) -> Length:
    """Of the text, between the margins."""
    section = document.sections[0]
    assert section.page_width is not None
    return Length(section.page_width - 2 * _MARGIN)


def _properties(document: Document, sheet: Sheet) -> None:
    properties = document.core_properties
    properties.title = sheet.title[:255]
    properties.author = properties.last_modified_by = sheet.reviewer[:255]
    properties.keywords = ", ".join(sheet.keywords)
    properties.comments = ""
    properties.language = sheet.language
    properties.created = properties.modified = sheet.made_at
    properties.revision = 1


def _letterhead(document: Document, sheet: Sheet) -> None:
    brand = sheet.brand
    if brand.logo:
        try:
            picture = document.add_picture(BytesIO(drawn(brand.logo)), height=Cm(1.4))
        except (UnrecognizedImageError, UnexpectedEndOfFileError) as error:
            raise undrawn("it is cut short or damaged") from error
        picture._inline.docPr.set("descr", brand.logo_alt)
    if brand.name or brand.contact:
        line = document.add_paragraph(style=SMALL)
        line.add_run(brand.name).bold = True
        line.add_run(" · " if brand.name and brand.contact else "")
        line.add_run(brand.contact)


def _bordered(table: Table, kind: str, eighths: str) -> None:
    """Draw all borders of a table; their width is in eighths of a point."""
    borders = element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(f"w:{side}", val=kind, sz=eighths, space="0", color="404040"))
    table._tbl.tblPr.append(borders)


def _described(table: Table, words: str) -> None:
    """What a table holds, for people who cannot see it."""
    table._tbl.tblPr.append(element("w:tblCaption", val=words))


def _whole_rows(table: Table) -> None:
    for row in table.rows:
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))


def _settled(packed: bytes) -> bytes:
    """The same archive without the time at which it was written."""
    settled = BytesIO()
    with zipfile.ZipFile(BytesIO(packed)) as old, zipfile.ZipFile(settled, "w") as new:
        for entry in old.infolist():
            kept = zipfile.ZipInfo(entry.filename, _EPOCH)
            kept.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(kept, old.read(entry))
    return settled.getvalue()
