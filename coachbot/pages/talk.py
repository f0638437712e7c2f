"""The talk: messages, replies as they come, and what one could go on with."""

from __future__ import annotations

import streamlit as st

from coachbot.errors import CoachbotError
from coachbot.pages import asking, exchange, past
from coachbot.pages.choices import (
    agree,
    agreed,
    choices,
    decline,
    declined,
    model_writes,
    place_of_model,
    problem_of_model,
)
from coachbot.pages.document_view import address
from coachbot.pages.exits import chosen_country, country_selector, linked
from coachbot.pages.labels import plain
from coachbot.pages.reply import partial_html, reflection_html
from coachbot.pages.session import turns, warm
from coachbot.pages.suggestions import Suggestions, suggestions
from coachbot.prompts import lines, say
from coachbot.safety.cards import fixed
from coachbot.types import Document, Done, SentenceReady, Waiting

_KINDS = ("now", "understand", "work")
"""Kinds of users, each with questions to start from."""
_DRAWN, _STEP = 10, 5
"""Exchanges that are drawn at least, and how many at a time go behind a button: Streamlit draws all
of them anew at each click, and a long talk would grow slow."""


def show() -> None:
    """Show the talk so far, answer what was asked, and take the next message."""
    st.title(say("page", "title"))
    if not _is_adult():
        return
    past.sidebar()
    body = st.container(key="talk")
    with st.container(key="compose"):
        # Not at Streamlit's own place for it, which would keep the page scrolled to its end.
        if message := st.chat_input(say("page", "input"), max_chars=20_000):
            asking.ask(message)
    with body:
        _notice()
        if turns() or asking.pending():
            _talk()
        else:
            _starters()


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
    """What this is, where the words go and what is kept: always true to the settings."""
    opening = warm()
    if opening.ready and opening.failed:
        st.warning(say("page", "gate-only"), icon=":material/error:")
    kept = past.kept_line()
    st.markdown(f"{say('page', 'notice')} {kept}")
    chosen, place = choices(), place_of_model()
    if chosen.model and chosen.writes:
        if problem := problem_of_model():
            st.caption(plain(problem))
        elif not agreed():
            told = say("models", "declined" if declined() else "asks-first", place=place)
            st.markdown(told)
            with st.container(horizontal=True):
                st.button(say("page", "agree"), on_click=agree)
                if not declined():
                    st.button(say("page", "quote-only"), on_click=decline)
        else:
            where = "remote" if place else "local"
            st.caption(say("models", where, model=chosen.model, place=place))
    st.caption(say("page", "leave-help"))


def _starters() -> None:
    with st.container(key="starters"):
        for kind in _KINDS:
            st.html(f"<h2 class='starters'>{say('page', f'starters-{kind}-heading')}</h2>")
            for starter in lines("page", f"starters-{kind}"):
                st.button(starter, on_click=asking.ask, args=(starter,), width="stretch", wrap=True)


def _talk() -> None:
    being_made = asking.pending()
    last = len(turns()) - 1
    first = _first_drawn()
    if first:
        label = say("page", "earlier", count=first)
        st.button(label, on_click=_draw_all, icon=":material/history:")
    for number in range(first, len(turns())):
        exchange.show(number, newest=being_made is None and number == last)
    if being_made:
        _answer(being_made)
        past.remember()
        st.rerun()
    past.remember()
    _go_on()
    st.button(say("page", "new-conversation"), on_click=_begin_anew, icon=":material/refresh:")


def _first_drawn() -> int:
    """The place of the first exchange that is drawn; 0 once the earlier ones were asked for."""
    if st.session_state.get("earlier"):
        return 0
    return max(0, (len(turns()) - _DRAWN) // _STEP * _STEP)


def _draw_all() -> None:
    st.session_state["earlier"] = True


def _answer(being_made: asking.Pending) -> None:
    """Make the answer, showing each sentence as it comes; Stop keeps what has come."""
    number = len(turns())
    exchange.user_says(being_made.message, number)
    words, in_line = say("models", "checking") if model_writes() else say("page", "working"), 0
    exchange.announce("working", words, number)
    being_made.ready.clear()
    with st.container(key=f"answer-{number + 1}"):
        place, waiting = st.empty(), st.empty()
        st.button(say("page", "stop"), key="stop", on_click=asking.stop, icon=":material/stop:")
        waiting.markdown(words)
        for event in asking.answered(being_made.message):
            if isinstance(event, Waiting):
                words = asking.waiting_words(event)
                if event.place != in_line:  # a screen reader says each place once, not each second
                    exchange.announce(f"waiting-{event.place}", words, number)
                in_line = event.place
            elif isinstance(event, SentenceReady):
                being_made.ready.append(event)
                place.html(partial_html(being_made.claims, f"answer-{number + 1}"))
            if isinstance(event, Done):
                waiting.empty()
                asking.finish(being_made.message, event.answer)
            else:
                # Writing to the page lets a press of Stop through.
                waiting.markdown(words)


def _go_on() -> None:
    """What one could ask next, and a question to think about."""
    answer = turns()[-1].answer
    opening = warm()
    if answer is None or not opening.ready or opening.failed:
        return
    try:
        documents = {document.id: document for document in opening.coach().documents()}
    except CoachbotError:
        return
    found = suggestions(answer, documents)
    if not (found.ask or found.reflect):
        return
    with st.container(key="go-on"):
        _reflection(found, documents)
        if found.ask:
            st.html(f"<h2 class='starters'>{say('page', 'go-on')}</h2>")
        with st.container(horizontal=True, gap="small"):
            for number, question in enumerate(found.ask):
                label, key = plain(question), f"go-on-{number}"
                st.button(label, key=key, on_click=asking.ask, args=(question,), wrap=True)


def _reflection(found: Suggestions, documents: dict[str, Document]) -> None:
    if not found.reflect:
        return
    id, start, end = found.reflect
    document = documents[id]
    st.html(reflection_html(document.text[start:end], document.name, address(id, start, end)))


def _begin_anew() -> None:
    asking.begin_anew()
    past.begin_anew()
