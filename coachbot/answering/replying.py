"""From a message that the gate has let through to the sentences of a reply.

Search, decide whether that is an answer, draft, check. The quoting drafter's sentences are copied;
a chat model's are checked one by one as they come (``checking``), and where too few of them hold,
or the model fails, quoted sentences fill the rest. Where others are before it at the model, the
reply waits for its turn, or is quoted if that is too long. The last event holds the whole answer.
"""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace

from coachbot.answering.answerability import Judgement
from coachbot.answering.chat_drafter import ChatModelDrafter, prompt_texts, refusal
from coachbot.answering.checking import REPAIRED, Checker
from coachbot.answering.citations import Reading, ReadingOrder, verify_draft
from coachbot.answering.courtesies import courtesy, courtesy_claim
from coachbot.answering.drafts import Drafter
from coachbot.answering.evidence import qualify
from coachbot.answering.extractive import CONNECTING, ExtractiveDrafter, connecting_sentences
from coachbot.answering.finding import Finder, Found, Talk
from coachbot.answering.marks import statements
from coachbot.answering.message_kinds import MessageKinds
from coachbot.answering.offering import told_in_a_situation
from coachbot.answering.outcomes import (
    closest_claims,
    doubt,
    doubtful_claims,
    no_more_claim,
    nothing_claim,
)
from coachbot.answering.pertinence import Grade
from coachbot.answering.situation_reply import heard_line, is_situation, is_tonight, is_unsure
from coachbot.embedding import Encode
from coachbot.errors import ModelError
from coachbot.models.deadline import in_time, within
from coachbot.models.loading import explained
from coachbot.models.queue import Turn
from coachbot.models.tracing import traced
from coachbot.prompts import say
from coachbot.safety import Met
from coachbot.search.questions import asks_for_more, searched_for
from coachbot.search.snapshot import Snapshot
from coachbot.search.turning import leant_on
from coachbot.types import (
    Answer,
    Claim,
    Done,
    Event,
    History,
    Outcome,
    SentenceReady,
    Verdict,
    Waiting,
)

_MOST_WORDS_REWRITTEN = 40
_SECONDS_TO_ASK = 5.0
"""After which the rules' own reading of a message serves, and their own decision."""
_LEAST_HELD = 0.5
"""Share of a model's sentences that must hold before its reply stands without quotes."""

Events = Iterator[Event]


