"""Which sentences of a text are fit for a client's sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coachbot.handouts.sourcing import Relevance, Text
from coachbot.reading.readability import readability
from coachbot.reading.sentences import Span

MOST_WORDS = 24
DANGLING = re.compile(
    r"(?:This|That|These|Those|So|But|And|Or|It|They|He|She|Such|However|Therefore|Also|Instead|"
    r"Which|Because of this)\b(?! (?:one of you|of you)\b)"
)
"""An opening that points to a sentence before it, which is not there on a sheet."""
_SAFETY = re.compile(
    r"(?i)\b(?:afraid|fear|threat\w*|control\w*|hurt\w*|hit|force\w*|unsafe|safety|danger|violen\w+)\b"
)
_UNTESTED = re.compile(r"(?i)\bnot (?:been )?tested\b|\bhave not tested\b")


def plain(text: Text, spans: Sequence[Span], most: int, grade: float) -> list[Span]:
    """The first sentences that stand alone, are short and easy to read.

    Args:
        text: whose sentences.
        spans: to choose from, in text order.
        most: how many at most.
        grade: the reading grade that each may have at most.
    """
    fit = [span for span in spans if is_plain(text.anatomy.text(span), grade)]
    return fit[:most]


def is_plain(sentence: str, grade: float) -> bool:
    """Whether a sentence stands alone, is short and easy to read."""
    measured = readability(sentence)
    return not DANGLING.match(sentence) and measured.words <= MOST_WORDS and measured.grade <= grade


def nearest(
    text: Text, spans: Sequence[Span], most: int, grade: float, relevance: Relevance | None
) -> list[Span]:
    """The plain sentences that come nearest to what was asked, in text order."""
    fit = plain(text, spans, len(spans), grade)
    if relevance is None or not fit:
        return fit[:most]
    scores = relevance(text.anatomy.texts(fit))
    best = sorted(zip(scores, fit, strict=True), key=lambda pair: -pair[0])[:most]
    return sorted(span for _, span in best)


def cautions(text: Text, most: int) -> list[Span]:
    """When not to use it: the warning about fear and force always, then the first ones."""
    spans = text.anatomy.cautions
    about_safety = [span for span in spans if _SAFETY.search(text.anatomy.text(span))][-1:]
    easy = sorted(
        (span for span in spans if span not in about_safety),
        key=lambda span: not is_plain(text.anatomy.text(span), 9),
    )
    return sorted([*about_safety, *easy[: most - len(about_safety)]])


def aims(text: Text) -> list[Span]:
    """What to do this week, said once more at the end."""
    return [
        span
        for span in text.anatomy.aims
        if not _UNTESTED.search(text.anatomy.text(span))
        and not DANGLING.match(text.anatomy.text(span))
    ][:2]
