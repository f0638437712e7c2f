"""The drafter that quotes: it composes an answer of verbatim sentences.

Steps: score every sentence of the hits that may be quoted (``candidates``); read the best together
with the question; take what answers best as the lead; add up to four more that score nearly as well
and say something else (maximal marginal relevance, Carbonell & Goldstein 1998, doi
10.1145/290941.291025); put them in reading order, the lead's passage first; join them with the
program's own connecting words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coachbot.answering.asked_for import asks_how_sure, defines
from coachbot.answering.candidates import Candidate, best_first, candidates_among
from coachbot.answering.drafts import STORY, asks_what_to_do
from coachbot.answering.pertinence import Grade, gains_of_best
from coachbot.answering.situation_reply import (
    HEARD,
    is_situation,
    is_steps,
    is_to_try,
    is_tonight,
    quoted,
    situation_lines,
    tonight_lines,
)
from coachbot.prompts import say, texts
from coachbot.search.caution import names_fear
from coachbot.search.retrieval import ScoredSentence
from coachbot.types import Document, Draft, Hit, Kind, Passage, Role, byline

CONNECTING = "connecting"
"""The prompt file of connecting words."""

_DEFINES = 0.4  # for the lead alone: it says what the word is whose meaning is asked for
_SAYS_HOW_SURE = 0.3  # for the lead alone: it says how sure the research is, which is asked for
_LEAST_LIKE = 0.2  # similarity below which a sentence goes with no lead
LEAST_LIKE_ELSEWHERE = 0.4
"""The same for a sentence of another text than the lead's."""
_MARGIN = 0.25  # below the lead: sentences this much weaker are taken only to make up two
_REPETITION = 0.5
_MOST_SENTENCES, _MOST_CHARACTERS = 5, 900


class ExtractiveDrafter:
    """Composes an answer of verbatim sentences, each with its citation.

    Args:
        pertinence: tells how well a sentence answers; None where it does not know the encoder.
    """

    name = "extractive"

    def __init__(self, pertinence: Grade | None = None) -> None:
        self._pertinence = pertinence

    def draft(
        self,
        question: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
    ) -> Draft:
        """Compose a draft; see the module's steps."""
        afraid = names_fear(question)
        shaped = [] if afraid else _shaped(question, hits, sentences, self._pertinence)
        if shaped:
            return Draft("\n".join(shaped), self.name)
        candidates = candidates_among(question, hits, sentences, afraid=afraid)
        if not candidates:
            return Draft("", self.name)
        gains = gains_of_best(self._pertinence, question, best_first(candidates))
        chosen = _choose(question, candidates, hits, gains)
        if asks_what_to_do(question):
            chosen = _with_a_step(chosen, candidates, hits)
        return Draft("\n".join(_compose(question, chosen, hits, documents)), self.name)


def connecting_sentences(documents: Mapping[str, Document]) -> frozenset[str]:
    """Every connecting text in every form it can take with these documents."""
    filled = {
        say(CONNECTING, name, source=_source(d))
        for name in texts(CONNECTING)
        for d in documents.values()
    }
    return frozenset(filled) | frozenset(texts(HEARD).values())


def _shaped(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    grade: Grade | None,
) -> list[str]:
    """The draft in the shape for a situation; empty where the usual one fits better."""
    if not hits:
        return []
    if is_tonight(question):
        return tonight_lines(hits, sentences)
    return situation_lines(question, hits, sentences, grade) if is_situation(question) else []


def _choose(
    question: str,
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    gains: Mapping[ScoredSentence, float],
) -> list[Candidate]:
    """The lead, to which sentences bring ``gains``, and what goes with it, best first."""
    sure_wanted = asks_how_sure(question)

    def worth(candidate: Candidate) -> float:
        sure = hits[candidate.sentence.hit].passage.role is Role.LIMITS
        return (
            candidate.score
            + gains.get(candidate.sentence, 0.0)
            + _DEFINES * defines(question, candidate.sentence.text)
            + _SAYS_HOW_SURE * (sure_wanted and sure)
        )

    lead = max(candidates, key=lambda c: (_stands(c, candidates), worth(c)))
    chosen = [lead, *(c for c in candidates if lead.leans and lead.follows(c))]
    while len(chosen) < _MOST_SENTENCES:
        open_to = [(_gain(c, chosen), c) for c in candidates if _may_join(c, chosen, hits)]
        gain, best = max(open_to, key=lambda pair: pair[0], default=(0.0, lead))
        needed = _MARGIN if len(chosen) >= 2 else 2 * _MARGIN
        length = sum(len(c.sentence.text) for c in (*chosen, best))
        if best is lead or gain < lead.score - needed or length > _MOST_CHARACTERS:
            break
        chosen.append(best)
    return chosen


