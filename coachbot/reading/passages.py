"""Documents to passages: runs of whole sentences under one heading, sized for the encoder.

Steps: read the stored text block by block, keeping the trail of headings; gather each section's
sentences; cut a section into the fewest passages that fit, where the cuts make them even and fall
between paragraphs rather than inside one (a small dynamic programme, as in optimal paragraph
breaking: Knuth & Plass 1981, doi 10.1002/spe.4380111102).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coachbot.reading.furniture import AUTHOR_LINE
from coachbot.reading.sentences import Span, split_sentences
from coachbot.types import Document, Passage, Role

TARGET_PIECES = 120
"""Word pieces a passage aims at; the best of the sizes tried in benchmarks/README.md."""

_INSIDE_PARAGRAPH = 0.15
"""Cost of a cut inside a paragraph, in units of a passage that is 39 % off its target size."""

CountPieces = Callable[[Sequence[str]], Sequence[int]]
"""Texts to their number of word pieces, as the encoder counts them."""

_BLOCK = re.compile(r"[^\n]+")
_HEADING = re.compile(r"(#{1,6}) (.+)")
_HEADING_LINE = re.compile(rf"^{_HEADING.pattern}\n?", re.MULTILINE)
_LIST_MARK = re.compile(r"(?:-|\d{1,3}\.) ")
_ROLES = (
    (
        Role.CAUTION,
        r"when not\b|\bnot to use|\bget(?:ting)? help|\bcautions?\b|\bwarnings?\b(?! signs)|"
        r"\bstay(?:ing)? safe|^(?:your |about |notes? on )?safety(?: first| notes?)?$",
    ),
    (
        Role.LIMITS,
        r"\bhow sure|\blimitations?\b|^limits?$|\bcaveats?\b|\bnot show|\bkeep in mind|"
        r"\blimits of (?:the |this |these |our )?(?:research|evidence|stud|findings|data|method)|"
        r"\bwhat we do not know|\bcritiques?\b|\bcriticisms? of\b",
    ),
    (
        Role.PRACTICE,
        r"\btry (?:this|it)|\bpracti[cs](?:e[sd]?|al|ing)\b|\bexercises?\b|\bhow to\b|\bsteps\b|"
        r"\bworked example|\bchecklist|\bthis week\b",
    ),
    (
        Role.REFLECTION,
        r"\breflections?\b|\breflect(?: on|$)|\bask yourself|"
        r"\bquestions to (?:reflect|think|ask yourself|consider|discuss|talk)",
    ),
)
_RESEARCH = re.compile(r"(?i)\bresearch|\bstud(?:y|ies)|\bevidence|\bfound\b")
_TEMPLATE = re.compile(r"(?i)\bexample|\bchecklist")
_BACK_MATTER = re.compile(
    r"(?i)(?:(?:apa|works|list of) )?(?:references?|cited|bibliography|sources|citation)|"
    r"further reading|about (?:the )?authors?|acknowledge?ments?|funding|"
    r"conflicts? of interest|contact"
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    pieces: int
    opens_paragraph: bool


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[str, ...]
    paragraphs: tuple[Span, ...]


def split(
    document: Document,
    count_pieces: CountPieces,
    max_pieces: int = 256,
    target_pieces: int = TARGET_PIECES,
) -> tuple[Passage, ...]:
    """Cut a document into passages.

    Args:
        document: the text to cut.
        count_pieces: counts word pieces as the encoder does.
        max_pieces: what the encoder reads at most, title and headings included.
        target_pieces: the size that passages aim at.

    Returns:
        Passages in order. Each holds whole sentences of one section, and
        ``document.text[p.start:p.end] == p.text``; headings are in no passage.
    """
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    for section in _sections(document):
        title_pieces = sum(count_pieces([document.title, *section.headings]))
        limit = max(32, max_pieces - 2 - title_pieces)
        sentences = _sentences(document.text, section, count_pieces)
        for run in _even_runs(sentences, limit, min(target_pieces, limit)):
            start, end = run[0].start, run[-1].end
            passages.append(_passage(document, section, start, end, seen))
    return tuple(passages)


def sentence_spans(text: str) -> list[Span]:
    """The quotable sentences of a stored text or passage: no headings, no list marks."""
    spans: list[Span] = []
    for block in _BLOCK.finditer(text):
        if _HEADING.fullmatch(block.group()):
            continue
        mark = _LIST_MARK.match(block.group())
        offset = block.start() + (mark.end() if mark else 0)
        spans.extend(
            (a + offset, b + offset) for a, b in split_sentences(text[offset : block.end()])
        )
    return spans


def role_of(headings: Sequence[str]) -> Role:
    """What a passage is for, read from the headings it stands under, the nearest first."""
    for heading in reversed(headings):
        for role, pattern in _ROLES:
            if re.search(pattern, heading, re.IGNORECASE):
                return role
    return Role.CLAIM


def is_on_research(headings: Sequence[str]) -> bool:
    """Whether the nearest heading says that what stands under it is what research found."""
    return bool(headings) and bool(_RESEARCH.search(headings[-1]))


def parts_under_headings(text: str) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Each part of a stored text between two headings, with those it stands under, outermost first.

    A part may be empty: what stands between a heading and its first subheading, say.
    """
    trail, start = dict[int, str](), 0
    for heading in [*_HEADING_LINE.finditer(text), None]:
        end = heading.start() if heading else len(text)
        yield tuple(words for _, words in sorted(trail.items())), (start, end)
        if heading:
            level = len(heading[1])
            trail = {k: v for k, v in trail.items() if k < level} | {level: heading[2]}
            start = heading.end()


