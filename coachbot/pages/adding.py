"""Adding texts to the library on the page, removing them, and undoing either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st

from coachbot.coach import Coach
from coachbot.errors import CoachbotError, DuplicateError
from coachbot.pages.labels import plain
from coachbot.pages.roles import Role, may
from coachbot.pages.session import coach
from coachbot.prompts import say
from coachbot.reading.conversion import SUFFIXES
from coachbot.search.library import plain_name
from coachbot.settings import load_settings
from coachbot.types import Document

MOST_FILES = 20
"""At once: more is work for the command line."""


def form(opened: Coach) -> None:
    """A place to drop files, for whoever may add them."""
    if not may(Role.ADMIN):
        return
    megabytes = int(load_settings().max_file_mb)
    with st.expander(say("library", "add"), icon=":material/add:"):
        with st.form("add-texts", clear_on_submit=True, border=False):
            files = st.file_uploader(
                say("library", "add-files", count=MOST_FILES, size=megabytes),
                type=[suffix[1:] for suffix in SUFFIXES],
                accept_multiple_files=True,
                max_upload_size=max(1, megabytes),
            )
            submitted = st.form_submit_button(say("library", "add-button"), type="primary")
        st.html(f"<p class='facts'>{escape(say('library', 'add-note'))}</p>")
        if not submitted:
            return
        if not files:
            st.warning(say("library", "add-none"))
            return
        for number, file in enumerate(files[:MOST_FILES], start=1):
            label = say("library", "adding", title=plain_name(file.name), number=number,
                        count=len(files))  # fmt: skip
            _add(opened, file.getvalue(), file.name, label)
        if len(files) > MOST_FILES:
            _say("warning", say("library", "add-too-many", count=MOST_FILES))
    st.rerun()


def removal(opened: Coach, document: Document) -> None:
    """A button that removes the text, if it was added."""
    if may(Role.ADMIN) and document.id in opened.added():
        st.button(
            say("library", "remove"),
            icon=":material/delete:",
            on_click=_remove,
            args=(opened, document),
        )


def tell() -> None:
    """Say once what became of the last adding or removing, with a way to undo it."""
    for kind, text in st.session_state.pop("library_told", ()):
        show = {"success": st.success, "warning": st.warning, "error": st.error}[kind]
        show(text)
    if undo := st.session_state.get("library_undo"):
        id, name, what = undo
        with st.container(key="undo", horizontal=True, vertical_alignment="center"):
            st.markdown(say("library", what, title=plain(name)))
            st.button(say("library", "undo"), on_click=_undo, args=(id, name))
            st.button(say("library", "forget"), on_click=_forget, args=(id, name))


def _add(opened: Coach, data: bytes, name: str, label: str) -> None:
    bar = st.progress(0.0, text=plain(label))
    before = opened.added()

    def progress(done: int, total: int) -> None:
        bar.progress(done / max(1, total), text=plain(label))

    with _told():
        document = opened.add_bytes(data, name, progress=progress)
        if document.id in before:
            st.session_state["library_undo"] = (document.id, document.name, "replaced")
        else:
            _say("success", say("library", "added", title=plain(document.name)))
    bar.empty()


def _remove(opened: Coach, document: Document) -> None:
    with _told():
        opened.remove(document.id)
        st.session_state["library_undo"] = (document.id, document.name, "removed")
        st.query_params.clear()


def _undo(id: str, name: str) -> None:
    st.session_state.pop("library_undo", None)
    with _told():
        coach().restore(id)
        _say("success", say("library", "undone", title=plain(name)))


def _forget(id: str, name: str) -> None:
    st.session_state.pop("library_undo", None)
    with _told():
        coach().forget(id)
        _say("success", say("library", "forgotten", title=plain(name)))


@contextmanager
def _told() -> Iterator[None]:
    """Keep what went wrong with a file, to be said on the next run."""
    try:
        yield
    except DuplicateError as error:
        _say("warning", plain(error.message))
    except CoachbotError as error:
        _say("error", plain(f"{error.message} {error.hint}"))


def _say(kind: str, text: str) -> None:
    st.session_state.setdefault("library_told", []).append((kind, text))
