"""Handouts: the value, its file, and what composing one must give."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachbot.errors import HandoutError
from coachbot.handouts.files import from_json, load, save, to_json
from coachbot.handouts.model import (
    Audience,
    Brand,
    Handout,
    HandoutKind,
    Line,
    Paper,
    Part,
    Status,
    Table,
    TypeSize,
    WritingSpace,
)
from coachbot.types import Citation, Kind

CITATION = Citation(1, "p#1", "talks", "Talks", Kind.EVIDENCE, None, "Ask for a time.", 3, 18)
SMALL = Handout(
    HandoutKind.WORKSHEET,
    Audience.COUPLE,
    "A gentle start",
    Line("Start with one thing.", Status.CLINICIAN),
    steps=(Line("Ask for a time.", Status.QUOTED, CITATION),),
    practice=(
        WritingSpace(Line("What I will say:", Status.FIXED), 2),
        Table("A week", ("Day", "What I tried"), ("Monday", "Tuesday")),
    ),
    help=("Call 123.",),
    headings={Part.STEPS: "Try this"},
    paper=Paper.LETTER,
    size=TypeSize.LARGE,
    brand=Brand("Elm Street", logo=b"\x89PNG\x00\xff", logo_alt="An elm"),
)


def test_a_saved_handout_is_read_back_equal(tmp_path: Path) -> None:
    save(SMALL, tmp_path / "a.json")
    assert load(tmp_path / "a.json") == SMALL


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.pop("format"), "not a handout"),
        (lambda d: d.update(schema=9), "form 9"),
        (lambda d: d.update(kind="poster"), "kind"),
        (lambda d: d["steps"][0].update(status="true"), "steps.0.status"),
        (lambda d: d.update(size=13), "size"),
        (lambda d: d["brand"].update(logo="%%%"), "logo"),
        (lambda d: d.update(title=" "), "title"),
    ],
)
def test_a_damaged_file_names_what_is_wrong(
    change: Callable[[dict[str, Any]], object], named: str
) -> None:
    data = json.loads(to_json(SMALL))
    change(data)
    with pytest.raises(HandoutError, match=named):
        from_json(json.dumps(data))


def test_what_is_no_json_or_no_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match="not JSON"):
        from_json("no")
    with pytest.raises(HandoutError, match="cannot be read"):
        load(tmp_path / "none.json")


def test_a_logo_needs_a_text_in_its_place() -> None:
    with pytest.raises(HandoutError, match="logo"):
        Brand(logo=b"x")


def test_an_edited_line_is_the_clinicians_and_rests_on_no_source() -> None:
    line = SMALL.steps[0].rewritten("Ask\nher for a time.")
    assert (line.text, line.status) == ("Ask her for a time.", Status.CLINICIAN)
    assert line.source_number is None
    assert line.citation == CITATION


def test_sections_come_in_printing_order_and_only_those_there() -> None:
    assert [s.part for s in SMALL.sections] == [
        Part.MESSAGE,
        Part.STEPS,
        Part.PRACTICE,
        Part.CAUTIONS,
    ]
    assert [line.text for line in SMALL.lines()][-1] == "What I will say:"


def test_a_handout_is_a_draft_until_someone_signs() -> None:
    assert SMALL.draft
    assert not replace(SMALL, reviewer="A. Elm").draft
