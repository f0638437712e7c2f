"""The drafter that quotes: it composes an answer of verbatim sentences.

Steps: score every sentence of the hits by its own similarity to the question, its passage's score,
the question's words it holds and the kind of thing that is asked for; read the best together with
the question; take what answers best as the lead; add up to four more that score nearly as well and
say something else (maximal marginal relevance, Carbonell & Goldstein 1998, doi
10.1145/290941.291025); put them in reading order, the lead's passage first; join them with the
program's own connecting words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coachbot.answering.answerability import knows_people
from coachbot.answering.asked_for import (
    asks_about_research,
    asks_how_sure,
    defines,
    holds_kind_asked_for,
)
from coachbot.answering.audience import (
    answers_a_question,
    is_account,
    off_for_oneself,
    off_in_a_story,
)
from coachbot.answering.citations import escape_marks
from coachbot.answering.drafts import STORY, asks_for_words, asks_what_to_do
from coachbot.answering.pertinence import PROMISING, Grade, gains
from coachbot.answering.situation_reply import (
    HEARD,
    NO_ANSWER,
    is_situation,
    is_steps,
    is_to_try,
    is_tonight,
    situation_lines,
    tonight_lines,
)
from coachbot.prompts import say, texts
from coachbot.reading.passages import is_template
from coachbot.search.caution import names_fear
from coachbot.search.lexical import content_words
from coachbot.search.questions import LIGHT
from coachbot.search.retrieval import FACTUAL, ScoredSentence, weights_for
from coachbot.types import Document, Draft, Hit, Kind, Passage, Role, byline

CONNECTING = "connecting"
"""The prompt file of connecting words."""

# A sentence's score: similarity, plus these times shares from 0 to 1. Fitted by coordinate search
# on 700 SQuAD 2.0 questions (does the lead hold the answer?): see benchmarks/README.md.
_PASSAGE = 0.7  # its passage's score, of the best passage's
_WORDS = 0.6  # the question's words it holds
_WORDS_WITH_BEFORE = 0.5  # the same, the sentence before it counted in
_DEFINES = 0.4  # for the lead alone: it says what the word is whose meaning is asked for
_CUE = 0.15  # it holds the kind of thing that is asked for: a reason, a date, a number, a name
_ECHO = 0.15  # off if it adds fewer than three words to the question: an echo is no answer
_LEANS = 0.1  # off if it leans on the sentence before, which must then be quoted too
_INCOMPLETE = 0.25  # off for what has no full stop, such as a line of contact data
_ASIDE = 0.25  # off for a question or an aside in brackets, which answer nothing

_TO_SAY = 0.2  # for a step that holds words to say, where those are asked for
_OFF_PRACTICE = 0.25  # off for what to try, unless the person asks what to do
_OFF_LIMITS_STORY = 0.3  # off for how sure the research is, when someone tells a story
_SAYS_HOW_SURE = 0.3  # for the lead alone: it says how sure the research is, which is asked for
_OFF_CAUTION = 0.5  # off for a warning, unless the person is afraid
_OFF_UNSTUDIED = 0.3  # off for what only says that research is missing, unless it is asked about
_WARNING_LIKE = 0.35  # similarity from which a warning ("do not use this when …") is quoted
_LEAST_LIKE = 0.2  # similarity below which a sentence goes with no lead
_LEAST_LIKE_ELSEWHERE = 0.4  # the same for a sentence of another text than the lead's
_MARGIN = 0.25  # below the lead: sentences this much weaker are taken only to make up two
_REPETITION = 0.5
_MOST_SENTENCES, _MOST_CHARACTERS = 5, 900

_LEANS_ON_BEFORE = re.compile(
    r"(?i)(?:they|it|its|he|she|his|her|hers|their|both|such|thus|hence|therefore|instead|"
    r"in contrast|as a result|that['’]s|"
    r"(?:this|that|these|those)(?: also| then| in turn)? (?:is|was|are|were|has|have|had|"
    r"can|could|will|would|may|might|must|should|does|do|did|means?|meant|shows?|showed|"
    r"makes?|made|explains?|explained|suggests?|suggested|indicates?|indicated|happens?|happened|"
    r"leads?|led|helps?|helped|gives?|gave|disconnects?|allows?|allowed|causes?|caused))\b"
)
_SPEECH = re.compile(r"[\"“](?:\S+ ){3,}\S+[\"”]")
_COMPLETE = re.compile(r"[.!?…][\"'”’)]*$")
_QUESTION_OR_ASIDE = re.compile(r"\?[)\"'”’]*$|^\(")


@dataclass(frozen=True, slots=True)
class _Candidate:
    sentence: ScoredSentence
    score: float
    words: frozenset[str]
    news: frozenset[str]
    """Its words that are not in the question."""
    leans: bool

    def follows(self, other: _Candidate) -> bool:
        """Whether it stands right behind the other in the same passage."""
        own, before = self.sentence, other.sentence
        return own.hit == before.hit and own.position == before.position + 1


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
        # Learned on a library for people in trouble, it does not carry over: on an article about
        # research it chose no better (benchmarks/README.md).
        grade = self._pertinence if knows_people(hits) else None
        shaped = [] if afraid else _shaped(question, hits, sentences, grade)
        if shaped:
            return Draft("\n".join(shaped), self.name)
        candidates = _candidates(question, hits, sentences, afraid=afraid)
        if not candidates:
            return Draft("", self.name)
        chosen = _choose(question, candidates, hits, _gains(question, candidates, grade))
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


def _gains(
    question: str, candidates: Sequence[_Candidate], grade: Grade | None
) -> dict[ScoredSentence, float]:
    """What the best candidates gain as leads by how well they answer, read with the question."""
    ranked = sorted(candidates, key=lambda c: c.score, reverse=True)
    best = [candidate.sentence for candidate in ranked[:PROMISING]]
    gained = gains(grade, question, [sentence.text for sentence in best])
    return dict(zip(best, gained, strict=True))


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


def _candidates(
    question: str, hits: Sequence[Hit], sentences: Sequence[ScoredSentence], *, afraid: bool
) -> list[_Candidate]:
    """Every sentence that may be quoted, scored, in the order of hits and text."""
    asked = frozenset(content_words(question)) - LIGHT
    top = max((hit.score for hit in hits), default=1.0) or 1.0
    research = asks_about_research(question)
    # A story's words are not the library's words: they count less, as they do in the search.
    words_count = weights_for(question).lexical / FACTUAL.lexical
    off_role = {Role.PRACTICE: _OFF_PRACTICE, Role.CAUTION: _OFF_CAUTION}
    if words_count < 1:
        off_role[Role.LIMITS] = _OFF_LIMITS_STORY
    words_wanted = asks_for_words(question)
    what_to_do = asks_what_to_do(question)
    tells = is_situation(question)
    of_oneself = words_count < 1 or what_to_do
    off = off_in_a_story if tells else off_for_oneself if of_oneself else None
    if what_to_do:
        del off_role[Role.PRACTICE]
    if afraid:
        del off_role[Role.CAUTION]
    candidates = list[_Candidate]()
    before: _Candidate | None = None
    for sentence in sentences:
        if len(sentence.text.split()) < 3:
            continue
        words = frozenset(content_words(sentence.text))
        leans = bool(_LEANS_ON_BEFORE.match(sentence.text))
        candidate = _Candidate(sentence, 0.0, words, words - asked, leans)
        both = words | before.words if before and candidate.follows(before) else words
        score = (
            sentence.similarity
            + _PASSAGE * hits[sentence.hit].score / top
            + words_count * _WORDS * _share(asked & words, asked)
            + words_count * _WORDS_WITH_BEFORE * _share(asked & both, asked)
            + words_count * _CUE * holds_kind_asked_for(question, sentence.text)
            + _TO_SAY * (words_wanted and _offers_words(sentence, hits))
            - _ECHO * (len(candidate.news) < 3)
            - _LEANS * candidate.leans
            - off_role.get(hits[sentence.hit].passage.role, 0.0)
            - _INCOMPLETE * (not _COMPLETE.search(sentence.text))
            - (off(sentence.text, question) if off else 0.0)
            - _OFF_UNSTUDIED * bool(NO_ANSWER.search(sentence.text) and not research)
            - _ASIDE * bool(_QUESTION_OR_ASIDE.search(sentence.text))
        )
        before = replace(candidate, score=score)
        candidates.append(before)
    quotes = [c for c in candidates if quotable(c.sentence, hits[c.sentence.hit].passage)]
    for_a_story = [c for c in quotes if _is_for_a_story(c.sentence, hits)] if tells else []
    return for_a_story or quotes


def _is_for_a_story(sentence: ScoredSentence, hits: Sequence[Hit]) -> bool:
    beside = is_account(sentence.text) or NO_ANSWER.search(sentence.text)
    return not (beside or answers_a_question(hits[sentence.hit].passage))


def _offers_words(sentence: ScoredSentence, hits: Sequence[Hit]) -> bool:
    return is_steps(hits[sentence.hit].passage) and bool(_SPEECH.search(sentence.text))


def quotable(sentence: ScoredSentence, passage: Passage) -> bool:
    """Whether it may stand in an answer; a warning may if it speaks to what was asked."""
    if passage.role is Role.CAUTION:
        return sentence.similarity >= _WARNING_LIKE
    return passage.role is not Role.REFLECTION and not is_template(passage)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return len(part) / max(1, len(whole))


def _choose(
    question: str,
    candidates: Sequence[_Candidate],
    hits: Sequence[Hit],
    gains: Mapping[ScoredSentence, float],
) -> list[_Candidate]:
    """The lead, to which sentences bring ``gains``, and what goes with it, best first."""
    sure_wanted = asks_how_sure(question)

    def worth(candidate: _Candidate) -> float:
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
    chosen: Sequence[_Candidate], candidates: Sequence[_Candidate], hits: Sequence[Hit]
) -> list[_Candidate]:
    """With something to try from the lead's text, where nothing to try was chosen."""

    def passage(candidate: _Candidate) -> Passage:
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


