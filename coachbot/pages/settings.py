"""Settings: whose help lines and how large the type, for each person; how answers are made."""

from __future__ import annotations

import streamlit as st

from coachbot.pages import clinic
from coachbot.pages.choices import (
    agree,
    agreed,
    choices,
    choose,
    place_of_model,
    problem_of_model,
    tried,
)
from coachbot.pages.exits import country_selector
from coachbot.pages.labels import plain
from coachbot.pages.roles import Role, login_configured, may
from coachbot.prompts import say

SIZES = (100, 115, 130, 150)
"""Sizes of the type, in per cent."""
_QUOTED, _MODEL = "quoted", "model"


def show() -> None:
    """Let the person choose for themselves and, where they may, for the place."""
    st.title(say("page", "place-settings"))
    st.header(say("page", "settings-you"))
    country_selector("country-in-settings")
    st.selectbox(
        say("page", "text-size"),
        SIZES,
        index=SIZES.index(text_size()),
        format_func=lambda size: say("page", f"size-{size}"),
        key="text-size-chosen",
        on_change=_choose_size,
    )
    st.header(say("page", "settings-all" if login_configured() else "settings-answers"))
    if may(Role.ADMIN):
        _answers()
        _keeping()
        _clinic()
        clinic.show_profile()
    else:
        st.markdown(say("page", "admins-only"))
    if may(Role.CLINICIAN):
        clinic.show_recent()


def text_size() -> int:
    """The chosen size of the type, in per cent."""
    size: int = st.session_state.get("text_size", 100)
    return size


def _choose_size() -> None:
    st.session_state["text_size"] = st.session_state["text-size-chosen"]


def _answers() -> None:
    chosen = choices()
    st.radio(
        say("page", "style"),
        (_QUOTED, _MODEL),
        index=int(chosen.writes),
        format_func=lambda style: say("page", f"style-{style}"),
        captions=[say("page", "style-quoted-note"), say("page", "style-model-note")],
        key="style-chosen",
        on_change=lambda: choose(writes=st.session_state["style-chosen"] == _MODEL),
    )
    if not chosen.writes:
        return
    st.text_input(
        say("page", "model"),
        chosen.model,
        max_chars=300,
        placeholder="ollama:llama3.2",
        help=say("page", "model-help"),
        key="model-chosen",
        on_change=lambda: choose(model=st.session_state["model-chosen"].strip()),
    )
    if not chosen.model:
        st.caption(say("page", "model-none"))
        return
    if problem := problem_of_model():
        st.warning(plain(problem))
        return
    place = place_of_model()
    if not agreed():
        st.warning(say("models", "asks-first", place=place))
        st.button(say("page", "agree"), on_click=agree)
        return
    where = "remote" if place else "local"
    st.caption(say("models", where, model=chosen.model, place=place))
    if st.button(say("page", "try-model"), key="try-model"):
        with st.spinner(say("page", "trying")):
            st.info(tried(chosen.model))


def _keeping() -> None:
    st.toggle(
        say("page", "keep"),
        choices().keep,
        key="keep-chosen",
        on_change=lambda: choose(keep=st.session_state["keep-chosen"]),
    )
    st.caption(say("page", "keep-note"))


def _clinic() -> None:
    """The mode without a talk; without a login anyone could switch it back, so none can."""
    if not login_configured():
        st.caption(say("page", "clinic-note"))
        return
    st.toggle(
        say("page", "clinic"),
        choices().handouts_only,
        key="clinic-chosen",
        on_change=lambda: choose(handouts_only=st.session_state["clinic-chosen"]),
    )
