"""Fit the nearness layer of the safety gate: ``python benchmarks/fit_screening.py``.

Examples: the dev half of ``evals/screening.jsonl`` and, as ordinary messages, the questions of the
other suites, ``evals/situations.jsonl`` where no pattern finds anything, and the ``sounds_like``
lines of the shipped texts (those about danger left out). The
test half is not read. Steps: retune the packaged encoder's layers on the examples' labels
(``retuning``); put the examples through them; write ``coachbot/safety/nearness.safetensors``. A
start takes 35 minutes on two cores and is kept in ``--fits``, so that what was broken off goes on,
and ``--start N`` makes only one. One writer of the dev half is left out, on whose messages the
limits in ``screening.py`` are chosen; ``--hold-out WRITER`` leaves another out too, and prints how
that one's fare, but writes nothing.

``--go-on`` makes no whole fit: the upper half of the shipped layers goes on learning from all
examples, which takes three quarters of an hour. ``--remember`` trains nothing: the shipped layers
only learn by heart what was added since, in seven minutes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from retuning import STARTS, gone_on, retuned, words_of
from safetensors.torch import save_file
from torch import Tensor, nn

from coachbot.retuned import RetunedLayers, layers_with, packed
from coachbot.safety.nearness import HARMLESS, NONE, SHARPNESS, NearnessModel, shipped_model
from coachbot.safety.screening import screen_message
from coachbot.settings import resource
from coachbot.types import Level

CAUTION_TEXT = "when-not-to-use-these-skills"
OUT = Path(__file__).parent.parent / "coachbot" / "safety" / "nearness.safetensors"
EPOCHS, EPOCHS_GOING_ON = 4, 2
NEAR_DANGER = frozenset(
    {
        "my-own-temper",
        "a-partner-who-drinks",
        "living-with-a-depressed-partner",
        "jealousy-and-trust",
    }
)
"""Whose askers may well be in danger: what they write is not taken for harmless unread."""
UNREAD = ("writer-7", "writer-8")
"""Of ``evals/situations.jsonl``: not learned from, so that false alarms can be counted on them."""
LIMITS = "writer-28"
"""On whom the limits are chosen, so that no layer has seen them."""


class Example(NamedTuple):
    """A message, its label (``none``, a concern, or a crisis with its subject), who wrote it."""

    text: str
    label: str
    origin: str
    kind: str


def labelled(*, by_limits: bool = False) -> list[Example]:
    """The English messages of the dev half, those of ``LIMITS`` or all others."""
    rows = (resource("evals") / "screening.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Example(row["text"], label(row), row["origin"], row["kind"])
        for row in map(json.loads, rows)
        if row["half"] == "dev"
        and row["kind"] != "spanish"
        and (row["origin"] == LIMITS) == by_limits
    ]


def examples() -> list[Example]:
    """All messages that may be learned from."""
    from coachbot.reading.documents import list_files, load_document

    found = labelled()
    for file in ("library.jsonl", "questions.jsonl"):
        lines = (resource("evals") / file).read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, lines):
            if row.get("half", "dev") == "dev" and CAUTION_TEXT not in row.get("texts", ()):
                found.append(Example(row["question"], "none", "suites", "ordinary"))
    lines = (resource("evals") / "situations.jsonl").read_text(encoding="utf-8").splitlines()
    found += [
        Example(row["text"], "none", "situations", "ordinary")
        for row in map(json.loads, lines)
        if row["origin"] not in UNREAD
        and row["text_id"] not in NEAR_DANGER
        and not row.get("alarm")
        and screen_message(row["text"]).level is Level.NONE
    ]
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


def vote(vectors: Tensor, known: Tensor, targets: Tensor, labels: list[str]) -> Tensor:
    """Shares of the labels for some messages, as ``NearnessModel.shares``: (messages, labels)."""
    weights = (SHARPNESS * vectors @ known.T).softmax(1)
    votes = weights @ nn.functional.one_hot(targets, len(labels)).float()
    votes[:, labels.index(NONE)] *= HARMLESS
    return votes / votes.sum(1, keepdim=True)


def vectors_of(twin: nn.TransformerEncoder, words: Sequence[Tensor]) -> Tensor:
    """Unit vectors of all messages, shape (messages, width)."""
    return torch.from_numpy(RetunedLayers(twin).vectors([pieces.numpy() for pieces in words]))


def save_all(
    twin: nn.TransformerEncoder, words: Sequence[Tensor], targets: Tensor, names: list[str]
) -> None:
    """Write layers and examples, matrices as signed bytes."""
    stored = packed({**twin.state_dict(), "examples": vectors_of(twin, words)})
    stored["of_example"] = targets.to(torch.uint8)
    stored["labels"] = torch.tensor(list(json.dumps(names).encode()), dtype=torch.uint8)
    save_file({name: tensor.contiguous() for name, tensor in stored.items()}, OUT)
    print(f"wrote {OUT.name} of {len(words)} messages, {OUT.stat().st_size / 1e6:.1f} MB")


def going_on(
    model: NearnessModel, words: Sequence[Tensor], targets: Tensor
) -> nn.TransformerEncoder:
    """The layers of a model, after all messages once more; see ``gone_on``."""
    means = torch.stack(
        [
            torch.from_numpy(model.examples[model.of_example == number]).mean(0)
            for number in range(len(model.labels))
        ]
    )
    layers = layers_with(model.layers.state_dict())
    return gone_on(layers, means, words, targets, EPOCHS_GOING_ON)


def check_names(model: NearnessModel, names: Sequence[str]) -> None:
    """Check that a model knows all labels, and no others.

    Raises:
        SystemExit: it does not.
    """
    if tuple(names) != model.labels:
        raise SystemExit("The labels are not those of the shipped layers: make a whole fit.")


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


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hold-out", default="", help="A writer whose messages are only scored.")
    parser.add_argument("--start", type=int, help="Make only this one, and write no layer.")
    parser.add_argument("--fits", type=Path, default=Path(tempfile.gettempdir()) / "coachbot-fits")
    parser.add_argument("--go-on", action="store_true", help="From the shipped layers.")
    parser.add_argument("--remember", action="store_true", help="Train nothing.")
    asked = parser.parse_args()
    rows = examples()
    names = sorted({row.label for row in rows})
    targets = torch.tensor([names.index(row.label) for row in rows])
    words = words_of([row.text for row in rows])
    if asked.go_on:
        check_names(shipped_model(), names)
        save_all(going_on(shipped_model(), words, targets), words, targets, names)
        return
    if asked.remember:
        check_names(shipped_model(), names)
        save_all(layers_with(shipped_model().layers.state_dict()), words, targets, names)
        return
    kept = [i for i, row in enumerate(rows) if row.origin != asked.hold_out]
    starts = STARTS if asked.start is None else (asked.start,)
    twin = retuned(asked.fits, [words[i] for i in kept], targets[kept], EPOCHS, starts)
    if asked.start is not None:
        return
    if asked.hold_out:
        vectors = vectors_of(twin, words)
        rest = [i for i, row in enumerate(rows) if row.origin == asked.hold_out]
        shares = vote(vectors[rest], vectors[kept], targets[kept], names)
        print(f"{asked.hold_out}: {held_out([rows[i] for i in rest], shares, names)}")
        return
    save_all(twin, words, targets, names)


if __name__ == "__main__":
    main()
