"""Questions to passages: dense passages, dense sentences, BM25 and known situations, fused.

Steps: take the nearest passages, the passages of the nearest sentences, the best by BM25 and the
texts whose everyday sentences ("sounds like") are nearest as candidates; look up what is missing,
so that each candidate has all parts; add the parts up, each with its weight; put cautions first
where the question names danger; leave out near-duplicates; return the best.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coachbot.embedding import Vectors
from coachbot.reading.instructions import speaks_to_a_program
from coachbot.reading.passages import is_back_matter
from coachbot.search.caution import cautions_first, concerns, names_danger
from coachbot.search.lexical import content_words
from coachbot.search.snapshot import Snapshot
from coachbot.types import Hit

_CANDIDATES = 40
"""Passages taken from each of the three rankings, at least."""
_SENTENCES_PER_PASSAGE = 3
_OF_ONE_TEXT = 2
"""Passages of one text among the first three hits, at most, where other texts come near too."""
_TEXTS_BY_SITUATION = 5
_TALKED_OF = 0.15
"""What the passages of a text gain that the talk was about, where a question leans on it. Without,
a bare "what do I say to her face?" wanders to whatever holds such words; with twice as much, a
question that brings something new is held back. Chosen on talks written for it."""
_SAME = 0.9
"""Share of common words from which two passages count as the same text."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part counts in the fused score.

    ``dense`` and ``sentence`` multiply cosine similarities; ``lexical`` multiplies the share of the
    question's words that a passage holds, by BM25.
    Chosen on SciFact training claims and questions of our own: see benchmarks/README.md.
    """

    dense: float
    sentence: float
    lexical: float
    situation: float
    """Times how well its text fits by the everyday sentences stored with it."""
    back_matter: float
    """Taken off the notes on author and references at the end of a text."""


FACTUAL = Weights(dense=0.5, sentence=0.5, lexical=0.4, situation=1.0, back_matter=0.0)
PERSONAL = Weights(dense=0.5, sentence=0.5, lexical=0.2, situation=1.0, back_matter=0.15)

_FIRST_PERSON = re.compile(
    r"\b(?:[Mm]y|[Mm]e|[Mm]ine|[Ww]e|[Oo]ur|us|[Ii]['’](?:m|ve|d|ll))\b"
    r"|(?<!ype )(?<!ass )(?<!ase )(?<!age )(?<!orld War )\b[Ii]\b(?= [a-z])"  # not Type I, Class I…
)

_TELLS_OF_SOMEONE = re.compile(
    r"(?i)^(?!\W*(?:what|why|how|who|when|where|which|do|does|did|is|are|can|could|should|would|"
    r"tell|explain|define|describe)\b)(?!.*\?)"
    r".*\b(?:he|she|they|everyone|everybody|nobody|no one)\b",
    re.DOTALL,
)


def weights_for(question: str) -> Weights:
    """Choose the weights for a question.

    One in the first person, or that tells of someone and asks nothing, tells a story: its words are
    not the library's words, and it does not ask who wrote a text.
    """
    tells = _FIRST_PERSON.search(question) or tells_of_someone(question)
    return PERSONAL if tells else FACTUAL


def tells_of_someone(message: str) -> bool:
    """Whether a message tells of somebody and asks nothing."""
    return bool(_TELLS_OF_SOMEONE.search(message))


def search(
    snapshot: Snapshot,
    question: str,
    vector: Vectors,
    k: int,
    weights: Weights | None = None,
    *,
    cautions_only: bool = False,
    talked_of: str = "",
) -> list[Hit]:
    """Find the passages that fit a question best.

    Args:
        snapshot: the index to search in.
        question: what to search for, for the words.
        vector: the same encoded, shape (width,).
        k: how many hits at most.
        weights: what each part counts; chosen from the question if None.
        cautions_only: leave skills out whatever the question says, because danger was told before.
        talked_of: the id of the text that a question leans on, which comes nearer for that.

    Returns:
        At most ``k`` hits, best first, none of them nearly the same text as another.
    """
    hits = [
        hit
        for hit in rank(snapshot, question, vector, k, weights, talked_of)
        if concerns(snapshot.document(hit.passage.document_id), question)
    ]
    if cautions_only or names_danger(question):
        hits = cautions_first(hits, {id: d.kind for id, d in snapshot.documents.items()})
    return _distinct(hits, k)


def rank(
    snapshot: Snapshot,
    question: str,
    vector: Vectors,
    k: int,
    weights: Weights | None = None,
    talked_of: str = "",
) -> list[Hit]:
    """All candidates for a question, best first: at least ``k`` of them, if there are so many."""
    weights = weights or weights_for(question)
    n = max(_CANDIDATES, 3 * k)
    situation = snapshot.situations.scores(question, vector) if weights.situation else {}
    likely = [*list(situation)[:_TEXTS_BY_SITUATION], *filter(None, [talked_of])]
    dense, sentence, lexical = _parts(snapshot, question, vector, n, likely)
    nearest: dict[str, float] = {}
    for id, similarity in dense.items():
        if entry := snapshot.by_vector.get(id):
            owner = entry.passage.document_id
            nearest[owner] = max(similarity, nearest.get(owner, -1.0))
    hits = [
        Hit(
            entry.passage,
            weights.dense * dense[id]
            + weights.sentence * sentence.get(id, dense[id])
            + weights.lexical * lexical.get(id, 0.0)
            + weights.situation * (fit := _fit(entry.passage.document_id, situation, nearest))
            - weights.back_matter * is_back_matter(entry.passage)
            + _TALKED_OF * (entry.passage.document_id == talked_of),
            dense[id],
            sentence.get(id, dense[id]),
            lexical.get(id, 0.0),
            fit,
        )
        for id in dense
        if (entry := snapshot.by_vector.get(id))
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _fit(document_id: str, situation: dict[str, float], nearest: dict[str, float]) -> float:
    """A text's fit; one without everyday sentences stands in with its nearest passage."""
    if not situation:
        return 0.0
    return situation.get(document_id, nearest[document_id])


