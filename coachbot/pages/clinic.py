"""The clinic's profile and the switch for recent handouts, on the settings page."""

from __future__ import annotations

import streamlit as st

from coachbot.handouts.model import Brand
from coachbot.handouts.shelf import Shelf
from coachbot.pages.roles import person
from coachbot.prompts import say
from coachbot.settings import load_settings

_WORDS = "handouts-page"


def show_profile() -> None:
    """Let whoever runs the place say what is printed on handouts."""
    st.subheader(say(_WORDS, "clinic"))
    st.caption(say(_WORDS, "clinic-note"))
    with st.form("clinic", border=False):
        _profile(_shelf())


def show_recent() -> None:
    """Let a professional say whether their recent handouts are kept."""
    st.toggle(
        say(_WORDS, "keep-recent"),
        value=bool(st.session_state.get("keep_handouts")),
        key="keep-handouts-chosen",
        on_change=_keep,
        args=(_shelf(),),
    )
    st.caption(say(_WORDS, "keep-recent-note"))


def _shelf() -> Shelf:
    return Shelf(load_settings().data / "handouts", person())


def _profile(shelf: Shelf) -> None:
    kept = shelf.clinic()
    name = st.text_input(say(_WORDS, "clinic-name"), kept.name)
    contact = st.text_input(say(_WORDS, "clinic-contact"), kept.contact)
    footer = st.text_input(say(_WORDS, "clinic-footer"), kept.footer)
    logo = st.file_uploader(say(_WORDS, "clinic-logo"), type=["png", "jpg", "jpeg", "svg"])
    alt = st.text_input(say(_WORDS, "clinic-logo-alt"), kept.logo_alt)
    if st.form_submit_button(say(_WORDS, "clinic-save")):
        shelf.put_clinic(Brand(name, contact, footer, logo.getvalue() if logo else kept.logo, alt))
        st.success(say(_WORDS, "clinic-saved"))


def _keep(shelf: Shelf) -> None:
    keep = bool(st.session_state["keep-handouts-chosen"])
    st.session_state["keep_handouts"] = keep
    if not keep:
        shelf.forget_recent()
