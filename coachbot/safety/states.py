"""Where a conversation stands, derived from its history alone.

Suicide lasts until the person says no, that it was in the past, or that they were misread. After
violence the talk resumes, but skills for couples stay off for the rest of the conversation, unless
it was a misreading. A concern's words may ask a question ("Are you ever afraid of how they will
react?"), and what comes next may be its answer. Nothing that only the program said ends a state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from coachbot.safety.language import pattern
from coachbot.safety.normalising import normalise
from coachbot.safety.replies import (
    WHETHER_AFRAID,
    Reply,
    denies_only_blows,
    read_reply,
    says_yes,
)
from coachbot.types import Level, Screening, Turn

_ENDS = (Reply.NO, Reply.PAST, Reply.MISREAD)
_IF_YES = {"possible_control": "partner_violence", "hopeless": "suicide_self_harm"}
"""The concerns whose words ask something, and what it is if the answer is not no."""
_SKILLS_OFF = ("partner_violence", "harm_to_others", "child_safety")


@dataclass(frozen=True, slots=True)
class State:
    """What earlier turns left behind.

    Args:
        open_crisis: a crisis whose question is not answered yet; None if there is none.
        told: the message that opened it.
        skills_off: whether skills for couples stay off.
        cards: how many cards of the open crisis were shown in a row.
        last: the screening of the turn before this one.
    """

    open_crisis: Screening | None = None
    told: str = ""
    skills_off: bool = False
    cards: int = 0
    last: Screening = field(default_factory=Screening)

    @property
    def by_likeness(self) -> bool:
        """Whether the last turn was taken for a crisis by its likeness alone, not by its words."""
        return self.last.level is Level.CRISIS and not self.last.matched

    @property
    def told_in_doubt(self) -> str:
        """The message that was taken so; empty if there is none."""
        return self.told if self.by_likeness else ""

    @property
    def doubtful(self) -> bool:
        """The same, where a protest is enough to end it.

        Where the person's own life may be at stake it is not: "you don't get it" is what someone
        in despair says too. Nor behind a second card, which asks whether they are safe.
        """
        own_life = self.last.category == "suicide_self_harm" and self.last.subject == "self"
        return self.by_likeness and not own_life and self.cards <= 1

    @property
    def asked(self) -> str:
        """The concern whose question was put last; empty if there is none."""
        asks = self.last.level is Level.CONCERN and self.last.category in _IF_YES
        return self.last.category or "" if asks else ""

    def leaves_fear_open(self, message: str) -> bool:
        """Whether a card asked about violence, and what comes next denies blows and no more."""
        violence = self.last.category == "partner_violence"
        return self.doubtful and violence and denies_only_blows(message)

    def in_its_light(self, message: str, own: Screening) -> Screening:
        """The screening of a message that may answer the question that was put last.

        Args:
            message: what comes next.
            own: what it is by itself.
        """
        if own.level is Level.CRISIS:
            return own
        if self.doubtful and says_yes(message, WHETHER_AFRAID):
            return self._borne_out(message)
        if self.leaves_fear_open(message):
            return Screening(Level.CONCERN, "possible_control", ("possible_control",))
        if self.asked and says_yes(message, self.asked):
            grave = _IF_YES[self.asked]
            return Screening(Level.CRISIS, grave, (grave,), matched=(message,))
        return own

    def _borne_out(self, message: str) -> Screening:
        """A card that asked was right; but who tells of fear is nobody who may hurt someone."""
        afraid = pattern("forms", "fear").search(normalise(message))
        if self.last.category == "harm_to_others" and afraid:
            return Screening(
                Level.CRISIS, "partner_violence", ("partner_violence",), matched=(message,)
            )
        return replace(self.last, matched=(message,))


def state_after(history: Sequence[Turn], screen: Callable[[str, list[str]], Screening]) -> State:
    """The state that a history leaves, read turn by turn.

    Args:
        history: earlier turns, oldest first.
        screen: screens a message with the messages before it.
    """
    state, said = State(), list[str]()
    for turn in history:
        reply = read_reply(turn.question, doubtful=state.doubtful)
        screening = state.in_its_light(turn.question, screen(turn.question, said))
        state = _after(state, turn.question, screening, reply)
        if turn.release and (reply := read_reply(turn.release)):
            state = _after(state, "", Screening(), reply)
        said.append(turn.question)
    return state


def _after(state: State, message: str, screening: Screening, reply: Reply | None) -> State:
    if screening.level is Level.CRISIS:
        same = state.open_crisis and state.open_crisis.category == screening.category
        ongoing = same or state.last.category == screening.category
        return State(
            open_crisis=screening if "suicide_self_harm" in screening.categories else None,
            told=message,
            skills_off=state.skills_off or any(c in _SKILLS_OFF for c in screening.categories),
            cards=state.cards + 1 if ongoing else 1,
            last=screening,
        )
    if reply is Reply.MISREAD:
        return State()
    if state.open_crisis is None:
        return State(skills_off=state.skills_off, last=screening)
    if reply in _ENDS:
        return State(skills_off=state.skills_off)
    if reply is Reply.SOMEONE_ELSE:
        other = replace(state.open_crisis, subject="other")
        return replace(state, open_crisis=other, cards=1, last=other)
    return replace(state, cards=state.cards + 1, last=state.open_crisis)
