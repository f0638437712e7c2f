"""How well a sentence answers a message, by a small cross-encoder of our own.

Message and sentence are read together by layers of the packaged encoder (Nogueira & Cho 2019,
arXiv:1901.04085, for the method), retuned on what readers said of sentences that could be quoted:
to the point, in place behind a better one, or not for this person; and on questions about articles
with the sentences that answer them. The weights in ``pertinence.safetensors`` were written by
``benchmarks/fit_pertinence.py`` from ``evals/pertinence.jsonl`` and ``evals/reading.jsonl``; they
belong to the packaged encoder's words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from coachbot.embedding import Recent, Vectors
from coachbot.retuned import WIDTH, layers_with, through, unpacked
from coachbot.search.retrieval import ScoredSentence

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear, TransformerEncoder

GRADES = ("in place", "to the point")
"""What is told apart: one from "not for this person", the other from all that is less."""

PROMISING = 5
"""Sentences worth a closer look. Of eight the first is a little better still, but each takes its
time."""
WEIGHT = 0.7
"""What a grade counts beside the scores that a drafter ranks by."""

PairVectors = Callable[[str, str], Vectors]
"""Two texts, one behind the other, to what the first layer is given of them, (pieces, width)."""


Grade = Callable[[str, Sequence[str]], Sequence[float]]
"""A message and sentences to how well each answers it, from 0 to 2; see ``Pertinence``."""


class Pertinence:
    """Tells how well sentences answer a message.

    Args:
        words: reads a message and a sentence by the packaged encoder's words.
    """

    def __init__(self, words: PairVectors) -> None:
        self._words = words
        self._recent: Recent[float] = Recent()

    def __call__(self, message: str, sentences: Sequence[str]) -> list[float]:
        """How well each of some sentences answers a message.

        Returns:
            How likely it is in place, and how likely to the point, added up: 0 to 2.
        """
        grades = {text: self._recent.of(_pair(message, text)) for text in sentences}
        new = [text for text, grade in grades.items() if grade is None]
        for text, grade in zip(new, self._read(message, new), strict=True):
            self._recent.keep(_pair(message, text), grade)
            grades[text] = grade
        return [grades[text] or 0.0 for text in sentences]

    def _read(self, message: str, sentences: Sequence[str]) -> list[float]:
        import torch

        if not sentences:
            return []
        words = [torch.from_numpy(self._words(message, text)) for text in sentences]
        layers, head = shipped_layers()
        with torch.inference_mode():
            found: list[float] = torch.sigmoid(odds(layers, head, words)).sum(1).tolist()
        return found


def gains(grade: Grade | None, message: str, sentences: Sequence[str]) -> list[float]:
    """What sentences that come near gain in score by how well they answer a message.

    Args:
        grade: reads them with the message; None where nothing can, and none gains.
        message: what was searched for.
        sentences: the best by all else.

    Returns:
        How far the grade of each lies above their mean, by ``WEIGHT``: what was not read is neither
        better nor worse.
    """
    if grade is None or not sentences:
        return [0.0] * len(sentences)
    grades = grade(message, sentences)
    mean = sum(grades) / len(grades)
    return [WEIGHT * (own - mean) for own in grades]


def gains_of_best(
    grade: Grade | None, message: str, ranked: Sequence[ScoredSentence]
) -> dict[ScoredSentence, float]:
    """What the first few of some sentences gain, read with the message; see ``gains``.

    Args:
        grade: reads them with the message; None where nothing can.
        message: what was searched for.
        ranked: the best by all else first.
    """
    best = ranked[:PROMISING]
    gained = gains(grade, message, [sentence.text for sentence in best])
    return dict(zip(best, gained, strict=True))


def _pair(message: str, sentence: str) -> str:
    return f"{message}\n{sentence}"


def odds(layers: TransformerEncoder, head: Linear, words: Sequence[Tensor]) -> Tensor:
    """Log odds of each grade, shape (pairs, grades), read off the mark before each pair."""
    found: Tensor = head(through(layers, words)[0][:, 0])
    return found


@lru_cache
def shipped_layers() -> tuple[TransformerEncoder, Linear]:
    """What ``pertinence.safetensors`` holds: the layers, and the head above them."""
    from safetensors.torch import load
    from torch.nn import Linear

    stored = load((files("coachbot.answering") / "pertinence.safetensors").read_bytes())
    weights = unpacked(stored)
    head = Linear(WIDTH, len(GRADES))
    head.load_state_dict({end: weights.pop(f"head.{end}") for end in ("weight", "bias")})
    return layers_with(weights).eval(), head.eval()
