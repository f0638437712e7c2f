"""Handouts: sheets of paper made from the library."""

from __future__ import annotations

import streamlit as st

from coachbot.prompts import say


def show() -> None:
    """Say what will be here."""
    st.title(say("page", "place-handouts"))
    st.markdown(say("page", "handouts-empty"))
