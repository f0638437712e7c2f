"""The shape of a reply to someone who tells of a situation and asks nothing.

One sentence that shows what was heard, what the sources say, one thing to try, one open question
to think about. All but the first is quoted, so the passages that hold a text's steps and questions
are put beside the hits (``with_companions``); the drafter composes with what it finds there
(``situation_lines``). Where two texts fit about equally well, none of that is said: one sentence
of each, and that more would help. Right after a fight a shorter form is due (``tonight_lines``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from coachbot.answering.audience import is_account, is_beside_the_message, off_in_a_story
from coachbot.answering.citations import escape_marks
from coachbot.answering.drafts import asks_for_words, asks_what_to_do, is_story
from coachbot.answering.pertinence import Grade, gains_of_best
from coachbot.embedding import Vectors
from coachbot.prompts import say, texts
from coachbot.reading.passages import is_template
from coachbot.search.caution import is_caution
from coachbot.search.retrieval import ScoredSentence
from coachbot.search.snapshot import Snapshot
from coachbot.types import Hit, Passage, Role

HEARD = "heard"
"""The prompt file with one sentence for each shipped text: what someone tells who needs it."""
TONIGHT = "just-had-a-fight"
"""The shipped text for the hours after a fight."""

_FITS_FROM = 0.5
"""How well a text must fit by its everyday sentences to lead alone, and for the reply to say what
was heard: below, it is the right one in few of the situations in evals/library.jsonl."""
_CLEARLY = 0.05
"""How much better the leading text must fit than the next: where it is less, it is the right one in
half of the same situations, and beyond that in nineteen of twenty."""
_SAID = 2
_JUST_FOUGHT = re.compile(
    r"(?is)(?=.*\b(?:just (?:now )?(?:had|got|fought|rowed|argued|screamed|shouted|yelled)|tonight|"
    r"an hour ago|minutes ago|earlier this evening|went to bed angry|sleeping on the "
    r"(?:sofa|couch)|can['’]?t sleep)\b)(?=.*\b(?:fight|fought|row|rowed|argument|argued|"
    r"quarrel\w*|blow[- ]?up|screaming match|shouted|yelled)\b)"
)
_MOST_TONIGHT_WORDS = 30
NO_ANSWER = re.compile(r"(?i)\bnot (?:been )?(?:checked|studied|tested)\b|\bpractical advice\b")
"""What a sentence says that answers nothing: that research has not."""
_WE = re.compile(r"(?i)\b(?:we|us)\b")
_OPENS_AS_QUESTION = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|ok|okay|well|hi|hello|please)\b[\s,]*)*(?:"
    r"(?:what|why|how|when|where|who) (?:do|does|did|is|are|can|could|should|shall|would|will|to)|"
    r"how (?:come|long|many|much|often)|(?:should|can|could|would|do|does|did|is|are|am|will) "
    r"(?:i|we|you|he|she|they|it|this|that|there|my|our|your|an?|the|people|couples)"
    r")\b"
)
"""A question without its mark, as many type it."""
_STEP = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)
_TOMORROW = re.compile(r"^Tomorrow\b")
_THE_OTHER = re.compile(r"(?i)\b(?:partner|they|them|their|the other|someone|people)\b")


def is_situation(message: str) -> bool:
    """Whether someone tells of themselves and other people and asks nothing.

    Where nothing is asked, "we" are two people: "I feel like we are roommates".
    """
    asks = "?" in message or opens_as_question(message) or asks_for_words(message)
    return not asks and (is_story(message) or bool(_WE.search(message)))


def opens_as_question(message: str) -> bool:
    """Whether a message begins as a question does, with its mark or without."""
    return bool(_OPENS_AS_QUESTION.match(message))


def is_tonight(message: str) -> bool:
    """Whether someone writes right after a fight: a short message, no question in it."""
    short = len(message.split()) <= _MOST_TONIGHT_WORDS
    # Matched from the start only: tried anew at each letter, a word without end takes minutes.
    return short and "?" not in message and bool(_JUST_FOUGHT.match(message))


def is_unsure(message: str, hits: Sequence[Hit]) -> bool:
    """Whether it is unsure which text someone needs who tells of a situation."""
    return is_situation(message) and len(leading_texts(hits)) > 1


def with_companions(
    snapshot: Snapshot, message: str, hits: Sequence[Hit], vector: Vectors
) -> list[Hit]:
    """Put the steps and the questions of the leading text beside the hits.

    Args:
        snapshot: the index that the hits come from.
        message: what was searched for.
        hits: best first.
        vector: the message encoded, shape (width,).

    Returns:
        The hits, followed by the passages of the leading text that hold its steps and, for a
        situation, its questions, or where two texts lead, by what they say; right after a fight,
        the passages of the text for that come first.
    """
    tells = is_situation(message) or is_tonight(message)
    if not hits or not (tells or asks_what_to_do(message)):
        return list(hits)
    leaders = leading_texts(hits) if tells else (hits[0].passage.document_id,)
    if is_tonight(message) and TONIGHT in snapshot.contents.records:
        leaders = (TONIGHT,)
    have = {hit.passage.id for hit in hits}
    added = list[Hit]()
    for leader in leaders:
        own = [hit for hit in hits if _is_of(hit, leader)]
        roles = _lacking(own, tells=tells, alone=len(leaders) == 1)
        entries = [
            entry
            for entry in snapshot.contents.records[leader].entries
            if entry.passage.id not in have and any(fits(entry.passage) for fits in roles)
        ]
        near = snapshot.vectors.similarities("passages", vector, [e.vector_id for e in entries])
        fit = max((hit.situation for hit in own), default=0.0)
        added += [
            Hit(e.passage, hits[-1].score, near.get(e.vector_id, 0.0), 0.0, 0.0, fit)
            for e in entries
        ]
    if leaders == (TONIGHT,):
        return [*(hit for hit in hits if _is_of(hit, TONIGHT)), *added]
    return [*hits, *added]


_Fits = Callable[[Passage], bool]


def _lacking(own: Sequence[Hit], *, tells: bool, alone: bool) -> Sequence[_Fits]:
    """What kinds of passages of a leading text the reply needs beside its hits."""
    if not tells:
        return (is_steps,)
    says: tuple[_Fits, ...] = () if any(_says(hit.passage) for hit in own) else (_says,)
    return (is_steps, _asks, *says) if alone else says


def leading_texts(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The text that fits best, and the next one where it is unsure which is the right one.

    That is where the next fits about as well, or the best fits badly. A text of warnings is no
    second one: who is in danger gets another shape.
    """
    best = dict[str, float]()
    for hit in (hit for hit in hits if not is_caution(hit.passage)):
        text = hit.passage.document_id
        best[text] = max(hit.score, best.get(text, hit.score))
    first = hits[0].passage.document_id
    lead = best.get(first, hits[0].score)
    fits_badly = first in texts(HEARD) and hits[0].situation < _FITS_FROM
    within = float("inf") if fits_badly else _CLEARLY
    close = [text for text in best if text != first and lead - best[text] < within]
    return (first, *sorted(close, key=lambda text: -best[text])[:1])


