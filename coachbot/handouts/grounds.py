"""What a sheet must not go out with: lines that say where they come from, and do not.

A quoted line is what its source says, to the letter; an adapted one is supported by it; the
program's own are in ``prompts/handouts.md``; a help line that is not the clinician's is one of
those confirmed today, so that no old number goes out. The clinician's own lines never stop it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from coachbot.errors import HandoutError
from coachbot.handouts.model import Handout, Line, Status
from coachbot.prompts import lines, say, texts
from coachbot.safety.lines import Country, country
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
    of_help = set(handout.help)
    for line in handout.all_lines():
        if line.status is Status.CLINICIAN:
            continue
        if line in of_help:
            trouble = _help_trouble(line, handout.country)
        else:
            trouble = _trouble(handout, line, verify, documents)
        if trouble:
            yield line, trouble


def release(handout: Handout, verify: Verify, documents: Mapping[str, Document]) -> None:
    """Stop a sheet that may not go out.

    Raises:
        HandoutError: a line has no source, or its source does not support it; it is named. Or
            there is no help line.
    """
    if not handout.help:
        raise HandoutError(say("handout_checks", "help-missing"), say("handouts", "help-hint"))
    for _, trouble in ungrounded(handout, verify, documents):
        raise HandoutError(trouble, "A line that you write yourself needs no source.")


def _trouble(
    handout: Handout, line: Line, verify: Verify, documents: Mapping[str, Document]
) -> str:
    if line.status is Status.FIXED:
        return "" if line.text in _form_words() else _told("not-ours", line)
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


def _help_trouble(line: Line, code: str) -> str:
    known = line.status is Status.FIXED and line.text in _help_words(code)
    return "" if known else _told("help-not-ours", line)


@lru_cache
def _form_words() -> frozenset[str]:
    """All that the program may say of its own on a sheet, but for help lines."""
    own = {t for n, t in texts("handouts").items() if n.startswith(("fixed-", "heading-"))}
    table = (say("handouts", "table-diary"), *lines("handouts", "table-diary-columns"))
    return frozenset((*own, *table, *lines("handouts", "days")))


def general_help(where: Country, *, fear: bool = False) -> tuple[Line, ...]:
    """The help box for any sheet: an emergency number, lines to talk, where there are more.

    Args:
        where: whose lines.
        fear: whether the sheet warns of fear or force, which brings the lines for that too.
    """
    talk, violence = ("help-talk", ("general", "suicide")), ("help-fear", ("violence",))
    return _help(where, talk, violence) if fear else _help(where, talk)


def violence_help(where: Country) -> tuple[Line, ...]:
    """The help box for a person who may be in danger at home, or in despair over it."""
    return _help(where, ("help-violence", ("violence",)), ("help-despair", ("suicide",)))


def _help(where: Country, *wanted: tuple[str, tuple[str, ...]]) -> tuple[Line, ...]:
    emergency = say("handouts", "help-emergency", emergency=where.emergency)
    told = [
        say("handouts", name, lines=where.told(*needs))
        for name, needs in wanted
        if where.lines_for(*needs)
    ]
    more = say("handouts", "help-more" if told else "help-find")
    return tuple(Line(text, Status.FIXED) for text in (emergency, *told, more))


@lru_cache
def _help_words(code: str) -> frozenset[str]:
    """All that the program may say of help in a country."""
    where = country(code)
    boxes = (general_help(where, fear=True), violence_help(where))
    return frozenset(line.text for box in boxes for line in box)
