"""Which of three outcomes a message has: answered, related or nothing.

Two steps. How near the library comes at all decides between nothing and the rest, by thresholds on
similarity (``is_within``). Whether what it holds answers the question is then a logistic model over
a few features that can be read off the question and the passages (``judged``). There are three:
where texts carry everyday sentences, one for stories of one's own, which those sentences are like,
and one for what else people want to know; and one for any other library. Their coefficients are in
``answerability.toml``, written by ``benchmarks/fit_answerability.py``.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from coachbot.answering.drafts import STORY, is_story
from coachbot.search.lexical import content_words
from coachbot.search.retrieval import ScoredSentence
from coachbot.types import Document, Hit

_WITHIN = 0.33
"""From here a message counts as within the library: similarity of the best passage or sentence,
plus ``_WORDS_FOUND`` times the share of the message's words that the hits hold. This and the two
below were chosen on the questions in evals/, against the shipped texts and one article alone."""
_WORDS_FOUND = 0.15
_WITHIN_STORY = 0.2
"""Similarity alone, for a story of one's own about other people: it is nearly always meant for this
library, yet its words are far from a text's."""
_WITHIN_WORD = 0.4
"""Similarity alone, for a single word such as "hello"."""

_WITH_SITUATIONS = 0.82
"""Where texts have everyday sentences, how well the best text fits by them counts as well, and the
words found count ``_WORDS_FOUND_BESIDE``; chosen on the dev half of evals/library.jsonl against the
off-topic questions of evals/questions.jsonl."""
_WITH_SITUATIONS_STORY = 0.6
_WORDS_FOUND_BESIDE = 0.3
_WITH_SITUATIONS_WORD = 0.5

_ELSEWHERE_WITHIN, _ELSEWHERE_ANSWERED = 0.35, 0.6
"""Similarity that a message about something else needs to be met at all, and to be answered."""

STORIES, QUESTIONS, PLAIN = "stories", "questions", "plain"
"""The models."""
UNREAD = {PLAIN: "plain-unread", QUESTIONS: "questions-unread"}
"""Those in their place where nothing can tell how well a sentence reads as an answer."""

_SURE = 0.6
"""How likely an answer to a question that is nobody's story must be to be given without a doubt.
Of the questions in the dev half of evals/knowledge.jsonl that are answered from here on four in
five are labelled as answered, of those below it two in five, of those not answered one in eight."""

FEATURES = (
    "situation",
    "similarity",
    "unknown_words",
    "unknown_name",
    "asks_for_a_fact",
    "fact_absent",
    "law_money_medicine",
    "own_story",
    "reads_as_answer",
)
_COEFFICIENTS = Path(__file__).with_name("answerability.toml")

