"""Handouts: choose, edit beside the preview, sign and give out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from coachbot.errors import HandoutError, SafetyChoiceError
from coachbot.handouts.editing import Editing
from coachbot.handouts.files import MOST_MEGABYTES, from_json
from coachbot.handouts.model import Audience, HandoutKind
from coachbot.handouts.shelf import Shelf
from coachbot.handouts.topics import OutsideError, Topic
from coachbot.handouts.touching_safety import SafetyPath
from coachbot.pages.choices import chosen_coach, model_writes
from coachbot.pages.clinic import kept_brand, own_shelf
from coachbot.pages.exits import chosen_country
from coachbot.pages.handout_desk import keep_recent, show_look, show_meters, show_ways_out
from coachbot.pages.handout_editor import desk, put, show_editor
from coachbot.pages.handout_preview import preview_html, sources_html
from coachbot.pages.labels import plain
from coachbot.pages.session import Aside, coach
from coachbot.prompts import say

_WORDS = "handouts-page"
_SAFETY, _OUTSIDE = "handout_safety", "handout_outside"
"""Where in the session's state it is that a need gave no sheet: the nearest topics go with it."""
_TOLD = "handout_told"
"""Where it is what was told last, and what was put aside for it: the need that they belong to."""
_KINDS = [kind for kind in HandoutKind if kind is not HandoutKind.SAFETY_SHEET]


