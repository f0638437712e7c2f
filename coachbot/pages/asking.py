"""What happens to a talk: a message is asked, stopped, taken back and asked again.

A message that is being answered lies in the session's state as ``pending``, with the sentences that
have come so far, so that neither a rerun nor a reload loses it. The answer is made in a thread of
its own: the page can be stopped, left or reloaded while a chat model is still thinking.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import ceil

import streamlit as st

from coachbot.answering.chat_drafter import ChatModelDrafter
from coachbot.answering.extractive import ExtractiveDrafter
from coachbot.errors import CoachbotError
from coachbot.pages import visit
from coachbot.pages.choices import chosen_coach
from coachbot.pages.exits import chosen_country
from coachbot.pages.session import gate, turns, warm
from coachbot.prompts import say
from coachbot.safety import Gate
from coachbot.safety.lines import numbers_for
from coachbot.types import (
    Answer,
    Claim,
    Done,
    Event,
    Level,
    Outcome,
    Screening,
    SentenceReady,
    Turn,
    Verdict,
    Waiting,
)

_LOOK_SECONDS = 0.25
"""How often a page that waits for words looks whether it was stopped."""


@dataclass(slots=True)
class Pending:
    """A message that is being answered, and the sentences that have come so far."""

    message: str
    ready: list[SentenceReady] = field(default_factory=list)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What has come, to be shown."""
        return tuple(one.claim for one in self.ready)

    def stopped(self, screening: Screening) -> Answer:
        """The answer as far as it came, under the name of whoever wrote it."""
        own = Claim(say("page", "stopped"), Verdict.CONNECTIVE, support=1.0)
        written = [one for one in self.ready if one.model]
        held = any(one.claim.verdict is Verdict.SUPPORTED for one in written)
        return Answer(
            question=self.message,
            searched_for="",
            outcome=self.ready[-1].outcome if self.ready else Outcome.ANSWERED,
            claims=(*self.claims, own),
            screening=screening,
            drafter=ChatModelDrafter.name if held else ExtractiveDrafter.name,
            model=written[0].model if written else None,
        )


def pending() -> Pending | None:
    """The message that is being answered, if there is one."""
    found: Pending | None = st.session_state.get("pending")
    return found


def ask(message: str) -> None:
    """Ask; an answer that was still being made stays as far as it came."""
    stop()
    st.session_state.pop("editing", None)
    if message.strip():
        st.session_state["pending"] = Pending(message.strip())
        visit.hold()


def stop() -> None:
    """End the answer that is being made, and keep what has come of it."""
    if being_made := pending():
        message = being_made.message
        met = _gate_at_hand().meet(message, list(turns()), chosen_country().code)
        # Whoever is in danger gets the card, also where they did not wait for it.
        finish(message, met.answer(message) if met.alone else being_made.stopped(met.screening))


def in_country(number: int) -> Answer:
    """The gate's answer of a turn with the numbers of the country that is chosen now.

    Args:
        number: the place of the turn, from 0.
    """
    turn, where = turns()[number], chosen_country()
    answer = turn.answer
    assert answer
    if answer.claims and answer.claims[-1].text == numbers_for(where):
        return answer
    met = _gate_at_hand().meet(turn.question, turns()[:number], where.code)
    same = met.alone and met.screening.category == answer.screening.category
    return replace(answer, claims=met.claims) if same else answer


def finish(message: str, answer: Answer) -> None:
    """Put an answered message into the talk."""
    turns().append(Turn(message, answer, asked_at=datetime.now(UTC).isoformat()))
    st.session_state.pop("pending", None)
    visit.hold()


def may_take_back() -> bool:
    """Whether the last message may be changed: what called for help stays in the talk."""
    answer = turns()[-1].answer if turns() and not pending() else None
    return (
        answer is not None
        and answer.outcome is not Outcome.SAFETY
        and answer.screening.level is Level.NONE
    )


def ask_again(message: str = "") -> None:
    """Take the last message back, and ask it once more or, if given, in other words."""
    if may_take_back():
        last = turns().pop()
        ask(message.strip() or last.question)
    elif message.strip():
        ask(message)


def begin_anew() -> None:
    """Begin a new conversation."""
    lay_out(())


def lay_out(talk: Iterable[Turn]) -> None:
    """Make this the talk of the page; what was going on in another one is let go of."""
    st.session_state["turns"] = list(talk)
    for name in ("pending", "editing", "earlier"):
        st.session_state.pop(name, None)


def answered(message: str) -> Iterator[Event | None]:
    """The answer to a message as it comes; None each time that nothing has come for a moment.

    Raises:
        CoachbotError: the library cannot be used, and the message is not about danger.
    """
    country, history = chosen_country().code, list(turns())
    # Danger is met at once and whole, so that no part of a card stands open meanwhile. Before the
    # encoder is loaded that is what the patterns know; everything else waits for it.
    met = _gate_at_hand().meet(message, history, country)
    if met.screening.is_crisis:
        yield Done(met.answer(message))
        return
    try:
        coach = chosen_coach()
    except CoachbotError:
        # The gate needs no library.
        met = gate().meet(message, history, country)
        if not met.alone:
            raise
        yield Done(met.answer(message))
        return
    yield from _in_a_thread(lambda: coach.stream(message, history, country=country))


def waiting_words(waiting: Waiting) -> str:
    """How many are before this one at the chat model, and about how long that takes."""
    if not waiting.place:
        return say("models", "checking")
    before = waiting.place - 1
    name = ("next", "one")[before] if before < 2 else "more"
    words = say("models", f"waiting-{name}", before=before)
    if waiting.seconds is None:
        return words
    # Rounded up, since one who is told too little waits longer than one who is told too much.
    fives = 5 * max(1, ceil(waiting.seconds / 5))
    unit, count = ("seconds", fives) if fives <= 90 else ("minutes", ceil(fives / 60))
    return f"{words} {say('models', f'waiting-{unit}', count=count)}"


def _gate_at_hand() -> Gate:
    """The gate, without waiting for an encoder that is being loaded: then the patterns alone."""
    return gate() if warm().ready else Gate(None)


def _in_a_thread(stream: Callable[[], Iterator[Event]]) -> Iterator[Event | None]:
    came: queue.SimpleQueue[Event | Exception] = queue.SimpleQueue()
    unwanted = threading.Event()

    def work() -> None:
        try:
            for event in stream():
                came.put(event)
                if unwanted.is_set():
                    return
        except Exception as error:  # whatever it is, it is raised where the page can show it
            came.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            try:
                event = came.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                yield None
                continue
            if isinstance(event, Exception):
                raise event
            yield event
            if isinstance(event, Done):
                return
    finally:
        unwanted.set()