_NEARLY_AS_MANY = 0.1
"""Share of the question's words within which a sentence counts beside the one that holds most."""
_NUMBER = re.compile(
    r"(?i)\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|half|third|"
    r"quarter|dozen|hundred|thousand|million|per ?cent)\b"
)
_YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)\b")
_NAME = re.compile(
    r"(?<=[a-z,;:“\"] )[A-Z][a-z]+|"
    r"^[A-Z][a-z]+ (?:and|describes?|found|holds|argues?|writes|says|reports|calls|proposed|[A-Z])"
)
_FACTS = (
    (
        re.compile(
            r"(?i)\bhow (?:many|much(?= (?:does|do|is|are|money|of))|old|big|far|tall|"
            r"often do (?!i|we|you)|long (?:must|does|do|is|was|did|after|before))\b|"
            r"\b(?:number|percentage|percent|share|proportion|rate|average|price|statistics?)\b.*\?|"
            r"\bcosts?\b"
        ),
        _NUMBER,
    ),
    (
        re.compile(
            r"(?i)\bwhen (?:was|were|did|is|will)\b(?! (?:you|i|we|he|she|they|my|it)\b)|"
            r"\bwhat (?:year|date|day)\b"
        ),
        _YEAR,
    ),
    (
        re.compile(
            r"(?i)^(?:and |so )?who(?:se)? (?:is|was|were|are|came up|first|invented|discovered|"
            r"found|wrote|said|did|made|coined|says|claims|developed|created)\b|"
            r"\b(?:name of|named after|author of|called)\b|"
            r"\b(?:which|what) (?:person|researcher|psychologist|scientist|author|country|city|"
            r"university|brain|app|book|film|part|company|study|drug|scanner|hormone)\b|"
            r"^where (?:was|were|did|is|are|can) "
        ),
        _NAME,
    ),
)
"""What a question asks for, and how a sentence that holds it looks."""
_ASKS_FOR_A_WORD = re.compile(
    r"(?i)^\W*(?:so )?(?:what(?:['’]?s| is| are| does| do)|explain|define|(?:tell me|more) about)\b"
)
"""A question what one word means, which a text that holds the word may well answer."""
_NAME_IN_QUESTION = re.compile(
    r"(?<=[a-z,] )[A-Z][a-zA-Z]{2,}|"
    r"\b[a-z]{3,}(?=['’]s "
    r"(?:research|theor(?:y|ies)|stud(?:y|ies)|books?|methods?|model|findings)\b)"
)
"""A name, in capitals or, as people type, told by what is theirs."""
_LAW_MONEY_MEDICINE = re.compile(
    r"(?i)\b(?:custody|restraining order|divorc\w+ (?:law|court|papers)|legal(?:ly)?|"
    r"(?<!in )(?<!in-)laws?|courts?|"
    r"alimony|child support|lawyers?|solicitors?|visa|tax|prenup|pension|insurance|benefits?|"
    r"tablets?|pills?|dos(?:e|age)|mg|medication|antidepressants?|supplements?|sertraline|ssris?|"
    r"viagra|testosterone)\b"
)


def knows_people(hits: Sequence[Hit]) -> bool:
    """Whether the texts carry everyday sentences, as a library on relationships does."""
    return any(hit.situation for hit in hits)


def deciding_model(message: str, hits: Sequence[Hit]) -> str:
    """The name of the model that decides whether hits answer a message."""
    if not knows_people(hits):
        return PLAIN
    return STORIES if STORY.search(message) else QUESTIONS


def names_topic(message: str, documents: Sequence[Document]) -> bool:
    """Whether a message names a topic of one of the texts that takes more than one word to name.

    Of one word, such as "money", the rest of the message must tell what is meant.
    """
    words = set(content_words(message))
    topics = (set(content_words(topic)) for found in documents for topic in found.topics)
    return any(len(topic) > 1 and topic <= words for topic in topics)


def _similarity(hits: Sequence[Hit]) -> float:
    return max((max(hit.dense, hit.sentence) for hit in hits), default=-1.0)


def is_within(message: str, hits: Sequence[Hit], elsewhere: bool = False) -> bool:
    """Whether the hits come near enough to a message to be shown at all.

    Args:
        message: what was searched for.
        hits: best first.
        elsewhere: whether it is by its kind about something else altogether.
    """
    best = _similarity(hits)
    if elsewhere and best < _ELSEWHERE_WITHIN:
        return False
    fit = max((hit.situation for hit in hits), default=0.0)
    words = set(content_words(message))
    found = words & set(content_words(" ".join(hit.passage.embedded_text for hit in hits)))
    share = len(found) / max(1, len(words))
    if len(words) < 2:
        named = share == 1.0 and bool(_ASKS_FOR_A_WORD.search(message))
        return named or best >= (_WITH_SITUATIONS_WORD if fit else _WITHIN_WORD)
    if fit:
        needed = _WITH_SITUATIONS_STORY if is_story(message) else _WITH_SITUATIONS
        return best + fit + _WORDS_FOUND_BESIDE * share >= needed
    if is_story(message):
        return best >= _WITHIN_STORY
    return best + _WORDS_FOUND * share >= _WITHIN