def _stands(candidate: _Candidate, candidates: Sequence[_Candidate]) -> bool:
    """Whether it can be quoted: it leans on nothing, or on a sentence that can be quoted too."""
    return not candidate.leans or any(candidate.follows(c) and not c.leans for c in candidates)


def _may_join(candidate: _Candidate, chosen: Sequence[_Candidate], hits: Sequence[Hit]) -> bool:
    """Whether it may go with the lead, the first of the chosen.

    A sentence that leans on the one before may only follow it; none comes before the lead.
    """
    own, first = candidate.sentence, chosen[0].sentence
    if candidate in chosen or (own.hit == first.hit and own.position < first.position):
        return False
    same = hits[own.hit].passage.document_id == hits[first.hit].passage.document_id
    if own.similarity < min(_LEAST_LIKE if same else _LEAST_LIKE_ELSEWHERE, first.similarity):
        return False
    return not candidate.leans or any(candidate.follows(other) for other in chosen)


def _gain(candidate: _Candidate, chosen: Sequence[_Candidate]) -> float:
    repeated = max(_overlap(candidate.news, other.news) for other in chosen)
    return candidate.score - _REPETITION * repeated


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


_OWN_KINDS = (Kind.DIGEST, Kind.EVIDENCE, Kind.PRACTICE)
_LAST = {Role.CLAIM: 0, Role.PRACTICE: 1, Role.LIMITS: 2, Role.CAUTION: 3, Role.REFLECTION: 4}


def _compose(
    question: str,
    chosen: Sequence[_Candidate],
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
        lines += [f"{escape_marks(s.text)} [{s.hit + 1}]" for s in sentences]
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
