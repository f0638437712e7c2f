"""What the program looks up for a question, for the scripts that fit what it makes of it."""

from __future__ import annotations

from collections.abc import Sequence

from coachbot import Coach
from coachbot.answering.finding import HITS_PER_ANSWER
from coachbot.search.retrieval import ScoredSentence, score_sentences, search
from coachbot.types import Hit


def looked_up(coach: Coach, question: str) -> tuple[list[Hit], Sequence[ScoredSentence]]:
    """The hits for a question, best first, and their sentences."""
    snapshot, vector = coach._snapshot(), coach._encode_question([question])[0]
    hits = search(snapshot, question, vector, HITS_PER_ANSWER)
    return hits, score_sentences(snapshot, hits, vector)


def is_marked(sentence: str, support: Sequence[str]) -> bool:
    """Whether a sentence is one that was marked as answering, or a part of one, or holds one."""
    return any(sentence in marked or marked in sentence for marked in support)
