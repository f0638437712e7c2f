"""Fit the cross-encoder that tells how well a sentence answers a message.

``python benchmarks/fit_pertinence.py`` reads what readers said of sentences that could be quoted
(``evals/pertinence.jsonl``), but those of the test half; retunes a copy of the packaged encoder's
layers on message and sentence read together; writes them to
``coachbot/answering/pertinence.safetensors`` and prints how they order the test half's sentences.
About half an hour on two cores.

The loss is cross entropy of both grades, and how far the sentences of one message stand in the
order of their grades (ListNet, Cao et al. 2007, doi 10.1145/1273496.1273513): some messages are
answered by much and some by nothing, and knowing which does not yet put the best sentence first.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from batching import alike_long
from numpy.typing import NDArray
from retuning import descent, twin_of
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from coachbot.answering.pertinence import GRADES, odds
from coachbot.embedding import default_embedder
from coachbot.retuned import WIDTH, packed
from coachbot.settings import resource

OUT = Path(__file__).parent.parent / "coachbot" / "answering" / "pertinence.safetensors"
EPOCHS, MESSAGES = 3, 6
ALIKE_LONG = 12
"""Batches whose messages are sorted by length among themselves, so that little is padded."""
SMOOTHING, ORDER = 0.03, 0.5
WORTH = (0.0, 1.0, 5.0)
"""What a sentence of each grade counts where the sentences of a message are put in order."""


@dataclass(frozen=True)
class Graded:
    """A message's sentences: what the first layer is given of each pair, and their grades."""

    unread: bool
    pairs: tuple[Tensor, ...]
    grades: tuple[int, ...]

    @property
    def longest(self) -> int:
        """Word pieces of its longest pair."""
        return max(len(pair) for pair in self.pairs)


def graded() -> list[Graded]:
    """All messages with their graded sentences."""
    encoder = default_embedder()
    lines = (resource("evals") / "pertinence.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Graded(
            row["half"] == "test",
            tuple(
                torch.from_numpy(encoder.word_vectors(row["message"], text))
                for text in row["sentences"]
            ),
            tuple(row["grades"]),
        )
        for row in map(json.loads, lines)
    ]


def batches(used: Sequence[Graded], dice: random.Random) -> Iterator[list[Graded]]:
    """All messages in random batches of nearly equal length."""
    shuffled = dice.sample(list(used), len(used))
    made = alike_long(shuffled, lambda message: message.longest, MESSAGES, ALIKE_LONG)
    dice.shuffle(made)
    yield from made


def objective(found: Tensor, chosen: Sequence[Graded]) -> Tensor:
    """The loss; see the module.

    Args:
        found: log odds of each grade, shape (pairs of all messages, grades).
        chosen: the messages.
    """
    grades = torch.tensor([grade for message in chosen for grade in message.grades])
    wanted = torch.stack([grades >= level for level in (1, 2)], dim=1).float()
    loss = binary_cross_entropy_with_logits(found, wanted * (1 - 2 * SMOOTHING) + SMOOTHING)
    first = 0
    for message in chosen:
        last = first + len(message.grades)
        worth = torch.tensor([WORTH[grade] for grade in message.grades])
        if len(set(message.grades)) > 1:
            shares = found[first:last].sum(1).log_softmax(0)
            loss = loss - ORDER / len(chosen) * (worth / worth.sum() * shares).sum()
        first = last
    return loss


def trained(used: Sequence[Graded], seed: int) -> tuple[nn.TransformerEncoder, nn.Linear]:
    """Retuned layers and the head above them."""
    torch.manual_seed(seed)
    dice = random.Random(seed)
    layers, head = twin_of(default_embedder().layers), nn.Linear(WIDTH, len(GRADES))
    descend = descent(layers, head, EPOCHS * (len(used) // MESSAGES + 1))
    for epoch in range(EPOCHS):
        started, layers = time.monotonic(), layers.train()
        for chosen in batches(used, dice):
            found = odds(layers, head, [pair for message in chosen for pair in message.pairs])
            descend(objective(found, chosen))
        print(f"round {epoch + 1}: {time.monotonic() - started:.0f} s", flush=True)
    return layers.eval(), head.eval()


def report(layers: nn.TransformerEncoder, head: nn.Linear, tested: Sequence[Graded]) -> None:
    """Print what comes first of each message's sentences, and what grades are told apart."""
    with torch.inference_mode():
        found: list[NDArray[np.float64]] = [
            odds(layers, head, message.pairs).double().numpy() for message in tested
        ]
    first = np.array([m.grades[int(f.sum(1).argmax())] for m, f in zip(tested, found, strict=True)])
    grades = np.array([grade for message in tested for grade in message.grades])
    every = np.concatenate(found)
    print(
        f"{len(tested)} unread messages: the first of their sentences is to the point in "
        f"{np.mean(first == 2):.3f}, out of place in {np.mean(first == 0):.3f}; AUROC "
        f"{roc_auc_score(grades == 2, every[:, 1]):.3f} for to the point, "
        f"{roc_auc_score(grades > 0, every[:, 0]):.3f} for in place",
        flush=True,
    )


def main() -> None:
    """Train, print and write."""
    everything = graded()
    layers, head = trained([message for message in everything if not message.unread], seed=1)
    report(layers, head, [message for message in everything if message.unread])
    weights = {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    save_file(packed({**layers.state_dict(), **weights}), OUT)


if __name__ == "__main__":
    main()
