"""A text as a page: every word stands there once, marks and evidence where they belong."""

from __future__ import annotations

import hashlib
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachbot.pages.document_view import address, document_html, head_html, parts, sentence_at
from coachbot.pages.labels import plain
from coachbot.types import Document, Kind, Reference, Source, Strength

TEXT = """# On apologies

An apology names what you did. It leaves out the word but.

## What was found

- Quick ones may fail.
- Late ones may help.

1. Say it once.

<script>alert(1)</script> is only text, and so is [a](http://b)."""


def document(text: str, **fields: object) -> Document:
    sha = hashlib.sha256(text.encode()).hexdigest()
    return Document("d", "On apologies", Kind.PRACTICE, ("Ada Example",), 2024, text, sha, **fields)


def shown(html: str) -> str:
    """The words of the body without markup and evidence labels."""
    body = html.split("<div class='text-body'>")[1].split("</div>")[0]
    body = re.sub(r"&nbsp;<(a|span) class='evidence'.*?</\1>", "", body)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def whole(one: Document, marked: tuple[int, int] | None = None) -> str:
    return document_html(one, (0, len(one.text)), marked)


def test_every_word_is_shown_and_nothing_acts_as_markup():
    html = whole(document(TEXT))
    words = re.sub(r"\s+", " ", re.sub(r"(?m)^(#+|-|\d+\.) ", "", TEXT))
    assert shown(html) == words.removeprefix("On apologies ")
    assert "<script" not in html
    assert "href='http://b'" not in html


def test_the_marked_span_is_highlighted_exactly_and_has_one_anchor():
    start = TEXT.index("It leaves")
    marked = sentence_at(TEXT, start + 3)
    html = whole(document(TEXT), marked)
    assert "<mark id='here' tabindex='-1'>It leaves out the word but.</mark>" in html
    assert html.count("id='here'") == 1


def test_a_span_over_several_lines_is_marked_in_each():
    start, end = TEXT.index("Quick"), TEXT.index("Late ones may help.") + 19
    html = whole(document(TEXT), (start, end))
    assert html.count("<mark") == 2
    assert html.count("id='here'") == 1


def test_evidence_stands_behind_its_sentence_in_words_and_leads_to_the_work():
    start = TEXT.index("Quick")
    one = document(
        TEXT,
        references=(Reference(start, start + 20, "w-2014", Strength.WEAK),),
        sources=(
            Source("w-2014", "Weger et al. <2014>", "10.1080/x'y"),
            Source("bad", "No link", "javascript:alert(1)"),
        ),
    )
    html = whole(one)
    assert re.search(r"Quick ones may fail\.&nbsp;<a class='evidence' href='#work-1'", html)
    assert "aria-label='evidence: weak, work 1'" in html
    assert "href='https://doi.org/10.1080/x%27y'" in html
    assert "Weger et al. &lt;2014&gt;" in html
    assert "href='javascript" not in html


def test_contents_lead_to_the_headings():
    text = "\n\n".join(f"## Part {n}\n\nWords of part {n}." for n in range(4))
    html = whole(document(text))
    anchors = re.findall(r"<li class='h2'><a href='#(at-\d+)'>", html)
    assert len(anchors) == 4
    assert all(f"<h2 id='{anchor}'" in html for anchor in anchors)


def test_the_head_escapes_what_a_file_says_of_itself():
    one = document("x", summary="<img src=x onerror=alert(1)>")
    assert "<img" not in head_html(one, "<b>")


@given(st.text(alphabet="ab.\n #-1<é😀 ", max_size=300), st.integers(0, 300), st.integers(1, 40))
def test_any_text_keeps_its_words_and_its_mark(text, start, length):
    end = min(len(text), start + length)
    html = whole(document(text), (start, end) if start < end else None)
    letters = re.sub(r"[^abé😀<]", "", text)
    assert re.sub(r"[^abé😀<]", "", shown(html)) == letters
    inside = re.sub(r"[^abé😀<]", "", text[start:end])
    marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL))
    assert re.sub(r"[^abé😀<]", "", unescape(marked)) == inside


@pytest.mark.parametrize("length", [0, 10, 39_999, 40_001, 400_000])
def test_parts_hold_the_whole_text_and_are_not_long(length):
    text = ("A sentence of some words.\n\n" * (length // 26 + 1))[:length]
    spans = parts(text)
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(b - a <= 41_000 for a, b in spans)


@pytest.mark.parametrize("offset", [-1, 10**9])
def test_an_offset_outside_has_no_sentence(offset):
    assert sentence_at(TEXT, offset) is None


def test_an_address_is_escaped():
    assert address("a b&c", 3, 9) == "library?document=a+b%26c&start=3&end=9"


def test_labels_hold_no_live_markup():
    assert plain("[a](http://b) **x** :red[y] <b>") == (
        r"\[a\]\(http\:\/\/b\) \*\*x\*\* \:red\[y\] \<b\>".replace(r"\/\/", "//")
    )
