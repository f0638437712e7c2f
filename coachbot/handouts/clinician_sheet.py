"""The clinician's sheet: what a client's part rests on. It is a file of its own on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from coachbot.handouts.client_sheet import day, marks
from coachbot.handouts.layout import (
    Block,
    Grid,
    Heading,
    Items,
    Mark,
    Message,
    Paragraph,
    Sheet,
)
from coachbot.handouts.model import Finding, Handout, HandoutSource, Line, Status
from coachbot.handouts.plain import plain
from coachbot.prompts import lines, say
from coachbot.safety.lines import country

_WORDS = "handout_exports"
_TOGETHER = "\u00a0"
"""A space at which no line breaks, so that the number of a work never stands alone."""


def clinician_sheet(handout: Handout) -> Sheet:
    """Evidence with its strength and limits, cautions, references, and who wrote which line."""
    works = tuple(dict.fromkeys(chain.from_iterable(s.works for s in handout.sources)))
    blocks = list[Block]()
    blocks += [Message(say(_WORDS, "sheet-message")), *_about(handout)]
    for source in handout.sources:
        blocks += _source(source, works)
    blocks += [*_lines(handout), *_works(works)]
    return Sheet(
        title=say(_WORDS, "sheet-title", title=plain(handout.title)),
        blocks=tuple(blocks),
        running=say(_WORDS, "sheet-running"),
        page=say(_WORDS, "page", page="{page}", pages="{pages}"),
        keywords=marks(handout),
        reviewer=plain(handout.reviewer),
        made_on=handout.provenance.made_on,
        paper=handout.paper,
        size=handout.size,
    )


def _about(handout: Handout) -> Iterator[Block]:
    provenance, reviewer = handout.provenance, plain(handout.reviewer)
    kind = say("handouts", f"kind-{handout.kind}")
    audience = say("handouts", f"audience-{handout.audience}")
    told = [say(_WORDS, "about-kind", kind=kind, audience=audience.lower())]
    if made := day(provenance.made_on):
        told.append(say(_WORDS, "about-version", date=made, version=plain(provenance.version)))
    if handout.country:
        told.append(say(_WORDS, "about-help", country=country(handout.country).name))
    signed = say(_WORDS, "about-signed", reviewer=reviewer)
    told.append(signed if reviewer else say(_WORDS, "about-form"))
    yield Heading(say(_WORDS, "heading-about"))
    yield Items(tuple(told))


def _source(source: HandoutSource, works: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(plain(source.title))
    kind = say("page", f"kind-{source.kind}")
    byline = plain(source.byline)
    told = [say(_WORDS, "source-byline", number=source.number, byline=byline, kind=kind)]
    if checked := day(source.checked_on):
        told.append(say(_WORDS, "source-checked", date=checked))
    yield Paragraph(" ".join(told))
    yield Heading(say(_WORDS, "heading-evidence"), 3)
    if source.findings:
        yield Items(tuple(_finding(finding, works) for finding in source.findings))
    else:
        yield Paragraph(say(_WORDS, "no-evidence"))
    for name, texts in (("limits", source.limits), ("cautions", source.cautions)):
        if texts:
            yield Heading(say(_WORDS, f"heading-{name}"), 3)
            yield Items(tuple(map(plain, texts)))


def _finding(finding: Finding, works: tuple[str, ...]) -> str:
    """A sentence on research with how sure it is and the numbers of its references."""
    told = list[str]()
    if finding.strength:
        told.append(f"({say(_WORDS, f'strength-{finding.strength}')})")
    if numbers := sorted(works.index(work) + 1 for work in finding.works if work in works):
        told.append(f"[{', '.join(map(str, numbers))}]")
    return f"{plain(finding.text)} {_TOGETHER.join(told)}".strip()


def _lines(handout: Handout) -> Iterator[Block]:
    """How many lines are whose; those of a model beside their sources, the clinician's in full."""
    told = tuple(handout.all_lines())
    held = {status: [line for line in told if line.status is status] for status in Status}
    model = plain(handout.provenance.model)
    yield Heading(say(_WORDS, "heading-lines"))
    names = {status: f"lines-{status}" for status, found in held.items() if found}
    if model and Status.ADAPTED in names:
        names[Status.ADAPTED] = "lines-adapted-model"
    counted = (say(_WORDS, name, count=len(held[s]), model=model) for s, name in names.items())
    yield Items(tuple(counted))
    if held[Status.ADAPTED]:
        yield Grid(
            say(_WORDS, "adapted-caption"),
            lines(_WORDS, "adapted-columns"),
            tuple(_beside_its_source(line) for line in held[Status.ADAPTED]),
        )
    if held[Status.CLINICIAN]:
        yield Heading(say(_WORDS, "heading-clinician"), 3)
        yield Items(tuple(plain(line.text) for line in held[Status.CLINICIAN]))


def _beside_its_source(line: Line) -> tuple[str, str]:
    return plain(line.text), plain(line.citation.quote) if line.citation else ""


def _works(works: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(say(_WORDS, "heading-works"))
    if works:
        yield Items(tuple(map(plain, works)), Mark.NUMBER)
    else:
        yield Paragraph(say(_WORDS, "no-works"))
