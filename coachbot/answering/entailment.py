"""How sure it is that some sentences say what a claim says, by small networks of our own.

The packaged encoder's word pieces of claim and sentences, from the same pass that made their
vectors, are compared by ``comparing.Comparison``. The weights in ``entailment.safetensors`` were
written by ``benchmarks/fit_entailment.py`` from the labelled claims in ``evals/claims.jsonl``; they
belong to the packaged encoder and to no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from coachbot.embedding import WordPieces

if TYPE_CHECKING:
    from torch import Tensor

    from coachbot.answering.comparing import Comparison

LAYERS = (2, 4, 6)
"""Layers of the packaged encoder whose word pieces are read: words, phrases, meaning."""
WIDTH = 3 * 384
MOST_SENTENCES = 12
"""Of evidence that is read at all. The networks learnt on short evidence: on WiCE's long web pages
they tell next to nothing (AUROC 0.57), and similarity and shared words do better."""
MOST_PIECES = 220
"""Word pieces of the evidence that are read."""


class Entailment:
    """An ``Entails``: sentences and a claim to a probability.

    Args:
        pieces: a text's word pieces by the packaged encoder.
    """

    def __init__(self, pieces: Callable[[str], WordPieces]) -> None:
        self._pieces = pieces

    def __call__(self, sentences: Sequence[str], claim: str) -> float:
        """How sure it is, 0 to 1, that the sentences say what the claim says."""
        import torch

        own, read = self._pieces(claim), joined([self._pieces(text) for text in sentences])
        if not (len(own.ids) and len(read.ids)):
            return 0.0
        given = compared([(own, read)])
        with torch.inference_mode():
            odds = torch.stack([member(*given)[0] for member in _fitted()])
            return float(torch.sigmoid(odds.mean()))


def joined(parts: Sequence[WordPieces]) -> WordPieces:
    """The pieces of several sentences one after another, ``MOST_PIECES`` at most."""
    return WordPieces(
        np.concatenate([part.ids for part in parts])[:MOST_PIECES],
        np.concatenate([part.layers for part in parts])[:MOST_PIECES],
    )


def compared(pairs: Sequence[tuple[WordPieces, WordPieces]]) -> tuple[Tensor, ...]:
    """Claims and their evidence as ``Comparison.forward`` takes them, padded."""
    import torch

    (claim, of_claim, ids), (evidence, of_evidence, theirs) = (
        _padded([pair[side] for pair in pairs]) for side in (0, 1)
    )
    same = (ids[:, :, None] == theirs[:, None, :]) & of_claim[:, :, None] & of_evidence[:, None, :]
    return claim, evidence, of_claim, of_evidence, same.to(torch.float32)


def _padded(texts: Sequence[WordPieces]) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces, which of them are there, and their ids; shapes (texts, longest, …)."""
    import torch

    longest = max(len(text.ids) for text in texts)
    pieces = torch.zeros(len(texts), longest, texts[0].layers.shape[1])
    there = torch.zeros(len(texts), longest, dtype=torch.bool)
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    for row, text in enumerate(texts):
        pieces[row, : len(text.ids)] = torch.from_numpy(text.layers.astype("f4"))
        there[row, : len(text.ids)] = True
        ids[row, : len(text.ids)] = torch.from_numpy(text.ids.astype("i8"))
    return pieces, there, ids


@lru_cache
def _fitted() -> list[Comparison]:
    """The members, each trained from another start; their mean counts."""
    from safetensors.torch import load

    from coachbot.answering.comparing import Comparison

    stored = load((files("coachbot.answering") / "entailment.safetensors").read_bytes())
    members = list[Comparison]()
    for number in sorted({name.partition(".")[0] for name in stored}):
        own = {
            k.partition(".")[2]: t.float() for k, t in stored.items() if k.startswith(f"{number}.")
        }
        model = Comparison(WIDTH)
        model.load_state_dict(own)
        members.append(model.eval())
    return members
