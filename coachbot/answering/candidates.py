"""Which sentences of the hits may be quoted, and how well each fits what was asked.

A sentence's score is what is measured of it, its similarity to the question first, and what speaks
for and against quoting it here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul
from types import MappingProxyType

from coachbot.answering.asked_for import asks_about_research, holds_kind_asked_for
from coachbot.answering.audience import (
    is_account,
    is_beside_the_message,
    off_for_oneself,
    off_in_a_story,
)
from coachbot.answering.drafts import asks_for_words, asks_what_to_do
from coachbot.answering.pertinence import PROMISING, Grade
from coachbot.answering.situation_reply import NO_ANSWER, is_situation, is_steps
from coachbot.reading.passages import is_template
from coachbot.search.lexical import content_words
from coachbot.search.questions import LIGHT
from coachbot.search.retrieval import FACTUAL, ScoredSentence, weights_for
from coachbot.types import Hit, Passage, Role

MEASURED = MappingProxyType(
    {"similarity": 1.0, "passage": 0.8, "words": 0.55, "cue": 0.2, "echo": -0.2}
)
"""What is measured of a sentence, and what it counts beside its similarity to the question: its
passage's score, of the best passage's; the share of the question's words that it and the sentence
before it hold; whether it holds the kind of thing that is asked for, a reason, a date, a number, a
name; whether it adds fewer than three words to the question, for an echo is no answer. Printed by
``benchmarks/fit_candidates.py``: see benchmarks/README.md."""

_WORDS_OF_A_STORY = 1 / 3
"""What ``words`` and ``cue`` count in a story, whose words are not a text's."""
_LEANS = 0.1  # off if it leans on the sentence before, which must then be quoted too
_INCOMPLETE = 0.25  # off for what has no full stop, such as a line of contact data
_ASIDE = 0.25  # off for a question or an aside in brackets, which answer nothing
_TO_SAY = 0.2  # for a step that holds words to say, where those are asked for
_OFF_PRACTICE = 0.25  # off for what to try, unless the person asks what to do
_OFF_LIMITS_STORY = 0.3  # off for how sure the research is, when someone tells a story
_OFF_CAUTION = 0.5  # off for a warning, unless the person is afraid
_OFF_UNSTUDIED = 0.3  # off for what only says that research is missing, unless it is asked about
_WARNING_LIKE = 0.35  # similarity from which a warning ("do not use this when …") is quoted

_LEANS_ON_BEFORE = re.compile(
    r"(?i)(?:they|it|its|he|she|his|her|hers|their|both|such|thus|hence|therefore|instead|"
    r"in contrast|as a result|that['’]s|"
    r"(?:this|that|these|those)(?: also| then| in turn)? (?:is|was|are|were|has|have|had|"
    r"can|could|will|would|may|might|must|should|does|do|did|means?|meant|shows?|showed|"
    r"makes?|made|explains?|explained|suggests?|suggested|indicates?|indicated|happens?|happened|"
    r"leads?|led|helps?|helped|gives?|gave|disconnects?|allows?|allowed|causes?|caused))\b"
)
_SPEECH = re.compile(r"[\"“](?:\S+ ){3,}\S+[\"”]")
_COMPLETE = re.compile(r"[.!?…][\"'”’)]*$")
_QUESTION_OR_ASIDE = re.compile(r"\?[)\"'”’]*$|^\(")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted, with its score."""

    sentence: ScoredSentence
    score: float
    words: frozenset[str]
    news: frozenset[str]
    """Its words that are not in the question."""
    leans: bool
    measured: tuple[float, ...] = ()
    """The values of ``MEASURED``."""

    def follows(self, other: Candidate) -> bool:
        """Whether it stands right behind the other in the same passage."""
        own, before = self.sentence, other.sentence
        return own.hit == before.hit and own.position == before.position + 1


@dataclass(frozen=True, slots=True)
class _Request:
    """What a message asks, as far as it bears on a sentence's score."""

    question: str
    asked: frozenset[str]
    """Its words, but for those that say little."""
    words_count: float
    """A story's words are not the library's words: they count less."""
    what_to_do: bool
    words_to_say: bool
    research: bool
    story: bool
    off_role: Mapping[Role, float]

    @classmethod
    def read(cls, question: str, *, afraid: bool) -> _Request:
        words_count = 1.0 if weights_for(question) is FACTUAL else _WORDS_OF_A_STORY
        what_to_do = asks_what_to_do(question)
        off_role = {
            Role.PRACTICE: 0.0 if what_to_do else _OFF_PRACTICE,
            Role.CAUTION: 0.0 if afraid else _OFF_CAUTION,
            Role.LIMITS: _OFF_LIMITS_STORY if words_count < 1 else 0.0,
        }
        return cls(
            question,
            frozenset(content_words(question)) - LIGHT,
            words_count,
            what_to_do,
            asks_for_words(question),
            asks_about_research(question),
            is_situation(question),
            off_role,
        )

    def measured(
        self, candidate: Candidate, both: frozenset[str], of_passage: float
    ) -> tuple[float, ...]:
        """The values of ``MEASURED``.

        Args:
            candidate: the sentence.
            both: its words and those of the one it follows.
            of_passage: its passage's score, of the best passage's.
        """
        return (
            candidate.sentence.similarity,
            of_passage,
            self.words_count * _share(self.asked & both, self.asked),
            self.words_count * holds_kind_asked_for(self.question, candidate.sentence.text),
            float(len(candidate.news) < 3),
        )

    def gain(self, candidate: Candidate, passage: Passage) -> float:
        """What speaks for quoting a sentence here."""
        says = self.words_to_say and is_steps(passage)
        return _TO_SAY * bool(says and _SPEECH.search(candidate.sentence.text))

    def loss(self, candidate: Candidate, passage: Passage) -> float:
        """What speaks against quoting a sentence here."""
        text = candidate.sentence.text
        return (
            _LEANS * candidate.leans
            + self.off_role.get(passage.role, 0.0)
            + _INCOMPLETE * (not _COMPLETE.search(text))
            + _OFF_UNSTUDIED * bool(NO_ANSWER.search(text) and not self.research)
            + _ASIDE * bool(_QUESTION_OR_ASIDE.search(text))
            + self._for_others(text)
        )

    def _for_others(self, text: str) -> float:
        if self.story:
            return off_in_a_story(text, self.question)
        if self.words_count < 1 or self.what_to_do:
            return off_for_oneself(text, self.question)
        return 0.0


