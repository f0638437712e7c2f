"""Fit what tells kinds of messages apart: ``python benchmarks/fit_message_kinds.py``.

Multinomial logistic regression over the packaged encoder's vectors, on the dev halves of
``evals/messages.jsonl`` and, as messages for the library, of ``evals/library.jsonl`` and of the
harmless messages about people in ``evals/screening.jsonl``. Writes
``coachbot/answering/message_kinds.npz`` and prints how the test half fares.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from coachbot.answering.message_kinds import ELSEWHERE, RELATIONSHIP, MessageKinds
from coachbot.embedding import default_embedder
from coachbot.settings import resource

OUT = Path(__file__).parent.parent / "coachbot" / "answering" / "message_kinds.npz"
STRENGTH = 20.0
FROM_SCREENING = 300
"""How many harmless messages of the gate's suite: more would drown the rest."""


def rows(name: str, half: str) -> list[dict[str, str]]:
    """A half of a question set."""
    text = (resource("evals") / name).read_text(encoding="utf-8")
    return [row for row in map(json.loads, text.splitlines()) if row.get("half") == half]


def examples() -> list[tuple[str, str]]:
    """Messages and their kinds."""
    found = [(row["text"], row["kind"]) for row in rows("messages.jsonl", "dev")]
    found += [(row["question"], RELATIONSHIP) for row in rows("library.jsonl", "dev")]
    quarrels = [
        row["text"]
        for row in rows("screening.jsonl", "dev")
        if row["level"] == "none" and row["kind"] == "heated"
    ]
    step = max(1, len(quarrels) // FROM_SCREENING)
    return found + [(text, RELATIONSHIP) for text in quarrels[::step]]


def report(kinds: MessageKinds) -> str:
    """Shares of the test half that are told rightly."""
    tested = rows("messages.jsonl", "test")
    human, elsewhere = [], []
    for row in tested:
        human.append((row["kind"], kinds.human(row["text"])))
        elsewhere.append((row["kind"], kinds.is_elsewhere(row["text"])))
    own = [(k, h) for k, h in human if k not in (RELATIONSHIP, ELSEWHERE)]
    return ", ".join(
        f"{name} {np.mean(values):.3f}"
        for name, values in (
            ("human seen", [h is not None for _, h in own]),
            ("of the right kind", [h == k for k, h in own if h]),
            ("human, wrongly", [h is not None for k, h in human if k == RELATIONSHIP]),
            ("elsewhere seen", [e for k, e in elsewhere if k == ELSEWHERE]),
            ("elsewhere, wrongly", [e for k, e in elsewhere if k == RELATIONSHIP]),
        )
    )


def main() -> None:
    """Fit, write and print."""
    encode = default_embedder().encode
    texts, names = zip(*examples(), strict=True)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000)
    model.fit(encode(list(texts)), names)
    np.savez(
        OUT,
        names=np.array(model.classes_, dtype="U20"),
        weights=model.coef_.astype("f2"),
        offsets=model.intercept_.astype("f4"),
    )
    print(f"{len(texts)} messages, {OUT.stat().st_size / 1e3:.0f} kB")
    print(report(MessageKinds(encode)))


if __name__ == "__main__":
    main()
