"""Editing a sheet line by line: each change gives a new sheet, and the last ones can be taken back.

A line that is written over becomes the clinician's. Where it came from stays beside it, so that it
can be restored word for word. So it is with headings, the texts of a table and help lines; of help
lines, one at least is always there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_hex
from typing import Any

from coachbot.handouts.composing import help_box, own_headings
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
from coachbot.handouts.plain import plain

Item = Line | WritingSpace | Table
"""What can be moved, dropped or written over on a sheet."""
_MOST_BACK = 100
_RULES = 2
_ALL_KINDS = frozenset((Part.STEPS, Part.CAUTIONS, Part.HELP, Part.SUMMARY))
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
    """A sheet on the desk: as it is now, and as it was before each of the last changes.

    Args:
        now: the sheet.
        before: its earlier states.
        id: stays the same through all changes, the title's too; a new one if not given.
    """

    now: Handout
    before: tuple[Handout, ...] = ()
    id: str = field(default_factory=partial(token_hex, 8))

    def changed(self, handout: Handout) -> Editing:
        """After a change; one that changes nothing is no step to take back."""
        if handout == self.now:
            return self
        return replace(self, now=handout, before=(*self.before, self.now)[-_MOST_BACK:])

    def undone(self) -> Editing:
        """Before the last change."""
        if not self.before:
            return self
        return replace(self, now=self.before[-1], before=self.before[:-1])


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
    if not plain(text) and part is not Part.MESSAGE:
        return dropped(handout, part, place)
    return _changed(handout, part, place, lambda item: _written(item, one_line(text)))


def restored(handout: Handout, part: Part, place: int) -> Handout:
    """A sheet with a line word for word as it came; one that is the clinician's alone stays."""
    return _changed(handout, part, place, _restored)


def moved(handout: Handout, part: Part, place: int, by: int) -> Handout:
    """A sheet with an item moved up (-1) or down (1) within its part."""
    order, to = list(items(handout, part)), place + by
    if not 0 <= to < len(order):
        return handout
    order[place], order[to] = order[to], order[place]
    return _with(handout, part, order)


def dropped(handout: Handout, part: Part, place: int) -> Handout:
    """A sheet without an item; the main message and the last help line stay."""
    held = items(handout, part)
    if part is Part.MESSAGE or (part is Part.HELP and len(held) == 1):
        return handout
    return _with(handout, part, [*held[:place], *held[place + 1 :]])


def added(handout: Handout, part: Part, text: str) -> Handout:
    """A sheet with a line of the clinician's at the end of a part."""
    if not plain(text) or part is Part.MESSAGE:
        return handout
    line = Line(one_line(text), Status.CLINICIAN)
    new = WritingSpace(line, _RULES) if part is Part.PRACTICE else line
    return _with(handout, part, [*items(handout, part), new])


def help_renewed(handout: Handout) -> Handout:
    """A sheet with the help lines as they are known today, and after them the clinician's own."""
    own = (line for line in handout.help if line.status is Status.CLINICIAN and not line.was)
    return replace(handout, help=(*help_box(handout), *own))


def heading_rewritten(handout: Handout, part: Part, text: str) -> Handout:
    """A sheet with a heading in the clinician's words; an empty text brings the program's back."""
    if not plain(text):
        return heading_restored(handout, part)
    old = handout.headings.get(part, Line("", Status.FIXED))
    return _with_heading(handout, part, old.rewritten(text))


def heading_restored(handout: Handout, part: Part) -> Handout:
    """A sheet with a heading as the program has it."""
    own = own_headings(handout).get(part)
    return _with_heading(handout, part, own) if own else handout


def cell_rewritten(handout: Handout, place: int, cell: int, text: str) -> Handout:
    """A sheet with a text of a table in the clinician's words; an empty one changes nothing.

    Args:
        handout: the sheet.
        place: of the table among what is to be filled in.
        cell: of the text among ``Table.texts``.
        text: the new one.
    """
    if not plain(text):
        return handout
    return _cell_changed(handout, place, cell, lambda line: line.rewritten(text))


def cell_restored(handout: Handout, place: int, cell: int) -> Handout:
    """A sheet with a text of a table as the program has it."""
    return _cell_changed(handout, place, cell, Line.restored)


def _written(item: Item, text: str) -> Item:
    if isinstance(item, Table):
        return replace(item, caption=item.caption.rewritten(text))
    if isinstance(item, WritingSpace):
        return replace(item, prompt=item.prompt.rewritten(text))
    return item.rewritten(text)


def _restored(item: Item) -> Item:
    if isinstance(item, Table):
        return item.with_texts([line.restored() for line in item.texts])
    if isinstance(item, WritingSpace):
        return replace(item, prompt=item.prompt.restored())
    return item.restored()


def _with_heading(handout: Handout, part: Part, heading: Line) -> Handout:
    """With a heading; the caption of a table that said the same goes on saying the same."""
    old = handout.headings.get(part)
    made = replace(handout, headings={**handout.headings, part: heading})
    for place, item in enumerate(items(handout, part)):
        if isinstance(item, Table) and old and item.caption.text == old.text:
            made = _cell_changed(made, place, 0, lambda _: heading)
    return made


def _cell_changed(
    handout: Handout, place: int, cell: int, change: Callable[[Line], Line]
) -> Handout:
    def changed(item: Item) -> Item:
        if not isinstance(item, Table):
            return item
        texts = enumerate(item.texts)
        return item.with_texts([change(line) if n == cell else line for n, line in texts])

    return _changed(handout, Part.PRACTICE, place, changed)


def _changed(handout: Handout, part: Part, place: int, change: Callable[[Item], Item]) -> Handout:
    held = items(handout, part)
    return _with(handout, part, [change(x) if i == place else x for i, x in enumerate(held)])


def _with(handout: Handout, part: Part, held: Sequence[Item]) -> Handout:
    changed: dict[str, Any] = {part.value: held[0] if part is Part.MESSAGE else tuple(held)}
    return replace(handout, **changed)