def show() -> None:
    """The desk where a sheet lies, else what can be made or opened."""
    with st.container(key="handouts"):
        st.title(say(_WORDS, "title"))
        now = desk()
        if now is None:
            st.markdown(say(_WORDS, "intro"))
            _choose()
            _open()
        else:
            _desk(now)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What sort of sheet is to be made, whatever it is about."""

    kind: HandoutKind
    audience: Audience
    reword: bool


def _choose() -> None:
    kept_brand(own_shelf())  # told here where it is damaged, before a sheet is made without it
    aside: list[Aside] = st.session_state.get("for_handout", [])
    origins = ["topic", "question", *(["aside"] if aside else [])]
    origin = st.radio(
        say(_WORDS, "from"),
        origins,
        index=len(origins) - 1 if aside else 0,
        format_func=lambda name: say(_WORDS, f"from-{name}"),
        horizontal=True,
    )
    need, used = _origin(origin, aside)
    kind, audience = st.columns(2)
    chosen_kind = kind.selectbox(
        say(_WORDS, "kind"), _KINDS, format_func=lambda k: say("handouts", f"kind-{k}")
    )
    chosen_audience = audience.selectbox(
        say(_WORDS, "audience"),
        list(Audience),
        format_func=lambda a: say("handouts", f"audience-{a}"),
    )
    reword = model_writes() and st.checkbox(say(_WORDS, "reword"), value=True)
    st.caption(say(_WORDS, "no-client-details"))
    what = _Chosen(chosen_kind or _KINDS[0], chosen_audience or Audience.COUPLE, reword)
    ready = bool(need.strip() or used)
    if st.button(say(_WORDS, "make"), type="primary", disabled=not ready):
        st.session_state[_TOLD] = (need, used)
        _make(need, used, what)
    if st.session_state.get(_TOLD) == (need, used):
        _ways_on(what)


def _origin(origin: str, aside: list[Aside]) -> tuple[str, list[Aside]]:
    """What the sheet is to be made from: a need in words, or what was put aside."""
    if origin == "topic":
        titles = {topic.id: topic.title for topic in coach().handouts.topics()}
        chosen = st.selectbox(say(_WORDS, "topic"), list(titles), format_func=lambda id: titles[id])
        return chosen or "", []
    if origin == "question":
        told = st.text_input(
            say(_WORDS, "question"), placeholder=say(_WORDS, "question-example"), max_chars=500
        )
        return told, []
    names = {str(number): item.text.split("\n")[0][:80] for number, item in enumerate(aside)}
    used = st.multiselect(
        say(_WORDS, "aside-use"), list(names), list(names), format_func=lambda n: names[n]
    )
    st.button(say(_WORDS, "aside-clear"), on_click=_clear_aside)
    return "", [aside[int(number)] for number in used]


def _clear_aside() -> None:
    st.session_state.pop("for_handout", None)


def _make(need: str, used: list[Aside], what: _Chosen) -> None:
    """Make a sheet and lay it on the desk, or keep what there is to choose from instead."""
    for name in (_SAFETY, _OUTSIDE):
        st.session_state.pop(name, None)
    try:
        with st.spinner(say(_WORDS, "making")):
            made = chosen_coach().handout(
                need,
                kind=what.kind,
                audience=what.audience,
                passages=[item.passage_id for item in used if item.passage_id],
                answers=[item.answer for item in used if item.answer],
                country=chosen_country().code,
                reword=what.reword,
                brand=kept_brand(own_shelf()),
            )
    except SafetyChoiceError:
        st.session_state[_SAFETY] = True
    except OutsideError as error:
        st.session_state[_OUTSIDE] = error.nearest
    else:
        _lay(Editing(made))


def _ways_on(what: _Chosen) -> None:
    """What can be chosen where what was told gave no sheet."""
    if st.session_state.get(_SAFETY):
        _safety_choice()
    if (nearest := st.session_state.get(_OUTSIDE)) is not None:
        _nearest(nearest, what)


def _nearest(topics: tuple[Topic, ...], what: _Chosen) -> None:
    """Say that the library has nothing on it, and offer the topics that come nearest."""
    st.info(say(_WORDS, "outside"))
    with st.container(horizontal=True):
        for topic in topics:
            if st.button(plain(topic.title), key=f"nearest-{topic.id}"):
                _make(topic.id, [], what)
                st.rerun()  # it touches on safety, or has gone: what to choose stands above


def _safety_choice() -> None:
    st.warning(f"{say('handouts', 'safety')} {say('handouts', 'safety-why')}")
    with st.container(horizontal=True):
        for path in SafetyPath:
            if st.button(say(_WORDS, path.value), key=f"safety-{path}"):
                _make_safe(path)


def _make_safe(path: SafetyPath) -> None:
    made = coach().handout(
        audience=Audience.ONE,
        safety=path,
        country=chosen_country().code,
        brand=kept_brand(own_shelf()),
    )
    st.session_state.pop(_SAFETY, None)
    _lay(Editing(made))


def _lay(editing: Editing) -> None:
    put(editing)
    st.rerun()


def _open() -> None:
    with st.expander(say(_WORDS, "open")):
        given = st.file_uploader(
            say(_WORDS, "open-file"),
            type="json",
            key="handout-file",
            max_upload_size=MOST_MEGABYTES,
        )
        if given is not None:
            try:
                text = given.getvalue().decode("utf-8")
            except UnicodeDecodeError as error:
                raise HandoutError(f"{given.name} is not text.", "Choose another file.") from error
            _lay(Editing(from_json(text)))
    shelf = own_shelf()
    _kept("templates", shelf.templates(), shelf, lambda path: Editing(shelf.open(path)))
    if shelf.keeps_recent:
        # The same id: what is gone on with takes the place of what was kept.
        _kept("recent", shelf.recent(), shelf, lambda p: Editing(shelf.open(p), id=p.stem))


def _kept(
    name: str, found: dict[str, Path], shelf: Shelf, opened: Callable[[Path], Editing]
) -> None:
    if not found:
        return
    with st.expander(say(_WORDS, name)):
        for title, path in found.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                if st.button(plain(title), key=f"{name}-{path.stem}"):
                    _lay(opened(path))
                label = say(_WORDS, "forget-it", title=plain(title))
                if st.button(label, key=f"forget-{name}-{path.stem}"):
                    shelf.forget(path)
                    st.rerun()


def _desk(now: Editing) -> None:
    sheet = now.now
    with st.container(horizontal=True):
        st.button(say(_WORDS, "undo"), on_click=_undo, disabled=not now.before)
        st.button(say(_WORDS, "new"), on_click=put, args=(None,))
    st.caption(say(_WORDS, "no-client-details"))
    report = coach().handouts.check(sheet)
    show_look(sheet)
    editor, preview = st.columns([1, 1], gap="large")
    with editor:
        st.subheader(say(_WORDS, "edit"))
        show_editor(sheet)
    with preview, st.container(key="handout-side"):
        show_meters(report)
        st.subheader(say(_WORDS, "preview"))
        st.html(preview_html(sheet))
        if sheet.sources:
            with st.expander(say(_WORDS, "sources", count=len(sheet.sources))):
                st.html(sources_html(sheet))
        show_ways_out(sheet, report, own_shelf())
    keep_recent(own_shelf())


def _undo() -> None:
    if now := desk():
        put(now.undone())
