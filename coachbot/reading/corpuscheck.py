"""Whether the texts of a corpus keep the rules they were written by.

Each rule is a function from a ``_Text`` to messages; ``check`` runs all of them over a folder. The
rules are what makes a sentence fit to be quoted alone and a claim as sure as its research; they
are told to authors in ``corpus/README.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachbot.errors import DocumentError
from coachbot.reading.conversion import decode
from coachbot.reading.documents import (
    is_markdown,
    list_files,
    load_document,
    part_front_matter,
    read_bytes,
)
from coachbot.reading.passages import parts_under_headings, role_of, sentence_spans
from coachbot.reading.readability import readability
from coachbot.reading.sentences import Span
from coachbot.types import Document, Kind, Role

MAX_SENTENCE_WORDS = 30
MAX_GRADE = 6.5
MAX_RESEARCH_GRADE = 11.0
WORDS = (600, 1200)
SOUNDS_LIKE = (8, 36)
SHARED_WORDS = 8
"""A sentence may have this many words in a row in common with another work, and no more."""

RESEARCH = "What the research found"
HEADINGS = (
    "What it is",
    RESEARCH,
    "How sure are we",
    "Try this",
    "Questions to reflect on",
    "When not to use this",
)
_FIELDS = (
    "title", "kind", "authors", "year", "summary", "topics", "sounds_like", "sources",
    "checked_on", "checked_by",
)  # fmt: skip

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_WORD = re.compile(r"[\w'’]+")
_STEP = re.compile(r"^\d+\. ", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+\.md)(?:#[\w-]*)?\)")
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d(?:[\d,.]*\d)?")
_LEANING = re.compile(
    r"(?:This|That|These|Those|It|They|Such|Both|He|She|Here)\b(?! (?:is|are)n't)"
)
_RESEARCH_CLAIM = re.compile(
    r"(?i)\b(?:study|studies|trials?|surveys?|researchers?|experiments?|reviews?|per ?cent)\b|%"
)
_NO_CLAIM = re.compile(
    r"(?i)\bnot (?:been )?(?:tested|studied|about|shown)|\bno (?:study|studies|trial|research)|"
    r"\buntested|\bpractical advice|\bthin\b|\bfew (?:studies|trials)"
)
"""A sentence that says what research has not done needs no source."""

BANNED = {
    r"mirror (?:neurons?|system|cells?) (?:cause|create|prove|make us|give us|are why)": (
        "say that brain areas for doing and seeing overlap, and that the rest is debated"
    ),
    r"\b(?:hard-?)?wired (?:to|for)\b": "say what people tend to do",
    r"\bread(?:s|ing)? minds\b|broken mirrors?": "it is not what was found",
    r"loneliness kills|\bcigarettes\b": "the studies only observed people",
    r"predicts? divorce with|\b9\d ?(?:%|per ?cent)": "the figures did not hold in new couples",
    r"clinically (?:reviewed|proven|tested)|scientifically proven": "nothing here was",
    r"\btoxic\b|trauma bond|hold(?:ing)? space|\bnarcissis": "say what someone does",
    r"\bjust leave\b|committed suicide": "it can put a person at risk or to shame",
    r"\bguarantee|\balways works?\b|\bproven to\b": "promise nothing",
}  # fmt: skip
"""Wordings that say more than is known, or hurt; each with what to do instead."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a file breaks."""

    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[str, ...]
    text: str
    spans: tuple[Span, ...]

    @property
    def is_story(self) -> bool:
        """Worked examples and reflection lists are told in order, not quoted by the sentence."""
        return any("example" in h.lower() or "reflect" in h.lower() for h in self.headings)


@dataclass(frozen=True, slots=True)
class _Text:
    path: Path
    front: dict[str, Any]
    body: str
    document: Document
    sections: tuple[_Section, ...]

    @property
    def digest(self) -> bool:
        return self.document.kind is Kind.DIGEST

    def prose(self, *, research: bool) -> str:
        """The running text of the research section, or of all others."""
        return "\n\n".join(s.text for s in self.sections if (RESEARCH in s.headings) == research)

    def sentences(self) -> Iterator[tuple[_Section, Span, str]]:
        for section in self.sections:
            for start, end in section.spans:
                yield section, (start, end), self.document.text[start:end]


