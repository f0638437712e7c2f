"""Drafts to claims: each sentence checked against the passage it cites.

Steps: part the draft into sentences and their ``[n]`` marks; a sentence that stands word for word
in the passage it cites is SUPPORTED with its exact span; any other is compared with the cited
passage's sentences, by similarity of meaning, by the share of its content words found there, and
by what the two say of numbers, names, amounts, causes and certainty (``agreement``); a sentence
that is one of the program's own is CONNECTIVE.
An ``[n]`` that names no hit makes its sentence UNSUPPORTED, and is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from coachbot.answering.agreement import ALWAYS, disagreements
from coachbot.embedding import Encode, Vectors
from coachbot.reading.passages import sentence_spans
from coachbot.reading.sentences import split_sentences
from coachbot.search.lexical import content_words
from coachbot.types import (
    Citation,
    Claim,
    Document,
    Draft,
    Hit,
    Passage,
    Reference,
    Strength,
    Verdict,
)

SUPPORT_THRESHOLD = 0.6
"""Half similarity, half word coverage; below it a sentence says more than its source."""

_READ = 5
"""Sentences of the evidence, the nearest ones, that an entailment scorer reads."""

_AS_NEAR = 0.05
"""Similarity within which a second sentence is read beside the nearest."""

ENTAILED = 0.3
"""How sure an entailment scorer must be. True claims in few of the evidence's words are often given
less than a half: at 0.3 half as many of them are lost as at 0.5 among the near misses, no more
changed ones pass there or in the dev half of evals/verification.jsonl, and of the unread writer's
changed claims one in twenty more does."""

_RELATED = 0.4
"""Similarity below which nothing is read as support: the scorer knows nothing of such pairs. One
true claim in fourteen lies below, by writers who reword freely; so does most of what a very small
model makes up beside the passages (evals/generations)."""
NEARLY_QUOTED, NEARLY_ALL = 0.75, 0.8
"""Similarity and share of words found from which a claim is so nearly a quote that its small words
must be the source's, whatever an entailment scorer says. Chosen as above."""

_REWORDED = 0.7
"""Similarity from which a claim is a rewording of one sentence, so that small words are compared;
a claim that draws several sentences together need not share them. Chosen on WiCE's dev claims."""

Entails = Callable[[Sequence[str], str], float]
"""Sentences and a claim to how sure it is, 0 to 1, that the sentences say what the claim says."""


class Reading(NamedTuple):
    """How evidence is read.

    Attributes:
        encode: texts to unit vectors.
        entails: what scores sentences and a claim; similarity and shared words decide if None.
        most: sentences of evidence up to which the scorer is asked; any number if None.
    """

    encode: Encode
    entails: Entails | None = None
    most: int | None = None

    def scorer(self, evidence: Evidence) -> Entails | None:
        """What is asked about this evidence; None where likeness decides."""
        many = self.most is not None and len(evidence.sentences) > self.most
        return None if many else self.entails


_MARKS = re.compile(r"(?<!\\)\[(\d{1,3})\]")
_LEAST_SURE_FIRST = (Strength.CONTESTED, Strength.WEAK, Strength.MODERATE, Strength.STRONG)


def escape_marks(text: str) -> str:
    r"""Write a source's own ``[3]`` as ``\[3]``, so that it is not taken for a mark."""
    return _MARKS.sub(r"\\\g<0>", text)


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    numbers: tuple[int, ...]


