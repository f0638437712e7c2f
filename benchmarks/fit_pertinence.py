"""Fit the cross-encoder that tells how well a sentence answers a message.

``python benchmarks/fit_pertinence.py`` reads what readers said of sentences that could be quoted
(``evals/pertinence.jsonl``), but those of the test half; retunes a copy of the packaged encoder's
layers on message and sentence read together; writes them to
``coachbot/answering/pertinence.safetensors`` and prints how they order the test half's sentences.
About half an hour on two cores.

``--go-on`` makes no whole fit: the upper half of the shipped layers goes on with what people want
to know, and with a part of the other messages and of the questions of the train half of
``evals/reading.jsonl``, whose sentences answer or do not; what is in place behind a better one
nobody told there. Half an hour.

The loss is cross entropy of both grades, and how far the sentences of one message stand in the
order of their grades (ListNet, Cao et al. 2007, doi 10.1145/1273496.1273513): some messages are
answered by much and some by nothing, and knowing which does not yet put the best sentence first.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from batching import alike_long
from looking_up import is_marked
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
from coachbot.evaluation.batches import read_rows
from coachbot.reading.documents import load_document
from coachbot.reading.passages import sentence_spans
from coachbot.retuned import LAYERS, WIDTH, packed
from coachbot.settings import resource

OUT = Path(__file__).parent.parent / "coachbot" / "answering" / "pertinence.safetensors"
EPOCHS, EPOCHS_GOING_ON, MESSAGES = 3, 2, 6
GOING_ON_RATE = 6e-5
REPLAYED, PART, REREAD = 400, 5, 800
"""Graded messages that are gone through once more where the layers go on, the sentences of each,
and questions on one text."""
ASKED_PART = 7
"""Sentences of what people want to know."""
ANSWERING, OTHERS_ANSWERED, OTHERS = 3, 5, 4
"""Sentences of a question on a text: that answer, that do not, and where none does."""
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
    wants_to_know: bool = False
    in_place_known: bool = True
    """Whether a grade of 0 says that a sentence is not even in place."""

    @property
    def longest(self) -> int:
        """Word pieces of its longest pair."""
        return max(len(pair) for pair in self.pairs)


def graded() -> list[Graded]:
    """All messages with their graded sentences."""
    encoder = default_embedder()
    rows = read_rows(resource("evals") / "pertinence.jsonl", ("half", "kind", "message", "grades"))
    return [
        Graded(
            row["half"] == "test",
            tuple(
                torch.from_numpy(encoder.word_vectors(row["message"], text))
                for text in row["sentences"]
            ),
            tuple(row["grades"]),
            row["kind"] == "knowledge",
        )
        for row in rows
    ]


def read_questions() -> list[Graded]:
    """Questions on one text each, with sentences that answer and near ones that do not."""
    encoder = default_embedder()
    asked: dict[str, list[dict[str, Any]]] = {}
    for row in read_rows(resource("evals") / "reading.jsonl", ("half", "text", "support")):
        if row["half"] == "train":
            asked.setdefault(row["text"], []).append(row)
    found = list[Graded]()
    for text, rows in asked.items():
        sentences = sentences_of(text)
        near = encoder.encode(sentences) @ encoder.encode([row["question"] for row in rows]).T
        for row, closeness in zip(rows, near.T, strict=True):
            ranked = sorted(range(len(sentences)), key=lambda i: -closeness[i])
            own = [i for i in ranked if is_marked(sentences[i], row["support"])]
            if row["support"] and not own:
                continue
            others = [i for i in ranked if i not in own][: OTHERS_ANSWERED if own else OTHERS]
            own = own[:ANSWERING]
            pairs = (encoder.word_vectors(row["question"], sentences[i]) for i in own + others)
            grades = (2,) * len(own) + (0,) * len(others)
            found.append(
                Graded(
                    unread=False,
                    pairs=tuple(map(torch.from_numpy, pairs)),
                    grades=grades,
                    in_place_known=False,
                )
            )
    return found


def sentences_of(text: str) -> list[str]:
    """The sentences of an article of the suite, or of a text of the library."""
    article = resource("evals") / "articles" / f"{text}.md"
    path = article if article.exists() else resource("corpus") / f"{text}.md"
    document = load_document(path.read_bytes(), path.name, path.stem)
    spans = sentence_spans(document.text)
    found = (" ".join(document.text[start:end].split()) for start, end in spans)
    return [sentence for sentence in found if len(sentence.split()) > 3]


def part_of(message: Graded, most: int, dice: random.Random) -> Graded:
    """A message with some of its sentences, those to the point first."""
    order = dice.sample(range(len(message.grades)), len(message.grades))
    order.sort(key=lambda i: message.grades[i] != 2)
    pairs, grades = message.pairs, message.grades
    kept = order[:most]
    return replace(
        message, pairs=tuple(pairs[i] for i in kept), grades=tuple(grades[i] for i in kept)
    )


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


def gone_on(used: Sequence[Graded], seed: int) -> tuple[nn.TransformerEncoder, nn.Linear]:
    """The shipped layers after the upper half of them went on, and their head."""
    torch.manual_seed(seed)
    dice = random.Random(seed)
    layers, head = shipped_layers()
    asked = [part_of(m, ASKED_PART, dice) for m in used if m.wants_to_know]
    told = [m for m in used if not m.wants_to_know and len(set(m.grades)) > 1]
    again = [part_of(message, PART, dice) for message in dice.sample(told, REPLAYED)]
    messages = asked + dice.sample(read_questions(), REREAD) + again
    below, above = layers_between(layers, 0, KEPT), layers_between(layers, KEPT, LAYERS)
    pieces = iter(pieces_after(below.eval(), [pair for m in messages for pair in m.pairs]))
    messages = [replace(m, pairs=tuple(next(pieces) for _ in m.pairs)) for m in messages]
    drop_out_between(above)
    descend_from(above, head, messages, EPOCHS_GOING_ON, GOING_ON_RATE, dice)
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--go-on", action="store_true", help="From the shipped layers.")
    everything = graded()
    used = [message for message in everything if not message.unread]
    layers, head = (gone_on if parser.parse_args().go_on else trained)(used, seed=1)
    report(layers, head, [message for message in everything if message.unread])
    weights = {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    save_file(packed({**layers.state_dict(), **weights}), OUT)


if __name__ == "__main__":
    main()
