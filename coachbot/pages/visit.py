"""What one browser tab holds, kept through a reload and wiped by the quick exit.

The tab makes itself a random token and keeps it in its ``sessionStorage``, which no other tab or
browser can read and which ends with the tab. The server holds, under that token, the state that is
to outlive a reload: in memory only, never on disk, and no longer than three hours without use.

Steps: the first run of a session shows the frame and asks the tab for its token; the second takes
over what is held under it. After each run, and before each piece of work, the state is held anew.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from coachbot.pages.roles import person

KEPT = (
    "whose",
    "adult",
    "turns",
    "pending",
    "editing",
    "country",
    "text_size",
    "choices",
    "agreed",
    "declined",
    "for_handout",
    "kept_turns",
    "feedback",
    "handout",
)
"""The names in the session's state that outlive a reload."""
_IDLE_SECONDS = 3 * 3600
_SWEEP_SECONDS = 600
_MOST_TABS = 10_000

_ask_tab = st.components.v2.component(
    "coachbot_tab", js=Path(__file__).with_name("visit.js").read_text(encoding="utf-8")
)


class Held:
    """The states of all tabs by token, each with the time it was last used.

    A page that is reloaded leaves a session behind whose last run may still be going on. Each
    session that arrives for a tab gets a stamp, and only the latest can put anything: what was
    wiped is not brought back by one that comes late.

    Args:
        now: the clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._states: dict[str, tuple[float, str, dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._now = now

    def arrive(self, tab: str) -> tuple[str, dict[str, Any]]:
        """A stamp for a new session of a tab, and what is held for it."""
        stamp = secrets.token_hex(8)
        with self._lock:
            state = self._states.pop(tab)[2] if tab in self._states else {}
            self._put(tab, stamp, state)
        return stamp, state

    def put(self, tab: str, stamp: str, state: dict[str, Any]) -> None:
        """Hold a tab's state, unless another session has arrived for it or it was wiped."""
        with self._lock:
            if tab in self._states and self._states[tab][1] == stamp:
                del self._states[tab]
                self._put(tab, stamp, state)

    def wipe(self, tab: str) -> None:
        """Let go of a tab's state."""
        with self._lock:
            self._states.pop(tab, None)

    def _put(self, tab: str, stamp: str, state: dict[str, Any]) -> None:
        self._states[tab] = (self._now(), stamp, state)
        self._let_go()

    def sweep(self) -> None:
        """Let go of what was idle for too long."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        for old in list(self._states):
            idle = self._now() - self._states[old][0]
            if len(self._states) <= _MOST_TABS and idle < _IDLE_SECONDS:
                break
            del self._states[old]


@st.cache_resource(show_spinner=False)
def held() -> Held:
    """The one memory of this server."""
    memory = Held()

    def sweep() -> None:
        while True:
            time.sleep(_SWEEP_SECONDS)
            memory.sweep()

    threading.Thread(target=sweep, daemon=True).start()
    return memory


def arrive() -> None:
    """Take over what is held for this tab; the page stops here until the tab has said who it is."""
    told = _ask_tab(
        key="tab-token",
        data={"known": st.session_state.get("tab", "")},
        on_tab_change=lambda: None,
    ).tab
    if "tab" in st.session_state:
        return
    if not told:
        st.stop()
    stamp, state = held().arrive(str(told))
    if state.get("whose") != person():
        state = {}  # somebody else has logged in or out in this tab
    st.session_state["tab"], st.session_state["stamp"] = str(told), stamp
    st.session_state["whose"] = person()
    for name, value in state.items():
        st.session_state.setdefault(name, value)


def hold() -> None:
    """Hold this session's state for its tab."""
    if tab := st.session_state.get("tab"):
        state = {name: st.session_state[name] for name in KEPT if name in st.session_state}
        held().put(tab, st.session_state.get("stamp", ""), state)


def wipe() -> None:
    """Let go of all that this session and its tab hold."""
    if tab := st.session_state.get("tab"):
        held().wipe(tab)
    st.session_state.clear()
