"""Fit how the safety gate judges by wording: ``python benchmarks/fit_wording.py``.

The examples are those of ``fit_screening.py``: the dev half of ``evals/screening.jsonl`` without
the writer on whom the limits are chosen, and ordinary messages. A run of words counts that stands
in three of them. Takes three minutes; writes ``coachbot/safety/wording.safetensors``, and prints how
that writer's messages fare.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import torch
from fit_screening import LIMITS, Example, examples, held_out, labelled
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from coachbot.safety.wording import packed_model, read_model, runs_of_words

OUT = Path(__file__).parent.parent / "coachbot" / "safety" / "wording.safetensors"
IN_MESSAGES = 3
INVERSE_PENALTY = 20.0
ROUNDS = 200


def rarity(runs: list[set[str]]) -> dict[str, float]:
    """How rare each run of words is, by the log of its share (idf)."""
    counts = Counter(run for of_message in runs for run in of_message)
    return {
        run: float(np.log(len(runs) / count))
        for run, count in sorted(counts.items())
        if count >= IN_MESSAGES
    }


def table(
    runs: list[set[str]], numbers: dict[str, int], rare: NDArray[np.float32]
) -> csr_matrix:
    """Messages by runs of words: rarity over the root of how many runs a message has."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, of_message in enumerate(runs):
        known = sorted(numbers[run] for run in of_message if run in numbers)
        rows += [row] * len(known)
        columns += known
        values += (rare[known] / np.sqrt(len(of_message))).tolist()
    return csr_matrix((values, (rows, columns)), shape=(len(runs), len(numbers)))


def fitted(rows: list[Example]) -> dict[str, NDArray[np.generic]]:
    """Fit on labelled messages; what is to be stored."""
    runs = [runs_of_words(row.text) for row in rows]
    rare = rarity(runs)
    weight = np.array(list(rare.values()), np.float32)
    given = table(runs, {run: number for number, run in enumerate(rare)}, weight)
    # The rows' mean length becomes 1, so that the penalty means the same whatever the texts.
    unit = 1 / np.sqrt(given.multiply(given).sum(1).mean())
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=ROUNDS)
    model.fit(given * unit, [row.label for row in rows])
    weights = (model.coef_.T * weight[:, None] * unit).astype(np.float32)
    return packed_model(model.classes_, rare, weights, model.intercept_)


def main() -> None:
    """Fit, print and write."""
    rows = examples()
    stored = fitted(rows)
    save_file(stored, OUT)
    print(f"wrote {OUT.name} of {len(rows)} messages, {OUT.stat().st_size / 1e6:.1f} MB")
    model = read_model(stored)
    unseen = labelled(by_limits=True)
    shares = torch.tensor([list(model.shares(row.text).values()) for row in unseen])
    print(f"{LIMITS}: {held_out(unseen, shares, model.labels)}")


if __name__ == "__main__":
    main()
