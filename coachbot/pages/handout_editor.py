"""The editor of a sheet: each line in place, with what can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from coachbot.handouts.editing import (
    Editing,
    Item,
    added,
    dropped,
    items,
    line_of,
    moved,
    parts,
    restored,
    rewritten,
)
from coachbot.handouts.model import Handout, Line, Part, Status
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
        heading = handout.headings.get(part, "") or say(_WORDS, f"part-{part}")
        st.markdown(f"**{plain(heading)}**")
        for place, item in enumerate(items(handout, part)):
            _item(handout, part, place, item)
        _adder(handout, part, heading)


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
    if now and text:
        change(replace(now.now, title=text))


def _item(handout: Handout, part: Part, place: int, item: Item) -> None:
    line = line_of(item)
    with st.container(horizontal=True, vertical_alignment="center"):
        if line is None:
            st.caption(say(_WORDS, "table"))
        else:
            _text(part, place, line)
        if part is not Part.MESSAGE or (line and _can_restore(line)):
            _menu(handout, part, place, line)


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
        on_change=_rewrite,
        args=(key, part, place),
    )


def _rewrite(key: str, part: Part, place: int) -> None:
    if now := desk():
        change(rewritten(now.now, part, place, str(st.session_state[key])))


def _can_restore(line: Line) -> bool:
    return line.citation is not None and line.status is not Status.QUOTED


def _menu(handout: Handout, part: Part, place: int, line: Line | None) -> None:
    told = say(_WORDS, "line-menu", line=_label(part, place))
    last = len(items(handout, part)) - 1
    with st.popover("⋯", help=told, key=_key("menu", part, place, "")):
        if line and line.citation:
            cited = line.citation
            st.caption(say(_WORDS, "source-of", number=cited.number, source=cited.source))
            st.markdown(f"> {plain(cited.quote)}")
        if part is not Part.MESSAGE:
            _button("up", part, place, lambda h: moved(h, part, place, -1), place == 0)
            _button("down", part, place, lambda h: moved(h, part, place, 1), place == last)
            _button("drop", part, place, lambda h: dropped(h, part, place))
        if line and _can_restore(line):
            _button("restore", part, place, lambda h: restored(h, part, place))


def _button(
    name: str,
    part: Part,
    place: int,
    act: Callable[[Handout], Handout],
    disabled: bool = False,
) -> None:
    def clicked() -> None:
        if now := desk():
            change(act(now.now))

    st.button(
        say(_WORDS, name),
        key=_key(name, part, place, ""),
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
