"""A chat model's sentences, each checked before it is shown.

Steps for a sentence: a question back or an acknowledgement that asserts nothing is shown as such;
anything else is checked against the passages it cites, then against all that were found, and shown
with the source that supports it. What fails is replaced once by the source sentence nearest to it,
if that is near enough and has not been shown; otherwise it is left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from coachbot.answering.agreement import speaker
from coachbot.answering.citations import (
    NEARLY_ALL,
    NEARLY_QUOTED,
    Evidence,
    Reading,
    cite,
    verify_against,
)
from coachbot.answering.connective import asserts_nothing
from coachbot.answering.liberties import in_the_sources_verb, liberties
from coachbot.answering.marks import Statement
from coachbot.models.tracing import traced
from coachbot.reading.instructions import speaks_to_a_program
from coachbot.search.lexical import STOP_WORDS, content_words
from coachbot.search.retrieval import ScoredSentence
from coachbot.types import Citation, Claim, Document, Hit, Verdict

REPAIRED = "repaired"
"""The reason of a claim that is a source's sentence in place of a model's."""
_NEAR_ENOUGH = 0.55
"""Similarity from which a source sentence may stand in for one that failed."""
_SURE = 0.6
"""How sure the reading must be of a sentence that a model wrote, which is more than of one that
somebody wants judged (``citations.ENTAILED``): what is held back is made up for by a quote, what
is shown and wrong is not. Of the unread writer's changed claims 91 of a hundred stop here, at the
usual limit 78, for 7 more of a hundred true ones held back."""
_IN_ONE = 0.5
"""Share of a sentence's words that one sentence of the source holds, or two together, below which a
model has put together something of its own."""
_RUN = 5
"""Words in a row that stand in the prompt and not in the source, from which the prompt is said
back."""
_SAID_BACK = 0.3
"""Share of a sentence's words that are the message's and not the source's, from which it says the
question back as if that were the answer."""
_MOST_STATEMENTS = 30
_MOST_SHOWN = 7
_MOST_REPEATS = 3
_ROUND = 3
"""Words in a row that stand as many times in one sentence, from which it goes round and round."""
_STOP_WORDS_OF_ENGLISH = 0.15
"""Share of stop words below which a sentence of some length is not English."""
_SCAFFOLD = re.compile(r"(?i)^\W*(?:passage number\b|message: |earlier the person wrote\b)")
"""What frames the prompt; a very small model goes on with it."""
_PRONOUN = re.compile(r"^(?:She|He)\b")
_REFUSAL = re.compile(
    r"(?i)\b(?:as an ai\b|language model|i(?:['’]m| am) (?:unable|not able) to|"
    r"i can(?:not|['’]t) (?:help|assist|provide|answer)|i(?:['’]m| am) sorry, but)"
)


class Checker:
    """Checks the sentences of one reply.

    Args:
        message: what the person wrote.
        hits: what the marks count, from 1.
        sentences: those of the hits that may be quoted.
        documents: the documents of the hits, by id.
        reads: how evidence is read; see ``citations.verify``.
        not_to_repeat: texts the model was shown as instructions.
    """

    def __init__(
        self,
        message: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
        reads: Reading,
        not_to_repeat: Sequence[str] = (),
    ) -> None:
        self._message, self._hits, self._documents = message, hits, documents
        self._reads = reads
        self._sentences = list(sentences)
        vectors = reads.encode([s.text for s in self._sentences]) if self._sentences else None
        self._vectors = vectors if vectors is not None else np.zeros((0, 0), "f4")
        self._words = [set(content_words(s.text)) for s in self._sentences]
        self._not_to_repeat = _folded(" ".join(not_to_repeat))
        self._seen: set[str] = set()
        self._cited: set[tuple[str, int]] = set()
        self._asked = set(content_words(message))
        self._speaker = ""
        self._held = 0
        self.left_out: list[Claim] = []

    def shown(self, statements: Iterable[Statement]) -> Iterator[Claim]:
        """The claims to show, each as soon as its statement has come; see the module's steps."""
        repeats, shown = 0, 0
        for number, statement in enumerate(statements, start=1):
            if _folded(statement.text) in self._seen:
                repeats += 1
            if repeats >= _MOST_REPEATS or number > _MOST_STATEMENTS:
                return
            claim = traced("verify", partial(self.check, statement))
            if claim is not None:
                shown += 1
                yield claim
            if shown == _MOST_SHOWN:
                return

    def check(self, statement: Statement) -> Claim | None:
        """The claim to show for a statement, or None if it is left out."""
        text, folded = statement.text, _folded(statement.text)
        if problem := self._unfit(text, folded):
            self.left_out.append(Claim(text, Verdict.UNSUPPORTED, reasons=(problem,)))
            return None
        self._seen.add(folded)
        if asserts_nothing(text, self._message):
            return Claim(text, Verdict.CONNECTIVE, support=1.0)
        claim = self._supported(statement)
        if claim.verdict is Verdict.SUPPORTED:
            self._speaker = speaker(self._named(text)) or self._speaker
            self._cited |= {(c.document_id, c.start) for c in claim.citations}
            self._held += 1
            return claim
        self.left_out.append(claim)
        return self._repaired(text)

    def _unfit(self, text: str, folded: str) -> str:
        """Why a sentence is not even checked; empty if it is fit."""
        words = re.findall(r"[^\W\d_]+", text.lower())
        stop_words = sum(word in STOP_WORDS for word in words)
        if folded in self._seen:
            return "repeated"
        if _goes_round(folded.split()):
            return "goes round"
        if _SCAFFOLD.match(text) or (len(words) >= 4 and folded in self._not_to_repeat):
            return "prompt repeated"
        if _REFUSAL.search(text):
            return "refusal"
        if speaks_to_a_program(text):
            return "instruction"
        if len(words) >= 8 and stop_words / len(words) < _STOP_WORDS_OF_ENGLISH:
            return "language"
        return ""

    def _supported(self, statement: Statement) -> Claim:
        """The statement's claim, by what comes nearest of what it cites and of all passages."""
        if not self._sentences:
            return Claim(statement.text, Verdict.UNSUPPORTED, reasons=("no evidence",))
        vector = self._reads.encode([statement.text])[0]
        likeness = self._vectors @ vector
        cited = [n for n in statement.numbers if 1 <= n <= len(self._hits)]
        groups = (self._rows(cited), self._rows([self._nearest(vector).hit + 1]))
        nearest_first = sorted(filter(len, groups), key=lambda rows: -likeness[rows].max())
        found: list[Claim] = []
        for rows in nearest_first:
            sentences = tuple(self._sentences[i].text for i in rows)
            evidence = Evidence(sentences, self._vectors[rows])
            sources = self._sources(statement.text, rows, likeness)
            told = in_the_sources_verb(self._named(statement.text), sources[0].text)
            claim = verify_against(told, vector, evidence, self._reads)
            claim = replace(claim, text=statement.text)
            problem = self._problem(claim, evidence, sources, float(likeness[rows].max()))
            if problem and claim.verdict is Verdict.SUPPORTED:
                claim = replace(claim, verdict=Verdict.UNSUPPORTED, reasons=(problem,))
            if claim.verdict is Verdict.SUPPORTED:
                return replace(claim, citations=(self._citation(sources[0]),))
            found.append(claim)
        unknown = [n for n in statement.numbers if n not in cited]
        extra = ("unknown citation",) if unknown else ()
        return replace(found[0], reasons=(*extra, *found[0].reasons))

    def _sources(
        self, text: str, rows: np.ndarray, likeness: np.ndarray
    ) -> tuple[ScoredSentence, ...]:
        """The one or two sentences, out of some, that a text is most like in meaning and words."""
        words = set(content_words(text))
        share = [len(words & self._words[i]) / max(1, len(words)) for i in rows]
        best = np.argsort(-(likeness[rows] + np.array(share)), kind="stable")[:2]
        return tuple(self._sentences[i] for i in rows[best])

    def _problem(
        self, claim: Claim, evidence: Evidence, sources: Sequence[ScoredSentence], likeness: float
    ) -> str:
        """What speaks against a sentence of a model's own; empty if nothing does.

        Where most of what the model said so far did not hold, it is believed only for what it
        nearly quotes.
        """
        if claim.text in evidence.sentences:
            return ""
        words, whole = set(content_words(claim.text)), " ".join(evidence.sentences)
        own = words - set(content_words(whole))
        in_sources = words & set(content_words(" ".join(s.text for s in sources)))
        nearly_quoted = likeness >= NEARLY_QUOTED and len(own) <= (1 - NEARLY_ALL) * len(words)
        if own and len(own & self._asked) >= _SAID_BACK * len(words):
            return "said back"
        if claim.support < _SURE:
            return "entailment"
        if len(in_sources) < _IN_ONE * len(words):
            return "put together"
        if self._says_prompt_back(claim.text, whole):
            return "prompt repeated"
        if len(self.left_out) > max(1, self._held) and not nearly_quoted:
            return "most did not hold"
        return next(iter(liberties(self._named(claim.text), sources[0].text, whole)), "")

    def _says_prompt_back(self, text: str, evidence: str) -> bool:
        """Whether a run of words stands in the prompt and not in the evidence."""
        words, known = _folded(text).split(), f" {_folded(evidence)} "
        runs = (f" {' '.join(words[i : i + _RUN])} " for i in range(len(words) - _RUN + 1))
        return any(run in f" {self._not_to_repeat} " and run not in known for run in runs)

    def _named(self, text: str) -> str:
        """A sentence with the name of who was spoken of last in place of an opening pronoun."""
        return _PRONOUN.sub(self._speaker, text) if self._speaker else text

    def _rows(self, numbers: Sequence[int]) -> np.ndarray:
        """Which of the sentences stand in passages with these numbers, shape (rows,)."""
        return np.array([i for i, s in enumerate(self._sentences) if s.hit + 1 in numbers], int)

    def _repaired(self, text: str) -> Claim | None:
        if not self._sentences:
            return None
        vector = self._reads.encode([text])[0]
        nearest = self._nearest(vector)
        document = self._hits[nearest.hit].passage.document_id
        near = float(self._vectors[self._sentences.index(nearest)] @ vector) >= _NEAR_ENOUGH
        if not near or (document, nearest.start) in self._cited:
            return None
        self._cited.add((document, nearest.start))
        self._seen.add(_folded(nearest.text))
        citation = self._citation(nearest)
        return Claim(citation.quote, Verdict.SUPPORTED, (citation,), 1.0, (REPAIRED,))

    def _nearest(self, vector: np.ndarray) -> ScoredSentence:
        return self._sentences[int(np.argmax(self._vectors @ vector))]

    def _citation(self, sentence: ScoredSentence) -> Citation:
        passage = self._hits[sentence.hit].passage
        document = self._documents[passage.document_id]
        return cite(sentence.hit + 1, passage, document, sentence.start, sentence.end)


def _goes_round(words: Sequence[str]) -> bool:
    """Whether a sentence says one run of words again and again, as small models do."""
    runs = Counter(zip(*(words[i:] for i in range(_ROUND)), strict=False))
    return max(runs.values(), default=0) >= _ROUND


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
