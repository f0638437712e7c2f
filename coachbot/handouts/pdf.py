"""A sheet as PDF: tagged, built to PDF/UA-1, the same bytes for the same sheet.

Text reaches the typesetter as JSON and never as its language, so no text can be code there. The
typeface is the one that travels with the program; nothing of the machine's own is used, unless a
sheet holds characters that only a font of the machine can show.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
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
from coachbot.settings import resource

_TEMPLATE = Path(__file__).with_name("sheet.typ")
_PAPERS = {"A4": "a4", "Letter": "us-letter"}
_LOGO_ALONE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image("logo", width: 6cm)"""
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


def to_pdf(sheet: Sheet) -> bytes:
    """A sheet as PDF.

    Raises:
        HandoutError: the logo is no picture, or a character has no shape in any font.
    """
    data = json.dumps(_data(sheet), ensure_ascii=False)
    files = {"main.typ": _TEMPLATE.read_bytes()}
    if sheet.brand.logo:
        files["logo"] = sheet.brand.logo
        logo_format(sheet.brand.logo)
    try:
        return _compiled(files, data, sheet, own_fonts=False)
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise _unusable(error) from error
    try:
        return _compiled(files, data, sheet, own_fonts=True)
    except typst.TypstError as error:
        raise _unusable(error) from error


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    document = PDFDocument(PDFParser(BytesIO(pdf)))
    return int(resolve1(document.catalog["Pages"])["Count"])


def logo_format(logo: bytes) -> str:
    """``png``, ``jpg`` or ``svg``.

    Raises:
        HandoutError: it is none of them.
    """
    for signature, name in _SIGNATURES.items():
        if logo.startswith(signature):
            return name
    if b"<svg" in logo[:4096]:
        return "svg"
    raise HandoutError("The logo is no picture that can be printed.", "Use PNG, JPEG or SVG.")


def drawn_logo(logo: bytes) -> bytes:
    """An SVG logo as PNG, for forms that cannot draw one.

    Raises:
        HandoutError: it cannot be drawn.
    """
    try:
        return typst.compile(
            {"main.typ": _LOGO_ALONE, "logo": logo}, format="png", ppi=300, font_paths=_fonts(False)
        )
    except typst.TypstError as error:
        raise _unusable(error) from error


def _compiled(files: dict[str, bytes], data: str, sheet: Sheet, own_fonts: bool) -> bytes:
    return typst.compile(
        files,
        font_paths=_fonts(own_fonts),
        sys_inputs={"data": data},
        pdf_standards=["ua-1"],
        timestamp=_timestamp(sheet.made_on),
    )


@lru_cache
def _fonts(of_the_machine: bool) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=of_the_machine, font_paths=[str(resource("static"))]
    )


def _timestamp(made_on: str) -> datetime:
    try:
        return datetime.fromisoformat(made_on).replace(tzinfo=UTC)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


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
        "logo": {"alt": sheet.brand.logo_alt, "format": logo_format(sheet.brand.logo)}
        if sheet.brand.logo
        else None,
        "blocks": [_block(block) for block in sheet.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    fields = asdict(block)
    if isinstance(block, Box):
        fields["blocks"] = [_block(inside) for inside in block.blocks]
    return {"block": type(block).__name__.lower(), **fields}


def _unusable(error: typst.TypstError) -> HandoutError:
    told = error.message.removeprefix("PDF/UA-1 error: ")
    return HandoutError(f"The PDF cannot be made: {told}.", "Change it, or use .docx or .md.")