def verify_draft(
    draft: Draft,
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    connecting: frozenset[str],
    reads: Reading,
) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """Check every sentence of a draft.

    Args:
        draft: text with ``[n]`` marks.
        hits: what the marks count, from 1.
        documents: the documents of the hits, by id.
        connecting: sentences of the program's own that assert nothing.
        reads: how sentences are read that are not word for word.

    Returns:
        The claims to show, in order, and those left out, each with its reasons.
    """
    shown, left_out = list[Claim](), list[Claim]()
    for statement in _statements(draft.text, hits, connecting):
        claim = _check(statement, hits, documents, connecting, reads)
        passes = claim.verdict in (Verdict.SUPPORTED, Verdict.CONNECTIVE, Verdict.FIXED)
        (shown if passes else left_out).append(claim)
    return tuple(shown), tuple(left_out)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences that may support claims; ``vectors`` has shape (sentences, width)."""

    sentences: tuple[str, ...]
    vectors: Vectors

    @classmethod
    def of(cls, texts: Sequence[str], encode: Encode) -> Evidence:
        """All sentences of some texts."""
        sentences = tuple(text[a:b] for text in texts for a, b in sentence_spans(text))
        return cls(sentences, encode(list(sentences)) if sentences else np.zeros((0, 0), "f4"))

    def nearest(self, vector: Vectors) -> tuple[str, float]:
        """The nearest sentence, joined by the second if that comes nearly as near; how near."""
        similarities = self.vectors @ vector
        order = np.argsort(-similarities)[:2]
        best = float(similarities[order[0]])
        near = [int(i) for i in order if similarities[i] >= best - _AS_NEAR]
        return " ".join(self.sentences[i] for i in sorted(near)), best

    def closest(self, vector: Vectors) -> list[str]:
        """The nearest sentences, in the order of the text."""
        order = np.argsort(-(self.vectors @ vector))[:_READ]
        return [self.sentences[i] for i in sorted(order.tolist())]


def verify(claim: str, evidence: Sequence[str], reads: Reading) -> Claim:
    """Check one claim against texts that are to support it.

    Args:
        claim: one sentence.
        evidence: texts; sentences of all of them are compared.
        reads: how they are read.

    Returns:
        A Claim that is SUPPORTED or UNSUPPORTED, with ``support`` from 0 to 1 and reasons out of
        ``no evidence``, ``similarity``, ``words``, ``entailment`` and the kinds of
        ``agreement.disagreements``.
    """
    if not claim.strip():
        return Claim(claim, Verdict.UNSUPPORTED, reasons=("no evidence",))
    vector = reads.encode([claim])[0]
    return verify_against(claim, vector, Evidence.of(evidence, reads.encode), reads)


def verify_against(claim: str, vector: Vectors, evidence: Evidence, reads: Reading) -> Claim:
    """Check one claim against evidence that is encoded already; see ``verify``."""
    if not evidence.sentences:
        return Claim(claim, Verdict.UNSUPPORTED, reasons=("no evidence",))
    if claim.strip() in evidence.sentences:
        return Claim(claim, Verdict.SUPPORTED, support=1.0)
    nearest, similarity = evidence.nearest(vector)
    whole = " ".join(evidence.sentences)
    words = set(content_words(claim))
    coverage = len(words & set(content_words(whole))) / len(words) if words else 0.0
    reasons = disagreements(claim, nearest, whole)
    if scorer := reads.scorer(evidence):
        support = scorer(evidence.closest(vector), claim) if words else 0.0
        enough = support >= ENTAILED and similarity >= _RELATED
        lacks = "" if enough else "entailment"
        as_there = similarity >= NEARLY_QUOTED and coverage >= NEARLY_ALL
    else:
        support = max(0.0, min(1.0, 0.5 * similarity + 0.5 * coverage))
        lacks = _lacks_likeness(support, similarity, coverage)
        as_there = similarity >= _REWORDED
    if not (as_there or lacks):
        reasons = [kind for kind in reasons if kind in ALWAYS]
    reasons = [lacks, *reasons] if lacks else reasons
    verdict = Verdict.UNSUPPORTED if reasons else Verdict.SUPPORTED
    return Claim(claim, verdict, support=support, reasons=tuple(reasons))


def _lacks_likeness(support: float, similarity: float, coverage: float) -> str:
    """The reason against a claim by its likeness alone; empty if there is none."""
    if support >= SUPPORT_THRESHOLD:
        return ""
    return "words" if coverage < similarity else "similarity"


class ReadingOrder:
    """Numbers the sources of claims as a reader meets them, also while the claims still come."""

    def __init__(self) -> None:
        self._new: dict[int, int] = {}

    def renumbered(self, claim: Claim) -> Claim:
        """A claim whose citations count the sources in the order of their first citation."""
        for citation in claim.citations:
            self._new.setdefault(citation.number, len(self._new) + 1)
        citations = tuple(replace(c, number=self._new[c.number]) for c in claim.citations)
        return replace(claim, citations=citations)

    def arranged(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that the old numbers count, in the new order; those not cited come last."""
        order = [*self._new, *(n for n in range(1, len(hits) + 1) if n not in self._new)]
        return [hits[n - 1] for n in order]


