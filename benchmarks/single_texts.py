"""Libraries of one text, as when somebody adds an article, for the scripts that fit on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coachbot import Coach
from coachbot.evaluation.batches import read_rows
from coachbot.settings import resource


@contextmanager
def library_of(source: str) -> Iterator[Coach]:
    """A coach whose library is one text."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "text.md").write_text(source, encoding="utf-8")
        coach = Coach.open(corpus=corpus, data=Path(folder) / "data")
        yield coach
        coach.close()


def articles(half: str) -> Iterator[tuple[Coach, list[dict[str, Any]]]]:
    """Each article of a half of ``evals/reading.jsonl`` as a library, and the questions on it."""
    asked: dict[str, list[dict[str, Any]]] = {}
    for row in read_rows(
        resource("evals") / "reading.jsonl", ("half", "text", "question", "support")
    ):
        if row["half"] == half:
            asked.setdefault(row["text"], []).append(row)
    for path in sorted((resource("evals") / "articles").glob("*.md")):
        if path.stem in asked:
            with library_of(path.read_text(encoding="utf-8")) as coach:
                yield coach, asked[path.stem]
