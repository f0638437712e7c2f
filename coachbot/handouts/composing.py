"""Handouts out of the library: which sentences go where, for each kind of sheet.

Steps: the leading text gives the main message, the reasons, the steps, the example, the checklist
and the warnings; sentences that were chosen, by hand or by a reply, come before its own; the
program's own words fill what is blank by nature (forms, how to use cards); help lines come last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from coachbot.errors import HandoutError
from coachbot.handouts import choosing
from coachbot.handouts.grounds import general_help, violence_help
from coachbot.handouts.model import (
    Audience,
    Handout,
    HandoutKind,
    Line,
    Part,
    Provenance,
    Status,
    Table,
    WritingSpace,
)
from coachbot.handouts.sourcing import Relevance, Sources, Text, fixed
from coachbot.prompts import lines, say, texts
from coachbot.reading.sentences import Span
from coachbot.safety.lines import Country, country
from coachbot.search.caution import SAFETY_TEXT
from coachbot.types import Role

EASY = 8.0
"""The reading grade that a sentence on a sheet may have, where there is a choice."""
_REASONS = 2
_CARDS = 8
_QUESTIONS = 2
_PICKED_CAUTIONS = 3
_STEPS = re.compile(r"(?i)\bsteps?\b")
_NOT_ONES_OWN = "If you hurt or scare someone"


@dataclass(frozen=True, slots=True)
class Material:
    """What a sheet is made of.

    Args:
        lead: the text it is about.
        chosen: sentences that were picked, by hand or by a reply, each with its text and role.
        relevance: how near sentences come to what was asked; None for a topic.
        grade: the reading grade that sentences may have, where there is a choice.
    """

    lead: Text
    chosen: tuple[tuple[Text, Span, Role], ...] = ()
    relevance: Relevance | None = None
    grade: float = EASY


@dataclass(slots=True)
class _Draft:
    """The parts of a sheet as they are filled."""

    kind: HandoutKind
    audience: Audience
    material: Material
    sources: Sources = field(default_factory=Sources)

    @property
    def lead(self) -> Text:
        return self.material.lead

    def picked(self, role: Role) -> list[Line]:
        return [self.sources.quoted(t, span) for t, span, r in self.material.chosen if r is role]

    def own(self, spans: Sequence[Span], least: int = 2) -> tuple[Line, ...]:
        """Sentences of the text; on a sheet for one, those that need nobody else come in."""
        alone = self.audience is Audience.ONE
        kept = choosing.doable_alone(self.lead, spans, least) if alone else spans
        return self.sources.all_quoted(self.lead, kept)

    def for_us(self, name: str) -> Line:
        """The program's own words, in the form for a couple where there is one."""
        couple = self.audience is Audience.COUPLE and f"fixed-{name}-couple" in texts("handouts")
        return fixed(f"{name}-couple" if couple else name)

    def for_one(self, name: str) -> Line:
        one = self.audience is Audience.ONE and f"fixed-{name}-one" in texts("handouts")
        return fixed(f"{name}-one" if one else name)


def compose(
    kind: HandoutKind,
    audience: Audience,
    material: Material,
    where: Country,
    provenance: Provenance,
    title: str,
) -> Handout:
    """Compose a sheet.

    Args:
        kind: any but the safety sheet, which ``safety_sheet`` makes.
        audience: who gets it.
        material: what it is made of.
        where: whose help lines it names.
        provenance: how it was made.
        title: of the topic, as printed.

    Raises:
        HandoutError: the text lacks what this kind needs; it names what.
    """
    draft = _Draft(kind, audience, material)
    message = _message(draft)
    parts: dict[str, tuple[Line, ...]] = {part.value: () for part in Part}
    parts |= _FILL[kind](draft, message)
    cautions = _cautions(draft)
    return Handout(
        kind=kind,
        audience=audience,
        title=say("handouts", f"title-{kind}", topic=title),
        message=message,
        why=parts["why"],
        steps=parts["steps"],
        example=parts["example"],
        cards=parts["cards"],
        practice=_practice(draft),
        checklist=parts["checklist"],
        cautions=cautions,
        summary=_summary(draft, message),
        help=general_help(where, fear=_warns_of_fear(cautions)),
        sources=draft.sources.listed(),
        headings=headings(kind),
        country=where.code,
        provenance=provenance,
    )


def headings(kind: HandoutKind, variant: str = "") -> dict[Part, Line]:
    """The heading of each part for a kind of sheet; ``variant`` is ``abuse`` or empty."""
    known = texts("handouts")
    found = dict[Part, Line]()
    for part in Part:
        if part is Part.HELP:
            continue  # it stands in a box with a heading
        names = (f"heading-{part}-{variant or kind}", f"heading-{part}")
        name = next(name for name in names if name in known)
        if known[name]:
            found[part] = Line(known[name], Status.FIXED)
    return found


