"""Whether there is an answer, and the seam for what writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from coachbot.lexical import content_words
from coachbot.retrieval import ScoredSentence
from coachbot.types import Document, Draft, Hit

_ANSWERABLE = 0.33
"""From here a message counts as within the library: similarity of the best passage or sentence,
plus ``_WORDS_FOUND`` times the share of the message's words that the hits hold. This and the two
below were chosen on the questions in evals/, against the shipped texts and one article alone."""
_WORDS_FOUND = 0.15
_ANSWERABLE_STORY = 0.2
"""Similarity alone, for a story of one's own about other people: it is nearly always meant for this
library, yet its words are far from a text's."""
_ANSWERABLE_WORD = 0.4
"""Similarity alone, for a single word such as "hello"."""

_WITH_SITUATIONS = 0.82
"""Where texts have everyday sentences, how well the best text fits by them counts as well, and the
words found count ``_WORDS_FOUND_BESIDE``; chosen on the dev half of evals/library.jsonl against the
off-topic questions of evals/questions.jsonl."""
_WITH_SITUATIONS_STORY = 0.6
_WORDS_FOUND_BESIDE = 0.3
_WITH_SITUATIONS_WORD = 0.5

_PEOPLE = re.compile(
    r"(?i)\b(?:husband|wife|partner|boyfriend|girlfriend|spouse|fianc[eé]e?|ex|mum|mom|mother|dad|"
    r"father|parents?|brother|sister|son|daughter|kids?|child(?:ren)?|family|friends?|boss|colleagues?|"
    r"roomm?ate|flatmate|neighbou?r|relationship|marriage|anyone|someone|each other|he|she|"
    r"him|her)\b"
)
STORY = re.compile(r"(?i)\b(?:i|i'm|i’m|my|we|our|me|us)\b")


class Drafter(Protocol):
    """Writes a draft out of hits: the quoting one, or one with a chat model behind it."""

    @property
    def name(self) -> str:
        """What made a draft: ``extractive`` or ``chat_model``."""

    def draft(
        self,
        question: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
    ) -> Draft:
        """Text with ``[n]`` marks that count the hits from 1."""


def is_story(message: str) -> bool:
    """Whether someone tells of themselves and other people."""
    return bool(STORY.search(message) and _PEOPLE.search(message))


def can_answer(message: str, hits: Sequence[Hit]) -> bool:
    """Whether the hits come near enough to a message to be quoted in answer to it."""
    best = max((max(hit.dense, hit.sentence) for hit in hits), default=-1.0)
    fit = max((hit.situation for hit in hits), default=0.0)
    words = set(content_words(message))
    found = words & set(content_words(" ".join(hit.passage.embedded_text for hit in hits)))
    share = len(found) / max(1, len(words))
    if len(words) < 2:
        return best >= (_WITH_SITUATIONS_WORD if fit else _ANSWERABLE_WORD)
    if fit:
        needed = _WITH_SITUATIONS_STORY if is_story(message) else _WITH_SITUATIONS
        return best + fit + _WORDS_FOUND_BESIDE * share >= needed
    if is_story(message):
        return best >= _ANSWERABLE_STORY
    return best + _WORDS_FOUND * share >= _ANSWERABLE