class Judgement(NamedTuple):
    """Whether there is an answer, and whether that is sure enough to say it without a doubt.

    ``score``, from 0 to 1, is 0.5 where the one turns into the other, by whichever model decided;
    None where none did.
    """

    answered: bool
    sure: bool
    score: float | None = None


def judged(
    message: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    knows: Callable[[str], bool],
    reads: float | None,
    elsewhere: bool = False,
) -> Judgement:
    """Whether the hits answer a message, or are only about something near it.

    A story of one's own is answered without a doubt: where it is unsure which text it needs, the
    reply has a shape of its own.

    Args:
        message: what was searched for.
        hits: best first.
        sentences: those of the hits.
        knows: whether a stem of ``content_words`` stands anywhere in the library.
        reads: how well the best of the sentences that come near reads as an answer, from 0 to 2;
            None where nothing can tell.
        elsewhere: whether it is by its kind about something else altogether.
    """
    if elsewhere and _similarity(hits) < _ELSEWHERE_ANSWERED:
        return Judgement(False, False, 0.0)
    name = deciding_model(message, hits)
    model = _models()[name if reads is not None else UNREAD.get(name, name)]
    measured = features(message, hits, sentences, knows, reads or 0.0)
    log_odds = model.log_odds(measured)
    likely = _share(log_odds)
    sure = likely >= _SURE or name != QUESTIONS
    return Judgement(likely >= model.threshold, sure, _share(log_odds - model.limit))


def features(
    message: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    knows: Callable[[str], bool],
    reads: float,
) -> tuple[float, ...]:
    """The values of ``FEATURES``; arguments as for ``judged``."""
    words = set(content_words(message))
    story = bool(STORY.search(message))
    # Who tells a story names the people and places in it: the library need not know them.
    names = [] if story else _NAME_IN_QUESTION.findall(message)
    facts = [held for asked, held in _FACTS if asked.search(message)]
    near = _nearest_in_words(words, [sentence.text for sentence in sentences])
    absent = not any(held.search(text) for held in facts for text in near)
    return (
        max((hit.situation for hit in hits), default=0.0),
        max((sentence.similarity for sentence in sentences), default=0.0),
        sum(not knows(word) for word in words) / max(1, len(words)),
        float(any(not any(map(knows, content_words(name))) for name in names)),
        float(bool(facts)),
        float(bool(facts) and absent),
        float(asks_a_profession(message)),
        float(story),
        reads,
    )


def asks_a_profession(message: str) -> bool:
    """Whether a message touches on law, money or medicine."""
    return bool(_LAW_MONEY_MEDICINE.search(message))


def _nearest_in_words(words: set[str], texts: Sequence[str]) -> list[str]:
    """The texts that hold the largest share of words, or nearly it."""
    shares = [len(words & set(content_words(text))) / max(1, len(words)) for text in texts]
    least = max(shares, default=0.0) - _NEARLY_AS_MANY
    return [text for text, share in zip(texts, shares, strict=True) if share >= least]


@dataclass(frozen=True, slots=True)
class _Model:
    intercept: float
    coefficients: tuple[float, ...]
    threshold: float

    @property
    def limit(self) -> float:
        """The threshold in log odds."""
        return math.log(self.threshold / (1 - self.threshold))

    def log_odds(self, measured: Sequence[float]) -> float:
        weighted = (a * b for a, b in zip(self.coefficients, measured, strict=True))
        return self.intercept + sum(weighted)


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


@lru_cache(maxsize=1)
def _models() -> Mapping[str, _Model]:
    tables = tomllib.loads(_COEFFICIENTS.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: _Model(
                table["intercept"],
                tuple(table["coefficients"][feature] for feature in FEATURES),
                table["threshold"],
            )
            for name, table in tables.items()
        }
    )
