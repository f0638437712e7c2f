"""One exchange on the page: what was written, the reply with its sources, what to do with it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape

import streamlit as st

from coachbot.conversations.export import reply_to_markdown
from coachbot.pages import asking, past
from coachbot.pages.choices import model_writes
from coachbot.pages.exits import chosen_country, country_selector, help_pages, leave, linked
from coachbot.pages.reply import reply_html
from coachbot.pages.roles import Role, may
from coachbot.pages.session import Aside, turns
from coachbot.prompts import say
from coachbot.safety.cards import asks_whether
from coachbot.safety.replies import Reply
from coachbot.types import Answer, Level, Outcome, Screening, Turn

_WHERE_ASKED = ("yes", "not-sure")
"""Replies beside "that's not what I meant" where a card asks whether there is danger."""


def show(number: int, newest: bool) -> None:
    """Draw one turn of the talk.

    Args:
        number: its place among the turns, from 0.
        newest: whether it is the last thing on the page.
    """
    turn = turns()[number]
    user_says(turn.question, number)
    answer = turn.answer
    if answer is None:
        return
    with st.container(key=_place(number)):
        if answer.outcome is Outcome.SAFETY:
            answer = asking.in_country(number)
            card(answer, number, newest, asks=newest and _asks(number, answer))
        else:
            st.html(f"{_heading('reply-heading')}{reply_html(answer, _place(number), newest)}")
            _actions(turn, number, newest)
            if newest and answer.screening.category == "possible_control":
                _more_help(answer.screening, number)
    if newest:
        st.session_state.pop("asking", None)
        _announce(f"done-{turn.asked_at}", _done(answer), number)


def user_says(message: str, number: int) -> None:
    """Draw what the person wrote, as it is: no markup in it acts."""
    st.html(
        f"<div class='said' id='turn-{number + 1}'>{_heading('you-heading')}"
        f"<p>{escape(message)}</p></div>"
    )


def announce(what: str, words: str, number: int) -> None:
    """Have a screen reader say something of the answer that is being made, once for each asking.

    Args:
        what: what it says, in a word.
        words: the words to say.
        number: the place of the turn, from 0; it is brought into view.
    """
    # The same message may be asked again in the same place: each asking has an id of its own.
    asking_id = st.session_state.setdefault("asking", secrets.token_hex(4))
    _announce(f"{what}-{asking_id}", words, number)


def _announce(id: str, words: str, number: int) -> None:
    """The page's script says what has an id that it has not met."""
    st.html(
        f"<span class='announce' data-id='{escape(id)}' data-turn='{number + 1}' "
        f"data-say='{escape(words)}'></span>"
    )


def _heading(name: str) -> str:
    return f"<h2 class='unseen'>{escape(say('page', name))}</h2>"


def _place(number: int) -> str:
    return f"answer-{number + 1}"


def _done(answer: Answer) -> str:
    """What is said when a reply is whole; in danger at home nothing that others may not hear."""
    found, is_card = answer.screening, answer.outcome is Outcome.SAFETY
    if is_card and found.is_crisis and found.category != "partner_violence":
        return say("page", "done-help")
    count = len({citation.number for citation in answer.citations})
    if not count:
        return say("page", "done-plain")
    return say("page", "done", count=f"{count} source" if count == 1 else f"{count} sources")


def _edit_form(turn: Turn) -> None:
    """The last message, to be changed and sent again."""
    with st.form("edit-form", border=False):
        message = st.text_area(say("page", "edit-label"), turn.question, max_chars=20_000)
        with st.container(horizontal=True):
            if st.form_submit_button(say("page", "send-again"), type="primary"):
                asking.ask_again(message)
                st.rerun()
            if st.form_submit_button(say("page", "cancel")):
                st.session_state.pop("editing", None)
                st.rerun()


def _begin_editing() -> None:
    st.session_state["editing"] = True


