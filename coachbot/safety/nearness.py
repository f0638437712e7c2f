"""Nearness to labelled examples, in a space made for it.

The packaged encoder puts messages together that are about the same thing, not those that are
equally dangerous. So the gate has layers of its own: the encoder's, retuned; only its table of
words is shared. In their space the labelled examples vote, weighted by ``exp(20 · cosine)`` (kernel
regression: Nadaraya 1964, Watson 1964). Their vote is weighed with what the wording speaks for
(``coachbot.wording``), as a logarithmic opinion pool does (Genest & Zidek 1986): the two err on
different messages. How much that finds stands in ``benchmarks/README.md``.

Layers and examples are in ``nearness.safetensors``, written by ``benchmarks/fit_screening.py`` from
the dev half of the screening suite, and what the wording counts in ``wording.safetensors``, by
``benchmarks/fit_wording.py`` from the same. The layers belong to the packaged encoder's words and
to no other's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from coachbot.embedding import Recent, Vectors, products
from coachbot.retuned import RetunedLayers, WordVectors, unpacked
from coachbot.safety.normalising import normalise
from coachbot.wording import WordingModel, stored_model

NONE = "none"
SHARPNESS = 20.0
HARMLESS = 0.3
"""What the vote of a harmless example counts. They are nearly twice as many as those in danger, so
that the layers learn what is ordinary; by their number alone they would outvote danger."""
_OF_MEANING, _OF_WORDING = 0.7, 0.6
"""What the two count in the pool, as exponents of their shares."""
_REMEMBERED = 4_096
"""Messages whose shares are kept: where a talk stands is read from all of it at each message, by
many people at a time."""
_LEAST = 1e-7
"""A share that stands for none, since the pool would never get over a nought."""


@dataclass(frozen=True, slots=True)
class NearnessModel:
    """What was fitted.

    Attributes:
        layers: the retuned ones.
        labels: a category, or ``category/subject`` for a crisis.
        examples: unit vectors, shape (examples, width).
        of_example: the label of each example by its number, shape (examples,).
    """

    layers: RetunedLayers
    labels: tuple[str, ...]
    examples: Vectors
    of_example: NDArray[np.int64]

    def shares(self, words: Vectors) -> dict[str, float]:
        """Each label's share of the vote; they add up to 1."""
        closeness = SHARPNESS * products(self.examples, self.layers.vectors([words])[0])
        weights = np.exp(closeness - closeness.max())
        votes = np.bincount(self.of_example, weights, minlength=len(self.labels))
        votes[self.labels.index(NONE)] *= HARMLESS
        return dict(zip(self.labels, (votes / votes.sum()).tolist(), strict=True))


class Nearness:
    """How like each category's examples a message is.

    Args:
        word_vectors: the packaged encoder's.
        model: what was fitted; the shipped one if None.
        wording: what else was; the shipped one if None.
    """

    def __init__(
        self,
        word_vectors: WordVectors,
        model: NearnessModel | None = None,
        wording: WordingModel | None = None,
    ) -> None:
        self._word_vectors = word_vectors
        self._model = model or shipped_model()
        self._wording = wording or shipped_wording()
        self._recent: Recent[dict[str, float]] = Recent(_REMEMBERED)

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
        known = self._recent.of(message)
        if known is None:
            by_meaning = self._model.shares(self._word_vectors(message))
            known = pooled(by_meaning, self._wording.shares(normalise(message)))
            self._recent.keep(message, known)
        return known


def pooled(by_meaning: Mapping[str, float], by_wording: Mapping[str, float]) -> dict[str, float]:
    """Two opinions on the same labels as one; the shares of each add up to 1."""
    weights = {
        label: max(share, _LEAST) ** _OF_MEANING * max(by_wording[label], _LEAST) ** _OF_WORDING
        for label, share in by_meaning.items()
    }
    whole = sum(weights.values())
    return {label: weight / whole for label, weight in weights.items()}


@lru_cache
def shipped_model() -> NearnessModel:
    """What ``nearness.safetensors`` holds."""
    from safetensors.torch import load

    stored = load((files("coachbot.safety") / "nearness.safetensors").read_bytes())
    names = tuple(json.loads(bytes(stored.pop("labels").tolist())))
    of_example = stored.pop("of_example").long().numpy()
    weights = unpacked(stored)
    examples = weights.pop("examples").numpy()
    return NearnessModel(RetunedLayers.holding(weights), names, examples, of_example)


@lru_cache
def shipped_wording() -> WordingModel:
    """What ``wording.safetensors`` holds."""
    return stored_model(files("coachbot.safety") / "wording.safetensors")
