"""Handouts on paper: three forms with the same words, safe from hostile text, fit to be read."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import pdfua
import pikepdf
import pytest
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pdf_structure import elements
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTPage, LTTextContainer, LTTextLine
from PIL import Image

from coachbot import Coach
from coachbot.errors import HandoutError
from coachbot.handouts.client_sheet import client_sheet
from coachbot.handouts.clinician_sheet import clinician_sheet
from coachbot.handouts.export import export, export_clinician_sheet, page_count
from coachbot.handouts.layout import (
    Blank,
    Block,
    Box,
    Cards,
    Grid,
    Heading,
    Items,
    Message,
    Paragraph,
    Sheet,
)
from coachbot.handouts.markdown import to_text
from coachbot.handouts.model import (
    Audience,
    Brand,
    Finding,
    Handout,
    HandoutKind,
    HandoutSource,
    Line,
    Paper,
    Part,
    Provenance,
    Status,
    Table,
    TypeSize,
    WritingSpace,
)
from coachbot.handouts.plain import plain
from coachbot.pages.handout_preview import preview_html
from coachbot.types import Citation, Kind, Strength

CITATION = Citation(1, "p#1", "talks", "Talks", Kind.EVIDENCE, None, "Ask for a time.", 3, 18)
SOURCE = HandoutSource(
    number=1,
    document_id="talks",
    title="Starting talks",
    byline="A. Author 2026",
    kind=Kind.EVIDENCE,
    findings=(Finding("Calm starts went with calm ends.", Strength.WEAK, ("Doe (2020). Talks.",)),),
    limits=("How much it helps is not known.",),
    cautions=("Not where there is fear.",),
    works=("Doe (2020). Talks.", "Roe (2021). More talks."),
    checked_on="2026-11-20",
)


def form(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(text, Status.FIXED) for text in texts)


HANDOUT = Handout(
    HandoutKind.WORKSHEET,
    Audience.COUPLE,
    "A gentle start",
    Line("Start with one thing.", Status.CLINICIAN),
    why=(Line("It may go better.", Status.CLINICIAN),),
    steps=(Line("Ask for a time.", Status.QUOTED, CITATION),),
    example=(Line("Joon asks first.", Status.FIXED), Line("Mark says yes.", Status.FIXED)),
    cards=(Line("Who starts?", Status.FIXED), Line("Who ends?", Status.FIXED)),
    practice=(
        WritingSpace(Line("What I will say:", Status.FIXED), 2),
        Table(*form("A week"), form("Day", "What I tried"), form("Monday", "Tuesday")),
    ),
    checklist=(Line("I asked.", Status.FIXED),),
    cautions=(Line("Not where there is fear.", Status.FIXED),),
    help=form("If someone is in danger, call 911.", "To talk: 988."),
    summary=(Line("One thing at a time.", Status.FIXED),),
    sources=(SOURCE,),
    headings={p: Line(p.value.title(), Status.FIXED) for p in Part if p is not Part.MESSAGE},
    country="US",
    provenance=Provenance("2026-11-28", "0.1.0", "a-model", ("talks",)),
)
FORMS = (".pdf", ".docx", ".md")


CHECKBOX = "[]"
"""What is left of Markdown's "- [ ]" without white space; a text may hold it too."""


def squeezed(*texts: str) -> str:
    return "".join("".join(texts).split())


def words(sheet: Sheet) -> tuple[str, ...]:
    """All that a sheet says, in reading order, without what marks or frames it."""
    return (sheet.title, *words_of_blocks(sheet.blocks))


