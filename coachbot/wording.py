"""How a message is worded, against how labelled messages are.

Multinomial logistic regression over runs of one to three words, a classic that is hard to beat on
short texts (Wang & Manning 2012, "Baselines and Bigrams"). It errs on other messages than layers
that judge by meaning, so the two together find more than either (``benchmarks/README.md``). No
encoder is needed. The weights are written by ``benchmarks/fit_wording.py``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

LONGEST = 3
"""Words in the longest run that is looked at."""
_START = "^"
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[?!]")


@dataclass(frozen=True, slots=True)
class WordingModel:
    """What was fitted.

    Attributes:
        labels: what is told apart.
        keys: which runs of words are known, by ``key``; sorted, shape (runs,).
        weights: what each speaks for, shape (runs, labels).
        bias: what speaks for each label beforehand, shape (labels,).
    """

    labels: tuple[str, ...]
    keys: NDArray[np.uint64]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def shares(self, folded: str) -> dict[str, float]:
        """The probability of each label for a folded message; they add up to 1."""
        runs = runs_of_words(folded)
        asked = np.fromiter((key(run) for run in runs), np.uint64, len(runs))
        at = np.searchsorted(self.keys, asked).clip(max=len(self.keys) - 1)
        known = at[self.keys[at] == asked]
        odds = self.bias + self.weights[known].sum(0) / np.sqrt(max(len(runs), 1))
        weights = np.exp(odds - odds.max())
        return dict(zip(self.labels, (weights / weights.sum()).tolist(), strict=True))


def runs_of_words(folded: str) -> set[str]:
    """All runs of one to ``LONGEST`` words of a folded message."""
    words = [_START, *_TOKEN.findall(folded)]
    return {
        " ".join(words[first : first + length])
        for length in range(1, LONGEST + 1)
        for first in range(len(words) - length + 1)
    }


def key(run: str) -> int:
    """A run of words as 64 bits, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "little")


def packed_model(
    labels: Iterable[str], runs: Iterable[str], weights: NDArray[np.float32], bias: Iterable[float]
) -> dict[str, NDArray[np.generic]]:
    """A model in the form it is stored in: weights as signed bytes.

    Args:
        labels: what is told apart.
        runs: the known runs of words.
        weights: what each speaks for, shape (runs, labels).
        bias: one number for each label.
    """
    keys = np.array([key(run) for run in runs], np.uint64)
    order = np.argsort(keys)
    scale = np.abs(weights).max(0) / 127
    return {
        "keys": keys[order],
        "weights": (weights[order] / scale).round().astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": np.asarray(list(bias), np.float32),
        "labels": np.frombuffer(json.dumps(list(labels)).encode(), np.uint8),
    }


def read_model(stored: Mapping[str, NDArray[np.generic]]) -> WordingModel:
    """The model that ``packed_model`` made smaller."""
    weights = stored["weights"].astype(np.float32) * stored["scale"].astype(np.float32)
    labels = tuple(json.loads(stored["labels"].tobytes()))
    bias = np.asarray(stored["bias"], np.float32)
    return WordingModel(labels, np.asarray(stored["keys"], np.uint64), weights, bias)


def stored_model(file: Traversable) -> WordingModel:
    """The model in a file that ``benchmarks/fit_wording.py`` wrote."""
    from safetensors.numpy import load

    return read_model(load(file.read_bytes()))
