"""What kind of message it is, by the encoder's vector alone.

A multinomial logistic model over the packaged encoder's vectors tells messages for the library from
those about something else altogether, and from those that want a human word and no search. Written
by ``benchmarks/fit_message_kinds.py`` from the dev half of ``evals/messages.jsonl`` to
``message_kinds.npz``; it belongs to the packaged encoder and to no other.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coachbot.embedding import Encode

RELATIONSHIP: Final = "relationship"
ELSEWHERE: Final = "elsewhere"

_SURE_OF_HUMAN = 0.8
_SURE_OF_ELSEWHERE = 0.65
"""Both chosen by cross-validation on the dev half, where two in a hundred relationship messages,
or fewer, are taken for one that wants a human word, and as many for one about something else."""


class MessageKinds:
    """Tells kinds of messages apart.

    Args:
        encode: the packaged encoder.
    """

    def __init__(self, encode: Encode) -> None:
        self._encode = encode

    def shares(self, message: str) -> dict[str, float]:
        """The probability of each kind; they add up to 1."""
        names, weights, offsets = _fitted()
        scores = weights @ self._encode([message])[0] + offsets
        likely = np.exp(scores - scores.max())
        return dict(zip(names, (likely / likely.sum()).tolist(), strict=True))

    def human(self, message: str) -> str | None:
        """Which human word a message wants; None if the library should rather be asked."""
        shares = self.shares(message)
        own = {k: p for k, p in shares.items() if k not in (RELATIONSHIP, ELSEWHERE)}
        return max(own, key=lambda k: own[k]) if sum(own.values()) >= _SURE_OF_HUMAN else None

    def is_elsewhere(self, message: str) -> bool:
        """Whether a message is about something that no text on relationships would answer."""
        return self.shares(message)[ELSEWHERE] >= _SURE_OF_ELSEWHERE


@lru_cache
def _fitted() -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.float32]]:
    """Names, weights of shape (kinds, width) and offsets of shape (kinds,)."""
    with (files("coachbot.answering") / "message_kinds.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        weights, offsets = stored["weights"].astype("f4"), stored["offsets"].astype("f4")
        return tuple(stored["names"].tolist()), weights, offsets
