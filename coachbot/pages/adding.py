"""Adding texts to the library on the page, removing them, and undoing either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

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
from coachbot.types import Document, Kind

MOST_FILES = 20
"""At once: more is work for the command line."""


def form(opened: Coach) -> None:
    """A place to drop files, for whoever may add them."""
    if not may(Role.ADMIN):
        return
    megabytes = int(load_settings().max_file_mb)
    with st.expander(say("library", "add"), icon=":material/add:"):
        with st.form("add-texts", clear_on_submit=True, enter_to_submit=False, border=False):
            files = st.file_uploader(
                say("library", "add-files", count=MOST_FILES, size=megabytes),
                type=[suffix[1:] for suffix in SUFFIXES],
                accept_multiple_files=True,
                max_upload_size=max(1, megabytes),
            )
            said = _said_of_one()
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
            _add(opened, file.getvalue(), file.name, label, said if len(files) == 1 else {})
        if len(files) > 1 and any(said.values()):
            _say("warning", say("library", "about-unused"))
        if len(files) > MOST_FILES:
            _say("warning", say("library", "add-too-many", count=MOST_FILES))
    st.rerun()


def _said_of_one() -> dict[str, Any]:
    """What a person says of the one file that they add: arguments of ``Coach.add_bytes``."""
    st.caption(say("library", "about-one"))
    title = st.text_input(say("library", "about-title"), max_chars=300)
    author = st.text_input(say("library", "about-author"), max_chars=300)
    left, right = st.columns(2)
    kind = left.selectbox(
        say("library", "about-kind"),
        [kind.value for kind in Kind],
        index=None,
        format_func=lambda kind: say("page", f"kind-{kind}"),
        placeholder=say("page", f"kind-{Kind.USER}"),
    )
    year = right.number_input(
        say("library", "about-year"), min_value=1, max_value=9999, value=None, step=1, format="%d"
    )
    authors = tuple(name.strip() for name in author.split(";") if name.strip())
    return {"kind": kind, "title": title.strip(), "authors": authors, "year": year}


def removal(opened: Coach, document: Document) -> None:
    """A button that removes the text, if it was added."""
    if may(Role.ADMIN) and document.id in opened.added():
        st.button(
            say("library", "remove"),
            icon=":material/delete:",
            on_click=_remove,
            args=(opened, document),
        )


def removed(opened: Coach) -> None:
    """The texts that were taken out, to bring back or to delete for good, for whoever may."""
    copies = opened.removed() if may(Role.ADMIN) else {}
    if not copies:
        return
    replaced = opened.added()
    with st.expander(say("library", "removed-texts"), icon=":material/inventory_2:"):
        for id, name in copies.items():
            what = "bring-back-earlier" if id in replaced else "bring-back"
            label = say("library", what, title=plain(name))
            with st.container(key=f"removed-{id}", horizontal=True, vertical_alignment="center"):
                st.button(label, key=f"restore-{id}", on_click=_undo, args=(id, name))
                if st.button(say("library", "forget-one"), key=f"forget-{id}", type="tertiary"):
                    _forget_surely(id, name)


@st.dialog(say("library", "forget-one"))
def _forget_surely(id: str, name: str) -> None:
    st.markdown(say("library", "forget-note", title=plain(name)))
    if st.button(say("library", "forget-sure"), key="forget-sure", icon=":material/delete:"):
        _forget(id, name)
        st.rerun()


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


def _add(opened: Coach, data: bytes, name: str, label: str, said: dict[str, Any]) -> None:
    bar = st.progress(0.0, text=plain(label))
    before = opened.added()

    def progress(done: int, total: int) -> None:
        bar.progress(done / max(1, total), text=plain(label))

    with _told():
        document = opened.add_bytes(data, name, progress=progress, **said)
        told = [_read_as(document)]
        if document.id in before:
            st.session_state["library_undo"] = (document.id, document.name, "replaced")
        else:
            told.insert(0, say("library", "added", title=plain(document.name)))
        _say("success", "\n\n".join(told))
    bar.empty()


def _read_as(document: Document) -> str:
    """What the library now holds to be a text's author, year and kind."""
    unknown = say("library", "not-known")
    return say(
        "library",
        "read-as",
        author=plain(", ".join(document.authors)) or unknown,
        year=document.year or unknown,
        kind=say("page", f"kind-{document.kind.value}"),
    )


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
