"""Settings of one visit: whose help lines, how large the type."""

from __future__ import annotations

import streamlit as st

from coachbot.pages import clinic
from coachbot.pages.exits import country_selector
from coachbot.prompts import say

SIZES = (100, 115, 130, 150)
"""Sizes of the type, in per cent."""


def show() -> None:
    """Let the person choose."""
    st.title(say("page", "place-settings"))
    country_selector("country-in-settings")
    st.select_slider(
        say("page", "text-size"),
        SIZES,
        value=text_size(),
        format_func=lambda size: f"{size} %",
        key="text-size-chosen",
        on_change=_choose_size,
    )
    clinic.show()


def text_size() -> int:
    """The chosen size of the type, in per cent."""
    size: int = st.session_state.get("text_size", 100)
    return size


def _choose_size() -> None:
    st.session_state["text_size"] = st.session_state["text-size-chosen"]
