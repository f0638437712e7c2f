"""What the index holds: documents, passages and the generation, in one SQLite file.

The catalogue is the single point of truth. A change is prepared in the vector store and the
lexical index first and becomes real when the catalogue's transaction commits; what is in the
stores but not in the catalogue is ignored. So a process killed at any moment leaves the last good
index in use, and ``generation`` tells every reader when to look again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coachbot.errors import IndexUnusableError, StorageError
from coachbot.reading.sentences import Span
from coachbot.search.library import FileState
from coachbot.types import Document, Kind, Passage, Reference, Role, Source, Strength

_MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE documents (
        id TEXT PRIMARY KEY, file TEXT NOT NULL, document TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE TABLE passages (
        vector_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER NOT NULL,
        passage TEXT NOT NULL
    );
    CREATE INDEX passages_by_document ON passages (document_id, position);
    """,
)
"""Append only: each entry brings a catalogue from one version to the next."""

REBUILD_HINT = "Build it anew with: coachbot index --rebuild"


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage, the id of its vector, and its sentences as spans of the document's text."""

    vector_id: str
    passage: Passage
    sentences: tuple[Span, ...]

    def sentence_ids(self) -> list[str]:
        """The ids of the sentences' vectors."""
        return [f"{self.passage.id}/{i}" for i in range(len(self.sentences))]


@dataclass(frozen=True, slots=True)
class Record:
    """A document with the file it came from and its passages."""

    document: Document
    file: FileState
    entries: tuple[Entry, ...]

    def situations(self) -> dict[str, str]:
        """What people say when this text is for them, by the ids of the vectors."""
        id = self.document.id
        said = self.document.sounds_like
        return {f"{id}~{hashlib.sha256(s.encode()).hexdigest()[:12]}": s for s in said}


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a catalogue holds at one generation; generation 0 is an empty one."""

    generation: int = 0
    meta: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)


class Catalogue:
    """One SQLite file; every call opens it anew, so that threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def generation(self) -> int:
        """The number of the last change; 0 if there is none yet."""
        if not self.path.exists():
            return 0
        with self._reading() as connection:
            return self._generation(connection)

    def load(self) -> Contents:
        """Read everything, as of one moment."""
        if not self.path.exists():
            return Contents()
        with self._reading() as connection:
            connection.execute("BEGIN")
            meta = dict(connection.execute("SELECT key, value FROM meta"))
            entries: dict[str, list[Entry]] = {}
            rows = connection.execute(
                "SELECT vector_id, document_id, passage, text FROM passages "
                "JOIN documents ON documents.id = document_id ORDER BY document_id, position"
            )
            for vector_id, document_id, passage, text in rows:
                entries.setdefault(document_id, []).append(_entry(vector_id, passage, text))
            records = {
                id: Record(_document(document, text), _file(file), tuple(entries.get(id, ())))
                for id, file, document, text in connection.execute(
                    "SELECT id, file, document, text FROM documents ORDER BY id"
                )
            }
            return Contents(self._generation(connection), meta, records)

    def commit(
        self, changed: Sequence[Record], removed: Sequence[str], meta: Mapping[str, str]
    ) -> int:
        """Make a change real, all of it or nothing.

        Args:
            changed: records to put in or replace.
            removed: ids of documents to take out.
            meta: facts to store beside them.

        Returns:
            The new generation.

        Raises:
            StorageError: it could not be written; the last state stays.
        """
        with self._writing() as connection:
            gone = [*removed, *(record.document.id for record in changed)]
            for table, column in (("passages", "document_id"), ("documents", "id")):
                connection.executemany(
                    f"DELETE FROM {table} WHERE {column} = ?", [(id,) for id in gone]
                )
            for record in changed:
                connection.execute(
                    "INSERT INTO documents VALUES (?, ?, ?, ?)",
                    (
                        record.document.id,
                        json.dumps(asdict(record.file)),
                        _document_json(record.document),
                        record.document.text,
                    ),
                )
                connection.executemany(
                    "INSERT INTO passages VALUES (?, ?, ?, ?)",
                    [
                        (entry.vector_id, record.document.id, i, _entry_json(entry))
                        for i, entry in enumerate(record.entries)
                    ],
                )
            generation = self._generation(connection) + 1
            facts = {**meta, "generation": str(generation)}
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))
            return generation

    @staticmethod
    def _generation(connection: sqlite3.Connection) -> int:
        row = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connect(f"{self.path.absolute().as_uri()}?mode=ro")) as connection:
                yield connection
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            raise IndexUnusableError(f"The index is damaged: {error}.", REBUILD_HINT) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            uri = self.path.absolute().as_uri()
            with closing(self._connect(uri)) as connection:
                _migrate(connection)
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    connection.execute("ROLLBACK") if connection.in_transaction else None
                    raise
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"The index could not be written: {error}.",
                f"Free some space at {self.path.parent}, make it writable, or choose another "
                "place with --data.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise IndexUnusableError(f"The index is damaged: {error}.", REBUILD_HINT) from error

    @staticmethod
    def _connect(uri: str) -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _document_json(document: Document) -> str:
    fields = asdict(document)
    del fields["text"]
    return json.dumps(fields, ensure_ascii=False)


def _document(serialised: str, text: str) -> Document:
    fields: dict[str, Any] = json.loads(serialised)
    for name in ("authors", "topics", "sounds_like", "only_about"):
        fields[name] = tuple(fields.get(name, ()))
    fields["kind"] = Kind(fields["kind"])
    fields["sources"] = tuple(Source(**source) for source in fields["sources"])
    fields["references"] = tuple(map(_reference, fields["references"]))
    return Document(text=text, **fields)


def _reference(fields: dict[str, Any]) -> Reference:
    strength = fields["strength"]
    return Reference(
        fields["start"],
        fields["end"],
        fields["source_id"],
        Strength(strength) if strength else None,
    )


def _entry_json(entry: Entry) -> str:
    fields = asdict(entry.passage)
    del fields["text"]
    return json.dumps({"passage": fields, "sentences": entry.sentences}, ensure_ascii=False)


def _entry(vector_id: str, serialised: str, document_text: str) -> Entry:
    data: dict[str, Any] = json.loads(serialised)
    fields = data["passage"]
    passage = Passage(
        id=fields["id"],
        document_id=fields["document_id"],
        title=fields["title"],
        headings=tuple(fields["headings"]),
        role=Role(fields["role"]),
        start=fields["start"],
        end=fields["end"],
        text=document_text[fields["start"] : fields["end"]],
        references=tuple(map(_reference, fields["references"])),
    )
    return Entry(vector_id, passage, tuple((a, b) for a, b in data["sentences"]))


def _file(serialised: str) -> FileState:
    return FileState(**json.loads(serialised))
