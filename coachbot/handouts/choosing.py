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
FEAR = re.compile(
    r"(?i)\b(?:afraid|fear|threat\w*|control(?:s|led)?|scares?|forces?|violence|locked|"
    r"(?:hits?|hurts?|punish\w*) (?:or \w+ )?(?:you|me)|were hit|being hit|used against you)\b"
)
"""What a warning about fear, force or control speaks of."""
_GRAVE = (
    re.compile(
        r"(?i)\b(?:dying|plan to die|kill themselves|ending? your life|crisis line|"
        r"hurt(?:ing|s)? (?:yourself|themselves)|hurting the baby)\b"
    ),
    FEAR,
    re.compile(
        r"(?i)\b(?:you (?:have )?(?:hit|hurt|followed|scared)|will hurt someone|shake the baby|"
        r"someone you (?:have )?hurt|has made you follow)\b"
    ),
    re.compile(r"(?i)\b(?:emergency number|at once|child protection|see a doctor now)\b"),
)
"""What a sheet warns of, whatever else it leaves out: death, fear of someone, harm by the reader,
and what cannot wait."""
_MOST_GRAVE = 3
"""Warnings of these kinds on a sheet: an explainer has one page."""
_OPENS = re.compile(
    r"(?:If|Do not|See|Where|When|Keep|Stop|Touch|Sex|Nobody|Depression|Forgiving|Being|An apology|"
    r"Writing|Asking|You do not|Unwanted|No exercise|For|After)\b"
)
"""How a warning opens; a sentence that opens otherwise goes with the one before it."""
_TAKES_TWO = re.compile(
    r"(?i)\b(?:we|our|us|(?:each|both|one|either|neither) of (?:you|us)|the two of (?:you|us)|"
    r"each other|together|you both|agree on)\b"
)
"""What can only be done with the other person at the table."""
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
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


def doable_alone(text: Text, spans: Sequence[Span], least: int) -> list[Span]:
    """Those that one person can do or ask alone, in text order.

    Args:
        text: whose sentences.
        spans: to choose from.
        least: how many to keep, if need be with the first that take two.
    """
    takes_two = [s for s in spans if _TAKES_TWO.search(_QUOTED.sub("", text.anatomy.text(s)))]
    alone = [span for span in spans if span not in takes_two]
    return sorted([*alone, *takes_two[: max(0, least - len(alone))]])


def cautions(text: Text, most: int) -> list[Span]:
    """When not to use it: the first warning of each grave kind, whole, then the easiest ones.

    Args:
        text: whose warnings.
        most: how many sentences, unless the grave ones are more.
    """
    warnings, chosen = _warnings(text), list[list[Span]]()
    for kind in _GRAVE:
        if len(chosen) == _MOST_GRAVE:
            break
        own = (w for w in warnings if kind.search(" ".join(text.anatomy.texts(w))))
        chosen += [warning for warning in own if warning not in chosen][:1]
    easy = sorted(
        (warning for warning in warnings if warning not in chosen),
        key=lambda warning: not is_plain(" ".join(text.anatomy.texts(warning)), 9),
    )
    for warning in easy:
        if sum(map(len, chosen)) >= most:
            break
        chosen.append(warning)
    return sorted(span for warning in chosen for span in warning)


def _warnings(text: Text) -> list[list[Span]]:
    """The warnings, each with the sentences that lean on its first one."""
    found = list[list[Span]]()
    for span in text.anatomy.cautions:
        if found and not _OPENS.match(text.anatomy.text(span)):
            found[-1].append(span)
        else:
            found.append([span])
    return found


def aims(text: Text) -> list[Span]:
    """What to do this week, said once more at the end."""
    return [
        span
        for span in text.anatomy.aims
        if not _UNTESTED.search(text.anatomy.text(span))
        and not DANGLING.match(text.anatomy.text(span))
    ][:2]
