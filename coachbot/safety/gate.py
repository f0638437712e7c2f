"""The safety gate: what has to be said before anything else is done with a message.

Steps: screen the message, and the last turns together with it; see where the conversation stands;
choose the fixed words. The gate needs neither the library nor a model nor the network. A crisis is
answered by the gate alone; a concern puts its words first and says what the answer must leave out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coachbot.embedding import default_embedder
from coachbot.errors import EmbedderError
from coachbot.prompts import texts
from coachbot.retuned import WordVectors
from coachbot.safety.cards import crisis_card, fixed, tells_of_dying
from coachbot.safety.lines import Country, country, numbers_for, system_country
from coachbot.safety.nearness import Nearness
from coachbot.safety.notices import notice_for, time_notices
from coachbot.safety.replies import Reply, read_reply, says_yes
from coachbot.safety.screening import screen_message, screen_window
from coachbot.safety.states import ALONE, ENDS, State, state_after
from coachbot.types import Answer, Claim, History, Level, Outcome, Screening, Turn, Verdict


@dataclass(frozen=True, slots=True)
class Met:
    """How the gate meets a message.

    Args:
        screening: level and categories of this turn.
        claims: fixed words that come first; empty where nothing needs saying.
        alone: whether they are the whole answer.
        skills_off: whether the answer has to leave skills for couples out.
        form: the fixed text that was chosen, such as ``partner_violence``, for the page's buttons.
        about: an earlier message that was misread and is answered now; empty for this one.
    """

    screening: Screening
    claims: tuple[Claim, ...] = ()
    alone: bool = False
    skills_off: bool = False
    form: str = ""
    about: str = ""

    def answer(self, question: str) -> Answer:
        """The whole reply where the fixed words stand alone."""
        return Answer(question, "", Outcome.SAFETY, self.claims, screening=self.screening)


class Gate:
    """Screens messages and chooses the fixed words.

    Args:
        word_vectors: the packaged encoder's, for the second layer; None leaves it to the patterns.
        country_code: whose numbers are named, unless a call says otherwise.
    """

    def __init__(self, word_vectors: WordVectors | None, country_code: str = "") -> None:
        self._nearness = Nearness(word_vectors) if word_vectors else None
        self._country = country_code

    @classmethod
    def open(cls, country_code: str = "") -> Gate:
        """A gate with the packaged encoder; with the patterns alone if that cannot be loaded."""
        try:
            embedder = default_embedder()
        except EmbedderError:
            return cls(None, country_code)
        return cls(embedder.word_vectors, country_code)

    @property
    def patterns_only(self) -> bool:
        """Whether the second layer is missing."""
        return self._nearness is None

    def country(self, code: str = "") -> Country:
        """Whose numbers are named for a country code, or where none is given."""
        return country(code or self._country or system_country())

    def screen(self, message: str, history: History = ()) -> Screening:
        """What a message is, in the light of the turns before it.

        An open question about suicide stays a crisis until it is answered; after violence a later
        message is at least a concern.
        """
        return self._judge(_sound(message), _turns(history))[0]

    def meet(self, message: str, history: History = (), country_code: str = "") -> Met:
        """Choose the fixed words for a message, if any are called for."""
        message, turns = _sound(message), _turns(history)
        screening, state = self._judge(message, turns)
        where = self.country(country_code)
        if screening.is_crisis:
            return self._crisis(message, screening, state, where)
        reply = read_reply(message, doubtful=state.doubtful)
        if state.open_crisis and reply:
            said = _reply_words(reply, state, where)
            return _after_reply(said, state, reply, state.skills_off)
        if reply is Reply.MISREAD and state.may_be_misread:
            said = fixed("partner_violence", "reply-misread", where)
            return _after_reply(said, state, reply, state.before)
        says_no = bool(state.asked) and says_yes(message, state.asked) is False
        nothing_new = screening.level is Level.NONE or screening.category == "partner_violence"
        if nothing_new and says_no:
            said = fixed("asked", state.asked, where)
            return Met(screening, (_fixed_claim(said),), alone=True)
        notice = notice_for(message)
        if notice and nothing_new:
            return Met(screening, (_fixed_claim(notice),), alone=True)
        claims = [_fixed_claim(text) for text in filter(None, (notice, *time_notices(turns)))]
        met = self._concern(screening, state, where, claims)
        return replace(met, alone=met.alone or state.leaves_fear_open(message))

    def _judge(self, message: str, turns: Sequence[Turn]) -> tuple[Screening, State]:
        state = state_after(turns, self._alone_or_in_pieces)
        alone = self._alone_or_in_pieces(message, [turn.question for turn in turns])
        own = state.in_its_light(message, alone)
        if own.is_crisis:
            return own, state
        reply = read_reply(message, doubtful=state.doubtful)
        if state.open_crisis and reply not in ENDS:
            if reply is Reply.SOMEONE_ELSE:
                return replace(state.open_crisis, subject="other"), state
            return state.open_crisis, state
        if reply is Reply.MISREAD and state.may_be_misread:
            return own, state
        if state.minor and own.category not in ALONE:
            return Screening(Level.CONCERN, "minor", ("minor",), matched=own.matched), state
        if state.skills_off and own.level is Level.NONE:
            return Screening(Level.CONCERN, "partner_violence", ("partner_violence",)), state
        return own, state

    def _alone_or_in_pieces(self, message: str, earlier: list[str]) -> Screening:
        own = screen_message(message, self._nearness)
        if own.is_crisis or not earlier:
            return own
        together = screen_window(earlier, message)
        return together if together.is_crisis else own

    def _crisis(self, message: str, screening: Screening, state: State, where: Country) -> Met:
        reply = read_reply(message)
        form = screening.category or "general"
        answers = reply in (Reply.YES_NOW, Reply.YES_NOT_NOW, Reply.NOT_SURE)
        if state.open_crisis and reply and answers and reply is not state.reply:
            said = _reply_words(reply, state, where)
        else:
            # Who says yes to a card that asked gets the words for who said it plainly.
            surer = state.doubtful and bool(screening.matched)
            about = (screening.category, screening.subject)
            same = (state.last.category, state.last.subject) == about and not surer
            told = state.opened_by if screening is state.open_crisis else message
            said = crisis_card(told, screening, where, state.cards if same else 0)
        claims = (_fixed_claim(said), _fixed_claim(numbers_for(where)))
        return Met(screening, claims, alone=True, skills_off=True, form=form)

    def _concern(
        self, screening: Screening, state: State, where: Country, claims: list[Claim]
    ) -> Met:
        category = screening.category or ""
        skills_off = state.skills_off or state.control or category == "possible_control"
        one_sided = category == "one_sided_conflict" and state.control
        if screening.level is not Level.CONCERN or one_sided or category == "partner_violence":
            return Met(screening, tuple(claims), skills_off=skills_off)
        shown = state.cards if state.last.category == category else 0
        form = f"{category}-again" if shown % 2 else category
        if form in texts("safety/concern"):
            claims.append(_fixed_claim(fixed("concern", form, where)))
        return Met(screening, tuple(claims), category in ALONE, skills_off, form=category)


def _turns(history: History) -> list[Turn]:
    turns = (turn if isinstance(turn, Turn) else Turn(turn) for turn in history)
    return [replace(turn, question=_sound(turn.question)) for turn in turns]


def _sound(message: str) -> str:
    """A message without half characters, which no encoder takes."""
    return message.encode("utf-8", "ignore").decode("utf-8")


def _fixed_claim(text: str) -> Claim:
    return Claim(text, Verdict.FIXED, support=1.0)


def _after_reply(said: str, state: State, reply: Reply, skills_off: bool = False) -> Met:
    """What follows when a card is answered.

    Where it rested on likeness alone and the person says that it was not so, what they wrote is
    answered now, so that nobody has to write it twice.
    """
    misread = state.told if state.last.level is Level.CONCERN else state.told_in_doubt
    about = misread if reply in (Reply.NO, Reply.MISREAD) else ""
    return Met(Screening(), (_fixed_claim(said),), not about, skills_off, about=about)


def _reply_words(reply: Reply, state: State, where: Country) -> str:
    file = "suicide_self_harm"
    name = f"reply-{reply.value}"
    if reply is Reply.NO and tells_of_dying(state.opened_by):
        name = "reply-no-explicit"
    return fixed(file, name, where, "suicide", "general")
