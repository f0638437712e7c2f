"""The batch forms of ask, verify and retrieve, and the JSON Lines they read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coachbot.answering.citations import verify
from coachbot.answering.verifier import reading
from coachbot.embedding import load_embedder
from coachbot.errors import QuestionSetError
from coachbot.safety import Gate
from coachbot.search.encoding import Progress
from coachbot.search.index import LibraryIndex
from coachbot.search.library import FileState
from coachbot.search.questions import searched_for
from coachbot.search.retrieval import rank
from coachbot.settings import load_settings
from coachbot.types import Answer, Document, Kind


def answer_rows(ask: Callable[..., Answer], batch: Path) -> Iterator[Answer]:
    """Answer the questions of a file, in order; each answer carries its row's id."""
    for row in read_rows(batch, ("question",)):
        yield replace(ask(row["question"], row.get("history", ())), id=row.get("id"))


def screen_rows(gate: Gate, batch: Path) -> Iterator[dict[str, Any]]:
    """Screen the messages of a file, in order: rows ``{"id", "text", "history"?}``."""
    for row in read_rows(batch, ("text",)):
        found = gate.screen(row["text"], row.get("history", ())).to_dict()
        yield {"id": row.get("id"), **found}


def verify_rows(
    batch: Path | None, claim: str | None, evidence: Sequence[str], data: Path | None
) -> Iterator[dict[str, Any]]:
    """Check one claim, or the pairs of a file, in order."""
    rows: Iterable[dict[str, Any]] = (
        read_rows(batch, ("claim", "evidence"))
        if batch
        else [{"claim": claim, "evidence": evidence}]
    )
    settings = load_settings(data=data)
    reads = reading(load_embedder(settings.embedder), settings.verifier)
    for row in rows:
        checked = verify(row["claim"], row["evidence"], reads)
        yield {
            "id": row.get("id"),
            "verdict": checked.verdict.value,
            "support": round(checked.support, 4),
            "reasons": list(checked.reasons),
        }


def rank_documents(
    batch: Path, documents: Path, k: int, data: Path | None, progress: Progress | None = None
) -> Iterator[dict[str, Any]]:
    """Rank the documents of a file for the queries of another, with the settings of every search.

    The index of the documents is kept under the data folder, so a second run starts at once.

    Args:
        batch: rows ``{"id", "query"}``.
        documents: rows ``{"id", "title", "text"}``.
        k: documents a query at most.
        data: where the index is kept.
        progress: told how many texts are encoded.

    Yields:
        ``{"id", "ranked": [[document id, score], …]}``; a document ranks by its best passage.
    """
    queries = read_rows(batch, ("id", "query"))
    rows = [SourceRow(documents, row) for row in read_rows(documents, ("id", "text"))]
    settings = load_settings(data=data)
    embedder = load_embedder(settings.embedder)
    digest = hashlib.sha256(str(documents.resolve()).encode()).hexdigest()[:10]
    index = LibraryIndex(settings.data / "indexes" / f"documents-{digest}", embedder)
    index.sync(rows, progress)
    snapshot = index.snapshot()
    for query in queries:
        wanted = searched_for(query["query"], ())
        best: dict[str, float] = {}
        if wanted:
            for hit in rank(snapshot, wanted, embedder.encode([wanted])[0], k):
                best.setdefault(hit.passage.document_id, round(hit.score, 5))
        yield {"id": query["id"], "ranked": [list(pair) for pair in list(best.items())[:k]]}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a data set as a source of a document; its text is taken as it stands."""

    file: Path
    row: dict[str, Any]

    @property
    def id(self) -> str:
        """The id of the row."""
        return str(self.row["id"])

    @property
    def path(self) -> Path:
        """The file and the row."""
        return self.file / self.id

    def glance(self) -> FileState:
        """The row's place and content: a row is in memory already."""
        text = json.dumps(self.row, sort_keys=True)
        return FileState(str(self.path), len(text), 0, hashlib.sha256(text.encode()).hexdigest())

    def read(self, max_bytes: int) -> tuple[str, Callable[[], Document]]:
        """The row's hash and its document."""
        title, text = str(self.row.get("title") or ""), str(self.row["text"])
        digest = hashlib.sha256(f"{self.id}\n{text}".encode()).hexdigest()
        return digest, lambda: Document(self.id, title, Kind.USER, (), None, text, digest)


def read_rows(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    """Read a JSON Lines file.

    Args:
        path: the file.
        needed: keys that each row must have.

    Raises:
        QuestionSetError: the file is missing, or a row is not JSON or lacks a key; says which.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(
            f"{path} could not be read: {error}.", "Give a JSON Lines file."
        ) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            problem = _problem(row, needed)
        except ValueError as error:
            problem = f"is not JSON ({error})"
        if problem:
            raise QuestionSetError(
                f"{path.name}, line {number}, {problem}.",
                "Each line is one object with: " + ", ".join(needed) + ".",
            )
        rows.append(row)
    return rows


_TYPES: dict[str, type | tuple[type, ...]] = {
    "evidence": list, "texts": list, "support": list, "history": list,
    "sentences": list, "grades": list, "seconds": dict, "id": (str, int),
}  # fmt: skip


def _problem(row: object, needed: Sequence[str]) -> str:
    if not isinstance(row, dict):
        return "is not an object"
    for key in needed:
        if key not in row:
            return f"lacks {key!r}"
        if not isinstance(row[key], _TYPES.get(key, str)):
            return f"has a {key!r} of the wrong type"
    history = row.get("history", [])
    if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
        return "has a 'history' that is not a list of texts"
    return ""
