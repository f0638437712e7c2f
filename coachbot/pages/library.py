"""The library: what the coach answers from."""

from __future__ import annotations

import streamlit as st

from coachbot.prompts import say


def show() -> None:
    """Say what will be here."""
    st.title(say("page", "place-library"))
    st.markdown(say("page", "library-empty"))
