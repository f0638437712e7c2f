"""Vectors of everyday sentences that stand for the trouble told, and less for the things named.

A jar of pesto in the sink may be a quarrel over chores, and the encoder sees a jar. So beside the
encoder's own vector stands another one, from layers retuned on what people write who need the
same text (supervised contrastive learning: Khosla et al. 2020, arXiv:2004.11362). One behind the
other they make one vector, whose cosine is a weighted mean of both. How much more is found that way
stands in ``benchmarks/README.md``.

The layers are in ``situations.safetensors``, written by ``benchmarks/fit_situations.py``. They
belong to the packaged encoder; with any other one its own vectors stand alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np

from coachbot.embedding import Embedder, Vectors, is_packaged
from coachbot.retuned import RetunedLayers, unpacked

_RETUNED = 0.4
"""What the retuned layers count in the cosine; the encoder counts the rest. Chosen on the dev half
of evals/library.jsonl."""


class SituationVectors:
    """Encodes everyday sentences, and questions that are compared with them.

    Args:
        embedder: what encodes everything else.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def layers(self) -> str:
        """Identity of the layers beside the encoder: with others, vectors are not comparable."""
        return _identity() if is_packaged(self._embedder) else "none"

    def of(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, shape (texts, width)."""
        return self.beside(texts, self._embedder.encode(texts))

    def beside(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """The same for texts that the encoder has encoded.

        Args:
            texts: what was encoded.
            vectors: the encoder's own, shape (texts, its width).
        """
        if not (texts and is_packaged(self._embedder)):
            return vectors
        retuned = _layers().vectors([self._embedder.word_vectors(text) for text in texts])
        return np.hstack([(1 - _RETUNED) ** 0.5 * vectors, _RETUNED**0.5 * retuned])


def _stored() -> bytes:
    return (files("coachbot.search") / "situations.safetensors").read_bytes()


@lru_cache
def _identity() -> str:
    return hashlib.sha256(_stored()).hexdigest()


@lru_cache
def _layers() -> RetunedLayers:
    from safetensors.torch import load

    return RetunedLayers.holding(unpacked(load(_stored())))