def _says(passage: Passage) -> bool:
    return passage.role is Role.CLAIM and not is_beside_the_message(passage)


def is_steps(passage: Passage) -> bool:
    """Whether a passage offers something to try."""
    return passage.role is Role.PRACTICE and not is_template(passage)


def _asks(passage: Passage) -> bool:
    return passage.role is Role.REFLECTION and not is_template(passage)


@dataclass(frozen=True, slots=True)
class _Told:
    """The sentences of the leading text, by what they are for."""

    said: tuple[ScoredSentence, ...]
    step: ScoredSentence | None
    question: ScoredSentence | None


def situation_lines(
    message: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    grade: Grade | None,
) -> list[str]:
    """The lines of a draft in the shape for a situation.

    Args:
        message: what the person wrote.
        hits: as ``with_companions`` returned them.
        sentences: all sentences of the hits.
        grade: reads what comes near with the message; None where nothing can.

    Returns:
        Connecting sentences and quotes with their marks; where two texts lead, a quote of each and
        no step. Empty if a leading text has nothing to say, or the only one no steps, so that the
        usual shape fits better.
    """
    leaders = leading_texts(hits)
    if len(leaders) > 1:
        return _unsure_lines(message, leaders, hits, sentences, grade)
    leader = leaders[0]
    told = _told(message, leader, hits, sentences, grade)
    if not (told.said and told.step):
        return []
    lines = [heard_line(hits) or say("connecting", "open-situation")]
    lines += [quoted(sentence) for sentence in told.said]
    lines += [say("connecting", "practice"), quoted(told.step)]
    if told.question:
        lines += [say("connecting", "reflection"), quoted(told.question)]
    return lines


