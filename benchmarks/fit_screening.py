"""Fit the nearness layer of the safety gate: ``python benchmarks/fit_screening.py``.

Examples: the dev half of ``evals/screening.jsonl`` and, as ordinary messages, the questions of the
other suites and the ``sounds_like`` lines of the shipped texts (those about danger left out). The
test half is not read. Steps: look up every example's word vectors in the packaged encoder; train a
copy of its layers, with a linear head over the mean of the word pieces, on cross entropy and a
supervised contrastive term (Khosla et al. 2020), which is what the vote needs; do so from several
starts and take the mean of their weights (Wortsman et al. 2022, "model soups"); put the examples
through that; write ``coachbot/safety/nearness.safetensors``. A start takes 35 minutes on two cores
and is kept in ``--fits``, so that what was broken off goes on, and ``--start N`` makes only one.
One writer of the dev half is left out, on whose messages the limits in ``screening.py`` are chosen;
``--hold-out WRITER`` leaves another out too, and prints how that one's fare, but writes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from batching import alike_long
from torch import Tensor, nn

from coachbot.safety.nearness import SHARPNESS, WIDTH, layers_like_the_encoders, packed

CAUTION_TEXT = "when-not-to-use-these-skills"
OUT = Path(__file__).parent.parent / "coachbot" / "safety" / "nearness.safetensors"
EPOCHS, BATCH, RATE, HEAD_RATE = 4, 64, 1e-4, 1e-3
ALIKE_LONG = 16
"""Batches that are sorted by length among themselves, so that little is padded."""
SMOOTHING, DROPOUT, SCALE = 0.05, 0.1, 12.0
CONTRAST, TEMPERATURE = 0.3, 0.1
STARTS = (1, 2)
"""Seeds of the order and the dropout."""
LIMITS = "writer-28"
"""On whom the limits are chosen, so that no layer has seen them."""


class Example(NamedTuple):
    """A message, its label (``none``, a concern, or a crisis with its subject), who wrote it."""

    text: str
    label: str
    origin: str
    kind: str


def examples() -> list[Example]:
    """All messages that may be learned from."""
    from coachbot.reading.documents import list_files, load_document
    from coachbot.settings import resource

    rows = (resource("evals") / "screening.jsonl").read_text(encoding="utf-8").splitlines()
    found = [
        Example(row["text"], label(row), row["origin"], row["kind"])
        for row in map(json.loads, rows)
        if row["half"] == "dev" and row["kind"] != "spanish" and row["origin"] != LIMITS
    ]
    for file in ("library.jsonl", "questions.jsonl"):
        lines = (resource("evals") / file).read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, lines):
            if row.get("half", "dev") == "dev" and CAUTION_TEXT not in row.get("texts", ()):
                found.append(Example(row["question"], "none", "suites", "ordinary"))
    for path in list_files(resource("corpus")):
        document = load_document(path.read_bytes(), path.name, path.stem)
        if document.id != CAUTION_TEXT:
            found += [Example(line, "none", "texts", "ordinary") for line in document.sounds_like]
    return found


def label(row: dict[str, Any]) -> str:
    """The label of a row: its first category, and for a crisis whom it is about."""
    if row["level"] == "none":
        return "none"
    category = row["categories"][0]
    return f"{category}/{row['subject']}" if row["level"] == "crisis" else str(category)


def twin_of(layers: Sequence[nn.Module]) -> nn.TransformerEncoder:
    """The layers of the packaged encoder (BERT) in PyTorch's own form."""
    twin = layers_like_the_encoders()
    for own, layer in zip(twin.layers, layers, strict=True):
        bert = layer.state_dict()
        parts = [f"attention.self.{name}" for name in ("query", "key", "value")]
        state = {
            f"self_attn.in_proj_{end}": torch.cat([bert[f"{part}.{end}"] for part in parts])
            for end in ("weight", "bias")
        }
        for name, theirs in (
            ("self_attn.out_proj", "attention.output.dense"),
            ("norm1", "attention.output.LayerNorm"),
            ("linear1", "intermediate.dense"),
            ("linear2", "output.dense"),
            ("norm2", "output.LayerNorm"),
        ):
            state |= {f"{name}.{end}": bert[f"{theirs}.{end}"] for end in ("weight", "bias")}
        own.load_state_dict(state)
        for module in own.modules():
            if isinstance(module, nn.Dropout):
                module.p = DROPOUT
        own.self_attn.dropout = DROPOUT
    return twin


