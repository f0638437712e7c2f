"""Handouts on paper: three forms with the same words, safe from hostile text, fit to be read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import docx
import pikepdf
import pytest
from docx.table import Table as WordTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pdf_structure import elements

from coachbot.errors import HandoutError
from coachbot.handouts.client_sheet import client_sheet
from coachbot.handouts.clinician_sheet import clinician_sheet
from coachbot.handouts.export import export, export_clinician_sheet
from coachbot.handouts.layout import plain, words
from coachbot.handouts.model import (
    Audience,
    Finding,
    Handout,
    HandoutKind,
    HandoutSource,
    Line,
    Part,
    Provenance,
    Status,
    Table,
    WritingSpace,
)
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
        Table("A week", ("Day", "What I tried"), ("Monday", "Tuesday")),
    ),
    checklist=(Line("I asked.", Status.FIXED),),
    cautions=(Line("Not where there is fear.", Status.FIXED),),
    help=("If someone is in danger, call 911.", "To talk: 988."),
    summary=(Line("One thing at a time.", Status.FIXED),),
    sources=(SOURCE,),
    headings={part: part.value.title() for part in Part if part is not Part.MESSAGE},
    country="US",
    provenance=Provenance("2026-11-28", "0.1.0", "a-model", ("talks",)),
)
FORMS = (".pdf", ".docx", ".md")


def squeezed(*texts: str) -> str:
    return "".join("".join(texts).split())


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
    return squeezed(*told(parser.parse(text))).replace("[]", "")


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
        assert words_of_markdown(write(handout, ".md")) == squeezed(title, *sheet.marks, *rest)


def test_three_forms_say_the_same_in_the_same_order() -> None:
    assert_same_words(HANDOUT)
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
        st.sampled_from("ąćęłńśźżčďěňřšťůžőűğışœŒ‘’“”–—…€•שלוםΩдЖ"),
    ),
    max_size=60,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=8, max_size=8), TEXTS.filter(plain))
def test_any_text_stays_that_text_in_three_forms(texts: list[str], title: str) -> None:
    lines = tuple(Line(text, Status.CLINICIAN) for text in texts)
    assert_same_words(
        replace(
            HANDOUT,
            title=title,
            message=lines[0],
            why=lines[1:3],
            steps=lines[2:4],
            example=lines[4:6],
            cards=lines[1:4],
            practice=(
                WritingSpace(lines[5], 1),
                Table(texts[6], tuple(texts[:3]), tuple(texts[3:6])),
            ),
            checklist=lines[5:7],
            cautions=lines[6:8],
            help=tuple(texts[:2]),
            summary=lines[7:],
            reviewer=texts[7],
        )
    )


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
    handout = replace(HANDOUT, title=text, message=line, steps=(line,), cards=(line,), help=(text,))
    assert_same_words(handout)
    assert squeezed(plain(text)) in words_of_pdf(export(handout, ".pdf"))
    assert "\u202e" not in words_of_pdf(export(handout, ".pdf"))


def test_no_text_turns_its_direction_but_letters_that_run_so_do() -> None:
    assert plain("a\u202eb\u2066c\x07\ufeff") == "abc"
    assert plain("שלום") == "שלום"
    sheet = replace(HANDOUT, title="שלום", locale="he")
    assert "bidi" in docx.Document(io.BytesIO(export(sheet, ".docx"))).styles["Normal"].element.xml
    assert pikepdf.open(io.BytesIO(export(sheet, ".pdf"))).Root.Lang == "he"


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
