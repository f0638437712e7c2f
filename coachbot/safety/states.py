"""Where a conversation stands, derived from its history alone.

Suicide lasts until the person says no, that it was in the past, or that they were misread; another
danger told meanwhile does not end it. After violence the talk resumes, but skills for couples stay
off for the rest of the conversation, unless it was a misreading. Where a card only asked whether a
child is hurt, or whether the person may hurt someone, because of what a message was like, they come
back when twice nothing bore that out; who is hurt by a partner often changes the subject. A
concern's words may ask a question ("Are you ever afraid of how they will react?"), and what comes
next may be its answer; where plain words told of control, skills stay off until it is no. Who said
to be under age is taken at their word from then on. Nothing that only the program said ends a
state.
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

ENDS = (Reply.NO, Reply.PAST, Reply.MISREAD)
"""What ends an open question about suicide."""
_IF_YES = {"possible_control": "partner_violence", "hopeless": "suicide_self_harm"}
"""The concerns whose words ask something, and what it is if the answer is not no."""
ALONE = frozenset(
    (
        "hopeless",
        "psychosis_or_mania",
        "perinatal_thoughts",
        "eating_disorder",
        "minor",
        "own_medication",
    )
)
"""Concerns that are met with their words alone: nothing in the library fits there."""
_SKILLS_OFF = ("partner_violence", "harm_to_others", "child_safety")
_LET_GO = (("child_safety",), ("harm_to_others",))
_QUIET = 2
"""Messages without any alarm after which a doubt about one of these is let go."""


@dataclass(frozen=True, slots=True)
class State:
    """What earlier turns left behind.

    Args:
        open_crisis: suicide whose question is not answered yet; None if there is none.
        opened_by: the message that opened it.
        told: the message that was met last with a card, or with a concern's words.
        skills_off: whether skills for couples stay off.
        before: the same before the last card, for where that was a misreading.
        doubted: how many more quiet messages until skills come back; 0 where nothing waits for it.
        control: whether plain words told of control, and no "no" was said since.
        minor: whether the person said to be under age.
        cards: how many texts of the last category were shown in a row.
        reply: how the last turn was read, if it answered a card.
        last: the screening of the turn before this one.
    """

    open_crisis: Screening | None = None
    opened_by: str = ""
    told: str = ""
    skills_off: bool = False
    before: bool = False
    doubted: int = 0
    control: bool = False
    minor: bool = False
    cards: int = 0
    reply: Reply | None = None
    last: Screening = field(default_factory=Screening)

    @property
    def by_likeness(self) -> bool:
        """Whether the last turn was taken for a crisis by its likeness alone, not by its words."""
        return self.last.is_crisis and not self.last.matched

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
    def may_be_misread(self) -> bool:
        """Whether "that's not what I meant" can be said of the last turn: it was met with words."""
        return self.last.is_crisis or self.last.category in ALONE

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
        if own.is_crisis:
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
    state = replace(state, minor=state.minor or _told(screening, "minor"), reply=reply)
    if screening.is_crisis:
        return _after_danger(state, message, screening)
    if reply is Reply.MISREAD and state.may_be_misread:
        minor = state.minor and state.last.category != "minor"
        return State(skills_off=state.before, control=state.control, minor=minor)
    if state.open_crisis is None:
        return _after_talk(state, message, screening)
    if reply in ENDS:
        return replace(state, open_crisis=None, cards=0, last=Screening())
    if reply is Reply.SOMEONE_ELSE:
        other = replace(state.open_crisis, subject="other")
        return replace(state, open_crisis=other, cards=1, last=other)
    same = state.last.category == state.open_crisis.category
    return replace(state, cards=state.cards + 1 if same else 1, last=state.open_crisis)


def _after_danger(state: State, message: str, screening: Screening) -> State:
    own_life = "suicide_self_harm" in screening.categories
    danger = any(c in _SKILLS_OFF for c in screening.categories)
    ongoing = state.last.category == screening.category
    in_doubt = screening.categories in _LET_GO and not screening.matched
    waits = in_doubt and (state.doubted or not state.skills_off)
    return replace(
        state,
        open_crisis=screening if own_life else state.open_crisis,
        opened_by=message if own_life else state.opened_by,
        told=message,
        skills_off=state.skills_off or danger,
        before=state.before if ongoing else state.skills_off,
        doubted=_QUIET if waits else 0,
        cards=state.cards + 1 if ongoing else 1,
        last=screening,
    )


def _after_talk(state: State, message: str, screening: Screening) -> State:
    denied = state.asked == "possible_control" and says_yes(message, state.asked) is False
    control = not denied and (state.control or _told(screening, "possible_control"))
    same = screening.category and screening.category == state.last.category
    cards = state.cards + 1 if same else 1
    state = _after_quiet(state) if screening.level is Level.NONE else state
    return replace(state, control=control, told=message, cards=cards, last=screening)


def _after_quiet(state: State) -> State:
    """Nearer by one message to letting go of a doubt, if there is one."""
    left = max(0, state.doubted - 1)
    let_go = state.doubted == 1
    return replace(state, doubted=left, skills_off=state.skills_off and not let_go)


def _told(screening: Screening, category: str) -> bool:
    """Whether plain words told of something; likeness alone may be wrong, and does not last."""
    return category in screening.categories and bool(screening.matched)
