"""From what to search for to the sentences that a reply may be made of, and whether they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coachbot.answering.answerability import (
    STORIES,
    Judgement,
    deciding_model,
    is_within,
    judged,
    knows_people,
    names_topic,
)
from coachbot.answering.candidates import how_well_read
from coachbot.answering.extractive import CONNECTING, LEAST_LIKE_ELSEWHERE
from coachbot.answering.message_kinds import MessageKinds
from coachbot.answering.pertinence import Grade
from coachbot.answering.situation_reply import with_companions
from coachbot.embedding import Vectors
from coachbot.prompts import say
from coachbot.safety import Met
from coachbot.search.caution import is_grave, names_grave_matters
from coachbot.search.questions import asks_for_more, goes_on, quoted_before
from coachbot.search.retrieval import ScoredSentence, score_sentences, search
from coachbot.search.snapshot import Snapshot
from coachbot.types import Document, History, Hit, Kind, Outcome, Role

HITS_PER_ANSWER = 5
_WITH_COMPANIONS = ("", "one_sided_conflict")
"""The gate's words beside which a situation keeps its shape: a step and a question."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        wanted: what was searched for.
        judged: whether it is an answer.
        hits: best first; none if nothing comes near.
        sentences: those of the hits that may be quoted.
        documents: the texts of the hits, by their id.
        quoted_before: whether some of what is said there was quoted in the talk that this goes on.
    """

    wanted: str
    judged: Judgement
    hits: Sequence[Hit]
    sentences: Sequence[ScoredSentence]
    documents: Mapping[str, Document]
    quoted_before: bool = False

    @classmethod
    def nothing(cls, wanted: str) -> Found:
        """That nothing comes near."""
        return cls(wanted, Judgement(False, False, 0.0), (), (), {})


@dataclass(frozen=True, slots=True)
class Talk:
    """What of a talk bears on the message that comes now.

    Attributes:
        known: document and start of each sentence that is not to be quoted again.
        lately: the texts that the talk is about, the leading one first.
        more: whether more of what they say is wanted, and nothing else.
    """

    known: frozenset[tuple[str, int]]
    lately: tuple[str, ...]
    more: bool

    @classmethod
    def before(cls, message: str, history: History) -> Talk:
        """The talk before a message; it counts for nothing where the message stands by itself."""
        known = quoted_before(message, history)
        lately = _talked_of(history) if known else ()
        return cls(known, lately, bool(lately) and goes_on(message))


class Finder:
    """Finds what a reply may be made of.

    Args:
        kinds: tells what a message is about; None where it does not know the encoder.
        pertinence: tells how well a sentence answers; None where it does not know the encoder.
    """

    def __init__(self, kinds: MessageKinds | None, pertinence: Grade | None) -> None:
        self._kinds, self._pertinence = kinds, pertinence

    def find(self, snapshot: Snapshot, wanted: str, vector: Vectors, met: Met, talk: Talk) -> Found:
        """Search, and decide whether what is found is an answer.

        Of the texts talked of the leading one comes nearer. Who wants more on what they say is
        answered, from those first, and from others with what comes near to the question.

        Args:
            snapshot: the library.
            wanted: what to search for.
            vector: of that, shape (width,).
            met: what the gate said.
            talk: what came before.
        """
        hits = search(
            snapshot, wanted, vector, HITS_PER_ANSWER,
            cautions_only=met.skills_off, talked_of=talk.lately[0] if talk.lately else "",
        )  # fmt: skip
        elsewhere = self._is_elsewhere(snapshot, wanted, hits)
        if not is_within(wanted, hits, elsewhere):
            return Found.nothing(wanted)
        if talk.more:
            hits = sorted(hits, key=lambda hit: hit.passage.document_id not in talk.lately)
        sentences = score_sentences(snapshot, hits, vector)
        judgement = Judgement(True, True)
        if not (talk.more or met.skills_off):
            judgement = self._judged(snapshot, wanted, hits, sentences, elsewhere)
        if judgement.answered and not met.skills_off and met.form in _WITH_COMPANIONS:
            alone, hits = hits, with_companions(snapshot, wanted, hits, vector)
            if hits != alone:
                sentences = score_sentences(snapshot, hits, vector)
        documents = {id: snapshot.document(id) for id in {h.passage.document_id for h in hits}}
        quoted = any(_place(s, hits) in talk.known for s in sentences)
        sentences = [s for s in sentences if _is_fresh(s, hits, talk)]
        if not (met.skills_off or names_grave_matters(wanted)):
            sentences = [s for s in sentences if not _is_grave_advice(s, hits, documents)]
        return Found(wanted, judgement, hits, sentences, documents, quoted)

    def _is_elsewhere(self, snapshot: Snapshot, wanted: str, hits: Sequence[Hit]) -> bool:
        """Whether it is by its kind about something else than people."""
        return (
            self._kinds is not None
            and knows_people(hits)
            and self._kinds.is_elsewhere(wanted)
            and not names_topic(wanted, [snapshot.document(h.passage.document_id) for h in hits])
        )

    def _judged(
        self,
        snapshot: Snapshot,
        wanted: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        elsewhere: bool,
    ) -> Judgement:
        # How well a story's text fits tells all that reading its sentences would.
        grade = None if deciding_model(wanted, hits) == STORIES else self._pertinence
        read = how_well_read(grade, wanted, hits, sentences)
        return judged(wanted, hits, sentences, snapshot.lexical.knows, read, elsewhere)


def _talked_of(history: History) -> tuple[str, ...]:
    """The texts that the talk is about, the leading one first.

    Those are the ones cited for the last message that asked for more than more of the same; none
    where that was no answer or an unsure one.
    """
    said = (turn.answer for turn in reversed(history) if not isinstance(turn, str))
    last = next((a for a in said if a and a.citations and not asks_for_more(a.question)), None)
    if last is None or last.outcome is not Outcome.ANSWERED:
        return ()
    if any(claim.text == say(CONNECTING, "unsure") for claim in last.claims):
        return ()
    return tuple(dict.fromkeys(citation.document_id for citation in last.citations))


def _place(sentence: ScoredSentence, hits: Sequence[Hit]) -> tuple[str, int]:
    """Document and start of a sentence."""
    return hits[sentence.hit].passage.document_id, sentence.start


def _is_fresh(sentence: ScoredSentence, hits: Sequence[Hit], talk: Talk) -> bool:
    """Whether it was not quoted yet, and is no aside where only more is wanted."""
    text, start = _place(sentence, hits)
    if (text, start) in talk.known:
        return False
    near = text in talk.lately or sentence.similarity >= LEAST_LIKE_ELSEWHERE
    return near or not talk.more


def _is_grave_advice(
    sentence: ScoredSentence, hits: Sequence[Hit], documents: Mapping[str, Document]
) -> bool:
    passage = hits[sentence.hit].passage
    advice = documents[passage.document_id].kind is Kind.PRACTICE or passage.role is Role.CAUTION
    return advice and is_grave(sentence.text)
