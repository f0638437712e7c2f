"""What a clinician is told of a sheet while editing it, and what stops it from going out.

A remark BLOCKS where a line is not grounded or the sheet cannot be printed; it FAILS the sheet
where a part is missing, it is hard to read or too long; else it is ADVICE. The grade is the middle
of two formulas, for English only, and is never printed for clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from coachbot.handouts.choosing import DANGLING
from coachbot.handouts.composing import is_on_abuse
from coachbot.handouts.grounds import Verify, ungrounded
from coachbot.handouts.model import Handout, HandoutKind, Line, Part, Status
from coachbot.handouts.pemat import Item, assess, score
from coachbot.handouts.plain import plain
from coachbot.prompts import lines, say
from coachbot.reading.readability import Readability, readability, syllables
from coachbot.reading.sentences import split_sentences
from coachbot.types import Document

MOST_GRADE = 8.0
AIM_GRADE = 6.5
MOST_PAGES = 2
MOST_WORDS = 25
_MOST_ITEMS = {Part.CARDS: 8, Part.EXAMPLE: 10}
_ITEMS = 5
_LONG_SYLLABLES = 4
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’']?\s+")
"""Also inside quotation marks, where each sentence of a speech counts alone."""
_WORD = re.compile(r"[A-Za-z]+(?:[-'’][A-Za-z]+)*")
_NO_ACTION = re.compile(
    r"(?i)(?:the|an?|it|there|this|that|your|my|our|we|he|she|they|people|you (?:should|must|need)|"
    r"be|try to be|remember|understand|consider|respect|improve|communicate|realise|realize|"
    r"believe|accept|appreciate|value|work on|focus on)\b"
)
_NO_SKILL = (HandoutKind.SAFETY_SHEET,)


class Weight(StrEnum):
    """What a remark means for the sheet."""

    BLOCKS = "blocks"
    FAILS = "fails"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to tell; ``line`` is the line it is about, if it is about one."""

    name: str
    weight: Weight
    text: str
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that the checks found.

    ``reading`` is None where the language is not English; ``pages`` is None where nobody counted.
    """

    reading: Readability | None
    pages: int | None
    pemat: tuple[Item, ...]
    remarks: tuple[Remark, ...]

    @property
    def passes(self) -> bool:
        """Whether nothing blocks or fails the sheet."""
        return all(remark.weight is Weight.ADVICE for remark in self.remarks)

    @property
    def pemat_score(self) -> float:
        """The share of the items a program can judge that are met, 0 to 1."""
        return score(self.pemat)

    def named(self, name: str) -> tuple[Remark, ...]:
        """The remarks of one check."""
        return tuple(remark for remark in self.remarks if remark.name == name)


def check(
    handout: Handout,
    verify: Verify,
    documents: Mapping[str, Document],
    pages: int | None = None,
    unprinted: str = "",
) -> Report:
    """Check a sheet.

    Args:
        handout: the sheet.
        verify: checks an adapted line against the sentence it cites.
        documents: the texts of the library by id.
        pages: of the client's part, as printed.
        unprinted: why it cannot be printed, in words; empty if it can.
    """
    english = handout.locale.lower().startswith("en")
    reading = readability("\n\n".join(line.text for line in handout.lines())) if english else None
    remarks = (
        *_trouble(handout),
        *_grounds(handout, verify, documents),
        *([Remark("printing", Weight.BLOCKS, unprinted)] if unprinted else []),
        *_missing(handout),
        *_help(handout),
        *_grade(reading),
        *_length(handout, pages),
        *(remark for line in handout.lines() for remark in _wording(line, english)),
        *_steps(handout),
    )
    return Report(reading, pages, assess(handout), remarks)


def _trouble(handout: Handout) -> Iterator[Remark]:
    if trouble := handout.provenance.trouble:
        yield _remark("not-reworded", Weight.ADVICE, trouble=trouble)


def _grounds(
    handout: Handout, verify: Verify, documents: Mapping[str, Document]
) -> Iterator[Remark]:
    for line, trouble in ungrounded(handout, verify, documents):
        yield Remark("grounds", Weight.BLOCKS, trouble, line)


def _missing(handout: Handout) -> Iterator[Remark]:
    message = handout.message.text
    sentences = len(split_sentences(message))
    if not plain(message) or message == say("handouts", "fixed-own-text"):
        yield _remark("message-missing", Weight.FAILS)
    elif sentences > 1 and handout.message.status is not Status.FIXED:
        yield _remark("message-two", Weight.ADVICE, count=sentences)
    for part in ("steps", "summary", "cautions"):
        if not getattr(handout, part):
            yield _remark(f"{part}-missing", Weight.FAILS)
    # A list to tick has no place on a sheet about abuse: it may be found.
    if not (handout.checklist or handout.kind in _NO_SKILL or is_on_abuse(handout)):
        yield _remark("checklist-missing", Weight.FAILS)


def _help(handout: Handout) -> Iterator[Remark]:
    """Without a line for help nothing goes out; what the clinician wrote is theirs to check."""
    if not handout.help:
        yield _remark("help-missing", Weight.BLOCKS)
    for line in handout.help:
        if line.status is Status.CLINICIAN:
            yield _remark("help-yours", Weight.ADVICE, line, line=line.text)


def _grade(reading: Readability | None) -> Iterator[Remark]:
    if reading is None:
        yield _remark("grade-not-scored", Weight.ADVICE)
    elif reading.grade > AIM_GRADE:
        weight = Weight.FAILS if reading.grade > MOST_GRADE else Weight.ADVICE
        limit = MOST_GRADE if weight is Weight.FAILS else AIM_GRADE
        yield _remark("grade-high", weight, grade=f"{reading.grade:.1f}", limit=f"{limit:g}")


def _length(handout: Handout, pages: int | None) -> Iterator[Remark]:
    if pages is not None and pages > MOST_PAGES:
        yield _remark("pages", Weight.FAILS, pages=pages, most=MOST_PAGES)
    for section in handout.sections:
        most = _MOST_ITEMS.get(section.part, _ITEMS)
        if len(section.lines) > most:
            heading = section.heading.text if section.heading else ""
            told = {"heading": heading, "count": len(section.lines), "most": most}
            yield _remark("list-long", Weight.ADVICE, **told)


def _wording(line: Line, english: bool) -> Iterator[Remark]:
    if not english:
        return
    for sentence in _SENTENCE_END.split(line.text):
        words = len(_WORD.findall(sentence))
        if words > MOST_WORDS:
            yield _remark("sentence-long", Weight.ADVICE, line, words=words, line=sentence)
    if line.status is not Status.QUOTED and DANGLING.match(line.text):
        yield _remark("opens-dangling", Weight.ADVICE, line, line=line.text)
    for word in dict.fromkeys(match.lower() for match in _WORD.findall(line.text)):
        if plainer := plainer_words().get(_simple(word)):
            yield _remark("word-long", Weight.ADVICE, line, word=word, plainer=plainer)
        elif syllables(word) > _LONG_SYLLABLES:
            yield _remark("word-long-no-idea", Weight.ADVICE, line, word=word)


def _steps(handout: Handout) -> Iterator[Remark]:
    for line in handout.steps:
        if line.status is not Status.FIXED and _NO_ACTION.match(line.text):
            yield _remark("step-not-concrete", Weight.ADVICE, line, line=line.text)


@lru_cache
def plainer_words() -> dict[str, str]:
    """Long words with what may stand in their place."""
    pairs = (pair.partition(":") for pair in lines("plain-words", "words"))
    return {word.strip(): plainer.strip() for word, _, plainer in pairs}


def _simple(word: str) -> str:
    """The form under which a word may be on the list; the word itself if it is on none."""
    known = plainer_words()
    forms = [word, *(word.removesuffix(e) for e in ("s", "es", "ed", "d", "ing", "ly"))]
    forms += [word.removesuffix("ing") + "e", word.removesuffix("ies") + "y"]
    return next((form for form in forms if form in known), word)


def _remark(name: str, weight: Weight, about: Line | None = None, /, **values: object) -> Remark:
    return Remark(name, weight, say("handout_checks", name, **values), about)
