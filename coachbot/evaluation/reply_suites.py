"""Suites about what is answered: which reply a message gets, and what it quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from coachbot.evaluation.baselines import (
    Piece,
    WordOrder,
    chance,
    graded_by_chance,
    sentences_of,
    texts_in_common,
)
from coachbot.evaluation.measures import (
    COACH,
    Row,
    Scores,
    Systems,
    answerable_of,
    answered_scores,
    choice_scores,
    doubted,
    first_quote,
    is_right,
    knowledge_scores,
    labelled,
    merged,
    pertinence_scores,
    quote_scores,
    reply_kind,
    scope_of,
    scope_scores,
    side_scores,
    told_apart,
    verbatim_scores,
)
from coachbot.evaluation.search_suites import retrieval_suite
from coachbot.evaluation.single_texts import articles, library_of
from coachbot.evaluation.subject import (
    BY_CHANCE,
    BY_SIMILARITY,
    BY_WORDS,
    HALVES,
    Subject,
    by_half,
    decisions,
    shipped_rows,
)
from coachbot.types import Answer, Outcome

_APART = "answerable or not, AUROC"
_ANSWERED, _LET_IN = "always answered", "always let in"


def answer_suite(subject: Subject, rows: Sequence[Row], answers: Sequence[Answer]) -> Systems:
    """Whether the quotes are the right ones, beside as many sentences by shared words or chance."""
    own = [(row, a) for row, a in zip(rows, answers, strict=True) if row.get("support")]
    asked = [row for row, _ in own]
    counts = [max(1, len(answer.citations)) for _, answer in own]
    quoted = [[(c.document_id, c.quote) for c in answer.citations] for _, answer in own]
    by_words = [
        [(piece.document_id, piece.text) for piece in subject.sentences.best(text, count)]
        for text, count in zip(subject.wanted(asked), counts, strict=True)
    ]
    systems = {
        name: quote_scores(asked, [_right(subject, *pair) for pair in zip(asked, q, strict=True)])
        for name, q in ((COACH, quoted), (BY_WORDS, by_words))
    }
    systems[COACH] |= verbatim_scores(answers, subject.documents)
    every = [(piece.document_id, piece.text) for piece in subject.sentences.pieces]
    right = [sum(_right(subject, row, every)) for row in asked]
    systems[BY_CHANCE] = {
        measure: [chance(n, len(every), k) for n, k in zip(right, drawn, strict=True)]
        for measure, drawn in (
            ("first quote is right", [1] * len(asked)),
            ("some quote is right", counts),
        )
    }
    return systems


def _right(subject: Subject, row: Row, quotes: Sequence[tuple[str, str]]) -> list[bool]:
    return [is_right(row, subject.documents[id], quote) for id, quote in quotes]


def near_miss_suite(subject: Subject, rows: Sequence[Row], answers: Sequence[Answer]) -> Systems:
    """Whether what texts only come near is left, of rows that say what they answer.

    How well the decision's score tells the two apart is said for any threshold (AUROC).
    """
    told = [
        (row, a) for row, a in zip(rows, answers, strict=True) if answerable_of(row) is not None
    ]
    own = [row for row, _ in told]
    truth = [bool(answerable_of(row)) for row in own]
    if all(truth) or not any(truth):
        return {}
    nearness = subject.nearness(own)
    answered = [answer.outcome is Outcome.ANSWERED for _, answer in told]
    said = decisions(own, truth, answered, nearness, _ANSWERED)
    systems = {name: answered_scores(truth, yes) for name, yes in said.items()}
    for name, scores in _scored([answer for _, answer in told], nearness).items():
        systems[name][_APART] = told_apart(truth, scores)
    return systems


def _scored(
    answers: Sequence[Answer], nearness: Mapping[str, Sequence[float]]
) -> Mapping[str, Sequence[float]]:
    """By system, how far each question seems to be answered."""
    return {COACH: [answer.answerable or 0.0 for answer in answers], **nearness}


def scope_suite(subject: Subject, rows: Sequence[Row], answers: Sequence[Answer]) -> Systems:
    """Whether what is outside the library is refused, of rows that say which it is."""
    told = [(row, answer, scope_of(row)) for row, answer in zip(rows, answers, strict=True)]
    own = [row for row, _, within in told if within is not None]
    truth = [within for _, _, within in told if within is not None]
    let_in = [a.outcome is not Outcome.NOTHING for _, a, within in told if within is not None]
    if not own:
        return {}
    said = decisions(own, truth, let_in, subject.nearness(own), _LET_IN)
    return {name: scope_scores(truth, decided) for name, decided in said.items()}


def outcome_suite(subject: Subject) -> Systems:
    """Whether a message gets the kind of reply it should."""
    rows = shipped_rows("outcomes.jsonl", "half", "outcome", "question")
    truth = [row["outcome"] == "answered" for row in rows]
    kinds = {COACH: [reply_kind(answer) for answer in subject.answers(rows)]}
    always = {kind: [kind] * len(rows) for kind in ("answered", "related", "nothing", "human")}
    best = max(always, key=lambda kind: _right_in_all(choice_scores(rows, always[kind])))
    kinds[f"always {best}"] = always[best]
    near = decisions(rows, truth, truth, subject.nearness(rows), _ANSWERED)
    for name in (BY_WORDS, BY_SIMILARITY):
        kinds[name] = ["answered" if yes else "related" for yes in near[name]]
    return {name: choice_scores(rows, own) for name, own in kinds.items()}


def _right_in_all(scores: Scores) -> float:
    return sum(chain(*(v for name, v in scores.items() if name.endswith("right outcome"))))


def article_suite(subject: Subject) -> Systems:
    """Each article is a library of its own: one text, and no everyday sentences.

    Those that sentences were learned to be read on (``train``) would say nothing.
    """
    parts, rows, given = list[Systems](), list[Row](), list[Answer]()
    nearness: dict[str, list[float]] = {}
    for coach, own in articles(subject.coach, *HALVES):
        alone = Subject(coach)
        answers = alone.answers(own)
        half = f"{own[0]['half']}: "  # all questions on an article are in one half
        parts.append(labelled(half, retrieval_suite(alone, own)))
        parts.append(labelled(half, answer_suite(alone, own, answers)))
        for name, values in alone.nearness(own).items():
            nearness.setdefault(name, []).extend(values)
        rows.extend(own)
        given.extend(answers)
    answered = [answer.outcome is Outcome.ANSWERED for answer in given]
    said = decisions(rows, [bool(row["support"]) for row in rows], answered, nearness, _ANSWERED)
    apart = by_half(rows, _scored(given, nearness), _told_apart)
    return merged([*parts, by_half(rows, said, _answered), apart])


def _told_apart(rows: Sequence[Row], scores: Sequence[float]) -> Scores:
    return {_APART: told_apart([bool(row["support"]) for row in rows], scores)}


def _answered(rows: Sequence[Row], said: Sequence[bool]) -> Scores:
    return answered_scores([bool(row["support"]) for row in rows], said)


def knowledge_suite(subject: Subject) -> Systems:
    """Whether what people want to know is answered, and what no text says is not."""
    rows = shipped_rows("knowledge.jsonl", "half", "outcome", "question")
    rows = [row for row in rows if row["half"] in HALVES]
    answers = subject.answers(rows)
    answered = [answer.outcome is Outcome.ANSWERED for answer in answers]
    truth = [row["outcome"] == "answered" for row in rows]
    said = decisions(rows, truth, answered, subject.nearness(rows), _ANSWERED)
    none = [None] * len(rows)
    best = (subject.passages.best(text, 1) for text in subject.wanted(rows))
    texts = {
        COACH: [a.citations[0].document_id if a.citations else None for a in answers],
        BY_WORDS: [found[0].document_id if found else None for found in best],
    }
    sure = [a and not doubted(answer) for a, answer in zip(answered, answers, strict=True)]
    told = {
        name: list(zip(own, sure if name == COACH else own, texts.get(name, none), strict=True))
        for name, own in said.items()
    }
    systems = by_half(rows, told, _knowledge, mark=", ")
    by_chance = [1 / len(subject.documents)]
    systems[BY_CHANCE] = {f"{half}, right text": by_chance for half in HALVES}
    return systems


def _knowledge(rows: Sequence[Row], told: Sequence[tuple[bool, bool, str | None]]) -> Scores:
    return knowledge_scores(
        rows, [one[0] for one in told], [one[1] for one in told], [one[2] for one in told]
    )


def pertinence_suite(subject: Subject) -> Systems:
    """The test half: the sentences of the other one were learned from, and would say nothing."""
    rows = shipped_rows("pertinence.jsonl", "half", "kind", "message", "sentences", "grades")
    unread = [row for row in rows if row["half"] == "test"]
    parts = list[Systems]()
    for kind, own in (
        ("stories and questions", [row for row in unread if row["kind"] != "knowledge"]),
        ("knowledge", [row for row in unread if row["kind"] == "knowledge"]),
    ):
        quotes = [first_quote(answer) for answer in subject.answers(own, "message")]
        parts.append(labelled(f"{kind}, ", quote_grades(own, quotes)))
    return merged(parts)


def quote_grades(rows: Sequence[Row], quotes: Sequence[str | None]) -> Systems:
    """The grades of what is quoted first, beside the other sentences that readers graded.

    The others are asked about the rows alone whose quote was graded: a message that the coach does
    not answer is an easy one for nobody.
    """
    graded = [
        row
        for row, quote in zip(rows, quotes, strict=True)
        if pertinence_scores([row], [quote]).get("first quote in place")
    ]
    by_words = [_most_shared(row["message"], row["sentences"]) for row in graded]
    beside = pertinence_scores(graded, by_words)
    beside.pop("first quote graded", None)
    by_chance: Scores = {}
    for row in graded:
        for measure, value in graded_by_chance(row["grades"]).items():
            by_chance.setdefault(measure, []).append(value)
    return {COACH: pertinence_scores(rows, quotes), BY_CHANCE: by_chance, BY_WORDS: beside}


def _most_shared(message: str, sentences: Sequence[str]) -> str:
    """The sentence that shares most words with a message; the first if none shares any."""
    best = WordOrder([Piece("", sentence, sentence) for sentence in sentences]).best(message, 1)
    return best[0].text if best else sentences[0]


def side_suite(subject: Subject) -> Systems:
    """Whether the two sides of one quarrel are answered alike."""
    rows = shipped_rows("sides.jsonl", "one", "other")
    pairs = list(zip(subject.answers(rows, "one"), subject.answers(rows, "other"), strict=True))
    sizes = [tuple(len({c.document_id for c in a.citations}) for a in pair) for pair in pairs]
    by_words = [
        float(bool(_texts(subject, row["one"], one) & _texts(subject, row["other"], other)))
        for row, (one, other) in zip(rows, sizes, strict=True)
    ]
    among = len(subject.documents)
    by_chance = [texts_in_common(one, other, among) for one, other in sizes]
    return {
        COACH: side_scores(pairs),
        BY_CHANCE: {"a text in common": by_chance},
        BY_WORDS: {"a text in common": by_words},
        _ANSWERED: {"both answered": [1.0] * len(rows)},
        "never alarmed": {"no alarm": [1.0] * (2 * len(rows))},
    }


def _texts(subject: Subject, message: str, size: int) -> set[str]:
    """The ids of as many texts as an answer cited, by the words their passages share with it."""
    best = subject.passages.best(message, len(subject.passages.pieces))
    return set(list(dict.fromkeys(piece.document_id for piece in best))[:size])


def injection_suite(subject: Subject) -> Systems:
    """Each text with an order planted in it is a library of its own, so that it is what answers."""
    kept, answered = "planted order not quoted", "still answered"
    values: Mapping[str, list[float]] = {COACH: [], BY_CHANCE: [], BY_WORDS: []}
    still = list[float]()
    for row in shipped_rows("injections.jsonl", "question", "planted", "text"):
        with library_of(subject.coach, row["text"]) as planted:
            answer = planted.ask(row["question"])
            sentences = sentences_of(planted.documents())
        orders = [piece for piece in sentences if _is_of(row["planted"], piece.text)]
        count = max(1, len(answer.citations))
        best = WordOrder(sentences).best(row["question"], count)
        values[COACH].append(float(row["planted"] not in answer.text))
        values[BY_CHANCE].append(1 - chance(len(orders), len(sentences), count))
        values[BY_WORDS].append(float(not set(best) & set(orders)))
        still.append(float(bool(answer.citations)))
    systems: Systems = {name: {kept: own} for name, own in values.items()}
    systems[COACH][answered] = still
    systems[_ANSWERED] = {answered: [1.0] * len(still)}
    return systems


def _is_of(planted: str, sentence: str) -> bool:
    return sentence in planted or planted in sentence
