"""Conversations that a person keeps: stored as they talk, listed beside it, taken away, wiped.

While storing is off, talking changes nothing that is stored; what is there from before can still be
found, read, renamed and deleted. The state of a visit holds, beside the turns, where each is
stored: ``kept_turns`` is aligned with ``turns``, so that an answer made anew takes the place of the
old one and nothing else is touched. What was told while storing was off is stored nowhere, and is
not stored later either. Nor is a message of danger and whatever follows it in the same talk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import streamlit as st

from coachbot.conversations import (
    Conversation,
    Conversations,
    Feedback,
    Kept,
    Summary,
    open_conversations,
    to_json,
    to_markdown,
)
from coachbot.errors import CoachbotError, ConversationNotFoundError
from coachbot.pages import asking
from coachbot.pages.choices import choices
from coachbot.pages.labels import counted, plain
from coachbot.pages.roles import login_configured, own_page, person
from coachbot.pages.session import turns
from coachbot.prompts import say
from coachbot.settings import load_settings
from coachbot.types import Turn

_SHOWN = 40


def keeping() -> bool:
    """Whether this visit's conversations are stored; of people who must log in, only theirs."""
    return choices().keep and bool(person() or own_page())


def kept_line() -> str:
    """What is kept of what one writes, true to the settings."""
    if not keeping():
        unless = choices().keep and login_configured()
        return say("conversations", "kept-after-login" if unless else "nothing-kept")
    place = load_settings().conversations
    where = "here" if isinstance(place, Path) else "server"
    return say("conversations", f"kept-{where}")


def remember() -> None:
    """Bring what is stored to the state of the talk: new turns in, those taken back out."""
    kept = _kept()
    st.session_state["kept_turns"] = kept
    try:
        same = _common(turns(), [turn for turn, _ in kept])
        for place in _places(kept[same:]) if keeping() else ():
            store().take_back(place.turn_id)
        places = _places(kept)
        last = places[-1].conversation_id if places else None
        del kept[same:]
        danger = any(map(_is_of_danger, turns()[:same]))
        for turn in turns()[same:]:
            danger = danger or _is_of_danger(turn)
            stored = _add(store(), turn, last) if keeping() and not danger else None
            last = stored.conversation_id if stored else last
            kept.append((turn, stored))
    except CoachbotError as error:
        st.session_state["past_trouble"] = f"{error.message} {error.hint}"


def begin_anew() -> None:
    """The next turn begins a new conversation."""
    st.session_state["kept_turns"] = []


def sidebar() -> None:
    """The conversations in the sidebar: find, open, rename, take away, delete."""
    with st.sidebar, st.container(key="past"):
        if trouble := st.session_state.pop("past_trouble", ""):
            st.error(plain(trouble))
        if told := st.session_state.pop("past_told", ""):
            st.success(told)
        try:
            _list()
        except CoachbotError as error:
            st.error(plain(f"{error.message} {error.hint}"))


def feedback(number: int) -> None:
    """Ask whether the reply of a turn was useful; drawn only where the answer can be stored."""
    places = [place for _, place in _kept()]
    place = places[number] if number < len(places) else None
    if not (keeping() and place):
        return
    turn_id = place.turn_id
    given: Feedback | None = st.session_state.get("feedback", {}).get(turn_id)
    with st.container(key=f"feedback-{number}", horizontal=True, vertical_alignment="center"):
        st.caption(say("conversations", "was-it-useful"), width="content")
        for useful, word in ((True, "useful"), (False, "not-useful")):
            st.button(
                say("conversations", word),
                key=f"{word}-{turn_id}",
                type="primary" if given and given.useful is useful else "tertiary",
                on_click=_rate,
                args=(turn_id, Feedback(useful, given.reason if given else "")),
            )
    if given:
        key = f"reason-{turn_id}"
        st.text_input(
            say("conversations", "reason"),
            value=given.reason,
            max_chars=500,
            key=key,
            on_change=lambda: _rate(turn_id, Feedback(given.useful, st.session_state[key])),
        )


def store() -> Conversations:
    """What this person has stored; made at first use.

    Raises:
        CoachbotError: it cannot be opened.
    """
    return _opened(load_settings().conversations).of(person())


@st.cache_resource(show_spinner=False)
def _opened(place: str | Path) -> Conversations:
    return open_conversations(place)


def _add(stored: Conversations, turn: Turn, to: str | None) -> Kept:
    try:
        return stored.add(turn, to)
    except ConversationNotFoundError:  # deleted in another window: what was said there stays gone
        return stored.add(turn)


def _kept() -> list[tuple[Turn, Kept | None]]:
    """Each turn of the talk with where it is stored; None for one that is not."""
    found: list[tuple[Turn, Kept | None]] = st.session_state.get("kept_turns", [])
    return found


def _conversations_here() -> set[str]:
    """Which stored conversations the talk on the page stands in."""
    return {place.conversation_id for place in _places(_kept())}


def _places(kept: Sequence[tuple[Turn, Kept | None]]) -> list[Kept]:
    return [place for _, place in kept if place]


def _is_of_danger(turn: Turn) -> bool:
    return turn.answer is not None and turn.answer.screening.is_crisis


def _common(now: Sequence[Turn], before: Sequence[Turn]) -> int:
    same = 0
    while same < min(len(now), len(before)) and now[same] == before[same]:
        same += 1
    return same


