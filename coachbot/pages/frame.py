"""What is around every page: its look, the ways out, the places to go, and this person's state."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from coachbot.pages import exits, handouts, library, settings, talk, visit
from coachbot.pages.session import errors_shown, warm
from coachbot.prompts import say

ICON = Path(__file__).with_name("icon.png")


def show() -> None:
    """Lay out the frame, find out who this is, and show the page that was asked for."""
    # The icon is a file of our own: Streamlit would fetch a named one from the network.
    st.set_page_config(
        page_title=say("page", "tab"),
        page_icon=ICON,
        layout="centered",
        initial_sidebar_state="auto",
    )
    page = st.navigation(places(), position="sidebar")
    _style()
    exits.ways_out()
    warm()
    with errors_shown():
        visit.arrive()
        try:
            page.run()
        finally:
            visit.hold()


def places() -> list[st.Page]:
    """The pages, in the order of the bar."""
    return [
        st.Page(talk.show, title=say("page", "place-talk"), url_path="talk", default=True),
        st.Page(handouts.show, title=say("page", "place-handouts"), url_path="handouts"),
        st.Page(library.show, title=say("page", "place-library"), url_path="library"),
        st.Page(settings.show, title=say("page", "place-settings"), url_path="settings"),
    ]


def _style() -> None:
    css = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    size = settings.text_size()
    if size != 100:
        css += f"\nhtml {{ font-size: {17 * size / 100}px !important; }}"
    st.html(f"<style>{css}</style>")