def check(folder: Path, against: Sequence[Path] = ()) -> tuple[int, list[Finding]]:
    """Check all texts of a folder.

    Args:
        folder: a corpus of Markdown files with front matter.
        against: works whose wording must not be taken over.

    Returns:
        How many texts were read, and what was found, in the order of the files.

    Raises:
        DocumentError: the folder is not there, or a work to compare with cannot be read.
    """
    if not folder.is_dir():
        raise DocumentError(f"There is no folder at {folder}.", "Check the spelling.")
    others = [load_document(read_bytes(p), p.name, p.stem).text for p in against]
    runs = {run for text in others for run in _runs(text)}
    findings: list[Finding] = []
    paths = [path for path in list_files(folder) if is_markdown(path.name)]
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            text = _read(path)
        except DocumentError as error:
            findings.append(Finding(name, str(error)))
            continue
        messages = [message for rule in _RULES for message in rule(text)]
        messages += _copied(text, runs)
        findings += [Finding(name, message) for message in messages]
    return len(paths), findings


def _read(path: Path) -> _Text:
    data = read_bytes(path)
    front, body = part_front_matter(decode(data, path.name), path.name)
    document = load_document(data, path.name, path.stem)
    return _Text(path, front, body, document, tuple(_sections(document)))


def _sections(document: Document) -> Iterator[_Section]:
    for headings, (start, end) in parts_under_headings(document.text):
        part = document.text[start:end]
        if part.strip():
            spans = tuple((a + start, b + start) for a, b in sentence_spans(part))
            yield _Section(headings, part, spans)


def _front_matter(text: _Text) -> Iterator[str]:
    for field in _FIELDS:
        if not text.front.get(field) and not (field == "sources" and field in text.front):
            yield f"the front matter has no {field}"
    few, many = SOUNDS_LIKE
    if not few <= (count := len(text.document.sounds_like)) <= many:
        yield f"sounds_like has {count} sentences; {few} to {many} are wanted"


def _source_form(text: _Text) -> Iterator[str]:
    """What is not in this form is passed over when the text is loaded."""
    sources = text.front.get("sources") or []
    if not isinstance(sources, list):
        yield f"sources is not a list: {sources}"
        return
    for source in sources:
        if not isinstance(source, dict) or not source.get("id"):
            yield f"a source that is not made of lines like 'id: …': {source}"
        elif not isinstance(source.get("figures") or [], list):
            yield f"source {source['id']} has figures that are not a list: {source['figures']}"


def _sources(text: _Text) -> Iterator[str]:
    listed = {source.id for source in text.document.sources}
    used = {reference.source_id for reference in text.document.references}
    yield from (f"[^{id}] is not among the sources" for id in sorted(used - listed))
    yield from (f"source {id} is never referred to" for id in sorted(listed - used))
    for source in text.document.sources:
        if source.doi and not _DOI.fullmatch(source.doi):
            yield f"source {source.id} has a malformed DOI: {source.doi}"
        if not re.search(r"\b(?:1[89]|20)\d\d\b", source.citation):
            yield f"source {source.id} has no year in its citation"


def _form(text: _Text) -> Iterator[str]:
    if not text.sections or text.sections[0].headings:
        yield "it does not open with its main message, before any heading"
    if text.digest:
        return
    top = [s.headings[0] for s in text.sections if s.headings]
    yield from (f"it has no section called {h!r}" for h in HEADINGS if h not in top)
    yield from (f"no section is called {h!r}" for h in dict.fromkeys(top) if h not in HEADINGS)
    practice = [s for s in text.sections if s.headings[:1] == ("Try this",)]
    steps = len(_STEP.findall(practice[0].text)) if practice else 0
    if not 3 <= steps <= 5:
        yield f"'Try this' has {steps} numbered steps; three to five are wanted"
    for part in ("example", "checklist"):
        if not any(part in heading.lower() for s in practice for heading in s.headings):
            yield f"'Try this' has no {part}"
    if not any(role_of(s.headings) is Role.CAUTION for s in text.sections):
        yield "it has no cautions"


