"""Nearness to labelled examples: a linear model over the encoder's sentence vectors.

Softmax regression (multinomial logistic regression) over unit vectors; its coefficients are in
``nearness.npz``, fitted by ``benchmarks/fit_screening.py`` on the dev half of the screening suite.
They belong to the packaged encoder and are used with no other.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np

from coachbot.embedding import Encode


@lru_cache
def _model() -> tuple[tuple[str, ...], Any, Any]:
    """Labels, weights of shape (width, labels) and bias of shape (labels,)."""
    data = (files("coachbot.safety") / "nearness.npz").read_bytes()
    with np.load(BytesIO(data)) as stored:
        labels = tuple(str(label) for label in stored["labels"])
        return labels, stored["weights"].astype(np.float32), stored["bias"].astype(np.float32)


class Nearness:
    """How like each category's examples a message is."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode

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
        labels, weights, bias = _model()
        scores = self._encode([message])[0] @ weights + bias
        exponentials = np.exp(scores - scores.max())
        shares: list[float] = (exponentials / exponentials.sum()).tolist()
        return dict(zip(labels, shares, strict=True))
