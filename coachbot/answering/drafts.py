"""The seam for what writes a draft, and what it needs to know of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from coachbot.search.questions import PEOPLE
from coachbot.search.retrieval import ScoredSentence, tells_of_someone
from coachbot.types import Document, Draft, Hit

_PEOPLE = re.compile(
    rf"(?i)\b(?:{PEOPLE}|family|relationship|marriage|anyone|someone|each other|he|she|him|her)\b"
)
_WHAT_TO_DO = re.compile(
    r"(?i)\b(?:how (?:do|can|could|should|would) (?:i|we)|how to|"
    r"what (?:do|can|could|should) (?:i|we)|"
    r"should (?:i|we)|help|tips?|advice|try|exercise)\b"
)
_WORDS = re.compile(
    r"(?i)\b(?:(?:what|how) (?:\w+ )?(?:do|can|could|should|would|shall) (?:i|we) (?:\w+ )?"
    r"(?:say|tell|write|text|word|put (?:it|this)|begin|start|answer|reply|bring (?:it|this) up)|"
    r"what to (?:say|write|text|tell|answer|reply)|how to (?:say|tell|put|word|bring)|"
    r"(?:what|which|the|some|right|exact) words|"
    r"how (?:do|can|could|should|would) (?:i|we) (?:bring|open) (?:up|it|this)|a script)\b"
)
_LATELY_OR_ALWAYS = re.compile(
    r"(?i)\b(?:(?:on|since|last|this|next) (?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|"
    r"today|tonight|tomorrow|ago|(?:last|this) (?:night|week|weekend|month|morning|evening)|"
    r"always|never|keeps?|again|every (?:time|day|night|week(?:end)?)|won['’]?t|hasn['’]?t)\b"
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
    """Whether someone tells of themselves and others, or what someone did lately or always does."""
    told = STORY.search(message) and _PEOPLE.search(message)
    return bool(told or (tells_of_someone(message) and _LATELY_OR_ALWAYS.search(message)))


def asks_what_to_do(message: str) -> bool:
    """Whether someone asks for something to try, words to say among it."""
    return bool(_WHAT_TO_DO.search(message)) or asks_for_words(message)


def asks_for_words(message: str) -> bool:
    """Whether someone asks what to say."""
    return bool(_WORDS.search(message))
