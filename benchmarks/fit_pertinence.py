"""Fit the cross-encoder that tells how well a sentence answers a message.

``python benchmarks/fit_pertinence.py`` reads what readers said of sentences that could be quoted
(``evals/pertinence.jsonl``), but those of the test half; retunes a copy of the packaged encoder's
layers on message and sentence read together; writes them to
``coachbot/answering/pertinence.safetensors`` and prints how they order the test half's sentences.
About half an hour on two cores.

``--go-on`` makes no whole fit: the upper half of the shipped layers goes on with a part of what
people want to know and of the other messages, with the questions of the train half of
``evals/reading.jsonl``, whose sentences answer or do not, and with questions of SQuAD 2.0 where its
folder is given; what is in place behind a better one nobody told there. About an hour.

The loss is cross entropy of both grades, and how far the sentences of one message stand in the
order of their grades (ListNet, Cao et al. 2007, doi 10.1145/1273496.1273513): some messages are
answered by much and some by nothing, and knowing which does not yet put the best sentence first.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from batching import alike_long
from graded_pairs import Graded, graded, part_of, read_questions, squad_questions
from numpy.typing import NDArray
from retuning import (
    KEPT,
    RATE,
    descent,
    drop_out_between,
    layers_between,
    pieces_after,
    twin_of,
)
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from coachbot.answering.pertinence import GRADES, odds, shipped_layers
from coachbot.embedding import default_embedder
from coachbot.retuned import LAYERS, WIDTH, packed

OUT = Path(__file__).parent.parent / "coachbot" / "answering" / "pertinence.safetensors"
EPOCHS, EPOCHS_GOING_ON, MESSAGES = 3, 2, 6
GOING_ON_RATE = 6e-5
TAKEN_OVER = 0.7
"""How much of what was learned by going on is taken over. The rest stays as it was: weights between
the two keep more of both (Wortsman et al. 2022, arXiv:2109.01903)."""
REPLAYED, PART = 400, 5
"""Graded messages that are gone through once more where the layers go on, the sentences of each."""
ASKED, ASKED_PART = 1500, 6
"""The same for what people want to know."""
REREAD, SQUAD = 4400, 2200
"""Questions on one text each, at most, and those of SQuAD."""
ALIKE_LONG = 12
"""Batches whose messages are sorted by length among themselves, so that little is padded."""
SMOOTHING, ORDER = 0.03, 0.5
WORTH = (0.0, 1.0, 5.0)
"""What a sentence of each grade counts where the sentences of a message are put in order."""


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
    known = torch.tensor([m.in_place_known or g == 2 for m in chosen for g in m.grades])
    counts = torch.stack([known, torch.ones_like(known)], dim=1).float()
    smooth = wanted * (1 - 2 * SMOOTHING) + SMOOTHING
    each = binary_cross_entropy_with_logits(found, smooth, reduction="none")
    loss = (each * counts).sum() / counts.sum()
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
    layers, head = twin_of(default_embedder().layers), nn.Linear(WIDTH, len(GRADES))
    descend_from(layers, head, used, EPOCHS, RATE, random.Random(seed))
    return layers.eval(), head.eval()


def gone_on(
    used: Sequence[Graded], squad: Path | None, seed: int
) -> tuple[nn.TransformerEncoder, nn.Linear]:
    """The shipped layers after the upper half of them went on, and their head."""
    torch.manual_seed(seed)
    dice = random.Random(seed)
    layers, head = shipped_layers()
    before = [{name: t.clone() for name, t in part.state_dict().items()} for part in (layers, head)]

    def some(of: Iterable[Graded], most: int, part: int = ASKED_PART) -> list[Graded]:
        found = list(of)
        return [part_of(m, part, dice) for m in dice.sample(found, min(most, len(found)))]

    messages = [
        *some((m for m in used if m.wants_to_know), ASKED),
        *some((m for m in used if not m.wants_to_know and len(set(m.grades)) > 1), REPLAYED, PART),
        *some(read_questions("train"), REREAD),
        *some(squad_questions(squad) if squad else (), SQUAD),
    ]
    below, above = layers_between(layers, 0, KEPT), layers_between(layers, KEPT, LAYERS)
    pieces = iter(pieces_after(below.eval(), [pair for m in messages for pair in m.pairs]))
    messages = [replace(m, pairs=tuple(next(pieces) for _ in m.pairs)) for m in messages]
    print(
        f"{len(messages)} messages with {sum(len(m.pairs) for m in messages)} sentences", flush=True
    )
    drop_out_between(above)
    descend_from(above, head, messages, EPOCHS_GOING_ON, GOING_ON_RATE, dice)
    for part, old in zip((layers, head), before, strict=True):
        for name, tensor in part.state_dict().items():
            tensor.mul_(TAKEN_OVER).add_(old[name], alpha=1 - TAKEN_OVER)
    return layers.eval(), head.eval()


def descend_from(
    layers: nn.TransformerEncoder,
    head: nn.Linear,
    used: Sequence[Graded],
    epochs: int,
    rate: float,
    dice: random.Random,
) -> None:
    """Retune layers and head in place."""
    descend = descent(layers, head, epochs * (len(used) // MESSAGES + 1), rate)
    for epoch in range(epochs):
        started, layers = time.monotonic(), layers.train()
        for chosen in batches(used, dice):
            found = odds(layers, head, [pair for message in chosen for pair in message.pairs])
            descend(objective(found, chosen))
        print(f"round {epoch + 1}: {time.monotonic() - started:.0f} s", flush=True)


def report(
    name: str, layers: nn.TransformerEncoder, head: nn.Linear, tested: Sequence[Graded]
) -> None:
    """Print what comes first of each message's sentences, and what grades are told apart."""
    with torch.inference_mode():
        found: list[NDArray[np.float64]] = [
            odds(layers, head, message.pairs).double().numpy() for message in tested
        ]
    first = np.array([m.grades[int(f.sum(1).argmax())] for m, f in zip(tested, found, strict=True)])
    grades = np.array([grade for message in tested for grade in message.grades])
    best = [float((1 / (1 + np.exp(-f))).sum(1).max()) for f in found]
    answered = [2 in message.grades for message in tested]
    to_the_point = np.concatenate(found)[:, 1]
    print(
        f"{name}, {len(tested)} unread: the first of their sentences is to the point in "
        f"{np.mean(first == 2):.3f}, out of place in {np.mean(first == 0):.3f}; AUROC "
        f"{roc_auc_score(grades == 2, to_the_point):.3f} for to the point, "
        f"{roc_auc_score(answered, best):.3f} for answered by the best grade",
        flush=True,
    )


def main() -> None:
    """Train, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--go-on", action="store_true", help="From the shipped layers.")
    parser.add_argument("--squad", type=Path, help="A folder with SQuAD 2.0, to go on with too.")
    arguments = parser.parse_args()
    everything = graded()
    used = [message for message in everything if not message.unread]
    if arguments.go_on:
        layers, head = gone_on(used, arguments.squad, seed=1)
    else:
        layers, head = trained(used, seed=1)
    weights = {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    save_file(packed({**layers.state_dict(), **weights}), OUT)
    unread = [message for message in everything if message.unread]
    sets = {
        "messages": [message for message in unread if not message.wants_to_know],
        "what people want to know": [message for message in unread if message.wants_to_know],
        "dev half's texts": list(read_questions("dev")),
        "test half's texts": list(read_questions("test")),
    }
    if arguments.squad:
        sets["SQuAD"] = list(squad_questions(arguments.squad, unread=True))
    for name, tested in sets.items():
        report(name, layers, head, tested)


if __name__ == "__main__":
    main()