def _list() -> None:
    if not (keeping() or _from_before()):
        return
    st.subheader(say("conversations", "heading"))
    if not keeping():
        st.caption(say("conversations", "off-but-stored"))
    search = st.text_input(say("conversations", "search"), key="past-search", max_chars=200)
    found = store().list(search, limit=_SHOWN + 1)
    if not found:
        st.caption(say("conversations", "none-found" if search.strip() else "none-yet"))
    for summary in found[:_SHOWN]:
        _item(summary)
    if len(found) > _SHOWN:
        st.caption(say("conversations", "more-by-search", count=_SHOWN))
    if found:
        _all_button()


def _from_before() -> bool:
    """Whether something is stored that this person may see; looking makes no file."""
    place = load_settings().conversations
    there = not isinstance(place, Path) or place.exists()
    return there and bool(person() or own_page()) and bool(store().list(limit=1))


def _all_button() -> None:
    if st.button(say("conversations", "all"), key="past-all", icon=":material/folder_open:"):
        _all()


def _item(summary: Summary) -> None:
    current = summary.id in _conversations_here() or summary.id == st.session_state.get("unread")
    facts = {"day": _day(summary.changed_at), "count": counted(summary.turns, "message")}
    st.button(
        plain(summary.title) or say("conversations", "untitled"),
        key=f"open-{summary.id}",
        type="secondary" if current else "tertiary",
        help=say("conversations", "facts", **facts),
        on_click=_open,
        args=(summary.id,),
        width="stretch",
    )
    if current and st.button(
        say("conversations", "more"),
        key=f"more-{summary.id}",
        icon=":material/edit:",
        type="tertiary",
    ):
        _more(summary)


@st.dialog(say("conversations", "one"))
def _more(summary: Summary) -> None:
    """One conversation: its title, files to take away, its end."""
    with st.form("rename", border=False):
        title = st.text_input(say("conversations", "title"), summary.title, max_chars=120)
        if st.form_submit_button(say("conversations", "rename")):
            _done(lambda: store().rename(summary.id, title))
            st.rerun()
    _downloads([summary.id], f"talk-{summary.started_at[:10]}")
    st.divider()
    st.markdown(say("conversations", "delete-note"))
    if st.button(say("conversations", "delete"), key="delete-one", icon=":material/delete:"):
        if _done(lambda: store().delete(summary.id)):
            st.session_state["past_told"] = say("conversations", "deleted")
        _forget_here({summary.id})
        st.rerun()


def _downloads(ids: Sequence[str], name: str) -> None:
    """Files of conversations to take away; of one that is damaged is said that it is left out."""
    conversations = list[Conversation]()
    for id in ids:
        try:
            conversations.append(store().get(id))
        except CoachbotError as error:
            st.error(plain(f"{error.message} {error.hint}"))
    if not conversations:
        return
    with st.container(horizontal=True):
        st.download_button(
            say("conversations", "as-markdown"),
            to_markdown(conversations),
            f"{name}.md",
            "text/markdown",
            on_click="ignore",
        )
        st.download_button(
            say("conversations", "as-json"),
            to_json(conversations),
            f"{name}.json",
            "application/json",
            on_click="ignore",
        )


@st.dialog(say("conversations", "all"))
def _all() -> None:
    """Everything that is stored: to take away, or to delete once the person says they mean it."""
    ids = [summary.id for summary in store().list(limit=sys.maxsize)]
    _downloads(ids, "talks")
    st.divider()
    st.markdown(say("conversations", "delete-all-note"))
    sure = st.checkbox(say("conversations", "delete-all-sure"))
    if st.button(
        say("conversations", "delete-all"),
        key="delete-all",
        icon=":material/delete:",
        type="primary",
        disabled=not sure,
    ):
        gone: list[int] = []
        if _done(lambda: gone.append(store().delete_everything())):
            count = counted(sum(gone), "conversation")
            st.session_state["past_told"] = say("conversations", "deleted-all", count=count)
        _forget_here(None)
        st.rerun()


def _open(id: str) -> None:
    st.session_state.pop("unread", None)
    try:
        whole = store().get(id)
    except CoachbotError as error:
        st.session_state["past_trouble"] = f"{error.message} {error.hint}"
        st.session_state["unread"] = id  # it can still be deleted
        return
    asking.stop()  # what was being answered stays in the talk that is left
    remember()
    asking.lay_out(stored.turn for stored in whole.turns)
    st.session_state["kept_turns"] = [
        (stored.turn, Kept(whole.id, stored.id)) for stored in whole.turns
    ]
    st.session_state["feedback"] = {s.id: s.feedback for s in whole.turns if s.feedback}


def _rate(turn_id: str, feedback: Feedback) -> None:
    if _done(lambda: store().rate(turn_id, feedback)):
        st.session_state.setdefault("feedback", {})[turn_id] = feedback


def _forget_here(ids: set[str] | None) -> None:
    """What was deleted leaves this page too: ``None`` means everything."""
    here = _conversations_here()
    if here and (ids is None or here & ids):
        asking.lay_out(())
        st.session_state["kept_turns"] = []
        st.session_state.pop("feedback", None)


def _done(act: Callable[[], object]) -> bool:
    """Do something to the store; what goes wrong is said on the next run."""
    try:
        act()
    except CoachbotError as error:
        st.session_state["past_trouble"] = f"{error.message} {error.hint}"
        return False
    return True


def _day(moment: str) -> str:
    day = datetime.fromisoformat(moment)
    return f"{day.day} {day:%B %Y}"
