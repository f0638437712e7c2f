"""Nearness to labelled examples, by the encoder's sentence vectors.

Two models, mixed: softmax regression (multinomial logistic regression), which sees what messages
of a category have in common, and a nearest-neighbour vote weighted by ``exp(20 · cosine)``
(Nadaraya 1964, Watson 1964), which sees a message much like this one. On writers held out, the
vote finds more veiled messages and the mixture is the steadier of the two. Both are in
``nearness.npz``, written by ``benchmarks/fit_screening.py`` from the dev half of the screening
suite. They belong to the packaged encoder and are used with no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from coachbot.embedding import Encode, Vectors

SHARPNESS = 20.0
_OF_THE_VOTE = 0.6


@dataclass(frozen=True, slots=True)
class NearnessModel:
    """What was fitted.

    Attributes:
        labels: a category, or ``category/subject`` for a crisis.
        weights: of the regression, shape (width, labels).
        bias: shape (labels,).
        examples: unit vectors, shape (examples, width).
        votes: one-hot labels of the examples, shape (examples, labels).
    """

    labels: tuple[str, ...]
    weights: Vectors
    bias: Vectors
    examples: Vectors
    votes: NDArray[np.float32]

    def shares(self, vectors: Vectors) -> NDArray[np.float32]:
        """Probability of each label, shape (vectors, labels)."""
        regression = _softmax(vectors @ self.weights + self.bias)
        vote = _softmax(SHARPNESS * (vectors @ self.examples.T)) @ self.votes
        return _OF_THE_VOTE * vote + (1 - _OF_THE_VOTE) * regression


class Nearness:
    """How like each category's examples a message is."""

    def __init__(self, encode: Encode, model: NearnessModel | None = None) -> None:
        self._encode = encode
        self._model = model or _fitted()

    def of(self, message: str) -> dict[str, float]:
        """The probability of each category, ``none`` among them; they add up to 1."""
        merged: dict[str, float] = {}
        for label, probability in self._labels(message).items():
            category = label.partition("/")[0]
            merged[category] = merged.get(category, 0.0) + probability
        return merged

    def subject(self, message: str) -> str:
        """Whether a message in danger is rather about oneself or about someone else."""
        found = self._labels(message)
        other = sum(p for label, p in found.items() if label.endswith("/other"))
        own = sum(p for label, p in found.items() if label.endswith("/self"))
        return "other" if other > own else "self"

    def _labels(self, message: str) -> dict[str, float]:
        shares: list[float] = self._model.shares(self._encode([message]))[0].tolist()
        return dict(zip(self._model.labels, shares, strict=True))


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), dtype=np.float32)


@lru_cache
def _fitted() -> NearnessModel:
    data = (files("coachbot.safety") / "nearness.npz").read_bytes()
    with np.load(BytesIO(data)) as stored:
        labels = tuple(str(label) for label in stored["labels"])
        examples = stored["examples"].astype(np.float32)
        return NearnessModel(
            labels,
            stored["weights"].astype(np.float32),
            stored["bias"].astype(np.float32),
            examples / np.linalg.norm(examples, axis=1, keepdims=True),
            np.eye(len(labels), dtype=np.float32)[stored["of_example"]],
        )