def _length(text: _Text) -> Iterator[str]:
    words, (few, many) = len(_WORD.findall(text.document.text)), WORDS
    if not few <= words <= many:
        yield f"it has {words} words; {few} to {many} are wanted"
    for _, _, sentence in text.sentences():
        if (count := len(_WORD.findall(sentence))) > MAX_SENTENCE_WORDS:
            yield f"a sentence of {count} words: {sentence}"


def _grades(text: _Text) -> Iterator[str]:
    for research, limit in ((False, MAX_GRADE), (True, MAX_RESEARCH_GRADE)):
        grade = readability(text.prose(research=research)).grade
        if grade > limit:
            part = "the research section" if research else "the text outside the research section"
            yield f"{part} reads at grade {grade:.1f}; {limit} is the limit"


def _claims(text: _Text) -> Iterator[str]:
    marked = {(r.start, r.end): r for r in text.document.references}
    for section, span, sentence in text.sentences():
        reference = marked.get(span)
        claims = RESEARCH in section.headings or bool(_RESEARCH_CLAIM.search(sentence))
        asks = sentence.endswith("?") or section.is_story or text.digest
        if reference and reference.strength is None:
            yield f"a mark without a strength: {sentence}"
        elif not reference and claims and not asks and not _NO_CLAIM.search(sentence):
            yield f"a claim about research without a source: {sentence}"


def _figures(text: _Text) -> Iterator[str]:
    """A number beside a mark must be the source's year or a figure that was checked in it."""
    allowed = {source.id: set(_NUMBER.findall(source.citation)) for source in text.document.sources}
    for source_id, figure in _checked_figures(text.front):
        allowed.setdefault(source_id, set()).update(_NUMBER.findall(figure))
    by_span: dict[Span, set[str]] = {}
    for r in text.document.references:
        by_span.setdefault((r.start, r.end), set()).update(allowed.get(r.source_id, ()))
    for span, known in by_span.items():
        sentence = text.document.text[slice(*span)]
        for number in set(_NUMBER.findall(sentence)) - known:
            yield f"{number} is not among the checked figures of its source: {sentence}"


def _checked_figures(front: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each figure with the id of its source; what has another form is told by ``_source_form``."""
    sources = front.get("sources")
    for source in sources if isinstance(sources, list) else []:
        figures = source.get("figures") if isinstance(source, dict) else None
        for figure in figures if isinstance(figures, list) else []:
            yield str(source.get("id")), str(figure)


def _wording(text: _Text) -> Iterator[str]:
    words = f"{text.document.summary}\n{text.document.text}"
    for pattern, instead in BANNED.items():
        if match := re.search(pattern, words, re.IGNORECASE):
            yield f"“{match.group()}” is not to be used: {instead}"
    for section, _, sentence in text.sentences():
        if _LEANING.match(sentence) and not section.is_story:
            yield f"a sentence that leans on the one before: {sentence}"


def _links(text: _Text) -> Iterator[str]:
    for target in _LINK.findall(text.body):
        if not (text.path.parent / target).is_file():
            yield f"a link to {target}, which is not there"


_RULES: tuple[Callable[[_Text], Iterator[str]], ...] = (
    _front_matter, _source_form, _sources, _form, _length, _grades, _claims, _figures, _wording,
    _links,
)  # fmt: skip


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(text)]
    for i in range(len(words) - SHARED_WORDS):
        yield tuple(words[i : i + SHARED_WORDS + 1])


def _copied(text: _Text, runs: set[tuple[str, ...]]) -> list[str]:
    titles = {" ".join(run) for source in text.document.sources for run in _runs(source.citation)}
    return [
        f"more than {SHARED_WORDS} words in a row of another work: {sentence}"
        for _, _, sentence in text.sentences()
        if any(run in runs and " ".join(run) not in titles for run in _runs(sentence))
    ]
