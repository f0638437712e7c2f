"""What a chat model is given to say again: a few sentences of the hits, under their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from coachbot.answering.candidates import Candidate, candidates_among
from coachbot.answering.citations import cite, least_sure
from coachbot.answering.drafts import asks_what_to_do, is_story
from coachbot.answering.extractive import overlap
from coachbot.answering.manner import PROMPT
from coachbot.answering.pertinence import WEIGHT, Grade
from coachbot.answering.situation_reply import (
    is_situation,
    is_unsure,
    leading_texts,
    opens_step,
    quoted,
    situation_lines,
)
from coachbot.prompts import say
from coachbot.search.caution import names_fear
from coachbot.search.retrieval import ScoredSentence
from coachbot.types import Document, Hit, Kind, Role

_LEAST_SENTENCES, _MOST_SENTENCES = 3, 7
_MOST_IN_A_SITUATION = 6
_READ = 24
"""The most promising sentences, which are read with the message. A model takes seconds where
reading these takes a fifth of one."""
_SAME = 0.7
"""Share of the fewer words of two sentences that both hold, from which they say the same."""
_IN_PLACE = 0.4
"""How well a sentence must read as an answer (``pertinence``, 0 to 2). Of what a small model was
given by nearness alone and said again rightly, 57 of a hundred could be said to the person by the
judgement of two readers; of what lies above this, 64, with nine of ten of those kept."""


def told_in_a_situation(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    grade: Grade | None = None,
) -> list[ScoredSentence]:
    """What the quoting drafter would say to someone who tells of a situation and asks nothing.

    Returns:
        What the leading text says, its step and its question; empty for any other message, and
        where the usual shape fits better.
    """
    tells = bool(hits) and is_situation(question) and not names_fear(question)
    if not tells or is_unsure(question, hits):
        return []
    lines = situation_lines(question, hits, sentences, grade)
    return [s for s in sentences if quoted(s) in lines]


def offered(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    told: Sequence[ScoredSentence] = (),
    grade: Grade | None = None,
) -> list[ScoredSentence]:
    """What the model is given to say again, what is needed most first.

    A small model says again whatever it is shown, so what does not fit the message is not shown:
    to someone who tells of their life or asks what to do, no text but those that lead; and of what
    is read with the message, only what seems in place.

    Args:
        question: what the person wrote.
        hits: best first.
        sentences: all sentences of the hits.
        told: what the reply to a situation is made of; no other step than its own goes with it.
        grade: reads the most promising with the message; None where nothing can.
    """
    quotes = candidates_among(question, hits, sentences, afraid=names_fear(question))
    if is_story(question) or asks_what_to_do(question):
        leaders = leading_texts(hits)
        leading = [c for c in quotes if hits[c.sentence.hit].passage.document_id in leaders]
        quotes = leading if len(leading) >= _LEAST_SENTENCES else quotes
    ranked = _in_place(question, sorted(quotes, key=lambda c: -c.score)[:_READ], grade)
    if not told:
        return ranked[:_MOST_SENTENCES]
    more = (s for s in ranked if s not in told and not opens_step(s, hits))
    return [*told, *more][:_MOST_IN_A_SITUATION]


def _in_place(
    question: str, candidates: Sequence[Candidate], grade: Grade | None
) -> list[ScoredSentence]:
    """What reads as in place, best first, and as much of the rest as makes up a few."""
    if grade is None:
        return _each_once(candidates)
    grades = grade(question, [c.sentence.text for c in candidates])
    graded = sorted(
        zip(grades, candidates, strict=True),
        key=lambda pair: (pair[0] < _IN_PLACE, -(pair[1].score + WEIGHT * pair[0])),
    )
    in_place = sum(own >= _IN_PLACE for own in grades)
    return _each_once([c for _, c in graded[: max(_LEAST_SENTENCES, in_place)]])


def _each_once(candidates: Sequence[Candidate]) -> list[ScoredSentence]:
    """The sentences of candidates without those that say what one before them says."""
    kept = list[Candidate]()
    for own in candidates:
        if all(overlap(own.words, c.words) < _SAME for c in kept):
            kept.append(own)
    return [c.sentence for c in kept]


def numbered(
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    documents: Mapping[str, Document],
) -> str:
    """The sentences as blocks under the numbers of their passages, in reading order.

    A block names the kind of its passage and, where its sentences are marked, how sure the evidence
    for the least sure of them is.
    """
    blocks = []
    ordered = sorted(sentences, key=lambda s: (s.hit, s.position))
    for at, group in groupby(ordered, key=lambda s: s.hit):
        own, passage = list(group), hits[at].passage
        document = documents[passage.document_id]
        strength = least_sure(cite(at + 1, passage, document, s.start, s.end).strength for s in own)
        blocks.append(
            say(
                PROMPT,
                "passage-graded" if strength else "passage",
                number=at + 1,
                kind=_kind(passage.role, document.kind),
                strength=strength,
                text=" ".join(" ".join(s.text.split()) for s in own),
            )
        )
    return "\n\n".join(blocks)


def _kind(role: Role, kind: Kind) -> str:
    """What sort of passage it is: a step and a question to think about are one in any text."""
    if role is Role.REFLECTION:
        return say(PROMPT, "kind-reflection")
    return say("page", f"kind-{Kind.PRACTICE if role is Role.PRACTICE else kind}")
