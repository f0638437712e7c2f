"""What a sheet must not go out with: lines that say where they come from, and do not.

A quoted line is what its source says, to the letter; an adapted one is supported by it; the
program's own are in ``prompts/handouts.md``. The clinician's own lines never stop it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from coachbot.errors import HandoutError
from coachbot.handouts.model import Handout, Line, Status
from coachbot.prompts import say, texts
from coachbot.types import Claim, Document, Verdict

Verify = Callable[[str, Sequence[str]], Claim]
"""A claim and texts to a verdict, as ``Coach.verify``."""


def ungrounded(
    handout: Handout, verify: Verify, documents: Mapping[str, Document]
) -> Iterator[tuple[Line, str]]:
    """The lines that may not go out, each with what is wrong with it, in words.

    Args:
        handout: the sheet.
        verify: checks an adapted line against the sentence it cites.
        documents: the texts of the library by id; a text that is not there is not compared.
    """
    for line in handout.lines():
        if trouble := _trouble(handout, line, verify, documents):
            yield line, trouble


def release(handout: Handout, verify: Verify, documents: Mapping[str, Document]) -> Handout:
    """A sheet that may go out.

    Raises:
        HandoutError: a line has no source, or its source does not support it; it is named.
    """
    for _, trouble in ungrounded(handout, verify, documents):
        raise HandoutError(trouble, "A line that you write yourself needs no source.")
    return handout


def _trouble(
    handout: Handout, line: Line, verify: Verify, documents: Mapping[str, Document]
) -> str:
    if line.status is Status.CLINICIAN:
        return ""
    if line.status is Status.FIXED:
        return "" if line.text in _fixed_words() else _told("not-ours", line)
    cited = line.citation
    if cited is None or not cited.quote.strip():
        return _told("unsourced", line)
    if handout.source(cited.number) is None:
        return _told("unknown-source", line, number=cited.number)
    document = documents.get(cited.document_id)
    if document and document.text[cited.start : cited.end] != cited.quote:
        return _told("source-changed", line)
    if line.status is Status.QUOTED:
        same = line.text == cited.quote
        return "" if same else _told("not-word-for-word", line, quote=cited.quote)
    claim = verify(line.text, [cited.quote])
    supported = claim.verdict is Verdict.SUPPORTED
    return "" if supported else _told("unsupported", line, reasons=", ".join(claim.reasons))


def _told(name: str, line: Line, **values: object) -> str:
    return say("handout_checks", name, line=line.text, **values)


@lru_cache
def _fixed_words() -> frozenset[str]:
    """All that the program may say of its own on a sheet."""
    return frozenset(t for name, t in texts("handouts").items() if name.startswith("fixed-"))
