"""The talk: questions, answers, and the sources under each answer."""

from __future__ import annotations

import streamlit as st

from coachbot.coach import Coach
from coachbot.pages.reply import reply_html
from coachbot.pages.session import coach, errors_shown, turns, use_style
from coachbot.prompts import lines, say
from coachbot.types import Turn


def page() -> None:
    """Show the talk so far, answer what was asked, and take the next message."""
    use_style()
    st.title(say("page", "title"))
    with errors_shown():
        ours = coach()
        count = len(ours.documents())
        st.markdown(say("page", "notice", count=_counted(count, "text")))
        if count == 0:
            st.info(say("page", "empty-library"))
        _starters()
        _talk(ours)
    if message := st.chat_input(say("page", "input"), max_chars=20_000):
        _ask(message)
        st.rerun()


def _starters() -> None:
    if turns() or "pending" in st.session_state:
        return
    for starter in lines("page", "starters"):
        st.button(starter, on_click=_ask, args=(starter,), width="stretch")


def _ask(message: str) -> None:
    # Kept until it is answered: a rerun in the middle of the work does not lose the question.
    st.session_state["pending"] = message


def _talk(ours: Coach) -> None:
    pending: str | None = st.session_state.get("pending")
    for number, turn in enumerate(turns()):
        _show(turn, number, newest=pending is None and number == len(turns()) - 1)
    if pending is not None:
        _user_says(pending)
        reply = st.chat_message("assistant", avatar=":material/menu_book:")
        with reply, st.spinner(say("page", "working")):
            answer = ours.ask(pending, turns())
        turns().append(Turn(pending, answer))
        del st.session_state["pending"]
        st.rerun()
    if turns():
        st.button(say("page", "new-conversation"), on_click=_begin_anew, icon=":material/refresh:")


def _show(turn: Turn, number: int, newest: bool) -> None:
    _user_says(turn.question)
    if turn.answer is None:
        return
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        st.html(reply_html(turn.answer, f"answer-{number + 1}", newest))
        if newest:
            sources = len({c.number for c in turn.answer.citations})
            done = say("page", "done", count=_counted(sources, "source"))
            st.html(f"<div class='announce' role='status'>{done}</div>")


def _user_says(message: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.text(message)


def _begin_anew() -> None:
    st.session_state["turns"] = []
    st.session_state.pop("pending", None)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
