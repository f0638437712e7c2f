"""The limits that belong beside what is cited.

A claim that its text marks as weak or contested, or that an article makes on its own account, does
not go out alone: the sentence on limits ("How sure are we") nearest to it in meaning goes with it,
from the same text if that has one as near. A person's own texts have no marks; there a limit goes
along only where it is clearly about the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coachbot.answering.citations import cite
from coachbot.embedding import Vectors, products
from coachbot.prompts import say
from coachbot.search.catalogue import Entry
from coachbot.search.snapshot import Snapshot
from coachbot.types import Citation, Claim, Hit, Kind, Note, Role, Strength

MAX_NOTES = 2
_UNSURE = (Strength.WEAK, Strength.CONTESTED)
_SAME_TEXT = 0.1
"""Added to the similarity of a limit that stands in the text that makes the claim."""
_ABOUT_IT = {Kind.ARTICLE: 0.45, Kind.USER: 0.6}
"""Similarity from which a limit is about a claim, by the kind of text that claims."""
_ABOUT_MARKED = 0.4


@dataclass(frozen=True, slots=True)
class _Limit:
    entry: Entry
    start: int
    end: int
    similarity: float


def qualify(
    snapshot: Snapshot, hits: Sequence[Hit], claims: Sequence[Claim]
) -> tuple[list[Hit], tuple[Note, ...]]:
    """Find the limits of what is cited.

    Args:
        snapshot: the index that the claims were drawn from.
        hits: the hits that the claims' citations count, from 1.
        claims: what is going to be shown.

    Returns:
        The hits with the passages that the notes cite behind them, and the notes, at most
        ``MAX_NOTES`` and each about one citation. Where no limit is near, the note says in the
        program's own words that the point is weak or contested.
    """
    hits, notes = list(hits), dict[tuple[str, int], Note]()
    shown = {(c.document_id, c.start) for claim in claims for c in claim.citations}
    for citation in (c for claim in claims for c in claim.citations):
        if len(notes) == MAX_NOTES or not _needs_a_limit(snapshot, citation):
            continue
        limit = _nearest_limit(snapshot, citation)
        if limit is None:
            if citation.strength in _UNSURE:
                own = Note(say("connecting", citation.strength.value), citation.number, (citation,))
                notes.setdefault((citation.strength.value, 0), own)
            continue
        place = (limit.entry.passage.document_id, limit.start)
        if place in notes or place in shown:
            continue
        notes[place] = _note(snapshot, hits, limit, citation.number)
    return hits, tuple(notes.values())


def _needs_a_limit(snapshot: Snapshot, citation: Citation) -> bool:
    role = snapshot.by_passage[citation.passage_id].passage.role
    if role in (Role.LIMITS, Role.CAUTION):
        return False
    return citation.strength in _UNSURE or citation.kind in _ABOUT_IT


def _nearest_limit(snapshot: Snapshot, citation: Citation) -> _Limit | None:
    vector = _vector(snapshot, citation)
    if vector is None:
        return None
    best, best_score = None, -1.0
    near = products(snapshot.limits.vectors, vector) if snapshot.limits.sentences else ()
    for (entry, (start, end)), similarity in zip(snapshot.limits.sentences, near, strict=True):
        score = similarity + _SAME_TEXT * (entry.passage.document_id == citation.document_id)
        if score > best_score:
            best, best_score = _Limit(entry, start, end, float(similarity)), score
    needed = _ABOUT_MARKED if citation.strength in _UNSURE else _ABOUT_IT[citation.kind]
    return best if best and best_score >= needed else None


def _vector(snapshot: Snapshot, citation: Citation) -> Vectors | None:
    """The mean direction of the sentences that a citation covers, shape (width,)."""
    entry = snapshot.by_passage[citation.passage_id]
    ids = [
        id
        for id, (start, end) in zip(entry.sentence_ids(), entry.sentences, strict=True)
        if start < citation.end and citation.start < end
    ]
    found = list(snapshot.vectors.vectors("sentences", ids).values())
    if not found:
        return None
    mean = np.mean(found, axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _note(snapshot: Snapshot, hits: list[Hit], limit: _Limit, about: int) -> Note:
    passage = limit.entry.passage
    known = [n for n, hit in enumerate(hits, start=1) if hit.passage.id == passage.id]
    if not known:
        hits.append(Hit(passage, 0.0, limit.similarity, limit.similarity, 0.0))
    number = known[0] if known else len(hits)
    citation = cite(number, passage, snapshot.document(passage.document_id), limit.start, limit.end)
    return Note(citation.quote, about, (citation,))