def candidates_among(
    question: str, hits: Sequence[Hit], sentences: Sequence[ScoredSentence], *, afraid: bool
) -> list[Candidate]:
    """Every sentence that may be quoted, scored, in the order of hits and text.

    Args:
        question: what was searched for.
        hits: best first.
        sentences: all sentences of the hits.
        afraid: whether the message tells of fear, so that warnings come first.
    """
    request = _Request.read(question, afraid=afraid)
    top = max((hit.score for hit in hits), default=1.0) or 1.0
    scored = list[Candidate]()
    before: Candidate | None = None
    for sentence in sentences:
        if len(sentence.text.split()) < 3:
            continue
        hit = hits[sentence.hit]
        words = frozenset(content_words(sentence.text))
        leans = bool(_LEANS_ON_BEFORE.match(sentence.text))
        own = Candidate(sentence, 0.0, words, words - request.asked, leans)
        both = words | before.words if before and own.follows(before) else words
        measured = request.measured(own, both, hit.score / top)
        score = sum(map(mul, MEASURED.values(), measured))
        score += request.gain(own, hit.passage) - request.loss(own, hit.passage)
        before = replace(own, score=score, measured=measured)
        scored.append(before)
    return _fit_to_quote(request, scored, hits)


def best_first(candidates: Sequence[Candidate]) -> list[ScoredSentence]:
    """Their sentences, the one of the highest score first."""
    ranked = sorted(candidates, key=lambda candidate: candidate.score, reverse=True)
    return [candidate.sentence for candidate in ranked]


def how_well_read(
    grade: Grade | None, question: str, hits: Sequence[Hit], sentences: Sequence[ScoredSentence]
) -> float | None:
    """How well the best of the most promising sentences reads as an answer, from 0 to 2.

    Args:
        grade: reads them with the question; None where nothing can, and nothing is known then.
        question: what was searched for.
        hits: best first.
        sentences: all sentences of the hits.
    """
    if grade is None:
        return None
    ranked = best_first(candidates_among(question, hits, sentences, afraid=False))
    return max(grade(question, [s.text for s in ranked[:PROMISING]]), default=0.0)


def _fit_to_quote(
    request: _Request, scored: Sequence[Candidate], hits: Sequence[Hit]
) -> list[Candidate]:
    quotes = [c for c in scored if quotable(c.sentence, hits[c.sentence.hit].passage)]
    if not request.story:
        return quotes
    fit = [c for c in quotes if _fits_a_story(c.sentence, hits[c.sentence.hit].passage)]
    return fit or quotes


def _fits_a_story(sentence: ScoredSentence, passage: Passage) -> bool:
    beside = is_account(sentence.text) or NO_ANSWER.search(sentence.text)
    return not (beside or is_beside_the_message(passage))


def quotable(sentence: ScoredSentence, passage: Passage) -> bool:
    """Whether it may stand in an answer; a warning may if it speaks to what was asked."""
    if passage.role is Role.CAUTION:
        return sentence.similarity >= _WARNING_LIKE
    return passage.role is not Role.REFLECTION and not is_template(passage)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return len(part) / max(1, len(whole))
