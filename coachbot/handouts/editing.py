"""Editing a sheet line by line: each change gives a new sheet, and the last ones can be taken back.

A line that is written over becomes the clinician's. Its source stays beside it, so that it can be
restored word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coachbot.handouts.model import (
    Handout,
    HandoutKind,
    Line,
    Part,
    Status,
    Table,
    WritingSpace,
    one_line,
)

Item = Line | WritingSpace | Table
"""What can be moved, dropped or written over on a sheet."""
_MOST_BACK = 100
_RULES = 2
_ALL_KINDS = frozenset((Part.STEPS, Part.CAUTIONS, Part.SUMMARY))
_TICKED = _ALL_KINDS | {Part.CHECKLIST}
_TOLD = _TICKED | {Part.WHY, Part.EXAMPLE}
_HELD: dict[HandoutKind, frozenset[Part]] = {
    HandoutKind.EXPLAINER: _TOLD,
    HandoutKind.WORKSHEET: _TOLD | {Part.PRACTICE},
    HandoutKind.CARDS: _TICKED | {Part.CARDS},
    HandoutKind.SESSION_SUMMARY: _TICKED | {Part.PRACTICE},
    HandoutKind.DIARY: _TICKED | {Part.PRACTICE},
    HandoutKind.SAFETY_SHEET: _ALL_KINDS | {Part.WHY, Part.PRACTICE},
}
"""The parts that each kind of sheet may have besides its message."""


@dataclass(frozen=True, slots=True)
class Editing:
    """A sheet on the desk: as it is now, and as it was before each of the last changes."""

    now: Handout
    before: tuple[Handout, ...] = ()

    def changed(self, handout: Handout) -> Editing:
        """After a change; one that changes nothing is no step to take back."""
        if handout == self.now:
            return self
        return Editing(handout, (*self.before, self.now)[-_MOST_BACK:])

    def undone(self) -> Editing:
        """Before the last change."""
        return Editing(self.before[-1], self.before[:-1]) if self.before else self

    @property
    def composed(self) -> Handout:
        """The earliest state that is still known."""
        return self.before[0] if self.before else self.now


def parts(handout: Handout) -> tuple[Part, ...]:
    """The parts that lines can be added to: those of its kind, and any that it holds."""
    own = _HELD[handout.kind]
    rest = (part for part in Part if part is not Part.MESSAGE)
    return tuple(part for part in rest if part in own or items(handout, part))


def items(handout: Handout, part: Part) -> tuple[Item, ...]:
    """What a part holds, in order; of the message, its one line."""
    return handout.practice if part is Part.PRACTICE else handout.of(part)


def rewritten(handout: Handout, part: Part, place: int, text: str) -> Handout:
    """A sheet with an item in the clinician's words; an empty text drops it."""
    if not text.strip() and part is not Part.MESSAGE:
        return dropped(handout, part, place)
    return _changed(handout, part, place, lambda item: _written(item, one_line(text)))


def restored(handout: Handout, part: Part, place: int) -> Handout:
    """A sheet with a line word for word as its source has it; one without a source stays."""
    return _changed(handout, part, place, _restored)


def moved(handout: Handout, part: Part, place: int, by: int) -> Handout:
    """A sheet with an item moved up (-1) or down (1) within its part."""
    order, to = list(items(handout, part)), place + by
    if not 0 <= to < len(order):
        return handout
    order[place], order[to] = order[to], order[place]
    return _with(handout, part, order)


def dropped(handout: Handout, part: Part, place: int) -> Handout:
    """A sheet without an item; the main message can be written over but not dropped."""
    if part is Part.MESSAGE:
        return handout
    held = items(handout, part)
    return _with(handout, part, [*held[:place], *held[place + 1 :]])


def added(handout: Handout, part: Part, text: str) -> Handout:
    """A sheet with a line of the clinician's at the end of a part."""
    if not text.strip() or part is Part.MESSAGE:
        return handout
    line = Line(one_line(text), Status.CLINICIAN)
    new = WritingSpace(line, _RULES) if part is Part.PRACTICE else line
    return _with(handout, part, [*items(handout, part), new])


def line_of(item: Item) -> Line | None:
    """The line that an item shows; None for a table."""
    if isinstance(item, WritingSpace):
        return item.prompt
    return item if isinstance(item, Line) else None


def _written(item: Item, text: str) -> Item:
    if isinstance(item, Table):
        return replace(item, caption=text)
    if isinstance(item, WritingSpace):
        return replace(item, prompt=_line_written(item.prompt, text))
    return _line_written(item, text)


def _line_written(line: Line, text: str) -> Line:
    return line if text == line.text else line.rewritten(text)


def _restored(item: Item) -> Item:
    if isinstance(item, WritingSpace):
        return replace(item, prompt=_line_restored(item.prompt))
    return _line_restored(item) if isinstance(item, Line) else item


def _line_restored(line: Line) -> Line:
    cited = line.citation
    return Line(cited.quote, Status.QUOTED, cited) if cited else line


def _changed(handout: Handout, part: Part, place: int, change: Callable[[Item], Item]) -> Handout:
    held = items(handout, part)
    return _with(handout, part, [change(x) if i == place else x for i, x in enumerate(held)])


def _with(handout: Handout, part: Part, held: Sequence[Item]) -> Handout:
    changed: dict[str, Any] = {part.value: held[0] if part is Part.MESSAGE else tuple(held)}
    return replace(handout, **changed)
