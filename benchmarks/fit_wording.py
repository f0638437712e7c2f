"""Fit what judges by wording: ``python benchmarks/fit_wording.py [gate|situations]``.

- ``gate``: the labels of the safety gate, on the examples of ``fit_screening.py``; prints how the
  writer fares on whom the gate's limits are chosen. Three minutes;
  writes ``coachbot/safety/wording.safetensors``.
- ``situations``: which shipped text a message wants, on those of ``fit_situations.py``. A minute;
  writes ``coachbot/search/wording.safetensors``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import fit_screening
import fit_situations
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from coachbot.safety.normalising import normalise
from coachbot.wording import packed_model, read_model, runs_of_words

PACKAGE = Path(__file__).parent.parent / "coachbot"
IN_MESSAGES = {"gate": 3, "situations": 2}
"""In how many messages a run of words must stand to count; there are ten times as many for the
gate."""
INVERSE_PENALTY = 20.0
ROUNDS = 200


def rarity(runs: Sequence[set[str]], least: int) -> dict[str, float]:
    """How rare each run of words is that stands in enough messages: the log of its share (idf)."""
    counts = Counter(run for of_message in runs for run in of_message)
    return {
        run: float(np.log(len(runs) / count))
        for run, count in sorted(counts.items())
        if count >= least
    }


def table(
    runs: Sequence[set[str]], numbers: dict[str, int], rare: NDArray[np.float32]
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


def fitted(
    messages: Sequence[str], labels: Sequence[str], least: int
) -> dict[str, NDArray[np.generic]]:
    """Fit on labelled messages.

    Args:
        messages: as people wrote them.
        labels: of each.
        least: in how many messages a run of words must stand.

    Returns:
        What is to be stored.
    """
    runs = [runs_of_words(normalise(message)) for message in messages]
    rare = rarity(runs, least)
    weight = np.array(list(rare.values()), np.float32)
    given = table(runs, {run: number for number, run in enumerate(rare)}, weight)
    # The rows' mean length becomes 1, so that the penalty means the same whatever the texts.
    unit = 1 / np.sqrt(given.multiply(given).sum(1).mean())
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=ROUNDS).fit(given * unit, labels)
    weights = (model.coef_.T * weight[:, None] * unit).astype(np.float32)
    return packed_model(model.classes_, rare, weights, model.intercept_)


def of_unseen(stored: dict[str, NDArray[np.generic]]) -> str:
    """How the gate's wording fares on the writer it has not learned from."""
    model, unseen = read_model(stored), fit_screening.labelled(by_limits=True)
    shares = [list(model.shares(normalise(row.text)).values()) for row in unseen]
    return fit_screening.held_out(unseen, torch.tensor(shares), model.labels)


def main() -> None:
    """Fit, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=list(IN_MESSAGES), default="gate")
    what = parser.parse_args().what
    if what == "gate":
        pairs = [(row.text, row.label) for row in fit_screening.examples()]
        out = PACKAGE / "safety" / "wording.safetensors"
    else:
        pairs = fit_situations.examples()
        out = PACKAGE / "search" / "wording.safetensors"
    stored = fitted([text for text, _ in pairs], [label for _, label in pairs], IN_MESSAGES[what])
    save_file(stored, out)
    print(f"wrote {out} of {len(pairs)} messages, {out.stat().st_size / 1e6:.1f} MB")
    if what == "gate":
        print(f"{fit_screening.LIMITS}: {of_unseen(stored)}")


if __name__ == "__main__":
    main()
