"""Fit the network that scores whether sentences say what a claim says.

``python benchmarks/fit_entailment.py`` reads the labelled claims of ``evals/claims.jsonl``, but
those of the test half; trains ``MEMBERS`` networks from different starts; writes them to
``coachbot/answering/entailment.safetensors`` and prints how each does on the test half.
About forty minutes on one core.

Two things are done to the data, so that what is learnt is whether the evidence says it, and not how
such pairs look: sentences from elsewhere are strewn among the evidence, as they stand there in use;
and some true claims are set against evidence about something near.
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
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils import clip_grad_norm_

from coachbot.answering.comparing import Comparison
from coachbot.answering.entailment import LAYERS, WIDTH, compared, joined
from coachbot.embedding import WordPieces, default_embedder
from coachbot.reading.passages import sentence_spans
from coachbot.settings import resource

OUT = Path(__file__).parent.parent / "coachbot" / "answering" / "entailment.safetensors"
MEMBERS, EPOCHS, BATCH, RATE = 3, 5, 64, 2e-3
STREWN = 0.5
"""Share of pairs among whose evidence sentences from elsewhere are strewn, up to three."""
NEAR_BY = 4
"""How many of the nearest other claims' evidence a true claim may be set against."""


@dataclass(frozen=True)
class Pair:
    """A claim, its evidence and whether the one supports the other."""

    claim: str
    evidence: tuple[str, ...]
    unread: bool
    supported: bool


def pairs() -> list[Pair]:
    """All labelled claims."""
    lines = (resource("evals") / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Pair(
            row["claim"],
            tuple(text[a:b] for text in row["evidence"] for a, b in sentence_spans(text)),
            row["half"] == "test",
            row["supported"],
        )
        for row in map(json.loads, lines)
    ]


class Seen:
    """The word pieces and vectors of all texts, encoded once."""

    def __init__(self, texts: Sequence[str]) -> None:
        vectors, pieces = default_embedder().look_through(texts, LAYERS)
        self.pieces = dict(zip(texts, pieces, strict=True))
        self.vectors: dict[str, NDArray[np.float32]] = dict(zip(texts, vectors, strict=True))

    def batch(self, chosen: Sequence[Pair]) -> tuple[torch.Tensor, ...]:
        """What the network takes."""
        sides: list[tuple[WordPieces, WordPieces]] = [
            (self.pieces[pair.claim], joined([self.pieces[text] for text in pair.evidence]))
            for pair in chosen
        ]
        return compared(sides)

    def length(self, pair: Pair) -> int:
        """Word pieces of claim and evidence."""
        return sum(len(self.pieces[text].ids) for text in (pair.claim, *pair.evidence))


def set_against_near(used: Sequence[Pair], seen: Seen, dice: random.Random) -> list[Pair]:
    """Every third true claim against the evidence of another that is about nearly the same."""
    true = [pair for pair in used if pair.supported]
    vectors = np.array([seen.vectors[pair.claim] for pair in true])
    found = []
    for pair in true[::3]:
        order = np.argsort(-(vectors @ seen.vectors[pair.claim]))[:30]
        others = [true[i].evidence for i in order if true[i].evidence != pair.evidence]
        if others:
            evidence = dice.choice(others[:NEAR_BY])
            found.append(Pair(pair.claim, evidence, pair.unread, supported=False))
    return found


def strewn(pair: Pair, others: Sequence[str], dice: random.Random) -> Pair:
    """The pair, perhaps with sentences from elsewhere among its evidence."""
    if dice.random() >= STREWN:
        return pair
    evidence = list(pair.evidence)
    for _ in range(dice.randint(1, 3)):
        evidence.insert(dice.randint(0, len(evidence)), dice.choice(others))
    return Pair(pair.claim, tuple(evidence), pair.unread, pair.supported)


def batches(used: Sequence[Pair], seen: Seen, dice: random.Random) -> Iterator[list[Pair]]:
    """All pairs in random batches of nearly equal length."""
    shuffled = dice.sample(list(used), len(used))
    made = alike_long(shuffled, seen.length, BATCH, 20)
    dice.shuffle(made)
    yield from made


def trained(used: Sequence[Pair], seen: Seen, seed: int) -> Comparison:
    """One member."""
    torch.manual_seed(seed)
    dice = random.Random(seed)
    used = [*used, *set_against_near(used, seen, dice)]
    sentences = sorted({text for pair in used for text in pair.evidence})
    model = Comparison(WIDTH)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.05)
    steps = EPOCHS * (len(used) // BATCH + 2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.15)
    for epoch in range(EPOCHS):
        started, model = time.monotonic(), model.train()
        for chosen in batches([strewn(pair, sentences, dice) for pair in used], seen, dice):
            wanted = torch.tensor([float(pair.supported) for pair in chosen])
            loss = binary_cross_entropy_with_logits(
                model(*seen.batch(chosen)), wanted * 0.94 + 0.03, weight=1 + 0.3 * wanted
            )
            optimiser.zero_grad()
            loss.backward()
            clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        print(f"member {seed}, epoch {epoch}: {time.monotonic() - started:.0f} s", flush=True)
    return model.eval()


def scores(model: Comparison, tested: Sequence[Pair], seen: Seen) -> NDArray[np.float64]:
    """Log odds of support."""
    with torch.inference_mode():
        parts = [
            model(*seen.batch(tested[i : i + BATCH])).numpy() for i in range(0, len(tested), BATCH)
        ]
    return np.concatenate(parts).astype(float)


def report(name: str, found: NDArray[np.float64], tested: Sequence[Pair]) -> None:
    """Print how well scores tell the supported from the others."""
    true = np.array([pair.supported for pair in tested])
    kept, refused = np.mean(found[true] >= 0), np.mean(found[~true] < 0)
    print(
        f"{name}: balanced accuracy {(kept + refused) / 2:.3f} (kept {kept:.3f}, refused "
        f"{refused:.3f}), AUROC {roc_auc_score(true, found):.3f} on {len(tested)} unread claims",
        flush=True,
    )


def main() -> None:
    """Train, write and print."""
    everything = pairs()
    seen = Seen(sorted({text for p in everything for text in (p.claim, *p.evidence)}))
    used = [pair for pair in everything if not pair.unread]
    tested = [pair for pair in everything if pair.unread]
    tensors: dict[str, torch.Tensor] = {}
    together = np.zeros(len(tested))
    for member in range(MEMBERS):
        model = trained(used, seen, member + 1)
        found = scores(model, tested, seen)
        together += found / MEMBERS
        report(f"member {member + 1}", found, tested)
        tensors |= {f"{member}.{k}": v.half() for k, v in model.state_dict().items()}
        save_file(tensors, OUT)
    report("together", together, tested)


if __name__ == "__main__":
    main()
