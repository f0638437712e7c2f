"""The editor of a sheet: each line in place, with what can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from coachbot.handouts.editing import (
    Editing,
    added,
    cell_restored,
    cell_rewritten,
    dropped,
    heading_restored,
    heading_rewritten,
    help_renewed,
    items,
    moved,
    parts,
    restored,
    rewritten,
)
from coachbot.handouts.model import Handout, Line, Part, Status, Table, WritingSpace
from coachbot.handouts.plain import plain as on_paper
from coachbot.pages.labels import plain
from coachbot.prompts import say

DESK = "handout"
"""Where in the session's state the sheet on the desk is."""
_WORDS = "handouts-page"
_LINE_HEIGHT = 74


def desk() -> Editing | None:
    """The sheet on this person's desk, if there is one."""
    found: Editing | None = st.session_state.get(DESK)
    return found


def put(editing: Editing | None) -> None:
    """Put a sheet on the desk, or clear it."""
    st.session_state[DESK] = editing


def change(handout: Handout) -> None:
    """Take a changed sheet as the newest state."""
    now = desk()
    put(now.changed(handout) if now else Editing(handout))


def show_editor(handout: Handout) -> None:
    """Each part with its lines; every change is taken at once."""
    _title(handout)
    _item(handout, Part.MESSAGE, 0, handout.message)
    for part in parts(handout):
        heading = _heading(handout, part)
        for place, item in enumerate(items(handout, part)):
            if isinstance(item, Table):
                _table(handout, place, item)
            else:
                _item(handout, part, place, item)
        _adder(handout, part, heading)
        if part is Part.HELP:
            _button("renew-help", part, 0, help_renewed)


def _title(handout: Handout) -> None:
    key = _key("title", Part.MESSAGE, 0, handout.title)
    st.text_input(
        say(_WORDS, "sheet-title"),
        handout.title,
        key=key,
        on_change=lambda: _retitle(key),
    )


def _retitle(key: str) -> None:
    now, text = desk(), str(st.session_state[key]).strip()
    if now and on_paper(text):
        change(replace(now.now, title=text))


def _heading(handout: Handout, part: Part) -> str:
    """The heading of a part, to be edited; help lines have none: they stand in a box that does."""
    line = handout.headings.get(part)
    if line is None:
        name = say(_WORDS, "help-lines" if part is Part.HELP else f"part-{part}")
        st.markdown(f"**{plain(name)}**")
        return name
    label = say(_WORDS, "heading-of", part=say(_WORDS, f"part-{part}"))
    with _row():
        _words("heading", part, 0, label, line, lambda h, text: heading_rewritten(h, part, text))
        if line.status is Status.CLINICIAN:
            with _popover("heading-menu", part, 0, label):
                _button(
                    "restore-form",
                    part,
                    0,
                    lambda h: heading_restored(h, part),
                    key="restore-heading",
                )
    return line.text


def _item(handout: Handout, part: Part, place: int, item: Line | WritingSpace) -> None:
    line = item.prompt if isinstance(item, WritingSpace) else item
    with _row():
        _text(part, place, line)
        if part is not Part.MESSAGE or line.restorable:
            _menu(handout, part, place, line)


def _table(handout: Handout, place: int, table: Table) -> None:
    """The texts of a table one by one, and what can be done to all of it."""
    heading = handout.headings.get(Part.PRACTICE)
    with _row():
        st.caption(say(_WORDS, "table"))
        _menu(
            handout, Part.PRACTICE, place, None, restorable=any(t.restorable for t in table.texts)
        )
    for cell, line in enumerate(table.texts):
        # A caption that says what the heading does is not printed, and goes with the heading.
        if cell == 0 and heading and line.text == heading.text:
            continue
        with _row():
            _cell(place, cell, _cell_label(table, cell), line)


def _cell(place: int, cell: int, label: str, line: Line) -> None:
    name, part = f"cell-{cell}", Part.PRACTICE
    write = partial(_write_cell, place, cell)
    _words(name, part, place, label, line, write)
    if line.restorable:
        with _popover(f"menu-{name}", part, place, label):
            restore = partial(cell_restored, place=place, cell=cell)
            _button("restore-form", part, place, restore, key=f"restore-{name}")