def reflections(document: Document) -> list[Span]:
    """The questions to the reader that a text ends with, as spans of its text."""
    return [
        (a + start, b + start)
        for section in _sections(document)
        if role_of(section.headings) is Role.REFLECTION
        for start, end in section.paragraphs
        for a, b in sentence_spans(document.text[start:end])
        if document.text[a + start : b + start].endswith("?")
    ]


def is_template(passage: Passage) -> bool:
    """Whether a passage is a worked example or a checklist: of use as a whole, not in quotes."""
    return any(_TEMPLATE.search(heading) for heading in passage.headings)


def is_back_matter(passage: Passage) -> bool:
    """Whether a passage is a note on the author, a reference list or the like."""
    return any(_BACK_MATTER.fullmatch(h) or AUTHOR_LINE.fullmatch(h) for h in passage.headings)


def _sections(document: Document) -> Iterator[_Section]:
    for headings, (start, end) in parts_under_headings(document.text):
        paragraphs = tuple(block.span() for block in _BLOCK.finditer(document.text, start, end))
        if paragraphs:
            yield _Section(tuple(h for h in headings if h != document.title), paragraphs)


def _sentences(text: str, section: _Section, count_pieces: CountPieces) -> list[_Sentence]:
    spans: list[tuple[Span, bool]] = []
    for start, end in section.paragraphs:
        found = [(a + start, b + start) for a, b in split_sentences(text[start:end])]
        spans.extend((span, i == 0) for i, span in enumerate(found))
    counts = count_pieces([text[a:b] for (a, b), _ in spans])
    return [
        _Sentence(a, b, pieces, opens)
        for ((a, b), opens), pieces in zip(spans, counts, strict=True)
    ]


def _even_runs(sentences: list[_Sentence], limit: int, target: int) -> Iterator[list[_Sentence]]:
    """Cut where the sum of squared misses of the target, plus cuts inside paragraphs, is least."""
    best = [0.0] + [float("inf")] * len(sentences)
    cut_before = [0] * (len(sentences) + 1)
    for end in range(1, len(sentences) + 1):
        size = 0
        for start in range(end - 1, -1, -1):
            size += sentences[start].pieces
            if size > limit and start < end - 1:
                break
            inside = start > 0 and not sentences[start].opens_paragraph
            cost = best[start] + ((size - target) / target) ** 2 + _INSIDE_PARAGRAPH * inside
            if cost < best[end]:
                best[end], cut_before[end] = cost, start
    cuts = [len(sentences)]
    while cuts[-1] > 0:
        cuts.append(cut_before[cuts[-1]])
    cuts.reverse()
    for start, end in pairwise(cuts):
        yield sentences[start:end]


def _passage(
    document: Document, section: _Section, start: int, end: int, seen: dict[str, int]
) -> Passage:
    text = document.text[start:end]
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    seen[digest] = seen.get(digest, 0) + 1
    repeat = f"-{seen[digest]}" if seen[digest] > 1 else ""
    return Passage(
        id=f"{document.id}#{digest}{repeat}",
        document_id=document.id,
        title=document.title,
        headings=section.headings,
        role=role_of(section.headings),
        start=start,
        end=end,
        text=text,
        references=tuple(r for r in document.references if start <= r.start and r.end <= end),
    )
