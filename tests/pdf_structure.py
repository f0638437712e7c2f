"""What a screen reader finds in a PDF: its structure tree with the text of each element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.psparser import PSLiteral


class _Marked(PDFTextDevice):
    """Collects the text of a page by the number of its marked content; artifacts have none."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.texts: dict[int, str] = {}
        self._open: list[dict[str, Any]] = []

    def begin_tag(self, tag: PSLiteral, props: Any = None) -> None:
        self._open.append(props if isinstance(props, dict) else {})
        spoken = self._open[-1].get("ActualText")
        if spoken is not None:
            self._add(spoken.decode("utf-16") if spoken[:2] == b"\xfe\xff" else spoken.decode())

    def end_tag(self) -> None:
        self._open.pop()

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        if any("ActualText" in props for props in self._open):
            return  # it stands for these glyphs
        for part in seq:
            if isinstance(part, bytes):
                for glyph in textstate.font.decode(part):
                    self._add(textstate.font.to_unichr(glyph))

    def _add(self, text: str) -> None:
        numbers = (props["MCID"] for props in reversed(self._open) if "MCID" in props)
        number = next(numbers, None)
        if number is not None:
            self.texts[number] = self.texts.get(number, "") + text


@dataclass(frozen=True)
class Element:
    """One element of the tree: its role, and all text in it but the marks of lists."""

    role: str
    text: str
    scope: str = ""


def elements(pdf: bytes) -> list[Element]:
    """All elements in reading order, each before those in it."""
    texts = [_texts(page) for page in PDFPage.get_pages(BytesIO(pdf))]
    with pikepdf.open(BytesIO(pdf)) as opened:
        pages = {page.obj.objgen: n for n, page in enumerate(opened.pages)}
        return list(_walk(opened.Root.StructTreeRoot, pages, texts))


def _texts(page: PDFPage) -> dict[int, str]:
    resources = PDFResourceManager()
    device = _Marked(resources)
    PDFPageInterpreter(resources, device).process_page(page)
    return device.texts


def _walk(node: Any, pages: dict[Any, int], texts: list[dict[int, str]]) -> Iterator[Element]:
    inner = [e for kid in _kids(node) if _is_element(kid) for e in _walk(kid, pages, texts)]
    if "/S" in node:
        scope = next((str(a.Scope) for a in _list(node.get("/A")) if "/Scope" in a), "")
        yield Element(str(node.S), _text(node, pages, texts, None), scope)
    yield from inner


def _text(node: Any, pages: dict[Any, int], texts: list[dict[int, str]], page: Any) -> str:
    page = node.get("/Pg", page)
    told = ""
    for kid in _kids(node):
        if isinstance(kid, int):
            told += texts[pages[page.objgen]].get(kid, "")
        elif "/MCID" in kid:
            told += texts[pages[kid.get("/Pg", page).objgen]].get(int(kid.MCID), "")
        elif _is_element(kid) and kid.S != "/Lbl":
            told += _text(kid, pages, texts, page) + (" " if kid.S not in _INLINE else "")
    return told


_INLINE = ("/Span", "/Strong", "/Em", "/LBody")


def _is_element(kid: Any) -> bool:
    return not isinstance(kid, int) and "/S" in kid and "/MCID" not in kid


def _kids(node: Any) -> list[Any]:
    return [int(k) if not hasattr(k, "keys") else k for k in _list(node.get("/K"))]


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]
