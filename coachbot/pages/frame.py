"""What is around every page: its look, the ways out, the places to go, and this person's state."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from coachbot.pages import exits, handouts, library, login, settings, talk, visit
from coachbot.pages.choices import choices
from coachbot.pages.roles import Role, may
from coachbot.pages.session import errors_shown, warm
from coachbot.prompts import say

_TYPE_PX = 17
"""The size of the type as ``.streamlit/config.toml`` sets it, in pixels."""
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
    warm()
    pages = places()
    page = st.navigation(pages, position="hidden")
    with st.container(key="frame"):
        _look()
        exits.gone()
        visit.arrive()
        # Only now is the style surely there: what is drawn before it, Streamlit's own bar of pages
        # too, would jump.
        exits.ways_out()
        size = _TYPE_PX * settings.text_size() / 100
        st.html(f"<style>html {{ font-size: {size}px !important; }}</style>")
    with st.sidebar, st.container(key="places"):
        for place in pages:
            st.page_link(place)
    login.show()
    visit.hold()
    try:
        with errors_shown():
            page.run()
    finally:
        visit.hold()


def places() -> list[StreamlitPage]:
    """The pages that this person may use, in the order of the bar; a clinic may have no talk."""
    shown = [("library", library.show), ("settings", settings.show)]
    if may(Role.CLINICIAN):
        shown.insert(0, ("handouts", handouts.show))
    if not choices().handouts_only:
        shown.insert(0, ("talk", talk.show))
    return [
        st.Page(page, title=say("page", f"place-{name}"), url_path=name, default=not number)
        for number, (name, page) in enumerate(shown)
    ]


def _look() -> None:
    """The style and the script of every page, from files of our own."""
    css = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    st.html(f"<style>{css}</style>")
    script = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
