"""How a Word document of ours looks: its styles, its lists, its borders.

Everything is a named style, so that a clinic can change one and the whole sheet follows.
"""

from __future__ import annotations

from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from coachbot.handouts.layout import Mark

FONT = "Arial"
"""On every machine with Word, and drawn without serifs; a font of our own would not be there."""
MESSAGE = "Main message"
SMALL = "About this sheet"
PROMPT = "Writing prompt"
RULE = "Writing line"
CARD = "Card"
LIST_STYLES = {
    Mark.NUMBER: "List Number",
    Mark.BULLET: "List Bullet",
    Mark.TICK_BOX: "Checklist",
}
_ACCENT = RGBColor(0x1F, 0x4A, 0x5C)
_LEAST = 12
"""Points: nothing is printed smaller."""
_ABSTRACT = {Mark.NUMBER: 90, Mark.BULLET: 91, Mark.TICK_BOX: 92}
_LEVELS = {
    Mark.NUMBER: ("decimal", "%1."),
    Mark.BULLET: ("bullet", "•"),
    Mark.TICK_BOX: ("bullet", "☐"),
}


def dress(document: Document, size: int, language: str, right_to_left: bool) -> None:
    """Set every style that a sheet uses.

    Args:
        document: a new one.
        size: of body text, in points.
        language: such as ``en``.
        right_to_left: whether it is written so.
    """
    normal = _style(document, "Normal")
    _font(normal, size)
    normal.paragraph_format.space_after = Pt(size * 0.4)
    normal.paragraph_format.line_spacing = 1.15
    _default_language(document, language)
    for level, scale in ((1, 1.55), (2, 1.18), (3, 1.03)):
        heading = _style(document, f"Heading {level}")
        _font(heading, round(size * scale), bold=True, color=_ACCENT)
        heading.paragraph_format.space_before = Pt(0 if level == 1 else size * 0.9)
        heading.paragraph_format.space_after = Pt(size * 0.4)
        heading.paragraph_format.keep_with_next = True
    message = _added(document, MESSAGE)
    _font(message, round(size * 1.08), bold=True)
    _bordered(message, left={"sz": "36", "color": "1F4A5C", "space": "8"})
    message.element.get_or_add_pPr().append(
        element("w:shd", val="clear", color="auto", fill="EFEFEF")
    )
    _font(_added(document, SMALL), max(_LEAST, round(size * 0.8)))
    prompt = _added(document, PROMPT)
    prompt.paragraph_format.keep_with_next = True
    prompt.paragraph_format.space_before = Pt(size * 0.7)
    rule = _added(document, RULE)
    rule.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    rule.paragraph_format.line_spacing = Cm(0.8)
    rule.paragraph_format.space_after = Pt(0)
    line = {"sz": "6", "color": "737373", "space": "0"}
    _bordered(rule, bottom=line, between=line)
    card = _added(document, CARD)
    card.paragraph_format.space_before = card.paragraph_format.space_after = Pt(size)
    _added(document, LIST_STYLES[Mark.TICK_BOX])
    for name in LIST_STYLES.values():
        _style(document, name).paragraph_format.space_after = Pt(size * 0.25)
    for name in ("Header", "Footer"):
        at_edge = _style(document, name)
        _font(at_edge, max(_LEAST, round(size * 0.8)))
        at_edge.paragraph_format.tab_stops.clear_all()
    _lists(document)
    if right_to_left:
        normal.element.get_or_add_pPr().append(element("w:bidi"))
        normal.element.get_or_add_rPr().append(element("w:rtl"))


def new_list(document: Document, mark: Mark) -> int:
    """The id of a list of its own, whose numbers start at 1."""
    numbering = document.part.numbering_part.element
    added = numbering.add_num(_ABSTRACT[mark])
    added.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(added.numId)


def element(name: str, **values: str) -> Any:
    """An element of WordprocessingML; ``val="x"`` becomes ``w:val="x"``."""
    made = OxmlElement(name)
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _style(document: Document, name: str) -> ParagraphStyle:
    style = document.styles[name]
    assert isinstance(style, ParagraphStyle)
    return style


def _added(document: Document, name: str) -> ParagraphStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = _style(document, "Normal")
    style.quick_style = True
    return style


def _font(
    style: ParagraphStyle, points: int, bold: bool = False, color: RGBColor | None = None
) -> None:
    """Set a font for all scripts; the template's theme would else win."""
    style.font.size, style.font.bold = Pt(points), bold
    if color is not None:
        style.font.color.rgb = color
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)


def _default_language(document: Document, language: str) -> None:
    for tag in document.styles.element.iter(qn("w:lang")):
        tag.attrib.clear()
        tag.set(qn("w:val"), language)
        tag.set(qn("w:bidi"), language)


def _bordered(style: ParagraphStyle, **sides: dict[str, str]) -> None:
    borders = element("w:pBdr")
    for side in ("top", "left", "bottom", "right", "between"):  # the order that the schema asks for
        if side in sides:
            borders.append(element(f"w:{side}", val="single", **sides[side]))
    properties = style.element.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )


def _lists(document: Document) -> None:
    """Three kinds of list; definitions stand before the lists that use them."""
    numbering = document.part.numbering_part.element
    for mark, id in _ABSTRACT.items():
        form, text = _LEVELS[mark]
        level = element("w:lvl", ilvl="0")
        for part in (
            element("w:start", val="1"),
            element("w:numFmt", val=form),
            element("w:lvlText", val=text),
            element("w:lvlJc", val="left"),
        ):
            level.append(part)
        indent = element("w:pPr")
        indent.append(element("w:ind", left="454", hanging="454"))
        level.append(indent)
        if mark is Mark.TICK_BOX:
            font = element("w:rPr")
            font.append(
                element(
                    "w:rFonts", ascii="Segoe UI Symbol", hAnsi="Segoe UI Symbol", hint="default"
                )
            )
            level.append(font)
        abstract = element("w:abstractNum", abstractNumId=str(id))
        abstract.append(element("w:multiLevelType", val="singleLevel"))
        abstract.append(level)
        numbering.insert(0, abstract)