def help_box(handout: Handout) -> tuple[Line, ...]:
    """The help lines that the program puts on a sheet of this kind, for these people, here."""
    where = country(handout.country)
    # Without a text of the library it is the clinician's own, made where a request was on safety.
    on_skills = handout.kind is not HandoutKind.SAFETY_SHEET and not is_on_abuse(handout)
    if handout.audience is Audience.COUPLE or (on_skills and handout.provenance.documents):
        return general_help(where, fear=_warns_of_fear(handout.cautions))
    return violence_help(where)


def _warns_of_fear(cautions: Sequence[Line]) -> bool:
    return any(choosing.FEAR.search(line.text) for line in cautions)


def is_on_abuse(handout: Handout) -> bool:
    """Whether it is the explainer on abuse, whatever its title."""
    about = handout.provenance.documents
    return handout.kind is HandoutKind.EXPLAINER and about == (SAFETY_TEXT,)


def own_headings(handout: Handout) -> dict[Part, Line]:
    """The program's headings for a sheet."""
    return headings(handout.kind, "abuse" if is_on_abuse(handout) else "")


def _message(draft: _Draft) -> Line:
    text = draft.lead
    spans = [*text.anatomy.lead, *text.anatomy.about, *text.anatomy.research]
    if not spans:
        raise HandoutError(
            f"“{text.document.name}” has no sentences to make a handout of.", "Choose another."
        )
    easy = choosing.plain(text, text.anatomy.lead, 1, draft.material.grade + 1)
    return draft.sources.quoted(text, (easy or spans)[0])


def _explainer(draft: _Draft, message: Line) -> dict[str, tuple[Line, ...]]:
    anatomy = draft.lead.anatomy
    return {
        "why": _why(draft, message),
        "steps": _steps(draft),
        "checklist": draft.own(anatomy.checklist)[:3],
    }


def _worksheet(draft: _Draft, message: Line) -> dict[str, tuple[Line, ...]]:
    anatomy = draft.lead.anatomy
    if not anatomy.steps:
        raise HandoutError(
            say("handouts", "no-steps", title=draft.lead.document.name, kind="worksheet"),
            say("handouts", "explainer-hint"),
        )
    return {
        "why": _why(draft, message),
        "steps": _steps(draft),
        "example": draft.sources.all_quoted(draft.lead, anatomy.example),
        "checklist": draft.own(anatomy.checklist),
    }


def _cards(draft: _Draft, message: Line) -> dict[str, tuple[Line, ...]]:
    anatomy = draft.lead.anatomy
    cards = [*draft.picked(Role.REFLECTION)]
    cards += draft.own(anatomy.questions)
    if not cards:
        raise HandoutError(
            say("handouts", "no-questions", title=draft.lead.document.name),
            say("handouts", "explainer-hint"),
        )
    cards += _steps(draft)
    return {
        "steps": (draft.for_one("cards-turns"), fixed("cards-pass"), draft.for_one("cards-stop")),
        "cards": _distinct(cards)[:_CARDS],
        "checklist": draft.own(anatomy.checklist)[:3],
    }


def _session_summary(draft: _Draft, message: Line) -> dict[str, tuple[Line, ...]]:
    return {
        "steps": (fixed("session-use"), *_steps(draft)[:3]),
        "checklist": draft.own(draft.lead.anatomy.checklist)[:3],
    }


def _diary(draft: _Draft, message: Line) -> dict[str, tuple[Line, ...]]:
    return {
        "steps": (fixed("diary-use"), fixed("diary-blank"), fixed("diary-look")),
        "checklist": draft.own(draft.lead.anatomy.checklist)[:3],
    }


_Fill = Callable[[_Draft, Line], Mapping[str, tuple[Line, ...]]]
_FILL: dict[HandoutKind, _Fill] = {
    HandoutKind.EXPLAINER: _explainer,
    HandoutKind.WORKSHEET: _worksheet,
    HandoutKind.CARDS: _cards,
    HandoutKind.SESSION_SUMMARY: _session_summary,
    HandoutKind.DIARY: _diary,
}


def _why(draft: _Draft, message: Line) -> tuple[Line, ...]:
    """The rest of the lead and what it is; what was picked comes first."""
    text, grade = draft.lead, draft.material.grade
    picked = draft.picked(Role.CLAIM) + draft.picked(Role.LIMITS)
    rest = [s for s in text.anatomy.lead if text.anatomy.text(s) != message.text]
    own = choosing.plain(text, rest, 2, grade)
    relevance = draft.material.relevance
    own += choosing.nearest(text, text.anatomy.about, _REASONS - len(own), grade, relevance)
    lines_ = [*picked, *draft.sources.all_quoted(text, own)]
    return tuple(line for line in _distinct(lines_)[: _REASONS + 2] if line.text != message.text)


def _steps(draft: _Draft) -> tuple[Line, ...]:
    picked = draft.picked(Role.PRACTICE)
    own = draft.own(draft.lead.anatomy.steps, least=3)
    return _distinct([*picked, *own])[:5]


