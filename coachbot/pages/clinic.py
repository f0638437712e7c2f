"""The clinic's profile and the switch for recent handouts, on the settings page."""

from __future__ import annotations

import streamlit as st

from coachbot.errors import CoachbotError, HandoutError
from coachbot.handouts.logo import check_logo
from coachbot.handouts.model import MOST_LOGO_MEGABYTES, Brand
from coachbot.handouts.shelf import Shelf
from coachbot.pages.labels import plain
from coachbot.pages.roles import person
from coachbot.prompts import say
from coachbot.settings import load_settings

_WORDS = "handouts-page"


def show_profile() -> None:
    """Let whoever runs the place say what is printed on handouts."""
    st.subheader(say(_WORDS, "clinic"))
    st.caption(say(_WORDS, "clinic-note"))
    with st.form("clinic", border=False):
        _profile(own_shelf())


def show_recent() -> None:
    """Let a professional say whether their recent handouts are kept."""
    st.toggle(
        say(_WORDS, "keep-recent"),
        value=own_shelf().keeps_recent,
        key="keep-handouts-chosen",
        on_change=_keep,
        args=(own_shelf(),),
    )
    st.caption(say(_WORDS, "keep-recent-note"))


def kept_brand(shelf: Shelf) -> Brand:
    """The clinic's profile; where it is damaged, say so and go on without one."""
    try:
        return shelf.clinic()
    except HandoutError:
        st.warning(say(_WORDS, "clinic-damaged"))
        return Brand()


def own_shelf() -> Shelf:
    """What this person keeps of handouts, and the clinic's profile."""
    return Shelf(load_settings().shared_folder / "handouts", person())


def _profile(shelf: Shelf) -> None:
    kept = kept_brand(shelf)
    name = st.text_input(say(_WORDS, "clinic-name"), kept.name)
    contact = st.text_input(say(_WORDS, "clinic-contact"), kept.contact)
    footer = st.text_input(say(_WORDS, "clinic-footer"), kept.footer)
    logo = st.file_uploader(
        say(_WORDS, "clinic-logo"),
        type=["png", "jpg", "jpeg", "svg"],
        max_upload_size=MOST_LOGO_MEGABYTES,
    )
    alt = st.text_input(say(_WORDS, "clinic-logo-alt"), kept.logo_alt)
    without = bool(kept.logo) and st.checkbox(say(_WORDS, "clinic-no-logo"))
    if st.form_submit_button(say(_WORDS, "clinic-save")):
        shown = logo.getvalue() if logo else kept.logo
        words = (name, contact, footer)
        _save(shelf, words, b"" if without else shown, "" if without else alt)


def _save(shelf: Shelf, words: tuple[str, str, str], logo: bytes, alt: str) -> None:
    """Keep a profile that can be printed; of any other, say what is wrong and keep nothing."""
    try:
        if logo:
            check_logo(logo)
        shelf.put_clinic(Brand(*words, logo, alt))
    except CoachbotError as error:
        st.error(plain(f"{error.message} {error.hint}"))
    else:
        st.success(say(_WORDS, "clinic-saved"))


def _keep(shelf: Shelf) -> None:
    try:
        shelf.keep_recent(bool(st.session_state["keep-handouts-chosen"]))
    except CoachbotError as error:  # nothing above a callback shows it
        st.error(plain(f"{error.message} {error.hint}"))
