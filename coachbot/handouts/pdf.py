"""A sheet as PDF: tagged, built to PDF/UA-1, the same bytes for the same sheet.

Text reaches the typesetter as JSON and never as its language, so no text can be code there. The
typeface is the one that travels with the program; nothing of the machine's own is used, unless a
sheet holds characters that only a font of the machine can show.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from coachbot.errors import HandoutError
from coachbot.handouts.layout import Block, Box, Sheet
from coachbot.handouts.logo import UNDRAWN, logo_format, undrawn
from coachbot.handouts.model import Brand, Paper
from coachbot.settings import resource

_TEMPLATE = Path(__file__).with_name("sheet.typ")
_PAPERS = {Paper.A4: "a4", Paper.LETTER: "us-letter"}
_UNSHOWN = re.compile(r"`\"(.*?)\"`")
_NO_SHAPE = "could not be displayed"


def to_pdf(sheet: Sheet) -> bytes:
    """A sheet as PDF.

    Raises:
        HandoutError: the logo is no picture, or a character has no shape in any font.
    """
    data = json.dumps(_data(sheet), ensure_ascii=False)
    try:
        return _compiled(data, sheet, of_the_machine=False)
    except typst.TypstError as error:
        if _NO_SHAPE not in error.message:
            raise _unusable(error) from error
    try:
        return _compiled(data, sheet, of_the_machine=True)
    except typst.TypstError as error:
        raise _unusable(error) from error


def to_pictures(sheet: Sheet, dots_per_inch: float) -> list[bytes]:
    """The pages of the PDF as PNG, to be looked at."""
    drawn: bytes | list[bytes] = typst.compile(
        _TEMPLATE.read_bytes(),
        None,
        format="png",
        ppi=dots_per_inch,
        font_paths=_fonts(False),
        sys_inputs={"data": json.dumps(_data(sheet))},
    )
    return drawn if isinstance(drawn, list) else [drawn]


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    document = PDFDocument(PDFParser(BytesIO(pdf)))
    return int(resolve1(document.catalog["Pages"])["Count"])


def _compiled(data: str, sheet: Sheet, of_the_machine: bool) -> bytes:
    return typst.compile(
        _TEMPLATE.read_bytes(),
        None,
        font_paths=_fonts(of_the_machine),
        sys_inputs={"data": data},
        pdf_standards=["ua-1"],
        timestamp=sheet.made_at,
    )


@lru_cache
def _fonts(of_the_machine: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=of_the_machine, font_paths=[str(resource("static"))])


def _data(sheet: Sheet) -> dict[str, Any]:
    """A sheet as the template reads it."""
    return {
        "title": sheet.title,
        "language": sheet.language.split("-")[0].lower(),
        "right_to_left": sheet.right_to_left,
        "paper": _PAPERS[sheet.paper],
        "size": int(sheet.size),
        "marks": sheet.marks,
        "running": sheet.running,
        "page": sheet.page,
        "reviewer": sheet.reviewer,
        "keywords": sheet.keywords,
        "brand": {"name": sheet.brand.name, "contact": sheet.brand.contact},
        "logo": _logo(sheet.brand),
        "blocks": [_block(block) for block in sheet.blocks],
    }


def _logo(brand: Brand) -> dict[str, Any] | None:
    if not brand.logo:
        return None
    return {"alt": brand.logo_alt, "format": logo_format(brand.logo), "data": list(brand.logo)}


def _block(block: Block) -> dict[str, Any]:
    fields = asdict(block)
    if isinstance(block, Box):
        fields["blocks"] = [_block(inside) for inside in block.blocks]
    return {"block": type(block).__name__.lower(), **fields}


def _unusable(error: typst.TypstError) -> Exception:
    """What a person can mend, in words; what is our own fault stays as it is."""
    if _NO_SHAPE in error.message:
        found = _UNSHOWN.search(error.message)
        return HandoutError(
            f"No font here can show this character: {found[1] if found else error.message}",
            "Write it in other letters, or choose .docx or .md.",
        )
    if UNDRAWN in error.message:
        return undrawn(error.message)
    return error