def words_of_blocks(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(text) | Paragraph(text) | Message(text) | Blank(text):
                yield text
            case Items(items) | Cards(items):
                yield from items
            case Grid(caption, columns, rows, said_above):
                yield from (
                    *(() if said_above else (caption,)),
                    *columns,
                    *(cell for row in rows for cell in row),
                )
            case Box(inside):
                yield from words_of_blocks(inside)


def words_of_pdf(pdf: bytes) -> str:
    """Text in the order of the structure tree."""
    return squeezed(elements(pdf)[0].text)


def words_of_docx(file: bytes) -> str:
    def told(holder: Any) -> Iterator[str]:
        for block in holder.iter_inner_content():
            if isinstance(block, WordTable):
                for row in block.rows:
                    for cell in row.cells:
                        yield from told(cell)
            else:
                yield block.text

    return squeezed(*told(docx.Document(io.BytesIO(file))))


RULED = re.compile(r"_{40}")


def words_of_markdown(file: bytes) -> str:
    """Text as Markdown understands it; fails where text has become markup."""

    def told(tokens: list[Any]) -> Iterator[str]:
        for token in tokens:
            assert token.type not in ("html_block", "html_inline", "link_open", "image", "fence")
            assert token.type not in ("code_inline", "code_block", "em_open", "s_open")
            if token.type == "hr":
                return
            if token.children:
                yield from told(token.children)
            elif token.type in ("text", "text_special"):
                yield token.content

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    text = RULED.sub("", file.decode())
    return squeezed(*told(parser.parse(text))).replace(CHECKBOX, "")


def assert_same_words(handout: Handout) -> None:
    for sheet, write in (
        (client_sheet(handout), export),
        (clinician_sheet(handout), export_clinician_sheet),
    ):
        title, *rest = words(sheet)
        said = squeezed(title, *rest)
        assert words_of_pdf(write(handout, ".pdf")) == said
        assert words_of_docx(write(handout, ".docx")) == said
        # Markdown has no pages, so what stands on each page of the others stands under its title.
        in_markdown = squeezed(title, *sheet.marks, *rest).replace(CHECKBOX, "")
        assert words_of_markdown(write(handout, ".md")) == in_markdown


class Shown(HTMLParser):
    """The text of a page, without the numbers of sources."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: list[str] = []
        self._in_number = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "img", "a", "b", "em")
        self._in_number = tag == "sup"

    def handle_endtag(self, tag: str) -> None:
        self._in_number = False

    def handle_data(self, data: str) -> None:
        if not self._in_number:
            self.told.append(data)


ONLY_MARKS = re.compile(r"[\s\d.\-\[\]|]*")
"""What may stand between the words of bare text: numbers of steps, boxes to tick, white space."""


def assert_preview_and_text_say_the_same(handout: Handout) -> None:
    """The page's preview and the text to copy hold the words that paper and Markdown hold."""
    sheet = client_sheet(handout)
    title, *rest = words(sheet)
    brand = " · ".join(filter(None, (sheet.brand.name, sheet.brand.contact)))
    marks = " · ".join(sheet.marks)
    shown = Shown(preview_html(handout)).told
    assert squeezed(*shown) == squeezed(marks, brand, title, *rest, sheet.running)
    left = to_text(sheet)
    for said in (brand, title, marks, *rest, sheet.running):
        before, found, left = left.partition(said) if said else ("", "", left)
        assert found == said
        assert ONLY_MARKS.fullmatch(before)
    assert not left.strip()


BRANDED = replace(HANDOUT, brand=Brand("Elm Street", "555 0100", "Bring this sheet."))


@pytest.mark.parametrize("kind", list(HandoutKind))
def test_preview_and_text_say_what_the_markdown_says(kind: HandoutKind) -> None:
    for sheet in (replace(HANDOUT, kind=kind), replace(BRANDED, kind=kind, reviewer="A. Elm")):
        assert_preview_and_text_say_the_same(sheet)


def test_the_preview_marks_whose_a_line_is_and_its_source_in_running_text_too() -> None:
    quoted = Line("Ask for a time.", Status.QUOTED, CITATION)
    mine = Line("Then ask.", Status.CLINICIAN)
    heading = {**HANDOUT.headings, Part.STEPS: Line("Try", Status.CLINICIAN)}
    shown = preview_html(replace(HANDOUT, example=(quoted, mine), headings=heading))
    assert (
        "<p><span class='quoted'>Ask for a time.</span><sup>1</sup> "
        "<span class='clinician'>Then ask.</span></p>"
    ) in shown
    assert "<h3><span class='clinician'>Try</span></h3>" in shown


def test_three_forms_say_the_same_in_the_same_order() -> None:
    assert_same_words(HANDOUT)
    assert_same_words(replace(HANDOUT, title="Who is #"))
    assert_same_words(replace(HANDOUT, title="##"))
    adapted = (Line("It can go better.", Status.ADAPTED, CITATION),)
    assert_same_words(replace(HANDOUT, why=adapted, reviewer="A. Elm"))


MARKUP = "\\`*_[](){}<>#|~$@&^!+-=:;.,/\"'%0123456789"
UNSEEN = (
    "\x00\x07\x1b\n\r\t\x85\xa0\xad\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\ufffe\ufdd0\ud800"
)
"""What Unicode can hide in a text: control characters, turns of direction, half of a pair."""
TEXTS = st.text(
    st.one_of(
        st.sampled_from(MARKUP),
        st.sampled_from(UNSEEN),
        st.characters(min_codepoint=32, max_codepoint=0xFF),
        st.sampled_from("ąćęłńśźżčďěňřšťůžőűğışœŒ‘’“”–—…€•ΩдЖ"),
    ),
    max_size=60,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=8, max_size=8), TEXTS.filter(plain))
