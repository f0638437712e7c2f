"""Who this is, where people log in, and what they may do there.

Without a login the page belongs to whoever opens it on the machine that serves it; those who come
from elsewhere are readers. Where a login is configured (``[auth]`` in Streamlit's
``secrets.toml``), the settings name clinicians and admins by the addresses that the login provider
vouches for; everybody else is a reader, logged in or not.
"""

from __future__ import annotations

from enum import IntEnum

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from coachbot.settings import load_settings

_PASSED_ON = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")
"""Headers of a proxy before the page."""


class Role(IntEnum):
    """What a person may do; each may do what those before may."""

    READER = 0
    """Talk, read the library, see their own conversations."""
    CLINICIAN = 1
    """Make handouts."""
    ADMIN = 2
    """Choose for all how answers are made and what is kept; add texts and remove them."""


def login_configured() -> bool:
    """Whether people log in here."""
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def own_page() -> bool:
    """Whether the page is this person's alone: no login, and nobody and nothing in between."""
    if login_configured() or isinstance(st.context.ip_address, str):  # None on this machine
        return False
    return not any(name in st.context.headers for name in _PASSED_ON)


def person() -> str:
    """Who is logged in; empty if nobody is.

    The name is the login provider's own for the person: an address may change hands.
    """
    if not st.user.get("is_logged_in"):
        return ""
    return f"{st.user.get('iss', '')}|{st.user.get('sub') or st.user.get('email', '')}"


def may(needed: Role) -> bool:
    """Whether this person may do what a role may."""
    return _role() >= needed


def _role() -> Role:
    if not login_configured():
        return Role.ADMIN if own_page() else Role.READER
    settings = load_settings()
    if _among(settings.admins):
        return Role.ADMIN
    return Role.CLINICIAN if _among(settings.clinicians) else Role.READER


def _among(names: str) -> bool:
    """Whether the address of who is logged in is named, by itself or by its ``@domain``."""
    # A provider may let people claim an address that it has not seen them use.
    if not st.user.get("is_logged_in") or st.user.get("email_verified") in (False, "false"):
        return False
    address = str(st.user.get("email") or "").strip().lower()
    named = {name.strip().lower() for name in names.split(",")}
    return bool(address) and bool({address, f"@{address.rpartition('@')[2]}"} & named)