def _actions(turn: Turn, number: int, newest: bool) -> None:
    answer = turn.answer
    assert answer
    with st.container(key=f"actions-{number + 1}", horizontal=True, vertical_alignment="center"):
        copied = escape(reply_to_markdown(answer), quote=True)
        label = escape(say("page", "copy"))
        done = escape(say("page", "copied"))
        st.html(
            f"<button type='button' class='copy' data-copy='{copied}' data-done='{done}'>{label}"
            "</button>",
            width="content",
        )
        if answer.citations and may(Role.CLINICIAN):
            _for_handout(turn, number)
        changeable = newest and asking.may_take_back()
        if changeable:
            again, hint = (
                say("page", "again"),
                None if model_writes() else say("page", "again-hint"),
            )
            st.button(say("page", "edit"), key="edit", on_click=_begin_editing, type="tertiary")
            st.button(again, key="again", on_click=asking.ask_again, type="tertiary", help=hint)
    if changeable and st.session_state.get("editing"):
        _edit_form(turn)
    past.feedback(number)


def _for_handout(turn: Turn, number: int) -> None:
    """Offer the reply, and each passage under it, for a handout."""
    menu = st.popover(
        say("page", "for-handout"), key=f"aside-{number + 1}", type="tertiary", on_change="rerun"
    )
    if not menu.open:
        return
    answer = turn.answer
    assert answer
    cited = {c.passage_id: c for c in answer.citations}
    whole = Aside(answer.text, answer=answer)
    with menu:
        _put_aside(say("page", "aside-reply"), whole, f"aside-{number + 1}-reply")
        for id, citation in cited.items():
            text = next((h.passage.text for h in answer.hits if h.passage.id == id), citation.quote)
            label = say("page", "aside-passage", number=citation.number, title=citation.title)
            passage = Aside(text, id)
            _put_aside(label, passage, f"aside-{number + 1}-{citation.number}")
        st.caption(say("page", "aside-note"))


def _put_aside(label: str, aside: Aside, key: str) -> None:
    held: list[Aside] = st.session_state.setdefault("for_handout", [])
    there = aside in held

    def change() -> None:
        if there:
            held.remove(aside)
        else:
            held.append(aside)

    st.checkbox(label, value=there, key=key, on_change=change)


def card(answer: Answer, number: int, newest: bool, *, asks: bool = False) -> None:
    """Show the fixed words that meet danger, with the numbers of this person's country.

    Args:
        answer: the reply.
        number: its place among the turns, from 0.
        newest: whether it is the last thing on the page, and can be replied to.
        asks: whether it asks if there is danger, so that yes and not sure are offered too.
    """
    words = "\n\n".join(claim.text for claim in answer.claims)
    own_life = _is_about_own_life(answer.screening)
    offered = [reply.value for reply in Reply] if own_life else [Reply.MISREAD.value]
    if answer.screening.category == "partner_violence" and "\n\n" in words:
        # One neutral line stays in sight; the rest is opened only where that is safe.
        first, _, rest = words.partition("\n\n")
        st.html(_boxed(first, number))
        if newest:
            st.button(say("page", "not-safe"), key="leave-card", on_click=leave)
        with st.expander(say("page", "safe-to-read")):
            st.html(_paragraphs(rest))
            if asks:
                _replies_offered(_WHERE_ASKED)
    else:
        st.html(_boxed(words, number))
        offered = [*_WHERE_ASKED, *offered] if asks else offered
    if newest and answer.screening.level is not Level.NONE:
        _replies_offered(offered)
        _more_help(answer.screening, number)


def _more_help(found: Screening, number: int) -> None:
    """The fixed pages, and whose numbers are named."""
    help_pages(chosen_country(), found.category)
    country_selector(f"country-{number}")


def _asks(number: int, answer: Answer) -> bool:
    """Whether a card asks if there is danger; only the first of its kind does."""
    before = turns()[number - 1].answer if number else None
    if before is not None and before.screening.category == answer.screening.category:
        return False
    return asks_whether(turns()[number].question, answer.screening)


def _is_about_own_life(found: Screening) -> bool:
    return found.category == "suicide_self_harm" and found.subject == "self"


def _boxed(words: str, number: int) -> str:
    return f"<div class='card' id='card-{number + 1}'>{_paragraphs(words)}</div>"


def _paragraphs(words: str) -> str:
    where = chosen_country()
    return "".join(f"<p>{linked(part, where)}</p>" for part in words.split("\n\n"))


def _replies_offered(names: Sequence[str]) -> None:
    with st.container(horizontal=True, key=f"replies-{names[0]}"):
        for name in names:
            words = say("page", f"reply-{name}")
            st.button(words, on_click=asking.ask, args=(words,), key=f"reply-{name}")
