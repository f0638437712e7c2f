"""Logging in and out, beside the places to go, where a login is configured."""

from __future__ import annotations

from importlib.util import find_spec

import streamlit as st

from coachbot.pages import visit
from coachbot.pages.labels import plain
from coachbot.pages.roles import login_configured, person
from coachbot.prompts import say


def show() -> None:
    """Say who is logged in, with a way out; else the ways to log in."""
    if not login_configured():
        return
    with st.sidebar, st.container(key="login"):
        if person():
            name = str(st.user.get("email") or st.user.get("name") or "")
            st.caption(say("page", "logged-in", who=plain(name)))
            st.button(say("page", "log-out"), key="log-out", on_click=_log_out)
        elif find_spec("authlib") is None:
            st.warning(say("page", "login-missing"))
        else:
            _ways_in()


def _ways_in() -> None:
    auth = st.secrets["auth"]
    if "client_id" in auth:
        st.button(say("page", "log-in"), key="log-in", on_click=st.login)
    for name in auth:
        if isinstance(auth[name], dict) or hasattr(auth[name], "keys"):
            label = say("page", "log-in-with", provider=plain(name))
            st.button(label, key=f"log-in-{name}", on_click=st.login, args=(name,))


def _log_out() -> None:
    visit.wipe()
    st.logout()