def _parts(
    snapshot: Snapshot, question: str, vector: Vectors, n: int, likely: Sequence[str]
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """The three scores of every candidate, by the id of its vector."""
    dense = snapshot.vectors.nearest("passages", vector, n)
    sentence: dict[str, float] = {}
    nearest = snapshot.vectors.nearest("sentences", vector, _SENTENCES_PER_PASSAGE * n)
    for id, similarity in nearest.items():
        if found := snapshot.by_sentence.get(id):
            sentence.setdefault(found.vector_id, similarity)
    scores = snapshot.lexical.shares(question)
    lexical = dict(zip(snapshot.lexical.ids, scores.tolist(), strict=True))
    best_words = [snapshot.lexical.ids[i] for i in np.argsort(-scores)[:n] if scores[i] > 0]
    of_likely = [
        entry.vector_id
        for id in likely
        if id in snapshot.contents.records
        for entry in snapshot.contents.records[id].entries
    ]
    candidates = {*dense, *sentence, *best_words, *of_likely}
    lacking = [id for id in candidates if id not in dense]
    dense |= snapshot.vectors.similarities("passages", vector, lacking)
    _complete(snapshot, vector, sentence, candidates)
    return dense, sentence, lexical


def _complete(
    snapshot: Snapshot, vector: Vectors, sentence: dict[str, float], candidates: set[str]
) -> None:
    """Add the best sentence of candidates none of whose sentences was among the nearest."""
    owners = {
        sentence_id: id
        for id in candidates
        if id not in sentence and (entry := snapshot.by_vector.get(id))
        for sentence_id in entry.sentence_ids()
    }
    for sentence_id, similarity in snapshot.vectors.similarities(
        "sentences", vector, list(owners)
    ).items():
        id = owners[sentence_id]
        sentence[id] = max(similarity, sentence.get(id, -1.0))


def _spread(hits: Sequence[Hit]) -> list[Hit]:
    """Let the best passage of a second text be among the first three."""
    head, rest = list(hits[:3]), list(hits[3:])
    if len({hit.passage.document_id for hit in head}) > 1 or len(head) <= _OF_ONE_TEXT:
        return [*head, *rest]
    other = next((h for h in rest if h.passage.document_id != head[0].passage.document_id), None)
    if other is None:
        return [*head, *rest]
    rest.remove(other)
    return [*head[:_OF_ONE_TEXT], other, *head[_OF_ONE_TEXT:], *rest]


def _distinct(hits: Sequence[Hit], k: int) -> list[Hit]:
    kept: list[Hit] = []
    words: list[frozenset[str]] = []
    for hit in _spread(hits):
        if len(kept) == k:
            break
        own = frozenset(content_words(hit.passage.text))
        if all(len(own & other) < _SAME * max(1, len(own | other)) for other in words):
            kept.append(hit)
            words.append(own)
    return kept


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit with its cosine similarity to the question; offsets in the document."""

    hit: int
    position: int
    start: int
    end: int
    text: str
    similarity: float


_orders = lru_cache(maxsize=8192)(speaks_to_a_program)
"""Kept for sentences of texts, which come again and are nobody's message."""


def score_sentences(
    snapshot: Snapshot, hits: Sequence[Hit], vector: Vectors
) -> list[ScoredSentence]:
    """All sentences of the hits, in the order of hits and text; ``hit`` counts from 0.

    Those that give orders to a program are left out: they are not to be quoted.
    """
    # Of a text that was removed since it was found, nothing is left to score.
    there = enumerate(snapshot.by_passage.get(hit.passage.id) for hit in hits)
    chosen = [(number, entry) for number, entry in there if entry]
    ids = [id for _, entry in chosen for id in entry.sentence_ids()]
    similarity = snapshot.vectors.similarities("sentences", vector, ids)
    scored = (
        ScoredSentence(
            number,
            i,
            start,
            end,
            entry.passage.text[start - entry.passage.start : end - entry.passage.start],
            similarity.get(id, 0.0),
        )
        for number, entry in chosen
        for i, (id, (start, end)) in enumerate(
            zip(entry.sentence_ids(), entry.sentences, strict=True)
        )
    )
    return [sentence for sentence in scored if not _orders(sentence.text)]


def closest_sentences(
    snapshot: Snapshot, hits: Sequence[Hit], vector: Vectors
) -> list[tuple[int, int]]:
    """The span of the sentence of each hit that comes nearest to a question's vector."""
    nearest: dict[int, ScoredSentence] = {}
    for sentence in score_sentences(snapshot, hits, vector):
        best = nearest.get(sentence.hit)
        if best is None or sentence.similarity > best.similarity:
            nearest[sentence.hit] = sentence
    spans = ((nearest.get(i), hit.passage) for i, hit in enumerate(hits))
    return [(s.start, s.end) if s else (p.start, p.end) for s, p in spans]
