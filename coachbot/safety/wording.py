"""How a message is worded, against how labelled messages of each category are.

Multinomial logistic regression over runs of one to three words, a classic that short texts are hard
to beat with (Wang & Manning 2012, "Baselines and bigrams"). It errs elsewhere than the layers that
judge by meaning: "every night" or "in the car park" says little to it by itself, and to them much.

The weights in ``wording.safetensors`` were written by ``benchmarks/fit_wording.py`` from the dev
half of the screening suite. No encoder is needed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from coachbot.safety.normalising import normalise

LONGEST = 3
"""Words in the longest run that is looked at."""
_START = "^"
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[?!]")


@dataclass(frozen=True, slots=True)
class WordingModel:
    """What was fitted.

    Attributes:
        labels: as those of ``NearnessModel``.
        keys: which runs of words are known, by ``key``; sorted, shape (runs,).
        weights: what each speaks for, shape (runs, labels).
        bias: what speaks for each label beforehand, shape (labels,).
    """

    labels: tuple[str, ...]
    keys: NDArray[np.uint64]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def shares(self, message: str) -> dict[str, float]:
        """The probability of each label for a message; they add up to 1."""
        runs = runs_of_words(message)
        asked = np.fromiter((key(run) for run in runs), np.uint64, len(runs))
        at = np.searchsorted(self.keys, asked).clip(max=len(self.keys) - 1)
        known = at[self.keys[at] == asked]
        odds = self.bias + self.weights[known].sum(0) / np.sqrt(max(len(runs), 1))
        weights = np.exp(odds - odds.max())
        return dict(zip(self.labels, (weights / weights.sum()).tolist(), strict=True))


def runs_of_words(message: str) -> set[str]:
    """All runs of one to ``LONGEST`` words of a message, after it was normalised."""
    words = [_START, *_TOKEN.findall(normalise(message))]
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
    """A model in the form of ``wording.safetensors``: weights as signed bytes.

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


def read_model(stored: dict[str, NDArray[np.generic]]) -> WordingModel:
    """The model that ``packed_model`` made smaller."""
    weights = stored["weights"].astype(np.float32) * stored["scale"]
    labels = tuple(json.loads(stored["labels"].tobytes()))
    bias = np.asarray(stored["bias"], np.float32)
    return WordingModel(labels, np.asarray(stored["keys"], np.uint64), weights, bias)


@lru_cache
def shipped_wording() -> WordingModel:
    """What ``wording.safetensors`` holds."""
    from safetensors.numpy import load

    return read_model(load((files("coachbot.safety") / "wording.safetensors").read_bytes()))