def cite(number: int, passage: Passage, document: Document, start: int, end: int) -> Citation:
    """The citation of a span of a document's text."""
    return Citation(
        number=number,
        passage_id=passage.id,
        document_id=document.id,
        title=document.title,
        kind=document.kind,
        strength=_strength(passage.references, start, end),
        quote=document.text[start:end],
        start=start,
        end=end,
        byline=document.byline,
    )


def _statements(text: str, hits: Sequence[Hit], connecting: frozenset[str]) -> Iterator[_Statement]:
    """Sentences with the marks that follow them.

    What stands whole in a cited passage, or is a connecting text, is one statement.
    """
    for line in text.split("\n"):
        for body, numbers in _segments(line):
            cited = [hits[n - 1].passage.text for n in numbers if 1 <= n <= len(hits)]
            whole = body in connecting or any(body in passage for passage in cited)
            pieces = [body] if whole else [body[a:b] for a, b in split_sentences(body)]
            yield from (_Statement(piece, ()) for piece in pieces[:-1])
            yield _Statement(pieces[-1], tuple(dict.fromkeys(numbers)))


def _segments(line: str) -> list[tuple[str, list[int]]]:
    """Runs of text, each with the numbers of the marks behind it."""
    parts = _MARKS.split(line)
    segments: list[tuple[str, list[int]]] = []
    for body, number in zip_longest(parts[::2], parts[1::2]):
        if re.search(r"\w", body):
            segments.append((body.strip().replace("\\[", "["), []))
        if number and segments:
            segments[-1][1].append(int(number))
    return segments


def _check(
    statement: _Statement,
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    connecting: frozenset[str],
    reads: Reading,
) -> Claim:
    if not statement.numbers:
        verdict = Verdict.CONNECTIVE if statement.text in connecting else Verdict.UNCITED
        return Claim(statement.text, verdict, support=float(verdict is Verdict.CONNECTIVE))
    if any(not 1 <= n <= len(hits) for n in statement.numbers):
        return Claim(statement.text, Verdict.UNSUPPORTED, reasons=("unknown citation",))
    cited = [(n, hits[n - 1].passage) for n in statement.numbers]
    exact = [
        cite(n, p, documents[p.document_id], p.start + at, p.start + at + len(statement.text))
        for n, p in cited
        if (at := _place(statement.text, p.text)) >= 0
    ]
    if exact:
        return Claim(statement.text, Verdict.SUPPORTED, tuple(exact), support=1.0)
    claim = verify(statement.text, [p.text for _, p in cited], reads)
    citations = tuple(
        _nearest_citation(statement.text, n, p, documents[p.document_id], reads.encode)
        for n, p in cited
    )
    return Claim(claim.text, claim.verdict, citations, claim.support, claim.reasons)


def _place(quote: str, passage: str) -> int:
    """Where a quote begins: as a whole sentence, else as any words; -1 if nowhere."""
    first = passage.find(quote)
    if first < 0 or passage.count(quote) == 1:
        return first
    whole = (start for start, end in sentence_spans(passage) if passage[start:end] == quote)
    return next(whole, first)


def _nearest_citation(
    text: str, number: int, passage: Passage, document: Document, encode: Encode
) -> Citation:
    spans = sentence_spans(passage.text) or [(0, len(passage.text))]
    best, _ = _nearest(text, [passage.text[a:b] for a, b in spans], encode)
    start, end = spans[best]
    return cite(number, passage, document, passage.start + start, passage.start + end)


def _nearest(text: str, sentences: Sequence[str], encode: Encode) -> tuple[int, float]:
    vectors = encode([text, *sentences])
    similarities = vectors[1:] @ vectors[0]
    best = int(np.argmax(similarities))
    return best, float(similarities[best])


def _strength(references: Sequence[Reference], start: int, end: int) -> Strength | None:
    """The least sure of the marks on a span."""
    return least_sure(r.strength for r in references if r.start < end and start < r.end)


def least_sure(strengths: Iterable[Strength | None]) -> Strength | None:
    """The least sure of some strengths; None if there is none among them."""
    held = set(strengths)
    return next((strength for strength in _LEAST_SURE_FIRST if strength in held), None)