def _with_a_step(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate], hits: Sequence[Hit]
) -> list[Candidate]:
    """With something to try from the lead's text, where nothing to try was chosen."""

    def passage(candidate: Candidate) -> Passage:
        return hits[candidate.sentence.hit].passage

    text = passage(chosen[0]).document_id
    own = [
        c
        for c in candidates
        if passage(c).document_id == text and is_to_try(c.sentence, hits) and not c.leans
    ]
    if not own or any(is_steps(passage(c)) for c in chosen):
        return list(chosen)
    return [*chosen[: _MOST_SENTENCES - 1], max(own, key=lambda c: c.score)]


def _stands(candidate: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Whether it can be quoted: it leans on nothing, or on a sentence that can be quoted too."""
    return not candidate.leans or any(candidate.follows(c) and not c.leans for c in candidates)


def _may_join(candidate: Candidate, chosen: Sequence[Candidate], hits: Sequence[Hit]) -> bool:
    """Whether it may go with the lead, the first of the chosen.

    A sentence that leans on the one before may only follow it; none comes before the lead.
    """
    own, first = candidate.sentence, chosen[0].sentence
    if candidate in chosen or (own.hit == first.hit and own.position < first.position):
        return False
    same = hits[own.hit].passage.document_id == hits[first.hit].passage.document_id
    if own.similarity < min(_LEAST_LIKE if same else LEAST_LIKE_ELSEWHERE, first.similarity):
        return False
    return not candidate.leans or any(candidate.follows(other) for other in chosen)


def _gain(candidate: Candidate, chosen: Sequence[Candidate]) -> float:
    repeated = max(overlap(candidate.news, other.news) for other in chosen)
    return candidate.score - _REPETITION * repeated


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Share of the fewer words of two sentences that both hold, 0 to 1."""
    return len(a & b) / max(1, min(len(a), len(b)))


_OWN_KINDS = (Kind.DIGEST, Kind.EVIDENCE, Kind.PRACTICE)
_LAST = {Role.CLAIM: 0, Role.PRACTICE: 1, Role.LIMITS: 2, Role.CAUTION: 3, Role.REFLECTION: 4}


def _compose(
    question: str,
    chosen: Sequence[Candidate],
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
) -> list[str]:
    """Lines of the draft: a connecting sentence, then the quotes it introduces."""
    lead = chosen[0].sentence
    groups: dict[tuple[bool, int, str], list[ScoredSentence]] = {}
    for candidate in chosen:
        passage = hits[candidate.sentence.hit].passage
        is_lead = passage.document_id == hits[lead.hit].passage.document_id and (
            passage.role is hits[lead.hit].passage.role
        )
        # What the library's own texts add stands together; others are named one by one.
        own = documents[passage.document_id].kind in _OWN_KINDS and not is_lead
        key = (not is_lead, _LAST[passage.role], "" if own else passage.document_id)
        groups.setdefault(key, []).append(candidate.sentence)
    lines: list[str] = []
    for key in sorted(groups):
        sentences = sorted(groups[key], key=lambda s: (s.hit != lead.hit, s.hit, s.position))
        first = hits[sentences[0].hit].passage
        opening = not lines
        lines.append(_connector(question, documents[first.document_id], first.role, opening))
        lines += map(quoted, sentences)
    return lines


def _connector(question: str, document: Document, role: Role, opening: bool) -> str:
    source = _source(document)
    if not opening and role in (Role.PRACTICE, Role.LIMITS, Role.CAUTION):
        return say(CONNECTING, role.value)
    if opening and STORY.search(question) and "?" not in question:
        return say(CONNECTING, "open-situation")
    own = document.kind in _OWN_KINDS
    name = f"{'open' if opening else 'more'}-{'library' if own else 'article'}"
    return say(CONNECTING, name, source=source)


def _source(document: Document) -> str:
    """How a document is named in running text: ``Staik (2016)``, or by its title."""
    names = byline(document.authors, None)
    year = f" ({document.year})" if document.year else ""
    return f"{names}{year}" if names else f"“{document.name}”"
