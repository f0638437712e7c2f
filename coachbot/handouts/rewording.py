"""Hard sentences in a chat model's plainer words, each held to its source.

A sentence is put to the model if it is harder to read than asked for. What comes back takes its
place only if its source supports it, it reads more easily and it stands alone; else the quoted
sentence stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from coachbot.handouts.choosing import DANGLING
from coachbot.handouts.grounds import Verify
from coachbot.handouts.model import Handout, Line, Status, one_line
from coachbot.reading.readability import readability
from coachbot.reading.sentences import split_sentences
from coachbot.types import Verdict

EASY_ENOUGH = 5.0
"""A sentence at or below this grade is left as it is."""


def reword(handout: Handout, rewrite: Callable[[str], str], verify: Verify, model: str) -> Handout:
    """A sheet with its hard sentences in plainer words, where these hold.

    Args:
        handout: as composed.
        rewrite: a sentence to plainer words; whatever it gives is checked.
        verify: a claim and texts to a verdict.
        model: what rewrites, for the record.
    """

    def adapted(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(_adapted(line, rewrite, verify) for line in lines)

    # Steps, examples, cards and lists to tick are plain already and stay word for word.
    made = replace(
        handout,
        message=_adapted(handout.message, rewrite, verify),
        why=adapted(handout.why),
        cautions=adapted(handout.cautions),
        summary=adapted(handout.summary),
    )
    if not made.ai_assisted:
        return handout
    return replace(made, provenance=replace(made.provenance, model=model))


def _adapted(line: Line, rewrite: Callable[[str], str], verify: Verify) -> Line:
    if line.status is not Status.QUOTED or readability(line.text).grade <= EASY_ENOUGH:
        return line
    text = one_line(rewrite(line.text))
    return replace(line, text=text, status=Status.ADAPTED) if _holds(text, line, verify) else line


def _holds(text: str, line: Line, verify: Verify) -> bool:
    if len(split_sentences(text)) != 1 or text == line.text or DANGLING.match(text):
        return False
    if readability(text).grade >= readability(line.text).grade:
        return False
    return verify(text, [line.text]).verdict is Verdict.SUPPORTED
