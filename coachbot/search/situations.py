"""How well each text fits a situation, by the everyday sentences stored with it.

A text's ``sounds_like`` sentences show different faces of one topic. The nearest of them says
whether this very thing is known, their mean direction (a prototype: Snell et al. 2017,
arXiv:1703.05175) what kind of situation it is, and their words catch what the encoder misses. For
the shipped texts their readers' wording counts too (``coachbot.wording``); the weights in
``wording.safetensors`` were written by ``benchmarks/fit_wording.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np

from coachbot.embedding import Vectors, products
from coachbot.safety.normalising import normalise
from coachbot.search.lexical import LexicalIndex
from coachbot.search.situation_vectors import SituationVectors
from coachbot.wording import WordingModel, stored_model

_NEAREST, _KIND, _WORDS = 0.5, 0.5, 0.1
"""What the nearest sentence, the mean of all and the words count; chosen on one half of the blind
questions in evals/library.jsonl, see benchmarks/README.md."""
_WORDING, _LEAST, _LEVEL = 0.04, 0.001, 1.5
"""What the wording counts, by the log of its share; the least share that counts; and what is added
to it, so that the text that leads fits about as well as without it: limits stand on that."""


class Situations:
    """The everyday sentences of all texts that have any.

    Args:
        said: the sentences of each text by its id.
        vectors: their vectors by text, each of shape (sentences, width of ``encoder``).
        encoder: what encoded them.
    """

    def __init__(
        self,
        said: Mapping[str, Sequence[str]],
        vectors: Mapping[str, Vectors],
        encoder: SituationVectors,
    ) -> None:
        self._encoder = encoder
        self._ids = tuple(id for id in said if len(vectors.get(id, ())))
        stacks = [np.asarray(vectors[id], dtype=np.float32) for id in self._ids]
        self._bounds = np.cumsum([0, *(len(stack) for stack in stacks)])
        self._all = np.vstack(stacks) if stacks else np.empty((0, 0), dtype=np.float32)
        means = [stack.mean(axis=0) for stack in stacks]
        means = [m / max(float(np.linalg.norm(m)), 1e-9) for m in means]
        self._means = np.array(means, dtype=np.float32)
        self._words = LexicalIndex.over(self._ids, ["\n".join(said[id]) for id in self._ids])

    def scores(self, question: str, vector: Vectors) -> dict[str, float]:
        """How well each text fits, best first; texts without everyday sentences are left out.

        Args:
            question: what is asked or told.
            vector: the embedder's vector of the same, shape (width,).
        """
        if not self._ids:
            return {}
        vector = self._encoder.beside([question], vector[np.newaxis])[0]
        near = products(self._all, vector)
        nearest = np.array(
            [near[a:b].max() for a, b in zip(self._bounds, self._bounds[1:], strict=False)]
        )
        scores = _NEAREST * nearest + _KIND * products(self._means, vector)
        scores = scores + _WORDS * self._words.scores(question)
        scores = scores + _WORDING * self._by_wording(question)
        order = np.argsort(-scores)
        return {self._ids[i]: float(scores[i]) for i in order}

    def _by_wording(self, question: str) -> Vectors:
        """What the wording speaks for each text: nought for one that was not learned."""
        shares = shipped_wording().shares(normalise(question))
        logs = (
            np.log(max(shares[id], _LEAST)) + _LEVEL if id in shares else 0.0 for id in self._ids
        )
        return np.fromiter(logs, np.float32, len(self._ids))


@lru_cache
def shipped_wording() -> WordingModel:
    """What ``wording.safetensors`` holds: labels are ids of the shipped texts."""
    return stored_model(files("coachbot.search") / "wording.safetensors")
