"""What a sheet can be about: the library's topics, and the text that a need calls for.

Steps: a need that is a topic's name, title or keyword is taken at its word; any other is searched
for, and the text whose passages come nearest leads; what is outside the library is said so, with
the nearest topics.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from coachbot.answering.answerability import is_within
from coachbot.embedding import Encode, Vectors
from coachbot.errors import HandoutError
from coachbot.handouts.model import HandoutKind
from coachbot.handouts.sourcing import Text, text_of
from coachbot.prompts import say, texts
from coachbot.search.caution import SAFETY_TEXT
from coachbot.search.retrieval import rank
from coachbot.search.snapshot import Snapshot
from coachbot.types import Document, Hit

_WORD = re.compile(r"[a-z0-9']+")
_LONGEST_TITLE = 60
_NEAREST = 3
_CANDIDATES = 12

_WITHIN = 1.6
"""From here a need counts as within a library whose texts have everyday sentences: similarity of
the best passage or sentence, plus that of the best everyday sentence, plus that of the name or
keyword of a text. Chosen on 70 topics that the texts cover and 44 that they do not."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A text of the library as a topic: what it is called on paper, and what can be made of it."""

    id: str
    title: str
    kinds: tuple[HandoutKind, ...]


class OutsideError(HandoutError):
    """No text of the library fits a need.

    Args:
        message: what happened, with the names of the nearest topics.
        hint: what to do next.
        nearest: topics that come closest, the closest first.
    """

    def __init__(self, message: str, hint: str = "", nearest: tuple[Topic, ...] = ()) -> None:
        super().__init__(message, hint)
        self.nearest = nearest


def title_of(document: Document) -> str:
    """What a topic is called on paper: short, and without what follows a colon or comma."""
    if (known := texts("handout_titles").get(document.id)) is not None:
        return known
    title = document.name
    return title if len(title) <= _LONGEST_TITLE else re.split(r"[:;,–—(]", title)[0].strip()


def topics(snapshot: Snapshot) -> list[Topic]:
    """Every text with steps that a sheet can be made of, by title; the text on safety is not."""
    found = [
        _topic(text)
        for id, document in snapshot.documents.items()
        if not is_about_safety(document) and (text := text_of(snapshot, id)).anatomy.steps
    ]
    return sorted(found, key=lambda topic: topic.title)


def _topic(text: Text) -> Topic:
    return Topic(text.document.id, title_of(text.document), kinds_for(text))


def kinds_for(text: Text) -> tuple[HandoutKind, ...]:
    """The kinds of sheet that a text has enough for."""
    kinds = [HandoutKind.EXPLAINER]
    kinds += [HandoutKind.WORKSHEET] if text.anatomy.steps else []
    kinds += [HandoutKind.CARDS] if text.anatomy.questions else []
    return (*kinds, HandoutKind.SESSION_SUMMARY, HandoutKind.DIARY)


def is_about_safety(document: Document) -> bool:
    """Whether it is the text that is a warning throughout, which no skill sheet is made of."""
    return document.id == SAFETY_TEXT


def safety_text(snapshot: Snapshot) -> Text:
    """The library's text on safety.

    Raises:
        HandoutError: it has none.
    """
    if SAFETY_TEXT in snapshot.documents and (text := text_of(snapshot, SAFETY_TEXT)).anatomy.lead:
        return text
    raise HandoutError("This library has no text on safety.", "Choose: my own text.")


def named(snapshot: Snapshot, need: str) -> list[str]:
    """The ids of the documents that a need names by id or title, else those by keyword.

    Case and punctuation do not count.
    """
    wanted = _words(need)
    if not wanted:
        return []
    by_title, by_keyword = list[str](), list[str]()
    for id, document in snapshot.documents.items():
        if wanted in (_words(id), _words(document.title), _words(title_of(document))):
            by_title.append(id)
        if wanted in map(_words, document.topics):
            by_keyword.append(id)
    return by_title or by_keyword


def leading(
    snapshot: Snapshot, need: str, encode: Encode, *, passing_over: Sequence[str] = ()
) -> str:
    """The id of the document that a need names, or whose passages come nearest to it.

    Args:
        snapshot: the index to search.
        need: a topic, a keyword or a question.
        encode: texts to unit vectors.
        passing_over: ids of documents that are not to lead.

    Raises:
        HandoutError: none comes near; the message names the nearest topics.
    """
    by_name = named(snapshot, need)
    if len(by_name) == 1:
        return by_name[0]
    vector = encode([need])[0]
    hits = rank(snapshot, need, vector, _CANDIDATES)
    scores = dict[str, float]()
    for place, hit in enumerate(hits):
        id = hit.passage.document_id
        scores[id] = scores.get(id, 0.0) + hit.score / (place + 1)
    nearest = sorted(scores, key=lambda id: -scores[id])
    called = (_encoded(encode, _names(snapshot.documents[id])) for id in nearest)
    likeness = max((float((names @ vector).max()) for names in called), default=0.0)
    free = [id for id in nearest if id not in passing_over]
    if not (free and (by_name or _is_within(need, hits, likeness))):
        raise outside(snapshot, nearest)
    return next((id for id in free if id in by_name), free[0])


def outside(snapshot: Snapshot, nearest: Sequence[str]) -> OutsideError:
    """What to say where the library has nothing on a topic."""
    documents = snapshot.documents
    offered = [id for id in nearest if not is_about_safety(documents[id])]
    offered = (offered or sorted(documents))[:_NEAREST]
    found = tuple(_topic(text_of(snapshot, id)) for id in offered)
    told = " · ".join(topic.title for topic in found)
    return OutsideError(
        say("handouts", "outside", nearest=told), say("handouts", "outside-hint"), found
    )


def _is_within(need: str, hits: Sequence[Hit], likeness: float) -> bool:
    best = max((max(hit.dense, hit.sentence) for hit in hits), default=-1.0)
    fit = max((hit.situation for hit in hits), default=0.0)
    if not fit:
        return bool(hits) and is_within(need, hits)
    return best + fit + likeness >= _WITHIN


def _names(document: Document) -> tuple[str, ...]:
    return tuple(dict.fromkeys((title_of(document), document.title, *document.topics)))


@lru_cache(maxsize=512)
def _encoded(encode: Encode, names: tuple[str, ...]) -> Vectors:
    return encode(names)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower().replace("’", "'")))
