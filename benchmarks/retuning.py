"""Retuning the packaged encoder's layers on labelled texts, for the scripts that fit them.

A copy of the layers, with a linear head over the mean of the word pieces, is trained on cross
entropy and a supervised contrastive term (Khosla et al. 2020, arXiv:2004.11362); this is done from
several starts, and the mean of their weights taken (Wortsman et al. 2022, "model soups",
arXiv:2203.05482). What a start came to is kept, so that work that was broken off goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from batching import alike_long
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from coachbot.embedding import default_embedder
from coachbot.retuned import (
    LAYERS,
    WIDTH,
    layers_like_the_encoders,
    layers_with,
    pooled,
    through,
)

STARTS = (1, 2)
"""Seeds of the order and the dropout."""
BATCH, RATE, HEAD_RATE = 64, 1e-4, 1e-3
GOING_ON_RATE = 5e-5
"""For layers that have learned already."""
KEPT = 3
"""The lowest layers, which stay as they are where the others go on."""
ALIKE_LONG = 16
"""Batches that are sorted by length among themselves, so that little is padded."""
SMOOTHING, DROPOUT, SCALE = 0.05, 0.1, 12.0
CONTRAST, TEMPERATURE = 0.3, 0.1
HALF_LENGTH = "AVX512" in torch.backends.cpu.get_cpu_capability()
"""Numbers of half length take a quarter less time, but ten times as long without AVX-512."""


def words_of(texts: Sequence[str]) -> list[Tensor]:
    """What the first layer is given of each text, shape (its pieces, width)."""
    encoder = default_embedder()
    return [torch.from_numpy(encoder.word_vectors(text)) for text in texts]


def retuned(
    folder: Path, words: Sequence[Tensor], targets: Tensor, epochs: int, starts: Sequence[int]
) -> nn.TransformerEncoder:
    """Layers with the mean of the weights: all starts from one encoder end in one valley.

    Args:
        folder: where what each start came to is kept.
        words: of each text, as ``words_of`` gives them.
        targets: the number of each text's label.
        epochs: rounds through all texts.
        starts: seeds.
    """
    fits = [_fitted(folder, words, targets, epochs, seed) for seed in starts]
    mean = {name: torch.stack([fit[name] for fit in fits]).mean(0) for name in fits[0]}
    return layers_with(mean).eval()


def gone_on(
    layers: nn.TransformerEncoder,
    vectors: Tensor,
    words: Sequence[Tensor],
    targets: Tensor,
    epochs: int,
) -> nn.TransformerEncoder:
    """Layers whose upper half goes on learning, which takes a fifth of a whole fit's time.

    The lower ones stay, so that each text goes through them only once.

    Args:
        layers: that have learned the same labels.
        vectors: of each label the mean of its examples by these layers, shape (labels, width).
        words: of each text, as ``words_of`` gives them.
        targets: the number of each text's label.
        epochs: rounds through all texts.
    """
    torch.manual_seed(STARTS[0])
    below, above = layers_between(layers, 0, KEPT), layers_between(layers, KEPT, LAYERS)
    drop_out_between(above)
    head = nn.Linear(*reversed(vectors.shape))
    with torch.no_grad():
        head.weight.copy_(nn.functional.normalize(vectors, dim=1))
        head.bias.zero_()
    _train(above, head, pieces_after(below.eval(), words), targets, epochs, GOING_ON_RATE)
    return layers.eval()


def layers_between(layers: nn.TransformerEncoder, first: int, last: int) -> nn.TransformerEncoder:
    """Some of the layers, themselves and not copied."""
    some = nn.TransformerEncoder(layers.layers[0], 1, enable_nested_tensor=False)
    some.layers, some.num_layers = layers.layers[first:last], last - first
    return some


def drop_out_between(layers: nn.TransformerEncoder) -> None:
    """Drop out what goes from part to part alone, which takes half the time of dropping all out."""
    for layer in layers.layers:
        layer.dropout1.p = layer.dropout2.p = DROPOUT
        layer.dropout.p = layer.self_attn.dropout = 0.0


@torch.no_grad()
def pieces_after(layers: nn.TransformerEncoder, words: Sequence[Tensor]) -> list[Tensor]:
    """The pieces of each text after some layers, shape (its pieces, width)."""
    found = list(words)
    order = sorted(range(len(words)), key=lambda i: len(words[i]))
    for first in range(0, len(order), BATCH):
        part = order[first : first + BATCH]
        after, _ = through(layers, [words[i] for i in part])
        for i, pieces in zip(part, after, strict=True):
            found[i] = pieces[: len(words[i])].clone()
    return found


def _fitted(
    folder: Path, words: Sequence[Tensor], targets: Tensor, epochs: int, seed: int
) -> dict[str, Tensor]:
    """The weights from one start: those on file if they learned from the same, else new ones."""
    learned_from = hashlib.sha256(targets.numpy().tobytes())
    for pieces in words:
        learned_from.update(pieces.numpy().tobytes())
    file = folder / f"{learned_from.hexdigest()[:12]}-{epochs}-{seed}.safetensors"
    if not file.exists():
        torch.manual_seed(seed)
        twin, head = twin_of(default_embedder().layers), nn.Linear(WIDTH, int(targets.max()) + 1)
        twin = _train(twin, head, words, targets, epochs, RATE)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(twin.state_dict(), file)
        print(f"start {seed} is in {file}", flush=True)
    return load_file(file)


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
    for own in twin.layers:
        for module in own.modules():
            if isinstance(module, nn.Dropout):
                module.p = DROPOUT
        own.self_attn.dropout = DROPOUT
    return twin


def _train(
    twin: nn.TransformerEncoder,
    head: nn.Linear,
    words: Sequence[Tensor],
    targets: Tensor,
    epochs: int,
    rate: float,
) -> nn.TransformerEncoder:
    """Retune the layers.

    Args:
        twin: the layers as they were.
        head: reads the labels off their vectors.
        words: of each text, shape (its pieces, width).
        targets: the number of each text's label.
        epochs: rounds through all texts.
        rate: of the layers.
    """
    twin.train()
    descend = descent(twin, head, epochs * (len(words) // BATCH), rate)
    for epoch in range(epochs):
        for batch in _batches([len(w) for w in words]):
            with torch.autocast("cpu", torch.bfloat16, enabled=HALF_LENGTH):
                vectors = pooled(twin, [words[i] for i in batch])
            loss = _objective(head, vectors.float(), targets[batch])
            descend(loss)
        print(f"round {epoch + 1} of {epochs}", flush=True)
    return twin.eval()


def descent(
    layers: nn.TransformerEncoder, head: nn.Module, steps: int, rate: float = RATE
) -> Callable[[Tensor], None]:
    """What takes a step down from a loss: layers slowly, a new head above them faster.

    Args:
        layers: the layers to retune.
        head: reads something off them.
        steps: how many will be taken.
        rate: of the layers.
    """
    groups = [
        {"params": layers.parameters(), "lr": rate},
        {"params": head.parameters(), "lr": HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [rate, HEAD_RATE], total_steps=steps + 1, pct_start=0.1
    )

    def descend(loss: Tensor) -> None:
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimiser.step()
        schedule.step()

    return descend


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """One round through all texts in a new order; a batch holds texts about equally long."""
    order = torch.randperm(len(lengths)).tolist()
    found = alike_long(order, lengths.__getitem__, BATCH, ALIKE_LONG)
    found = [batch for batch in found if len(batch) == BATCH]
    return [found[i] for i in torch.randperm(len(found)).tolist()]


def _objective(head: nn.Module, vectors: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the head, and how far each text is from those of its label."""
    scores = head(nn.functional.dropout(vectors, DROPOUT) * SCALE)
    entropy = nn.functional.cross_entropy(scores, targets, label_smoothing=SMOOTHING)
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    closeness = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e4)
    same = (targets[:, None] == targets[None]) & ~itself
    shares = closeness - closeness.logsumexp(1, keepdim=True)
    paired = same.any(1)
    contrast = (shares * same).sum(1)[paired] / same.sum(1)[paired]
    return entropy - CONTRAST * contrast.mean() if paired.any() else entropy
