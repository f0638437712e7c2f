"""Nearness to labelled examples, in a space made for it.

The packaged encoder puts messages together that are about the same thing, not those that are
equally dangerous. So its last two layers have a retuned twin: what the word pieces look like below
them is taken from the same pass that encodes the message for the search, and goes through the twin
as well. There the labelled examples vote, weighted by ``exp(20 · cosine)`` (kernel regression:
Nadaraya 1964, Watson 1964). With whole writers held out, the twin finds half as many veiled
messages again as the encoder's own vectors do (see ``benchmarks/README.md``).

Twin and examples are in ``nearness.safetensors``, written by ``benchmarks/fit_screening.py`` from
the dev half of the screening suite. They belong to the packaged encoder and to no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coachbot.embedding import Recent, Vectors

if TYPE_CHECKING:
    from torch.nn import TransformerEncoder

BELOW = 4
"""The layer whose output the retuned layers read; the packaged encoder has six."""
LAYERS, WIDTH, HEADS, INNER = 2, 384, 12, 1536
SHARPNESS = 20.0

Pieces = Callable[[str, int], Vectors]
"""A text's word pieces after a layer, shape (pieces, width)."""


@dataclass(frozen=True, slots=True)
class NearnessModel:
    """What was fitted.

    Attributes:
        upper: the retuned layers.
        labels: a category, or ``category/subject`` for a crisis.
        examples: unit vectors, shape (examples, width).
        votes: one-hot labels of the examples, shape (examples, labels).
    """

    upper: TransformerEncoder
    labels: tuple[str, ...]
    examples: Vectors
    votes: NDArray[np.float32]

    def vector(self, pieces: Vectors) -> Vectors:
        """The unit vector of a message, shape (width,), from its word pieces below."""
        import torch

        with torch.inference_mode():
            above = self.upper(torch.from_numpy(pieces)[None])[0].mean(dim=0).numpy()
        return np.asarray(above / np.linalg.norm(above), dtype=np.float32)

    def shares(self, pieces: Vectors) -> dict[str, float]:
        """Each label's share of the vote; they add up to 1."""
        closeness = SHARPNESS * (self.examples @ self.vector(pieces))
        weights = np.exp(closeness - closeness.max())
        votes: list[float] = ((weights @ self.votes) / weights.sum()).tolist()
        return dict(zip(self.labels, votes, strict=True))


class Nearness:
    """How like each category's examples a message is.

    Args:
        pieces: the packaged encoder, asked for its word pieces.
        model: what was fitted; the shipped one if None.
    """

    def __init__(self, pieces: Pieces, model: NearnessModel | None = None) -> None:
        self._pieces = pieces
        self._model = model or _fitted()
        self._recent: Recent[dict[str, float]] = Recent()

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
            known = self._model.shares(self._pieces(message, BELOW))
            self._recent.keep(message, known)
        return known


def upper_layers() -> TransformerEncoder:
    """Two layers of the packaged encoder's form (BERT: norm after each part), not yet fitted."""
    from torch import nn

    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, INNER, activation="gelu", layer_norm_eps=1e-12, batch_first=True
    )
    return nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)


@lru_cache
def _fitted() -> NearnessModel:
    from safetensors.torch import load

    stored = load((files("coachbot.safety") / "nearness.safetensors").read_bytes())
    names = tuple(json.loads(bytes(stored.pop("labels").tolist())))
    examples = stored.pop("examples").float().numpy()
    votes = np.eye(len(names), dtype=np.float32)[stored.pop("of_example").long().numpy()]
    upper = upper_layers()
    upper.load_state_dict({name: tensor.float() for name, tensor in stored.items()})
    norms = np.linalg.norm(examples, axis=1, keepdims=True)
    return NearnessModel(upper.eval(), names, examples / norms, votes)