class Replier:
    """Composes replies.

    Args:
        reads: how evidence is read where a sentence is checked.
        encode_question: the same, for a message that was encoded a moment ago.
        drafter: writes a draft out of hits.
        writer: the chat model that writes in its place; None for quoting alone.
        seconds: how long a chat model may take for one reply.
        model_url: the address of the model's server, for messages about it.
        model_problem: why the model that is set cannot be used; said beside each answer.
        kinds: tells what a message is about; None where it does not know the encoder.
        pertinence: tells how well a sentence answers; None where it does not know the encoder.
    """

    def __init__(
        self,
        reads: Reading,
        encode_question: Encode,
        drafter: Drafter | None = None,
        writer: ChatModelDrafter | None = None,
        seconds: float = 60.0,
        model_url: str = "",
        model_problem: str = "",
        kinds: MessageKinds | None = None,
        pertinence: Grade | None = None,
    ) -> None:
        self._kinds, self._pertinence = kinds, pertinence
        self._reads, self._encode_question = reads, encode_question
        self._finder = Finder(kinds, pertinence)
        self._quoting = ExtractiveDrafter(pertinence)
        self._drafter = drafter or self._quoting
        self.writer = writer
        self._seconds, self._url, self._problem = seconds, model_url, model_problem

    def written_by(
        self, writer: ChatModelDrafter | None, model_url: str = "", model_problem: str = ""
    ) -> Replier:
        """The same with another chat model to write, or with none; see the class."""
        twin = copy.copy(self)
        twin.writer, twin._url, twin._problem = writer, model_url, model_problem
        return twin

    def reply(self, snapshot: Snapshot, question: str, history: History, met: Met) -> Events:
        """Sentences as they become ready, then the answer; see the module's steps."""
        # What the gate says stands first, before any search or line.
        yield from map(SentenceReady, met.claims)
        leant = leant_on(snapshot, self._encode_question, question, history)
        kinds = None if leant or is_tonight(question) else self._kinds
        name = courtesy(question, kinds, opens=not history, quotes=self.writer is None)
        if name:
            # A reminder of what this is takes nothing away; words of care stand alone.
            claims = met.claims if met.form else (*met.claims, courtesy_claim(name))
            yield from self._rest(self._unanswered(question, "", claims, met), met)
            return
        talk = Talk.before(question, leant)
        writer = None if met.skills_off or is_tonight(question) else self.writer
        with writer.queue.turn() if writer else nullcontext() as turn:
            wanted = yield from self._wanted(question, leant, turn)
            found = traced("retrieve", lambda: self._found(snapshot, wanted, met, talk))
            # Where it is unsure which text is needed, free words would hide it.
            if turn and found.judged.answered and not is_unsure(found.wanted, found.hits):
                yield from turn.awaited()
                if turn.came and self._denied(found):
                    found = replace(found, judged=Judgement(False, False, 0.0))
                elif turn.came:
                    yield from self._written(snapshot, question, history, met, found, turn)
                    return
        answer = self._quoted(snapshot, question, met, found)
        if turn and turn.refused:
            answer = replace(answer, notice=_instead(refusal(turn)))
        yield from self._rest(answer, met)

    def _wanted(
        self, question: str, leant: History, turn: Turn | None
    ) -> Generator[Waiting, None, str]:
        """What to search for; a chat model says it better where a message leans on the talk."""
        wanted = searched_for(question, leant)
        leans = leant and not asks_for_more(question)
        writer, seconds = self.writer, min(_SECONDS_TO_ASK, self._seconds)
        if not (writer and turn and leans):
            return wanted
        yield from turn.awaited()
        if not turn.came:
            return wanted
        try:
            rewritten = in_time(lambda: writer.rewritten(question, leant), seconds)
        except Exception:  # whatever the provider raises; the rules' own reading serves
            return wanted
        return rewritten if 1 < len(rewritten.split()) <= _MOST_WORDS_REWRITTEN else wanted

    def _denied(self, found: Found) -> bool:
        """Whether the chat model, if it may judge, says in time that this answers no question.

        It can take an answer back and make none. Who only tells of a situation asks nothing that
        could be judged.
        """
        writer, seconds = self.writer, min(_SECONDS_TO_ASK, self._seconds)
        if not (writer and writer.judges) or is_situation(found.wanted):
            return False
        asked = found.wanted, found.hits, found.sentences, found.documents, self._pertinence
        try:
            return in_time(lambda: writer.denies(*asked), seconds)
        except Exception:  # whatever the provider raises; the decision stays as it was
            return False

    def _found(self, snapshot: Snapshot, wanted: str, met: Met, talk: Talk) -> Found:
        if not wanted:
            return Found.nothing(wanted)
        vector = self._encode_question([wanted])[0]
        return self._finder.find(snapshot, wanted, vector, met, talk)

    def _quoted(self, snapshot: Snapshot, question: str, met: Met, found: Found) -> Answer:
        """The whole answer by the drafter, or the words for when there is none."""
        drafter = self._drafter if found.judged.answered else self._quoting
        shown, left_out = self._drafted(drafter, found)
        outcome = Outcome.ANSWERED if found.judged.answered else Outcome.RELATED
        if not found.judged.answered:
            shown = closest_claims(found.wanted, shown)
        elif not found.judged.sure:
            shown = doubtful_claims(shown)
        if not any(claim.verdict is Verdict.SUPPORTED for claim in shown):
            # Behind words of care, a line about the library's limits would turn the person away.
            own = () if met.form else (_why_nothing(snapshot, found),)
            claims = (*met.claims, *own)
            nothing = self._unanswered(question, found.wanted, claims, met)
            return replace(nothing, left_out=left_out, answerable=found.judged.score)
        order = ReadingOrder()
        shown = tuple(order.renumbered(claim) for claim in shown)
        return replace(
            _answer(snapshot, question, met, found, shown, order),
            outcome=outcome,
            left_out=left_out,
            drafter=drafter.name,
            notice=self._problem,
        )

    def _drafted(
        self, drafter: Drafter, found: Found
    ) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
        if not found.hits:
            return (), ()
        draft = traced(
            "draft",
            lambda: drafter.draft(found.wanted, found.hits, found.sentences, found.documents),
        )
        connecting = connecting_sentences(found.documents)
        return traced(
            "verify",
            lambda: verify_draft(draft, found.hits, found.documents, connecting, self._reads),
        )

    def _written(
        self,
        snapshot: Snapshot,
        question: str,
        history: History,
        met: Met,
        found: Found,
        turn: Turn,
    ) -> Events:
        """The answer by the chat model, sentence by sentence, filled up with quotes if need be."""
        assert self.writer
        order = ReadingOrder()
        claims = [] if found.judged.sure else [doubt()]
        yield from map(SentenceReady, claims)
        left_out, notice = yield from self._streamed(question, history, found, claims, order)
        turn.end()
        held = [claim for claim in claims if claim.verdict is Verdict.SUPPORTED]
        model = next(filter(None, map(self._author, claims)), None)
        writes = any(map(self._author, held))
        if len(held) < _LEAST_HELD * max(1, len(held) + len(left_out)):
            for claim in self._filled(found, claims):
                claims.append(order.renumbered(claim))
                yield SentenceReady(claims[-1])
        nothing = not any(claim.verdict is Verdict.SUPPORTED for claim in claims)
        if nothing:
            claims.append(_why_nothing(snapshot, found))
            yield SentenceReady(claims[-1], Outcome.NOTHING)
        answer = replace(
            _answer(snapshot, question, met, found, claims, order),
            outcome=Outcome.NOTHING if nothing else Outcome.ANSWERED,
            left_out=left_out,
            drafter=self.writer.name if writes else self._quoting.name,
            model=model,
            notice=notice or ("" if writes else say("models", "nothing-held")),
        )
        yield Done(answer)

    def _streamed(
        self,
        question: str,
        history: History,
        found: Found,
        claims: list[Claim],
        order: ReadingOrder,
    ) -> Generator[Event, None, tuple[tuple[Claim, ...], str]]:
        """Sentences of the chat model that hold, put behind the claims as they come.

        Returns:
            What was left out, and a notice if the model failed.
        """
        assert self.writer
        notice = ""
        checker = Checker(
            question, found.hits, found.sentences, found.documents, self._reads,
            prompt_texts(),
        )  # fmt: skip
        chunks = self.writer.stream(
            question, found.hits, found.sentences, found.documents, history, self._pertinence
        )
        try:
            # Closed, so that the model has stopped when the next turn begins.
            with closing(within(chunks, self._seconds)) as coming:
                shown = checker.shown(statements(coming))
                for claim in _opened(shown, self._opening(question, found)):
                    claims.append(order.renumbered(claim))
                    yield SentenceReady(claims[-1], model=self._author(claim))
        except Exception as error:  # each provider's package raises its own
            notice = _instead(explained(error, self.writer.setting, self._url))
        return tuple(checker.left_out), notice

    def _opening(self, question: str, found: Found) -> Claim | None:
        """What shows someone who tells of a situation that they were heard; None for others."""
        told = told_in_a_situation(question, found.hits, found.sentences, self._pertinence)
        line = heard_line(found.hits) if told else ""
        return Claim(line, Verdict.FIXED, support=1.0) if line else None

    def _author(self, claim: Claim) -> str | None:
        """The chat model, if the words are its own: not the program's, and no source's."""
        own = claim.verdict is not Verdict.FIXED and REPAIRED not in claim.reasons
        return self.writer.setting if self.writer and own else None

    def _filled(self, found: Found, shown: Sequence[Claim]) -> list[Claim]:
        """Quoted sentences that have not been shown; under one connecting line behind others."""
        quotes, _ = self._drafted(self._quoting, found)
        if not any(claim.verdict is Verdict.SUPPORTED for claim in shown):
            return list(quotes)
        before = {(c.document_id, c.start) for claim in shown for c in claim.citations}
        fresh = [
            claim
            for claim in quotes
            if claim.verdict is Verdict.SUPPORTED
            and not any((c.document_id, c.start) in before for c in claim.citations)
        ]
        line = Claim(say(CONNECTING, "word-for-word"), Verdict.CONNECTIVE, support=1.0)
        return [line, *fresh] if fresh else []

    def _unanswered(
        self, question: str, wanted: str, claims: tuple[Claim, ...], met: Met
    ) -> Answer:
        return Answer(
            question=question,
            searched_for=wanted,
            outcome=Outcome.NOTHING,
            claims=claims,
            screening=met.screening,
            drafter=self._drafter.name,
            notice=self._problem,
        )

    @staticmethod
    def _rest(answer: Answer, met: Met) -> Events:
        """What follows on the words of the gate, which have been given."""
        for claim in answer.claims[len(met.claims) :]:
            yield SentenceReady(claim, answer.outcome)
        yield Done(answer)