def train(
    twin: nn.TransformerEncoder, words: Sequence[Tensor], targets: Tensor, seed: int
) -> nn.TransformerEncoder:
    """Retune the layers.

    Args:
        twin: the layers as they were.
        words: of each message, shape (its pieces, width).
        targets: the number of each message's label.
        seed: of the order and of the dropout.
    """
    torch.manual_seed(seed)
    head = nn.Linear(WIDTH, int(targets.max()) + 1)
    twin.train()
    groups = [
        {"params": twin.parameters(), "lr": RATE},
        {"params": head.parameters(), "lr": HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.05)
    steps = EPOCHS * (len(words) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [RATE, HEAD_RATE], total_steps=steps + 1, pct_start=0.1
    )
    for epoch in range(EPOCHS):
        for batch in batches([len(w) for w in words]):
            # Half-length numbers take a quarter less time on processors that have them.
            with torch.autocast("cpu", torch.bfloat16):
                vectors = pooled(twin, [words[i] for i in batch])
            loss = objective(head, vectors.float(), targets[batch])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        print(f"round {epoch + 1} of {EPOCHS}", flush=True)
    return twin.eval()


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """One round through all messages in a new order; a batch holds messages about equally long."""
    order = torch.randperm(len(lengths)).tolist()
    found = alike_long(order, lengths.__getitem__, BATCH, ALIKE_LONG)
    found = [batch for batch in found if len(batch) == BATCH]
    return [found[i] for i in torch.randperm(len(found)).tolist()]


def objective(head: nn.Module, vectors: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the head, and how far each message is from those of its label."""
    scores = head(nn.functional.dropout(vectors, DROPOUT) * SCALE)
    entropy = nn.functional.cross_entropy(scores, targets, label_smoothing=SMOOTHING)
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    closeness = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e4)
    same = (targets[:, None] == targets[None]) & ~itself
    shares = closeness - closeness.logsumexp(1, keepdim=True)
    paired = same.any(1)
    contrast = (shares * same).sum(1)[paired] / same.sum(1)[paired]
    return entropy - CONTRAST * contrast.mean() if paired.any() else entropy


def pooled(twin: nn.TransformerEncoder, words: Sequence[Tensor]) -> Tensor:
    """Unit vectors of some messages, shape (messages, width)."""
    below = nn.utils.rnn.pad_sequence(list(words), batch_first=True)
    lengths = torch.tensor([len(w) for w in words])
    padding = torch.arange(below.shape[1])[None] >= lengths[:, None]
    above = twin(below, src_key_padding_mask=padding).masked_fill(padding[:, :, None], 0.0)
    return nn.functional.normalize(above.sum(1) / lengths[:, None], dim=1)


@torch.no_grad()
def all_vectors(twin: nn.TransformerEncoder, words: Sequence[Tensor]) -> Tensor:
    """Unit vectors of all messages, shape (messages, width)."""
    order = sorted(range(len(words)), key=lambda i: len(words[i]))
    vectors = torch.zeros(len(words), WIDTH)
    for batch in (order[start : start + BATCH] for start in range(0, len(order), BATCH)):
        vectors[batch] = pooled(twin, [words[i] for i in batch])
    return vectors


def vote(vectors: Tensor, known: Tensor, targets: Tensor, labels: int) -> Tensor:
    """Shares of the labels for some messages, shape (messages, labels)."""
    weights = (SHARPNESS * vectors @ known.T).softmax(1)
    return weights @ nn.functional.one_hot(targets, labels).float()


def save(twin: nn.TransformerEncoder, vectors: Tensor, targets: Tensor, names: list[str]) -> None:
    """Write layers and examples, matrices as signed bytes."""
    from safetensors.torch import save_file

    stored = dict[str, Tensor]()
    for name, tensor in {**twin.state_dict(), "examples": vectors}.items():
        if tensor.ndim == 2:
            stored |= {f"{name}.{part}": values for part, values in packed(tensor).items()}
        else:
            stored[name] = tensor
    stored["of_example"] = targets.to(torch.uint8)
    stored["labels"] = torch.tensor(list(json.dumps(names).encode()), dtype=torch.uint8)
    save_file({name: tensor.contiguous() for name, tensor in stored.items()}, OUT)


def held_out(rows: Sequence[Example], shares: Tensor, names: Sequence[str]) -> str:
    """Recall of a writer's messages where 2 % of the harmless ones would be a crisis."""
    crisis = shares[:, [i for i, name in enumerate(names) if "/" in name]].sum(1).numpy()
    harmless = np.array([row.label == "none" for row in rows])
    limit = float(np.quantile(crisis[harmless], 0.98))
    parts = [f"limit {limit:.2f}"]
    for kind in ("explicit", "veiled", "third_person"):
        of_kind = np.array([row.kind == kind for row in rows])
        parts.append(f"{kind} {(crisis[of_kind] > limit).mean():.2f}")
    return ", ".join(parts)


def fitted(folder: Path, seed: int, words: Sequence[Tensor], targets: Tensor) -> dict[str, Tensor]:
    """The weights from one start: those on file if they learned from the same, else new ones."""
    from safetensors.torch import load_file, save_file

    from coachbot.embedding import default_embedder

    learned_from = hashlib.sha256(targets.numpy().tobytes())
    for pieces in words:
        learned_from.update(pieces.numpy().tobytes())
    file = folder / f"{learned_from.hexdigest()[:12]}-{seed}.safetensors"
    if not file.exists():
        twin = train(twin_of(default_embedder().layers), words, targets, seed)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(twin.state_dict(), file)
        print(f"start {seed} is in {file}", flush=True)
    return load_file(file)


def mean_of(fits: Sequence[dict[str, Tensor]]) -> nn.TransformerEncoder:
    """Layers with the mean of the weights: all starts from one encoder end in one valley."""
    twin = layers_like_the_encoders()
    twin.load_state_dict(
        {name: torch.stack([fit[name] for fit in fits]).mean(0) for name in fits[0]}
    )
    return twin.eval()


def main() -> None:
    """Fit, print and write."""
    from coachbot.embedding import default_embedder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hold-out", default="", help="A writer whose messages are only scored.")
    parser.add_argument("--start", type=int, help="Make only this one, and write no layer.")
    parser.add_argument("--fits", type=Path, default=Path(tempfile.gettempdir()) / "coachbot-fits")
    asked = parser.parse_args()
    encoder = default_embedder()
    rows = examples()
    names = sorted({row.label for row in rows})
    targets = torch.tensor([names.index(row.label) for row in rows])
    words = [torch.from_numpy(encoder.word_vectors(row.text)) for row in rows]
    kept = [i for i, row in enumerate(rows) if row.origin != asked.hold_out]
    starts = STARTS if asked.start is None else (asked.start,)
    fits = [fitted(asked.fits, seed, [words[i] for i in kept], targets[kept]) for seed in starts]
    if asked.start is not None:
        return
    vectors = all_vectors(mean_of(fits), words)
    if asked.hold_out:
        rest = [i for i, row in enumerate(rows) if row.origin == asked.hold_out]
        shares = vote(vectors[rest], vectors[kept], targets[kept], len(names))
        print(f"{asked.hold_out}: {held_out([rows[i] for i in rest], shares, names)}")
        return
    save(mean_of(fits), vectors, targets, names)
    print(f"wrote {OUT.name} of {len(rows)} messages, {OUT.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
