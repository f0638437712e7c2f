"""The network that compares a claim with its evidence, word piece by word piece.

Decomposable attention (Parikh et al. 2016, doi 10.18653/v1/D16-1244) in both directions: each word
piece of the claim looks for what it corresponds to in the evidence, and each of the evidence in the
claim; what does not correspond is what the claim adds, changes or leaves out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

_PROJECTED, _HIDDEN, _HEADS = 160, 128, 4
_NEVER = -1e4


class Comparison(nn.Module):
    """Word pieces of a claim and of its evidence to how sure it is that the one follows.

    Args:
        width: of a word piece, its three layers side by side.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(0.3)
        self.projected = nn.Linear(width, _PROJECTED)
        self.asks = nn.Linear(_PROJECTED, _PROJECTED)
        self.offers = nn.Linear(_PROJECTED, _PROJECTED)
        self.same_bias = nn.Parameter(torch.tensor([2.0, 2.0, 0.0, 0.0]))
        self.compare_claim, self.compare_evidence = _compared(), _compared()
        self.neighbours = nn.Conv1d(_HIDDEN, _HIDDEN, 3, padding=1)
        self.judged = nn.Sequential(
            nn.Linear(4 * _HIDDEN, _HIDDEN), nn.GELU(), nn.Dropout(0.3), nn.Linear(_HIDDEN, 1)
        )

    def forward(
        self, claim: Tensor, evidence: Tensor, of_claim: Tensor, of_evidence: Tensor, same: Tensor
    ) -> Tensor:
        """Score a batch.

        Args:
            claim: shape (batch, pieces, width of all layers).
            evidence: the same with its own number of pieces.
            of_claim: which pieces are there and no padding, shape (batch, pieces).
            of_evidence: the same for the evidence.
            same: 1 where two pieces are the same, shape (batch, claim's, evidence's).

        Returns:
            Log odds of support, shape (batch,).
        """
        alike = _cosine(claim) @ _cosine(evidence).transpose(1, 2)
        claim = gelu(self.projected(self.drop(self.norm(claim))))
        evidence = gelu(self.projected(self.drop(self.norm(evidence))))
        found, looks = self._attend(claim, evidence, same, of_evidence)
        own = self.compare_claim(_beside(claim, found, looks, same, alike, of_evidence))
        own = own * of_claim[..., None]
        near = gelu(self.neighbours(own.transpose(1, 2))).transpose(1, 2)
        own = own + near * of_claim[..., None]
        same, alike = same.transpose(1, 2), alike.transpose(1, 2)
        back, looks_back = self._attend(evidence, claim, same, of_claim)
        other = self.compare_evidence(_beside(evidence, back, looks_back, same, alike, of_claim))
        other = other * of_evidence[..., None]
        used = looks.mean(1).masked_fill(~of_claim[..., None], 0).amax(1)
        used = (used / (used.sum(1, keepdim=True) + 1e-6))[..., None]
        pooled = (
            own.sum(1) / of_claim.sum(1, keepdim=True),
            own.masked_fill(~of_claim[..., None], _NEVER).amax(1),
            (other * used).sum(1),
            (other * (0.2 + 5 * used)).masked_fill(~of_evidence[..., None], _NEVER).amax(1),
        )
        scores: Tensor = self.judged(torch.cat(pooled, -1))[:, 0]
        return scores

    def _attend(
        self, pieces: Tensor, to: Tensor, same: Tensor, there: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What each piece finds, and where it looks, shape (batch, heads, pieces, to's pieces)."""

        def parted(x: Tensor) -> Tensor:
            return x.view(*x.shape[:2], _HEADS, -1).transpose(1, 2)

        q, k = parted(self.asks(pieces)), parted(self.offers(to))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        scores = scores + self.same_bias.view(1, -1, 1, 1) * same[:, None]
        looks = scores.masked_fill(~there[:, None, None, :], _NEVER).softmax(-1)
        found = (looks @ parted(to)).transpose(1, 2).reshape(pieces.shape)
        return found, looks


def _compared() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4 * _PROJECTED + 3, _HIDDEN),
        nn.GELU(),
        nn.Dropout(0.2),
        nn.Linear(_HIDDEN, _HIDDEN),
        nn.GELU(),
    )


def _cosine(pieces: Tensor) -> Tensor:
    """The middle layer's directions, for cosines."""
    return normalize(pieces.chunk(3, dim=-1)[1], dim=-1)


def _beside(
    pieces: Tensor, found: Tensor, looks: Tensor, same: Tensor, alike: Tensor, there: Tensor
) -> Tensor:
    """Each piece beside what it found, with how sure that is."""
    return torch.cat(
        [
            pieces,
            found,
            (pieces - found).abs(),
            pieces * found,
            same.amax(2, keepdim=True),
            looks.amax(-1).mean(1)[..., None],
            alike.masked_fill(~there[:, None, :], -1).amax(2, keepdim=True),
        ],
        -1,
    )