def _answer(
    snapshot: Snapshot,
    question: str,
    met: Met,
    found: Found,
    shown: Sequence[Claim],
    order: ReadingOrder,
) -> Answer:
    """The answer that the sentences shown make up, behind the words of the gate."""
    hits, notes = qualify(snapshot, order.arranged(found.hits), shown)
    return Answer(
        question=question,
        searched_for=found.wanted,
        outcome=Outcome.ANSWERED,
        claims=(*met.claims, *shown),
        hits=tuple(hits),
        notes=notes,
        answerable=found.judged.score,
        screening=met.screening,
    )


def _why_nothing(snapshot: Snapshot, found: Found) -> Claim:
    """What to say where nothing can be quoted: all of it was quoted before, or nothing fits."""
    if found.quoted_before:
        return no_more_claim()
    return nothing_claim(found.wanted, snapshot.documents)


def _opened(claims: Iterable[Claim], opening: Claim | None) -> Iterator[Claim]:
    """A model's claims, behind an opening unless the model says back itself what it was told."""
    for claim in claims:
        if opening and claim.verdict is not Verdict.CONNECTIVE:
            yield opening
        opening = None
        yield claim


def _instead(problem: ModelError) -> str:
    """The notice beside quotes that take the place of a model's words."""
    return say("models", "failed", message=problem.message, hint=problem.hint)
