"""Text to sentences with exact offsets.

Steps: cut at line ends; let sentencex find the boundaries of each line; join what it cut inside a
citation or an abbreviation (a bibliographic line stays whole); cut where a full stop lacks its
space ("nature.Similarly"); cut overlong runs at a space, so that no "sentence" outgrows the
encoder; trim white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from sentencex import get_sentence_boundaries

MAX_SENTENCE_CHARACTERS = 900
"""About 200 word pieces of English: with a title, the longest run that fits 256 pieces."""

Span = tuple[int, int]

_MISSED_BY_SENTENCEX = re.compile(
    r"(?<=[a-z]{2}[.!?])(?=[A-Z][a-z]+\s)"  # nature.Similarly
    r"|(?<=[a-z]{2}[.!?][”\"’)])(?=[A-Z][a-z])"  # “bad.”Similarly
    r"|(?<=[a-z]{2}[.!?]\))\s(?=[A-Z])"  # (An aside.) Next
)
_OPENS = re.compile(r"[\W_]{0,40}[A-Z0-9\u00c0-\uffff]")
_ENDS_IN_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|vs|cf|al|e\.g|i\.e|etc|Vol|No|pp?|Fig|approx)\.$"
)
_BIBLIOGRAPHIC = re.compile(r"\s*[A-Z][\w'’-]+, (?:[A-Z]\. ?)+[^\n]{0,200}?\(\d{4}[a-z]?\)")
_ABBREVIATED = 12
"""Characters that hold the longest abbreviation and more: all that is looked at before a cut."""
_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"\w")


def split_sentences(text: str) -> list[Span]:
    """Find the sentences of a text.

    Args:
        text: any text; a line end always ends a sentence.

    Returns:
        Ordered, disjoint ``(start, end)`` spans in code points, trimmed; together they hold every
        character of ``text`` that is not white space.
    """
    spans: list[Span] = []
    for line in _LINE.finditer(text):
        spans.extend(_line_sentences(line.group(), line.start()))
    return spans


def _line_sentences(line: str, offset: int) -> Iterator[Span]:
    if not line.strip():
        return
    cuts = [0, len(line)] if _BIBLIOGRAPHIC.match(line) else _boundaries(line)
    for start, end in pairwise(cuts):
        for piece_start, piece_end in _shortened(line, start, end):
            piece = line[piece_start:piece_end]
            if trimmed := piece.strip():
                begin = offset + piece_start + piece.index(trimmed[0])
                yield begin, begin + len(trimmed)


def _boundaries(line: str) -> list[int]:
    cuts = {b["start_index"] for b in get_sentence_boundaries("en", line)}
    cuts |= {m.start() for m in _MISSED_BY_SENTENCEX.finditer(line)}
    last = next((i for i in reversed(range(len(line))) if _WORD.match(line[i])), -1)
    kept = [0]
    first = _WORD.search(line)
    for cut in sorted(cuts - {0, len(line)}):
        word_before = first is not None and first.start() < cut
        if word_before and cut <= last and _opens_sentence(line, kept[-1], cut):
            kept.append(cut)
            first = _WORD.search(line, cut)
    return [*kept, len(line)]


def _opens_sentence(line: str, start: int, cut: int) -> bool:
    """Whether a sentence opens at a cut, and what stands before is not just an abbreviation."""
    before = line[max(start, cut - 2 * _ABBREVIATED) : cut].rstrip()[-_ABBREVIATED:]
    return bool(_OPENS.match(line, cut)) and not _ENDS_IN_ABBREVIATION.search(before)


def _shortened(line: str, start: int, end: int) -> Iterator[Span]:
    while end - start > MAX_SENTENCE_CHARACTERS:
        limit = start + MAX_SENTENCE_CHARACTERS
        space = line.rfind(" ", start + 1, limit)
        cut = space + 1 if space > start else limit
        yield start, cut
        start = cut
    yield start, end