def heard_line(hits: Sequence[Hit]) -> str:
    """What shows that someone was heard, by the text that leads; empty where that fits badly."""
    leader = leading_texts(hits)[0]
    known = hits[0].situation >= _FITS_FROM and leader in texts(HEARD)
    return say(HEARD, leader) if known else ""


def tonight_lines(hits: Sequence[Hit], sentences: Sequence[ScoredSentence]) -> list[str]:
    """The lines for the hours after a fight: one step that calms, one sentence for tomorrow.

    Returns:
        At most 70 words; empty if the text for it is not in the library.
    """
    steps = [s for s in sentences if opens_step(s, hits) and _of(s, hits) == TONIGHT]
    later = next((s for s in steps if _TOMORROW.match(s.text)), None)
    if not later or steps[0] is later:
        return []
    return [
        say("connecting", "tonight"),
        quoted(steps[0]),
        say("connecting", "tomorrow"),
        quoted(later),
    ]


def _unsure_lines(
    message: str,
    leaders: Sequence[str],
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    grade: Grade | None,
) -> list[str]:
    """A sentence of each of two texts that fit about equally well; empty if one has none."""
    claims = (_claims(text, hits, sentences) for text in leaders)
    said = [found for own in claims for found in _by_fit(message, own, grade)[:1]]
    if len(said) < 2:
        return []
    return [say("connecting", "unsure"), *map(quoted, said), say("connecting", "tell-more")]


def _claims(
    text: str, hits: Sequence[Hit], sentences: Sequence[ScoredSentence]
) -> list[ScoredSentence]:
    """What a text says to who tells a story: no account of a study, if it says anything else."""
    own = (s for s in sentences if _of(s, hits) == text)
    said = [s for s in own if _says(hits[s.hit].passage) and not NO_ANSWER.search(s.text)]
    return [s for s in said if not is_account(s.text)] or said


def _by_fit(
    message: str, sentences: Sequence[ScoredSentence], grade: Grade | None
) -> list[ScoredSentence]:
    """What fits best first; the best of them are read with the message."""
    ranked = sorted(sentences, key=partial(_fit, message), reverse=True)
    gained = gains_of_best(grade, message, ranked)
    best = sorted(gained, key=lambda s: _fit(message, s) + gained[s], reverse=True)
    return [*best, *ranked[len(best) :]]


def _fit(message: str, sentence: ScoredSentence) -> float:
    """How well a sentence fits who is in the midst of it: nearness, less what is for others."""
    return sentence.similarity - off_in_a_story(sentence.text, message)


def _told(
    message: str,
    leader: str,
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    grade: Grade | None,
) -> _Told:
    own = [s for s in sentences if _of(s, hits) == leader]
    nearest = _by_fit(message, _claims(leader, hits, sentences), grade)[:_SAID]
    steps = [s for s in own if opens_step(s, hits)]
    questions = [
        s for s in own if hits[s.hit].passage.role is Role.REFLECTION and s.text.endswith("?")
    ]
    # A story has one side: the question that looks at the other person's comes first.
    questions.sort(key=lambda s: (not _THE_OTHER.search(s.text), -_fit(message, s)))
    return _Told(
        tuple(sorted(nearest, key=lambda s: (s.hit, s.position))),
        next(iter(_by_fit(message, steps, grade)), None),
        questions[0] if questions else None,
    )


def opens_step(sentence: ScoredSentence, hits: Sequence[Hit]) -> bool:
    """Whether a sentence opens a numbered step."""
    passage = hits[sentence.hit].passage
    if not is_steps(passage):
        return False
    before = passage.text[: sentence.start - passage.start].rpartition("\n")[2]
    return bool(_STEP.fullmatch(before))


def is_to_try(sentence: ScoredSentence, hits: Sequence[Hit]) -> bool:
    """Whether a sentence is something to try by itself: a step, or advice that is not in steps."""
    passage = hits[sentence.hit].passage
    return opens_step(sentence, hits) or (is_steps(passage) and not _STEP.search(passage.text))


def _is_of(hit: Hit, text: str) -> bool:
    return hit.passage.document_id == text


def _of(sentence: ScoredSentence, hits: Sequence[Hit]) -> str:
    return hits[sentence.hit].passage.document_id


def quoted(sentence: ScoredSentence) -> str:
    """A sentence of a draft with the mark of its hit."""
    return f"{escape_marks(sentence.text)} [{sentence.hit + 1}]"
