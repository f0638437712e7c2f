"""What a sheet can be about: the library's topics, and the text that a need calls for.

Steps: a need that is a topic's name, title or keyword is taken at its word; any other is searched
for, and the text whose passages come nearest leads; what is outside the library is said so, with
the nearest topics.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coachbot.answering.answerability import is_within
from coachbot.errors import HandoutError
from coachbot.handouts.model import HandoutKind
from coachbot.handouts.sourcing import Text, text_of
from coachbot.prompts import say, texts
from coachbot.reading.passages import CAUTION_HEADING
from coachbot.search.index import Snapshot
from coachbot.search.lexical import content_words
from coachbot.types import Document, Hit

_WORD = re.compile(r"[a-z0-9']+")
_LONGEST_TITLE = 60
_NEAREST = 3

_WITHIN = 0.985
"""From here a need counts as within a library whose texts have everyday sentences: similarity of
the best passage or sentence, plus that of the best everyday sentence, plus ``_WORDS_FOUND`` times
the share of its words that the hits hold. Chosen on 30 topics the texts cover and 30 they do
not: it lets in all of the former, and "buying a house" and "gambling addiction" of the latter."""
_WORDS_FOUND = 0.15


@dataclass(frozen=True, slots=True)
class Topic:
    """A text of the library as a topic: what it is called on paper, and what can be made of it."""

    id: str
    title: str
    kinds: tuple[HandoutKind, ...]


def title_of(document: Document) -> str:
    """What a topic is called on paper: short, and without what follows a colon or comma."""
    if (known := texts("handout_titles").get(document.id)) is not None:
        return known
    title = document.name
    return title if len(title) <= _LONGEST_TITLE else re.split(r"[:;,–—(]", title)[0].strip()


def topics(snapshot: Snapshot) -> list[Topic]:
    """Every text with steps that a sheet can be made of, by title; the text on safety is not."""
    found = [
        Topic(id, title_of(document), kinds_for(text))
        for id, document in snapshot.documents.items()
        if not is_about_safety(document) and (text := text_of(snapshot, id)).anatomy.steps
    ]
    return sorted(found, key=lambda topic: topic.title)


def kinds_for(text: Text) -> tuple[HandoutKind, ...]:
    """The kinds of sheet that a text has enough for."""
    kinds = [HandoutKind.EXPLAINER]
    kinds += [HandoutKind.WORKSHEET] if text.anatomy.steps else []
    kinds += [HandoutKind.CARDS] if text.anatomy.questions else []
    return (*kinds, HandoutKind.SESSION_SUMMARY, HandoutKind.DIARY)


def is_about_safety(document: Document) -> bool:
    """Whether a whole text is a warning, which no skill sheet is made of."""
    return bool(re.search(CAUTION_HEADING, document.title, re.IGNORECASE))


def safety_text(snapshot: Snapshot) -> Text:
    """The library's text on safety.

    Raises:
        HandoutError: it has none.
    """
    for id, document in snapshot.documents.items():
        if is_about_safety(document):
            return text_of(snapshot, id)
    raise HandoutError("This library has no text on safety.", "Choose: my own text.")


def named(snapshot: Snapshot, need: str) -> str:
    """The id of the document that a need names by id, title or keyword; empty if none or several.

    Case and punctuation do not count.
    """
    wanted = _words(need)
    if not wanted:
        return ""
    by_title, by_keyword = list[str](), list[str]()
    for id, document in snapshot.documents.items():
        if wanted in (_words(id), _words(document.title), _words(title_of(document))):
            by_title.append(id)
        if wanted in map(_words, document.topics):
            by_keyword.append(id)
    for found in (by_title, by_keyword):
        if found:
            return found[0] if len(found) == 1 else ""
    return ""


def leading(
    snapshot: Snapshot, need: str, hits: Sequence[Hit], *, passing_over: Sequence[str] = ()
) -> str:
    """The id of the document whose passages come nearest to a need.

    Args:
        snapshot: the index that was searched.
        need: what was searched for.
        hits: what was found, best first.
        passing_over: ids of documents that are not to lead.

    Raises:
        HandoutError: none comes near; the message names the nearest topics.
    """
    scores = dict[str, float]()
    for place, hit in enumerate(hits):
        id = hit.passage.document_id
        scores[id] = scores.get(id, 0.0) + hit.score / (place + 1)
    if not _is_within(need, hits):
        raise outside(snapshot, list(scores))
    free = [id for id in scores if id not in passing_over]
    if not free:
        raise outside(snapshot, list(scores))
    return max(free, key=lambda id: scores[id])


def outside(snapshot: Snapshot, nearest: Sequence[str]) -> HandoutError:
    """What to say where the library has nothing on a topic."""
    documents = snapshot.documents
    offered = [id for id in nearest if not is_about_safety(documents[id])]
    offered = (offered or sorted(documents))[:_NEAREST]
    told = " · ".join(title_of(documents[id]) for id in offered)
    return HandoutError(say("handouts", "outside", nearest=told), say("handouts", "outside-hint"))


def _is_within(need: str, hits: Sequence[Hit]) -> bool:
    best = max((max(hit.dense, hit.sentence) for hit in hits), default=-1.0)
    fit = max((hit.situation for hit in hits), default=0.0)
    if not fit:
        return bool(hits) and is_within(need, hits)
    words = set(content_words(need))
    found = words & set(content_words(" ".join(hit.passage.embedded_text for hit in hits)))
    return best + fit + _WORDS_FOUND * len(found) / max(1, len(words)) >= _WITHIN


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower().replace("’", "'")))
