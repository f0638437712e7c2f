"""Fit the layers that tell situations apart: ``python benchmarks/fit_situations.py``.

Labels: which shipped text a message wants. Examples: ``evals/situations.jsonl`` and the
``sounds_like`` lines of the texts. Steps: retune the packaged encoder's layers on them
(``retuning``); write ``coachbot/search/situations.safetensors``. Raise ``SCHEMA`` in
``coachbot/search/index.py`` after it, so that every index is encoded anew. A start takes five
minutes on one core. How well they do is measured on ``evals/library.jsonl``, which is not learned
from: ``coachbot eval --suite library``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import torch
from retuning import STARTS, retuned, words_of
from safetensors.torch import save_file

from coachbot.reading.documents import list_files, load_document
from coachbot.retuned import packed
from coachbot.settings import resource

OUT = Path(__file__).parent.parent / "coachbot" / "search" / "situations.safetensors"
EPOCHS = 6


def examples() -> list[tuple[str, str]]:
    """Messages, and the id of the text that each of them wants."""
    rows = (resource("evals") / "situations.jsonl").read_text(encoding="utf-8").splitlines()
    found = [(row["text"], row["text_id"]) for row in map(json.loads, rows)]
    for path in list_files(resource("corpus")):
        document = load_document(path.read_bytes(), path.name, path.stem)
        found += [(line, document.id) for line in document.sounds_like]
    return found


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, help="Make only this one, and write no layers.")
    parser.add_argument("--fits", type=Path, default=Path(tempfile.gettempdir()) / "coachbot-fits")
    asked = parser.parse_args()
    rows = examples()
    names = sorted({text for _, text in rows})
    targets = torch.tensor([names.index(text) for _, text in rows])
    starts = STARTS if asked.start is None else (asked.start,)
    twin = retuned(asked.fits, words_of([message for message, _ in rows]), targets, EPOCHS, starts)
    if asked.start is not None:
        return
    save_file({k: tensor.contiguous() for k, tensor in packed(twin.state_dict()).items()}, OUT)
    print(f"wrote {OUT.name} of {len(rows)} messages, {OUT.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
