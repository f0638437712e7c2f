"""Fit the decision between an answer and a near miss: ``python benchmarks/fit_answerability.py``.

Logistic regression over ``answerability.FEATURES``. Questions that should be answered and questions
close by that should not come from the dev halves of ``evals/outcomes.jsonl`` and
``evals/library.jsonl`` with the shipped library, for what is no story of one's own from that of
``evals/knowledge.jsonl`` too, and, for libraries without everyday sentences, from
``evals/answerability.jsonl`` with each text alone and the dev half of ``evals/reading.jsonl``
with each article alone. Writes ``coachbot/answering/answerability.toml`` and prints the AUROC on
the halves that were not used. Thresholds are set where ``LOST`` of the answerable questions are
lost: of the articles' ones where a library is plain. The same once more without the reader of
sentences, for encoders that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from looking_up import looked_up
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from coachbot import Coach
from coachbot.answering.answerability import (
    FEATURES,
    PLAIN,
    QUESTIONS,
    STORIES,
    UNREAD,
    deciding_model,
    features,
    is_within,
)
from coachbot.answering.candidates import how_well_read
from coachbot.answering.pertinence import Pertinence
from coachbot.embedding import default_embedder
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.single_texts import articles, library_of
from coachbot.settings import resource

OUT = Path(__file__).parent.parent / "coachbot" / "answering" / "answerability.toml"
LOST = {PLAIN: 0.2, STORIES: 0.05, QUESTIONS: 0.1}
LOST |= {unread: LOST[name] for name, unread in UNREAD.items()}
STRENGTH = 0.3
GRADE = Pertinence(default_embedder().word_vectors)
Rows = list[tuple[tuple[float, ...], bool]]


class Sets(NamedTuple):
    """Questions to fit on, to set the threshold on, and to print figures of."""

    used: Rows
    limits: Rows
    unused: Rows

    def unread(self) -> Sets:
        """The same where nothing has read the sentences."""
        return Sets(*([((*values[:-1], 0.0), label) for values, label in rows] for rows in self))


def measured(coach: Coach, questions: Iterable[tuple[str, bool]], model: str) -> Rows:
    """Features and label of each question within the library that a model decides on.

    The plain one is shown any library as if its texts had no everyday sentences.
    """
    knows, found = coach._snapshot().lexical.knows, []
    for question, answerable in questions:
        hits, sentences = looked_up(coach, question)
        if not is_within(question, hits) or model not in (PLAIN, deciding_model(question, hits)):
            continue
        read = how_well_read(None if model == STORIES else GRADE, question, hits, sentences)
        values = features(question, hits, sentences, knows, read or 0.0)
        found.append(((0.0, *values[1:]) if model == PLAIN else values, answerable))
    return found


def shipped(half: str) -> list[tuple[str, bool]]:
    """Questions to the shipped library, and whether it should answer."""
    chosen = [
        (row["question"], row["outcome"] == "answered")
        for row in read_rows(resource("evals") / "outcomes.jsonl", ("half", "question", "outcome"))
        if row["half"] == half and row["outcome"] in ("answered", "related")
    ]
    asked = [
        row["question"]
        for row in read_rows(resource("evals") / "library.jsonl", ("half", "question"))
        if row["half"] == half
    ]
    return chosen + [(question, True) for question in asked]


def wanting_to_know(half: str) -> list[tuple[str, bool]]:
    """What people want to know, and whether the shipped library tells."""
    return [
        (row["question"], row["outcome"] == "answered")
        for row in read_rows(resource("evals") / "knowledge.jsonl", ("half", "question", "outcome"))
        if row["half"] == half
    ]


def single_texts(coach: Coach) -> Rows:
    """Questions about one text alone, without its everyday sentences."""
    found: Rows = []
    by_text: dict[str, list[tuple[str, bool]]] = {}
    for row in read_rows(resource("evals") / "answerability.jsonl", ("text", "question", "kind")):
        pair = (row["question"], row["kind"] != "unanswerable")
        by_text.setdefault(row["text"], []).append(pair)
    for text, questions in sorted(by_text.items()):
        source = (resource("corpus") / f"{text}.md").read_text(encoding="utf-8")
        with library_of(coach, _without_situations(source)) as alone:
            found += measured(alone, questions, PLAIN)
    return found


def of_articles(coach: Coach, half: str) -> Rows:
    """Questions about articles, each a library by itself as when somebody adds it."""
    found: Rows = []
    for alone, rows in articles(coach, half):
        found += measured(alone, ((row["question"], bool(row["support"])) for row in rows), PLAIN)
    return found


def _without_situations(source: str) -> str:
    _, front, body = source.split("---\n", 2)
    lines, kept = front.splitlines(), []
    inside = False
    for line in lines:
        inside = line.startswith("sounds_like") or (inside and line.startswith((" ", "-")))
        if not inside:
            kept.append(line)
    return "---\n" + "\n".join(kept) + "\n---\n" + body


def arrays(found: Rows) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Features, shape (n, len(FEATURES)), and labels."""
    return np.array([f for f, _ in found]), np.array([y for _, y in found])


def fitted(name: str, sets: Sets) -> list[str]:
    """The lines of one model's tables; prints how it fares on what was not used."""
    (x, y), (unused_x, unused_y) = arrays(sets.used), arrays(sets.unused)
    scale = x.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=STRENGTH, class_weight="balanced").fit(x / scale, y)
    limit_x, limit_y = arrays(sets.limits)
    likely = model.predict_proba(limit_x[limit_y] / scale)[:, 1]
    threshold = float(np.quantile(likely, LOST[name]))
    p = model.predict_proba(unused_x / scale)[:, 1]
    print(
        f"{name}: AUROC {roc_auc_score(unused_y, p):.3f} on {len(unused_y)} unused questions; "
        f"at {threshold:.2f}, {np.mean(p[unused_y] < threshold):.1%} of answerable ones lost, "
        f"{np.mean(p[~unused_y] < threshold):.1%} of the others caught"
    )
    return [
        f"[{name}]\nintercept = {model.intercept_[0]:.4f}\nthreshold = {threshold:.4f}\n",
        f"[{name}.coefficients]",
        *(f"{f} = {c:.4f}" for f, c in zip(FEATURES, model.coef_[0] / scale, strict=True)),
        "",
    ]


def main() -> None:
    """Fit, print and write."""
    coach = Coach.open()
    met = of_articles(coach, "dev")
    told = measured(coach, shipped("dev"), STORIES)
    asked = measured(coach, shipped("dev") + wanting_to_know("dev"), QUESTIONS)
    sets = {
        PLAIN: Sets(
            met + single_texts(coach) + measured(coach, shipped("dev"), PLAIN),
            met,
            of_articles(coach, "test"),
        ),
        STORIES: Sets(told, told, measured(coach, shipped("test"), STORIES)),
        QUESTIONS: Sets(asked, asked, measured(coach, wanting_to_know("test"), QUESTIONS)),
    }
    sets |= {unread: sets[name].unread() for name, unread in UNREAD.items()}
    parts = [
        "# Written by benchmarks/fit_answerability.py; see coachbot/answering/answerability.py.\n"
    ]
    for name, own in sets.items():
        parts += fitted(name, own)
    OUT.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