def _cautions(draft: _Draft) -> tuple[Line, ...]:
    most = 3 if draft.kind is HandoutKind.EXPLAINER else 2
    own = draft.sources.all_quoted(draft.lead, choosing.cautions(draft.lead, most))
    return _distinct([*draft.picked(Role.CAUTION)[:_PICKED_CAUTIONS], *own])


def _summary(draft: _Draft, message: Line) -> tuple[Line, ...]:
    """The action, named once more at the end; of steps only where they are listed as such."""
    spans = choosing.aims(draft.lead)
    listed = draft.kind in (HandoutKind.EXPLAINER, HandoutKind.WORKSHEET)
    if not spans or (not listed and _STEPS.search(draft.lead.anatomy.text(spans[0]))):
        spans = list(draft.lead.anatomy.lead[1:2])
    return draft.own(spans, least=1)[:1] or (message,)


def _practice(draft: _Draft) -> tuple[WritingSpace | Table, ...]:
    if draft.kind is HandoutKind.WORKSHEET:
        own = draft.own(draft.lead.anatomy.questions)
        asked = [*draft.picked(Role.REFLECTION), *own][:_QUESTIONS]
        return (
            *(WritingSpace(line, 2) for line in asked),
            WritingSpace(draft.for_us("plan"), 2),
            WritingSpace(draft.for_us("obstacle"), 2),
        )
    if draft.kind is HandoutKind.SESSION_SUMMARY:
        names = ("session-remember", "session-own-words", "session-try", "obstacle", "session-next")
        return tuple(WritingSpace(fixed(name), 3 if "words" in name else 2) for name in names)
    if draft.kind is HandoutKind.DIARY:
        columns = lines("handouts", "table-diary-columns")
        caption, days = say("handouts", "table-diary"), lines("handouts", "days")
        return (Table(_form(caption), _forms(columns), _forms(days)),)
    return ()


def _form(text: str) -> Line:
    return Line(text, Status.FIXED)


def _forms(texts: Sequence[str]) -> tuple[Line, ...]:
    return tuple(map(_form, texts))


def _distinct(found: Sequence[Line]) -> tuple[Line, ...]:
    return tuple({line.text: line for line in found}.values())


def safety_sheet(text: Text, where: Country, provenance: Provenance) -> Handout:
    """The sheet for one person who may not be safe at home; never for a couple.

    Args:
        text: the library's text on safety.
        where: whose help lines it names.
        provenance: how it was made.
    """
    sources, anatomy = Sources(), text.anatomy
    return Handout(
        kind=HandoutKind.SAFETY_SHEET,
        audience=Audience.ONE,
        title=say("handouts", "title-safety-sheet"),
        message=fixed("safety-home"),
        why=sources.all_quoted(text, anatomy.lead[:2]),
        steps=sources.all_quoted(text, _ones_own(text)),
        practice=(WritingSpace(fixed("safety-write"), 2),),
        cautions=sources.all_quoted(text, anatomy.cautions[:3]),
        summary=sources.all_quoted(text, choosing.aims(text)[:1]),
        help=violence_help(where),
        sources=sources.listed(),
        headings=headings(HandoutKind.SAFETY_SHEET),
        country=where.code,
        provenance=provenance,
    )


def _ones_own(text: Text) -> list[Span]:
    """The steps for a person who is hurt; what is said to the one who hurts is left out."""
    steps = text.anatomy.steps
    return [span for span in steps if not text.anatomy.text(span).startswith(_NOT_ONES_OWN)]


def abuse_explainer(text: Text, where: Country, provenance: Provenance) -> Handout:
    """What a person may want to know where there is fear, force or control; for one person.

    The title is neutral, since others may see the sheet.
    """
    sources, anatomy = Sources(), text.anatomy
    return Handout(
        kind=HandoutKind.EXPLAINER,
        audience=Audience.ONE,
        title=say("handouts", "title-abuse"),
        message=sources.quoted(text, anatomy.lead[0]),
        why=sources.all_quoted(text, [*anatomy.lead[1:2], *anatomy.about[1:5]]),
        steps=sources.all_quoted(text, _ones_own(text)),
        cautions=(fixed("safety-home"), *sources.all_quoted(text, anatomy.cautions[:4])),
        summary=sources.all_quoted(text, choosing.aims(text)[:2]),
        help=violence_help(where),
        sources=sources.listed(),
        headings=headings(HandoutKind.EXPLAINER, "abuse"),
        country=where.code,
        provenance=provenance,
    )


def own_text(audience: Audience, where: Country, provenance: Provenance) -> Handout:
    """An empty sheet with its help box, for the clinician to write."""
    return Handout(
        kind=HandoutKind.EXPLAINER,
        audience=audience,
        title=say("handouts", "title-own-text"),
        message=Line(say("handouts", "fixed-own-text"), Status.FIXED),
        help=general_help(where) if audience is Audience.COUPLE else violence_help(where),
        headings=headings(HandoutKind.EXPLAINER),
        country=where.code,
        provenance=provenance,
    )