def test_any_text_stays_that_text_in_three_forms(texts: list[str], title: str) -> None:
    lines = tuple(Line(text, Status.CLINICIAN) for text in texts)
    handout = replace(
        HANDOUT,
        title=title,
        message=lines[0],
        why=lines[1:3],
        steps=lines[2:4],
        example=lines[4:6],
        cards=lines[1:4],
        practice=(
            WritingSpace(lines[5], 1),
            Table(lines[6], lines[:3], lines[3:6]),
        ),
        checklist=lines[5:7],
        cautions=lines[6:8],
        help=lines[:2],
        summary=lines[7:],
        reviewer=texts[7],
    )
    assert_same_words(handout)
    assert_preview_and_text_say_the_same(handout)


HOSTILE = (
    '#panic() #import "x" $x$ *not bold* _not_ @ref <label> \\u{202e} // no comment',
    "# no heading",
    "- [x] no list, 1. no list",
    "[no link](http://evil.example) ![x](x.png) `code` ~~gone~~ <script>alert(1)</script>",
    "| no | table | &lt; &amp; </w:t></w:r> <![CDATA[x]]> <!-- x -->",
    "12. no list",
    "=====",
    "\u202eright to left\u202c and \u0007 bell",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    line = Line(text, Status.CLINICIAN)
    handout = replace(HANDOUT, title=text, message=line, steps=(line,), cards=(line,), help=(line,))
    assert_same_words(handout)
    assert_preview_and_text_say_the_same(handout)
    said = squeezed(*words(client_sheet(handout)))
    assert squeezed(plain(text)) in said
    assert "\u202e" not in said


def test_no_text_turns_its_direction_but_letters_that_run_so_do() -> None:
    assert plain("a\u202eb\u2066c\x07\ufeff") == "abc"
    assert plain("שלום") == "שלום"
    sheet = replace(HANDOUT, title="שלום", locale="he")
    assert "bidi" in docx.Document(io.BytesIO(export(sheet, ".docx"))).styles["Normal"].element.xml
    pdf = export(sheet, ".pdf")
    assert pikepdf.open(io.BytesIO(pdf)).Root.Lang == "he"
    title = next(e.text for e in elements(pdf) if e.role == "/H1")
    assert title in ("שלום", "שלום"[::-1])  # a page is drawn from left to right


def test_a_character_that_no_font_shows_is_named_for_pdf_only() -> None:
    odd = replace(HANDOUT, title="A \U0010abcd start")
    with pytest.raises(HandoutError, match="10abcd") as raised:
        export(odd, ".pdf")
    assert ".docx" in raised.value.hint
    assert "\U0010abcd" in export(odd, ".md").decode()


@pytest.mark.parametrize("write", [export, export_clinician_sheet])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_sheet_gives_the_same_bytes(write: Any, form: str) -> None:
    assert write(HANDOUT, form) == write(HANDOUT, form)


def test_other_forms_are_refused_with_those_there_are() -> None:
    with pytest.raises(HandoutError, match=r"\.odt") as raised:
        export(HANDOUT, ".odt")
    assert ".docx" in raised.value.hint
    with pytest.raises(HandoutError):
        export_clinician_sheet(HANDOUT, ".json")


LARGE = replace(HANDOUT, paper=Paper.LETTER, size=TypeSize.LARGE)


def picture(form: str = "PNG") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (120, 60), "green").save(drawn, form)
    return drawn.getvalue()


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 4"><rect width="9" height="4"/></svg>'
)
LOGOS = {"png": picture(), "jpeg": picture("JPEG"), "svg": SVG}


