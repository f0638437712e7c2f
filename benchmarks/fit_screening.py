"""Fit the nearness layer of the safety gate: ``python benchmarks/fit_screening.py``.

Softmax regression and nearest neighbours over the packaged encoder's vectors, on the dev half of
``evals/screening.jsonl`` and, as ordinary messages, the questions of the other suites and the
``sounds_like`` lines of the shipped texts (those about danger left out). Prints the log loss by
five-fold cross-validation for each strength of regularisation, and writes
``coachbot/safety/nearness.npz`` for the best. The test half is not read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from coachbot.embedding import Vectors, default_embedder
from coachbot.reading.documents import list_files, load_document
from coachbot.settings import resource

CAUTION_TEXT = "when-not-to-use-these-skills"
STRENGTHS = (1.0, 3.0, 10.0, 30.0)
OUT = Path(__file__).parent.parent / "coachbot" / "safety" / "nearness.npz"


def examples() -> list[tuple[str, str]]:
    """Messages with their labels: ``none``, a concern, or a crisis with its subject."""
    rows = (resource("evals") / "screening.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for row in map(json.loads, rows):
        if row["half"] == "dev" and row["kind"] != "spanish":
            found.append((row["text"], label(row)))
    for file in ("library.jsonl", "questions.jsonl"):
        lines = (resource("evals") / file).read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, lines):
            if row.get("half", "dev") == "dev" and CAUTION_TEXT not in row.get("texts", ()):
                found.append((row["question"], "none"))
    for path in list_files(resource("corpus")):
        document = load_document(path.read_bytes(), path.name, path.stem)
        if document.id != CAUTION_TEXT:
            found += [(line, "none") for line in document.sounds_like]
    return found


def label(row: dict[str, str]) -> str:
    """The label of a row: its first category, and for a crisis whom it is about."""
    if row["level"] == "none":
        return "none"
    category = row["categories"][0]
    return f"{category}/{row['subject']}" if row["level"] == "crisis" else category


def fit(vectors: Vectors, labels: Sequence[str], strength: float) -> dict[str, Any]:
    """What ``nearness.npz`` holds: the regression, and the examples as signed bytes."""
    model = LogisticRegression(C=strength, max_iter=2000).fit(vectors, labels)
    names = list(model.classes_)
    return {
        "labels": np.array(names),
        "weights": model.coef_.T.astype(np.float16),
        "bias": model.intercept_.astype(np.float16),
        "examples": np.round(vectors * 127 / np.abs(vectors).max(axis=1, keepdims=True)).astype(
            "i1"
        ),
        "of_example": np.array([names.index(label) for label in labels], dtype=np.uint8),
    }


def main() -> None:
    """Fit, print and write."""
    texts, labels = zip(*examples(), strict=True)
    vectors = default_embedder().encode(list(texts))
    scores = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=2000)
        scores[strength] = float(
            np.mean(cross_val_score(model, vectors, labels, cv=5, scoring="neg_log_loss"))
        )
        print(f"C={strength:<6} log loss {-scores[strength]:.3f} on {len(texts)} messages")
    best = max(scores, key=lambda strength: scores[strength])
    np.savez_compressed(OUT, **fit(vectors, labels, best))
    print(f"wrote {OUT.name} with C={best}, {OUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
