"""Fit what counts in the choice of a sentence to quote: ``python benchmarks/fit_candidates.py``.

A linear score over ``candidates.MEASURED``, by the likelihood of the sentences that answer among
those that may be quoted (ListNet, Cao et al. 2007, doi 10.1145/1273496.1273513), on the articles
of the train half of ``evals/reading.jsonl``, each a library by itself. Prints the weights beside
that of similarity, to be rounded and written into ``coachbot/answering/candidates.py``, and how
often the first sentence, or one of the first three, answers: by the weights in place and by the
fitted ones. Five minutes on two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from looking_up import is_marked, looked_up
from numpy.typing import NDArray
from scipy.optimize import minimize

from coachbot import Coach
from coachbot.answering.candidates import MEASURED, candidates_among
from coachbot.evaluation.single_texts import articles

STRENGTH = 1e-3


class Asked(NamedTuple):
    """A question's candidates: what is measured of each, and which of them answer."""

    measured: NDArray[np.float64]
    answers: NDArray[np.bool_]


def asked(coach: Coach, half: str) -> list[Asked]:
    """All questions of a half that the hits hold an answer to."""
    found = list[Asked]()
    for alone, rows in articles(coach, half):
        for row in rows:
            hits, sentences = looked_up(alone, row["question"])
            candidates = candidates_among(row["question"], hits, sentences, afraid=False)
            texts = (" ".join(candidate.sentence.text.split()) for candidate in candidates)
            right = [is_marked(text, row["support"]) for text in texts]
            if any(right):
                measured = np.array([candidate.measured for candidate in candidates])
                found.append(Asked(measured, np.array(right)))
    return found


def fitted(questions: Sequence[Asked]) -> NDArray[np.float64]:
    """The weights, that of similarity 1."""

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(weights)
        for measured, answers in questions:
            likely = np.exp((scores := measured @ weights) - scores.max())
            likely /= likely.sum()
            right = likely * answers
            total -= np.log(right.sum())
            slope -= measured.T @ (right / right.sum() - likely)
        penalty = STRENGTH * weights @ weights
        return total / len(questions) + penalty, slope / len(questions) + 2 * STRENGTH * weights

    found: NDArray[np.float64] = minimize(
        loss, np.zeros(len(MEASURED)), jac=True, method="L-BFGS-B"
    ).x
    return found / found[0]


def report(name: str, questions: Sequence[Asked], weights: NDArray[np.float64]) -> None:
    """Print how often what comes first answers."""
    ranked = [q.answers[np.argsort(-(q.measured @ weights), kind="stable")] for q in questions]
    first, among = (np.mean([r[:n].any() for r in ranked]) for n in (1, 3))
    print(f"{name}: first {first:.3f}, among three {among:.3f} of {len(ranked)}", flush=True)


def main() -> None:
    """Fit and print."""
    coach = Coach.open()
    weights = fitted(asked(coach, "train"))
    for name, weight in zip(MEASURED, weights, strict=True):
        print(f"{name} {weight:.2f}")
    for half in ("dev", "test"):
        unread = asked(coach, half)
        report(f"{half}, as it is", unread, np.array(list(MEASURED.values())))
        report(f"{half}, as fitted", unread, weights)


if __name__ == "__main__":
    main()
