"""The talk: questions, answers, and the sources under each answer; the safety gate before all."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from coachbot.errors import CoachbotError
from coachbot.pages import past
from coachbot.pages.exits import (
    chosen_country,
    country_selector,
    help_pages,
    leave,
    linked,
)
from coachbot.pages.reply import reply_html
from coachbot.pages.session import coach, errors_shown, gate, turns
from coachbot.prompts import lines, say
from coachbot.safety.cards import fixed
from coachbot.safety.replies import Reply
from coachbot.types import Answer, Level, Outcome, Turn

AVATAR = ":material/menu_book:"


def show() -> None:
    """Show the talk so far, answer what was asked, and take the next message."""
    st.title(say("page", "title"))
    with errors_shown():
        if not _is_adult():
            return
    if message := st.chat_input(say("page", "input"), max_chars=20_000):
        _ask(message)
    with errors_shown():
        _notice()
        past.sidebar()
        _starters()
        _talk()


def _is_adult() -> bool:
    """Ask once whether this is an adult; others get the numbers of lines for the young."""
    if st.session_state.get("adult"):
        return True
    if st.session_state.get("adult") is False:
        where = chosen_country()
        st.html(f"<p>{linked(fixed('concern', 'minor', where), where)}</p>")
        country_selector("country-minor")
        return False
    st.markdown(say("safety/notices", "start"))
    st.markdown(say("page", "not-confidential"))
    st.markdown(f"**{say('page', 'adult-question')}**")
    with st.container(horizontal=True):
        st.button(say("page", "adult-yes"), on_click=_answer_age, args=(True,), type="primary")
        st.button(say("page", "adult-no"), on_click=_answer_age, args=(False,))
    return False


def _answer_age(adult: bool) -> None:
    st.session_state["adult"] = adult


def _notice() -> None:
    try:
        count = len(coach().documents())
    except CoachbotError as error:
        # Danger is met even so: the gate needs no library.
        st.warning(f"{error.message} {say('page', 'gate-only')}", icon=":material/error:")
        return
    st.markdown(say("page", "notice", count=_counted(count, "text"), kept=past.kept_line()))
    st.caption(say("page", "leave-help"))
    if count == 0:
        st.info(say("page", "empty-library"))


def _starters() -> None:
    if turns() or "pending" in st.session_state:
        return
    for starter in lines("page", "starters"):
        st.button(starter, on_click=_ask, args=(starter,), width="stretch")


def _ask(message: str) -> None:
    # Kept until it is answered: a rerun in the middle of the work does not lose the question.
    st.session_state["pending"] = message


def _talk() -> None:
    pending: str | None = st.session_state.get("pending")
    for number, turn in enumerate(turns()):
        _show(turn, number, newest=pending is None and number == len(turns()) - 1)
    if pending is not None:
        _user_says(pending)
        with st.chat_message("assistant", avatar=AVATAR), st.spinner(say("page", "working")):
            answer = _answer(pending)
        turns().append(Turn(pending, answer, asked_at=datetime.now(UTC).isoformat()))
        del st.session_state["pending"]
        past.remember()
        st.rerun()
    if turns():
        st.button(say("page", "new-conversation"), on_click=_begin_anew, icon=":material/refresh:")


def _answer(message: str) -> Answer:
    code = chosen_country().code
    met = gate().meet(message, turns(), code)
    if met.alone:
        return met.answer(message)
    return coach().ask(message, turns(), country=code)


def _show(turn: Turn, number: int, newest: bool) -> None:
    _user_says(turn.question)
    answer = turn.answer
    if answer is None:
        return
    with st.chat_message("assistant", avatar=AVATAR):
        if answer.outcome is Outcome.SAFETY:
            _show_card(answer, number, newest)
        else:
            st.html(reply_html(answer, f"answer-{number + 1}", newest))
        if newest:
            sources = len({c.number for c in answer.citations})
            done = say("page", "done", count=_counted(sources, "source"))
            st.html(f"<div class='announce' role='status'>{done}</div>")
        past.feedback(number)


def _show_card(answer: Answer, number: int, newest: bool) -> None:
    where = chosen_country()
    card = "\n\n".join(claim.text for claim in answer.claims)
    if answer.screening.category == "partner_violence" and "\n\n" in card:
        # One neutral line stays in sight; the rest is opened only where that is safe.
        first, _, rest = card.partition("\n\n")
        st.html(f"<div class='card'>{_paragraphs(first, number)}</div>")
        if newest:
            st.button(say("page", "not-safe"), key="leave-card", on_click=leave)
        with st.expander(say("page", "safe-to-read")):
            st.html(_paragraphs(rest, number))
    else:
        st.html(f"<div class='card'>{_paragraphs(card, number)}</div>")
    if newest and answer.screening.level is Level.CRISIS:
        _reply_buttons(answer)
        help_pages(where)
        country_selector(f"country-{number}")


def _paragraphs(text: str, number: int) -> str:
    where = chosen_country()
    parts = "".join(f"<p>{linked(part, where)}</p>" for part in text.split("\n\n"))
    return f"<div id='card-{number + 1}'>{parts}</div>"


def _reply_buttons(answer: Answer) -> None:
    asks = answer.screening.category == "suicide_self_harm" and answer.screening.subject == "self"
    replies = tuple(Reply) if asks else (Reply.MISREAD,)
    with st.container(horizontal=True, key="replies"):
        for reply in replies:
            words = say("page", f"reply-{reply.value}")
            st.button(words, on_click=_ask, args=(words,), key=f"reply-{reply.value}")


def _user_says(message: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.text(message)


def _begin_anew() -> None:
    st.session_state["turns"] = []
    st.session_state.pop("pending", None)
    past.begin_anew()


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
