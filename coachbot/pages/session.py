"""What all pages share: the one Coach, opened in the background, and the place where errors show.

Only what is the same for all people is cached between them: a Coach keeps nothing of what it is
asked. What a person writes lives in their own session state and nowhere else.
"""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from coachbot.coach import Coach
from coachbot.errors import CoachbotError
from coachbot.pages.labels import plain
from coachbot.prompts import say
from coachbot.safety import Gate
from coachbot.settings import Settings, load_settings
from coachbot.types import Answer, Turn

_LOOK_SECONDS = 0.2
_HEAD_START_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Aside:
    """A reply or a passage that was put aside for a handout.

    Args:
        text: its words, a reply's with their ``[n]`` marks.
        passage_id: of the passage; empty for a reply.
        answer: the reply; None for a passage.
    """

    text: str
    passage_id: str = ""
    answer: Answer | None = None


class Opening:
    """A Coach while it is being opened, in a thread of its own, so that pages show meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self.progress = (0, 0)
        """How many texts are encoded, of how many, where the index has to be built first."""
        self._coach: Coach | None = None
        self._error: CoachbotError | None = None
        self._done, self._wanted = threading.Event(), threading.Event()
        threading.Thread(target=self._open, args=(settings,), daemon=True).start()

    def _open(self, settings: Settings) -> None:
        def progress(done: int, total: int) -> None:
            self.progress = (done, total)

        # Loading takes the processor from the page that is just being shown: that goes first.
        self._wanted.wait(_HEAD_START_SECONDS)
        try:
            self._coach = Coach.open(settings, progress=progress)
            if self._coach.last_sync:
                for problem in self._coach.last_sync.problems:
                    print(problem, file=sys.stderr, flush=True)
            self._coach.search(say("outcomes", "example"))  # so that the first person waits less
            # Streamlit collects garbage after every run of a page, and would each time look through
            # all that the encoder and Chroma have loaded: a quarter of a second for everybody.
            gc.collect()
            gc.freeze()
        except CoachbotError as error:
            self._error = error
        except Exception as error:  # told as any other: a page must not wait for a thread that died
            traceback.print_exception(error)
            self._error = CoachbotError(say("page", "not-opened"))
        finally:
            self._done.set()

    @property
    def ready(self) -> bool:
        """Whether it is open, or has failed."""
        return self._done.is_set()

    @property
    def failed(self) -> bool:
        """Whether it could not be opened."""
        return self._error is not None

    def wait(self, seconds: float) -> bool:
        """Wait; returns whether it is open, or has failed."""
        self._wanted.set()
        return self._done.wait(seconds)

    def coach(self) -> Coach:
        """The Coach, once it is ready.

        Raises:
            CoachbotError: it could not be opened.
        """
        self._wanted.set()
        self._done.wait()
        if self._coach is None:
            raise self._error or CoachbotError(say("page", "not-opened"))
        return self._coach


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error of coachbot as what happened and what to do next; then stop the page."""
    try:
        yield
    except CoachbotError as error:
        st.error(plain(error.message), icon=":material/error:")
        if error.hint:
            st.markdown(say("page", "error-hint", hint=plain(error.hint)))
        st.stop()


def warm() -> Opening:
    """Begin to open the Coach of this server, unless that was done; what failed is tried again."""
    settings = _quoting()
    opening = _opening(settings)
    if opening.ready and opening.failed:
        _opening.clear(settings)
        opening = _opening(settings)
    return opening


def coach() -> Coach:
    """The Coach of this server; shows how far it is while it is being opened.

    Raises:
        CoachbotError: it cannot be opened.
    """
    opening, label = _opening(_quoting()), say("page", "preparing")
    if not opening.ready:
        place = st.empty()
        while not opening.wait(_LOOK_SECONDS):
            done, total = opening.progress
            place.progress(done / total if total else 0.0, text=label)
        place.empty()
    return opening.coach()


@st.cache_resource(show_spinner=False)
def gate() -> Gate:
    """The safety gate of this server; it works also where the library does not."""
    return Gate.open(load_settings().country)


def _quoting() -> Settings:
    """The settings without a chat model: who is to write is chosen by each person."""
    return load_settings(model="")


@st.cache_resource(show_spinner=False, hash_funcs={Settings: repr})
def _opening(settings: Settings) -> Opening:
    return Opening(settings)


def turns() -> list[Turn]:
    """This person's talk so far."""
    found: list[Turn] = st.session_state.setdefault("turns", [])
    return found
