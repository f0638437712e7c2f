"""Libraries of one text each, as when somebody adds an article."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from coachbot.coach import Coach
from coachbot.evaluation.batches import read_rows
from coachbot.evaluation.measures import Row
from coachbot.settings import resource


@contextmanager
def library_of(coach: Coach, text: str) -> Iterator[Coach]:
    """Another coach whose library is one text."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "text.md").write_text(text, encoding="utf-8")
        alone = coach.beside(corpus, Path(folder) / "data")
        yield alone
        alone.close()


def articles(coach: Coach, *halves: str) -> Iterator[tuple[Coach, Sequence[Row]]]:
    """Each article of some halves of ``reading.jsonl`` alone, with the questions on it."""
    rows = read_rows(resource("evals") / "reading.jsonl", ("half", "text", "question", "support"))
    for path in sorted((resource("evals") / "articles").glob("*.md")):
        own = [row for row in rows if row["text"] == path.stem and row["half"] in halves]
        if own:
            with library_of(coach, path.read_text(encoding="utf-8")) as alone:
                yield alone, own
