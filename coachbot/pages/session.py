"""What all pages share: the one Coach, the look, and the place where errors are shown.

Only the Coach is cached between people: it keeps nothing of what it is asked. What a person writes
lives in their own session state and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from coachbot.coach import Coach
from coachbot.errors import CoachbotError
from coachbot.prompts import say
from coachbot.safety import Gate
from coachbot.settings import load_settings
from coachbot.types import Turn

ICON = Path(__file__).with_name("icon.png")


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error of coachbot as what happened and what to do next; then stop the page."""
    try:
        yield
    except CoachbotError as error:
        st.error(error.message, icon=":material/error:")
        if error.hint:
            st.markdown(say("page", "error-hint", hint=error.hint))
        st.stop()


def coach() -> Coach:
    """The Coach of this server, opened once; its index is built with a bar the first time."""
    settings = load_settings()
    return _open(str(settings.corpus or ""), str(settings.data))


@st.cache_resource(show_spinner=False)
def gate() -> Gate:
    """The safety gate of this server; it works also where the library does not."""
    return Gate.open(load_settings().country)


@st.cache_resource(show_spinner=False)
def _open(corpus: str, data: str) -> Coach:
    place = st.empty()
    label = say("page", "preparing")

    def progress(done: int, total: int) -> None:
        place.progress(done / max(1, total), text=f"{label} ({done}/{total})")

    place.progress(0.0, text=label)
    try:
        return Coach.open(corpus=corpus or None, data=data, progress=progress)
    finally:
        place.empty()


def turns() -> list[Turn]:
    """This person's talk so far."""
    found: list[Turn] = st.session_state.setdefault("turns", [])
    return found


def use_style() -> None:
    """Give the page its look."""
    css = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    st.html(f"<style>{css}</style>")