def _write_cell(place: int, cell: int, handout: Handout, text: str) -> Handout:
    return cell_rewritten(handout, place, cell, text)


def _cell_label(table: Table, cell: int) -> str:
    if cell == 0:
        return say(_WORDS, "table-caption")
    columns = len(table.columns)
    name, number = ("column", cell) if cell <= columns else ("row", cell - columns)
    return say(_WORDS, f"table-{name}", number=number)


def _row() -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center")


def _popover(name: str, part: Part, place: int, label: str) -> DeltaGenerator:
    told = say(_WORDS, "line-menu", line=label)
    return st.popover("⋯", help=told, key=_key(name, part, place, ""))


def _words(
    name: str,
    part: Part,
    place: int,
    label: str,
    line: Line,
    write: Callable[[Handout, str], Handout],
) -> None:
    """A short text in a field of one line, with who wrote it."""
    key = _key(name, part, place, line.text)
    status = say("handouts", f"status-{line.status.value}")
    st.text_input(
        f"{label} · {status}", line.text, key=key, on_change=_take, args=(key, line.text, write)
    )


def _text(part: Part, place: int, line: Line) -> None:
    # The key holds the words, so that a line that moved or was restored shows its own.
    key = _key("text", part, place, line.text)
    label = _label(part, place)
    status = say("handouts", f"status-{line.status.value}")
    number = f" [{line.source_number}]" if line.source_number else ""
    st.text_area(
        f"{label} · {status}{number}",
        line.text,
        key=key,
        height=_LINE_HEIGHT,
        on_change=_take,
        args=(key, line.text, lambda handout, text: rewritten(handout, part, place, text)),
    )


def _take(key: str, stood: str, write: Callable[[Handout, str], Handout]) -> None:
    """Take over what was typed; where it is not taken, the field shows again what stood there."""
    if now := desk():
        written = write(now.now, str(st.session_state[key]))
        if written == now.now:
            st.session_state[key] = stood
        change(written)


def _menu(
    handout: Handout, part: Part, place: int, line: Line | None, *, restorable: bool = False
) -> None:
    held = len(items(handout, part))
    with _popover("menu", part, place, _label(part, place)):
        if line and line.citation:
            cited = line.citation
            st.caption(say(_WORDS, "source-of", number=cited.number, source=cited.source))
            st.markdown(f"> {plain(cited.quote)}")
        if part is not Part.MESSAGE:
            _button("up", part, place, lambda h: moved(h, part, place, -1), place == 0)
            _button("down", part, place, lambda h: moved(h, part, place, 1), place == held - 1)
            last_help = part is Part.HELP and held == 1
            _button("drop", part, place, lambda h: dropped(h, part, place), last_help)
        if restorable or (line and line.restorable):
            name = "restore" if line and line.citation else "restore-form"
            _button(name, part, place, lambda h: restored(h, part, place))


def _button(
    name: str,
    part: Part,
    place: int,
    act: Callable[[Handout], Handout],
    disabled: bool = False,
    key: str = "",
) -> None:
    def clicked() -> None:
        if now := desk():
            change(act(now.now))

    st.button(
        say(_WORDS, name),
        key=_key(key or name, part, place, ""),
        on_click=clicked,
        disabled=disabled,
        width="stretch",
    )


def _adder(handout: Handout, part: Part, heading: str) -> None:
    key = _key("add", part, len(items(handout, part)), "")
    st.text_input(
        say(_WORDS, "add-label", heading=heading),
        key=key,
        placeholder=say(_WORDS, "add-label", heading=heading),
        label_visibility="collapsed",
        on_change=_add,
        args=(key, part),
    )


def _add(key: str, part: Part) -> None:
    if now := desk():
        change(added(now.now, part, str(st.session_state[key])))


def _label(part: Part, place: int) -> str:
    if part is Part.MESSAGE:
        return say(_WORDS, "message-label")
    return f"{say(_WORDS, f'part-{part}')} {place + 1}"


def _key(name: str, part: Part, place: int, text: str) -> str:
    return f"handout-{name}-{part.value}-{place}-{text}"