def branded(logo: bytes = b"") -> Handout:
    alt = "Logo of Elm Street" if logo else ""
    return replace(HANDOUT, brand=Brand("Elm Street", "555 0100", "Come back", logo, alt))


@pytest.mark.parametrize("write", [export, export_clinician_sheet])
@pytest.mark.parametrize("handout", [HANDOUT, LARGE, branded(picture())], ids=["A4", "18", "logo"])
def test_a_pdf_passes_the_checker_of_pdf_ua(write: Any, handout: Handout, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(write(handout, ".pdf"))
    report = pdfua.validate(tmp_path / "a.pdf")
    assert report.outcomes
    assert report.findings == ()


def test_a_pdf_has_a_title_a_language_bookmarks_and_no_skipped_heading() -> None:
    for write in (export, export_clinician_sheet):
        pdf = write(HANDOUT, ".pdf")
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert opened.Root.MarkInfo.Marked
            assert opened.Root.Lang == "en"
            assert opened.Root.ViewerPreferences.DisplayDocTitle
            assert "A gentle start" in str(opened.docinfo.Title)
            with opened.open_metadata() as metadata:
                assert "A gentle start" in metadata["dc:title"]
                assert metadata["pdfuaid:part"] == "1"
            with opened.open_outline() as outline:
                assert "A gentle start" in outline.root[0].title
                assert len(outline.root[0].children) >= 4
        levels = [int(e.role[2:]) for e in elements(pdf) if re.fullmatch(r"/H\d", e.role)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_lists_and_tables_are_tagged_as_such_and_ruled_lines_are_not_read() -> None:
    found = elements(export(HANDOUT, ".pdf"))
    roles = [element.role for element in found]
    assert roles.count("/L") == 4  # reasons, steps, checklist, warnings
    assert [e.text for e in found if e.role == "/TH"] == ["Day", "What I tried"]
    assert {e.scope for e in found if e.role == "/TH"} == {"/Column"}
    assert "/Figure" not in roles


def test_every_font_is_embedded_and_is_ours() -> None:
    with pikepdf.open(io.BytesIO(export(HANDOUT, ".pdf"))) as opened:
        fonts = [font for page in opened.pages for font in page.Resources.Font.values()]
        for font in fonts:
            assert "AtkinsonHyperlegible" in str(font.BaseFont)
            assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor


SIZES = {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("size", TypeSize)
def test_paper_and_type_are_as_asked_and_nothing_is_cut(paper: Paper, size: TypeSize) -> None:
    handout = replace(branded(picture()), paper=paper, size=size)
    for write in (export, export_clinician_sheet):
        for page in extract_pages(io.BytesIO(write(handout, ".pdf"))):
            assert (round(page.width), round(page.height)) == SIZES[paper]
            lines = list(_lines(page))
            assert min(line.height for line in lines) >= 11.9  # clear print: 12 points
            for line in lines:
                assert 28 <= line.x0 < line.x1 <= page.width - 28
                assert 14 <= line.y0 < line.y1 <= page.height - 14
            assert not any(_overlap(a, b) for a in lines for b in lines if a is not b)
    body = docx.Document(io.BytesIO(export(handout, ".docx")))
    assert body.styles["Normal"].font.size.pt == size
    assert round(body.sections[0].page_width.pt) == SIZES[paper][0]


def _lines(page: LTPage) -> Iterator[LTTextLine]:
    for box in page:
        if isinstance(box, LTTextContainer):
            yield from (
                line for line in box if isinstance(line, LTTextLine) and line.get_text().strip()
            )


def _overlap(a: LTTextLine, b: LTTextLine) -> bool:
    """Whether two lines cover each other by more than the room that line boxes share."""
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return wide > 1 and high > 0.35 * min(a.height, b.height)


@pytest.mark.parametrize("logo", LOGOS.values(), ids=LOGOS)
def test_the_logo_is_there_with_its_text(logo: bytes) -> None:
    handout = branded(logo)
    pdf = export(handout, ".pdf")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert b"Logo of Elm Street" in b"".join(
            bytes(o.Alt)
            for o in opened.objects
            if isinstance(o, pikepdf.Dictionary) and "/Alt" in o
        )
    assert [e.role for e in elements(pdf)].count("/Figure") == 1
    document = docx.Document(io.BytesIO(export(handout, ".docx")))
    [shape] = document.inline_shapes
    assert shape._inline.docPr.get("descr") == "Logo of Elm Street"
    for form in FORMS:
        assert b"Logo" not in export_clinician_sheet(handout, form)


@pytest.mark.parametrize("form", [".pdf", ".docx"])
@pytest.mark.parametrize("logo", [b"GIF89a", picture()[:60], b"<svg"], ids=["gif", "cut", "svg"])
def test_a_logo_that_is_no_picture_is_said_so(form: str, logo: bytes) -> None:
    with pytest.raises(HandoutError, match="logo") as raised:
        export(branded(logo), form)
    assert "PNG" in raised.value.hint


def test_draft_stands_on_each_page_until_someone_signs() -> None:
    pages = [_said(page) for page in extract_pages(io.BytesIO(export(LARGE, ".pdf")))]
    assert len(pages) > 1
    assert all("DRAFT" in page for page in pages)
    header = docx.Document(io.BytesIO(export(LARGE, ".docx"))).sections[0].header
    assert header.paragraphs[0].text == "DRAFT"
    signed = replace(LARGE, reviewer="A. Elm, LMFT")
    for form in FORMS:
        assert b"DRAFT" not in export(signed, form)
    assert "DRAFT" not in "".join(map(_said, extract_pages(io.BytesIO(export(signed, ".pdf")))))
    assert "Reviewed by A. Elm, LMFT." in export(signed, ".md").decode()


def _said(page: LTPage) -> str:
    return " ".join(box.get_text() for box in page if isinstance(box, LTTextContainer))


def test_what_a_model_wrote_is_said_in_words_and_in_the_files_properties() -> None:
    adapted = replace(HANDOUT, why=(Line("It can go better.", Status.ADAPTED, CITATION),))
    for handout, said in ((HANDOUT, False), (adapted, True)):
        pdf = export(handout, ".pdf")
        with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_metadata() as metadata:
            assert ("AI-assisted" in str(metadata.get("pdf:Keywords"))) is said
        document = docx.Document(io.BytesIO(export(handout, ".docx")))
        assert ("AI-assisted" in document.core_properties.keywords) is said
        assert ("AI-assisted" in document.sections[0].header.paragraphs[0].text) is said
        assert ("AI-assisted" in export(handout, ".md").decode()) is said
        assert ("AI-assisted:" in elements(pdf)[0].text) is said


def test_a_word_file_is_made_of_styles_lists_and_a_table_with_a_header() -> None:
    document = docx.Document(io.BytesIO(export(HANDOUT, ".docx")))
    styles = {paragraph.style.name for paragraph in document.paragraphs}
    assert {"Heading 1", "Heading 2", "Main message", "List Number", "Checklist"} <= styles
    assert {"Writing prompt", "Writing line", "About this sheet"} <= styles
    listed = [p for p in document.paragraphs if p.style.name in ("List Number", "Checklist")]
    assert all(p._p.pPr.numPr is not None for p in listed)
    [table] = [t for t in document.tables if t._tbl.tblPr.find(qn("w:tblCaption")) is not None]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [cell.text for cell in table.rows[1].cells] == ["Monday", ""]
    assert (document.core_properties.title, document.core_properties.language) == (
        "A gentle start",
        "en",
    )
    assert 'w:val="en"' in document.styles.element.xml


def test_each_list_counts_from_one() -> None:
    document = docx.Document(io.BytesIO(export(HANDOUT, ".docx")))
    lists = [
        p._p.pPr.numPr.numId.val for p in document.paragraphs if p.style.name.startswith("List")
    ]
    assert len(set(lists)) == 2


def test_the_safety_sheet_names_no_text_that_gives_it_away(shipped_coach: Coach) -> None:
    sheet = shipped_coach.handout(safety="safety-sheet", audience="one", country="GB")
    assert "From:" not in export(sheet, ".md").decode()
    assert "References" in export_clinician_sheet(sheet, ".md").decode()


def test_sheets_of_every_kind_have_two_pages_at_most(shipped_coach: Coach) -> None:
    """Worksheets are the longest, and Letter is the shorter paper."""
    for number, topic in enumerate(shipped_coach.handouts.topics()):
        every_kind = number % 8 == 0  # --list-checks goes through them all
        for kind in topic.kinds if every_kind else (HandoutKind.WORKSHEET,):
            sheet = shipped_coach.handout(topic.id, kind=kind, country="US")
            for paper in Paper if every_kind else (Paper.LETTER,):
                assert page_count(replace(sheet, paper=paper)) <= 2, (topic.id, kind, paper)


CLINIC = Brand("Elm Street Clinic", "12 Elm Street, Springfield, 555 0100", "Not a crisis service")


def test_an_explainer_is_one_page_on_both_papers(shipped_coach: Coach) -> None:
    """Letter is the shorter paper, A4 the narrower."""
    sheets = [
        shipped_coach.handout(topic.id, country="US") for topic in shipped_coach.handouts.topics()
    ]
    sheets.append(shipped_coach.handout(safety="abuse-explainer", audience="one", country="US"))
    named = [replace(sheet, brand=CLINIC) for sheet in sheets]
    printed = [replace(sheet, paper=Paper.LETTER) for sheet in named] + named[::8]
    assert [(s.title, s.paper) for s in printed if page_count(s) > 1] == []


def _first_page(handout: Handout) -> list[LTTextLine]:
    return list(_lines(next(iter(extract_pages(io.BytesIO(export(handout, ".pdf")))))))


def test_a_long_title_keeps_the_kind_of_sheet_on_a_line_of_its_own() -> None:
    long = replace(HANDOUT, title="Staying steady when someone hurts: a worksheet")
    assert "a worksheet" in [line.get_text().strip() for line in _first_page(long)]


def test_a_title_a_little_too_long_for_a_line_is_set_smaller() -> None:
    titles = ("A gentle start", "When a relationship does not feel safe")
    short, long = (
        next(line for line in _first_page(replace(HANDOUT, title=title)) if title in str(line))
        for title in titles
    )
    assert 0.8 * short.height < long.height < short.height


def test_a_heading_leaves_no_word_alone() -> None:
    (told,) = form("When not to use this, and where to get help")
    heading = {Part.CAUTIONS: told}
    large = replace(HANDOUT, size=TypeSize.LARGE, headings=heading, paper=Paper.LETTER)
    pages = extract_pages(io.BytesIO(export(large, ".pdf")))
    said = [line.get_text().strip() for page in pages for line in _lines(page)]
    assert "get help" in said


@pytest.mark.parametrize("contact", ["12 Elm Street", "12 Elm Street, " * 12], ids=len)
@pytest.mark.parametrize("size", TypeSize)
def test_the_clinics_name_stands_clear_of_marks_and_title(contact: str, size: TypeSize) -> None:
    why = (Line("It can go better.", Status.ADAPTED, CITATION),)
    brand = Brand("Elm Street Clinic", contact)
    lines = _first_page(replace(HANDOUT, why=why, brand=brand, size=size))
    name, *others = sorted(lines, key=lambda line: "Elm Street Clinic" not in line.get_text())
    marks = [line for line in others if line.get_text().strip() in ("DRAFT", "AI-assisted")]
    [title] = [line for line in others if HANDOUT.title in line.get_text()]
    assert len(marks) == 2
    assert all(name.x1 < mark.x0 for mark in marks)
    assert name.y0 > title.y0 + 0.7 * title.height
    assert not any(_overlap(a, b) for a in lines for b in lines if a is not b)


def test_the_clinicians_sheet_gives_evidence_with_its_strength_limits_and_references() -> None:
    edited = replace(
        HANDOUT, why=(Line("It can go better.", Status.ADAPTED, CITATION),), reviewer="A. Elm"
    )
    told = export_clinician_sheet(edited, ".md").decode()
    assert "Calm starts went with calm ends. (weak evidence)\u00a0\\[1\\]" in told
    assert "How much it helps is not known." in told
    assert "Not where there is fear." in told
    assert "1. Doe (2020). Talks.\n2. Roe (2021). More talks." in told
    assert "| It can go better. | Ask for a time. |" in told
    assert "### In the clinician's own words\n\n- Start with one thing." in told
    assert "Signed by A. Elm." in told


@pytest.fixture(scope="module")
def shipped_coach(shipped: Path) -> Coach:
    return Coach.open(data=shipped)
