"""The index of a library: vectors in Chroma, BM25 beside them, one generation.

``sync`` steps: find which files are new, changed or gone; convert and cut the new ones; encode
only passages and sentences whose vectors are not stored yet; write the word index of the next
generation; commit the catalogue, which makes it all real at once; clear away what is no longer
named. Killed before the commit, the last generation answers on, and the next ``sync`` goes on from
the vectors already stored. ``snapshot`` gives the state of the newest generation to search in.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from coachbot.embedding import Embedder
from coachbot.errors import IndexUnusableError, StorageError
from coachbot.reading.documents import MAX_FILE_BYTES
from coachbot.reading.passages import TARGET_PIECES
from coachbot.search import lexical
from coachbot.search.catalogue import REBUILD_HINT, Catalogue, Contents, Entry, Record
from coachbot.search.changes import Plan, SyncReport, looks_changed, plan, stale, unread_key
from coachbot.search.encoding import Progress, encode_missing
from coachbot.search.library import Source
from coachbot.search.lock import one_writer
from coachbot.search.probing import finds_all, is_readable, probes_for
from coachbot.search.situation_vectors import SituationVectors
from coachbot.search.snapshot import Snapshot, snapshot_of
from coachbot.search.vectors import Granularity, VectorStore, copy_store
from coachbot.search.workers import InProcess, Workers

SCHEMA = "6"
"""Raise this when converting, cutting or embedding changes: every index is then built anew."""


class LibraryIndex:
    """The index of one corpus, in one folder.

    Args:
        folder: where the catalogue, the word index and the embedded vectors live.
        embedder: what encodes passages, sentences and questions.
        chroma_url: a Chroma server for the vectors; empty for the embedded one.
        chroma_token: what that server asks for, if it does.
        target_pieces: the size passages aim at, in word pieces.
        max_file_bytes: larger files are refused.
        patience: seconds to wait for another writer.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        *,
        chroma_url: str = "",
        chroma_token: SecretStr | None = None,
        target_pieces: int = TARGET_PIECES,
        max_file_bytes: int = MAX_FILE_BYTES,
        patience: float = 20.0,
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        self.catalogue = Catalogue(folder / "catalogue.sqlite")
        self._chroma_url, self._chroma_token = chroma_url, chroma_token
        self.embedded = not chroma_url
        """Whether the vectors are in the folder, and not on a server."""
        self._target_pieces = target_pieces
        self.max_file_bytes = max_file_bytes
        self._patience = patience
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    @property
    def identity(self) -> dict[str, str]:
        """What an index must agree on to be searched with this embedder."""
        return {
            "schema": SCHEMA,
            "embedder": self.embedder.name,
            "width": str(self.embedder.width),
            "weights": self.embedder.weights_hash,
            "situation layers": SituationVectors(self.embedder).layers,
            "target_pieces": str(self._target_pieces),
            "server": self._chroma_url,
        }

    def mismatch(self, meta: Mapping[str, str]) -> str:
        """Which fact of the stored index differs from this embedder's; empty if none does."""
        for name, wanted in self.identity.items():
            if meta.get(name) != wanted:
                return f"{name} is {meta.get(name, 'missing')!r}, wanted {wanted!r}"
        return ""

    def snapshot(self) -> Snapshot:
        """The newest generation, opened; the same object as long as nothing changes.

        Raises:
            IndexUnusableError: there is none, it is damaged, or another embedder made it.
            StorageError: opening it needs to write and cannot.
        """
        with self._lock:
            deadline = time.monotonic() + self._patience
            while True:
                generation, newest = self.catalogue.generation(), self._snapshot
                late = time.monotonic() > deadline
                if newest and (late or newest.contents.generation == generation):
                    return newest
                try:
                    self._snapshot = self._open()
                except (IndexUnusableError, StorageError):
                    # A writer may have cleared this generation away while it was being opened.
                    self._snapshot = None
                    if late or self.catalogue.generation() == generation:
                        raise

    def _open(self) -> Snapshot:
        contents = self.catalogue.load()
        if contents.generation == 0:
            raise IndexUnusableError("There is no index yet.", "Build it with: coachbot index")
        if difference := self.mismatch(contents.meta):
            raise IndexUnusableError(
                f"The index does not fit: its {difference}.", "Build it with: coachbot index"
            )
        if self._snapshot and self._snapshot.contents.meta["store"] == contents.meta["store"]:
            vectors = self._snapshot.vectors
            vectors.close()
        else:
            vectors = self._store(contents.meta["store"])
            if not _is_sealed(vectors, contents.meta):
                raise IndexUnusableError(
                    "The index is damaged: vectors have changed.", REBUILD_HINT
                )
        # Chroma, opened while others open and close the same store, has been seen to find less than
        # is there; a second look tells that from damage.
        records = contents.records
        if not (self._is_whole(vectors, records) or self._comes_back_whole(vectors, records)):
            raise IndexUnusableError("The index is damaged: vectors are missing.", REBUILD_HINT)
        words = lexical.load(self._lexical_folder(contents.generation))
        return snapshot_of(contents, vectors, words, self.embedder)

    def sync(
        self,
        sources: Sequence[Source],
        progress: Progress | None = None,
        *,
        rebuild: bool = False,
        workers: Workers | None = None,
    ) -> SyncReport:
        """Bring the index to the state of the files; touch only what changed.

        Args:
            sources: all sources of the library.
            progress: told how many texts are encoded.
            rebuild: build everything anew, beside the present index until it is done.
            workers: who read and encode; this process if None. It alone writes.

        Returns:
            What was done. A file that cannot be read is reported, and what was indexed of it stays.

        Raises:
            IndexBusyError: another process is writing.
            StorageError: the disk is full or read-only; the last index stays in use.
        """
        with one_writer(self.folder, self._patience):
            contents = self._contents_to_extend(rebuild)
            workers = workers or InProcess(self.embedder)
            todo = plan(sources, contents, workers, self.max_file_bytes, self._target_pieces)
            if todo.empty and contents.generation and contents.meta:
                return todo.report
            before = self._store_in_use()
            after = _after(todo, contents)
            store_name = self._prepare_store(contents, rebuild)
            store = self._store(store_name)
            try:
                encoded = self._encode(store, todo.records, after, workers, progress)
                generation = self._commit(todo, contents, after, store_name, store.seal())
            except StorageError:
                self._clear_away(before, contents.generation)
                raise
            else:
                if self._chroma_url:
                    # What is superfluous harms nobody and goes with the next change.
                    with suppress(StorageError):
                        _prune(store, after)
            finally:
                store.close()
            self._clear_away(store_name, generation)
            if self._chroma_url and before not in ("", store_name):
                self._store(before).drop()
            return replace(todo.report, generation=generation, encoded=encoded)

    def _encode(
        self,
        store: VectorStore,
        changed: Sequence[Record],
        after: Mapping[str, Record],
        workers: Workers,
        progress: Progress | None,
    ) -> int:
        """Store what the changed records lack; where the store is damaged, all of it anew.

        An embedded store holds nothing else then. It begins as a copy, and a copy may lack vectors:
        the last one was damaged, or Chroma wrote to it for a reader while it was copied. And what
        is taken out may leave a graph of neighbours in which not every vector is found.
        """
        if isinstance(store.location, str):
            return encode_missing(store, changed, workers, self.embedder, progress)
        encoded = 0
        with suppress(IndexUnusableError):
            encoded = encode_missing(store, changed, workers, self.embedder, progress)
            _prune(store, after)
            store.blank_unused()
            if self._comes_back_whole(store, after):
                return encoded
        store.close()
        shutil.rmtree(store.location)
        everything = list(after.values())
        encoded += encode_missing(store, everything, workers, self.embedder, progress)
        store.blank_unused()
        return encoded

    def _comes_back_whole(self, store: VectorStore, records: Mapping[str, Record]) -> bool:
        """Whether a store, opened anew as a reader will, is whole."""
        store.close()
        try:
            return self._is_whole(store, records)
        except IndexUnusableError:
            return False

    def _is_whole(self, store: VectorStore, records: Mapping[str, Record]) -> bool:
        complete = all(store.count(g) >= len(ids) for g, ids in _named(records).items())
        return complete and finds_all(store, probes_for(_entries(records)))

    def close(self) -> None:
        """Let go of all files; the index opens again by itself when it is next used."""
        with self._lock:
            if self._snapshot:
                self._snapshot.vectors.close()
            self._snapshot = None

    def needs_sync(self, sources: Sequence[Source]) -> bool:
        """Whether a file is new, gone, or looks changed by its size and time."""
        contents = self.catalogue.load()
        if contents.generation == 0 or self.mismatch(contents.meta):
            return True
        known = {record.file.path: record.file for record in contents.records.values()}
        failed = set(json.loads(contents.meta.get("unread", "[]")))
        present = {source.glance().path for source in sources}
        return bool(set(known) - present) or any(
            looks_changed(source, known.get(source.glance().path))
            for source in sources
            if unread_key(source) not in failed
        )

    def _contents_to_extend(self, rebuild: bool) -> Contents:
        """The stored contents, or empty ones with their generation where all is built anew."""
        try:
            if rebuild and not _sound(self.catalogue.path):
                raise IndexUnusableError("The index is damaged.", REBUILD_HINT)
            contents = self.catalogue.load()
        except IndexUnusableError:
            if not rebuild:
                raise
            self.catalogue.path.unlink(missing_ok=True)
            return Contents()
        return stale(contents) if rebuild or self.mismatch(contents.meta) else contents

    def _commit(
        self,
        todo: Plan,
        contents: Contents,
        after: Mapping[str, Record],
        store_name: str,
        seal: str,
    ) -> int:
        generation, entries = contents.generation + 1, _entries(after)
        lexical.save(
            self._lexical_folder(generation),
            [entry.vector_id for entry in entries],
            [entry.passage.embedded_text for entry in entries],
        )
        hashes = sorted(record.document.sha256 for record in after.values())
        facts = {
            **self.identity,
            "store": store_name,
            "graphs": seal,
            "corpus": hashlib.sha256("".join(hashes).encode()).hexdigest(),
            "built_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "unread": json.dumps(todo.unread),
        }
        changed = [*todo.records, *todo.moved]
        return self.catalogue.commit(changed, todo.report.removed, facts)

    def _clear_away(self, store_name: str, generation: int) -> None:
        """Remove the folders that the catalogue no longer names; a reader still has them open."""
        kept = {f"vectors-{store_name}", self._lexical_folder(generation).name}
        for folder in (*self.folder.glob("lexical-*"), *self.folder.glob("vectors-*")):
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _prepare_store(self, contents: Contents, rebuild: bool) -> str:
        """The name of the store to write to.

        Embedded, each generation has a folder of its own that begins as a copy of the last one's:
        what Chroma leaves behind when it is killed or the disk is full in the middle of writing
        is not always readable. The name says what goes in, so that an interrupted build is gone
        on with. On a server, one store serves all generations.
        """
        if self._chroma_url:
            return contents.meta.get("store") or secrets.token_hex(6)
        identity = hashlib.sha256(json.dumps(self.identity).encode()).hexdigest()[:12]
        name = f"{identity}-{contents.generation + 1}"
        target = self.folder / f"vectors-{name}"
        if target.exists() and (rebuild or not is_readable(target, self._store(name).key)):
            shutil.rmtree(target)
        before = self._store(contents.meta.get("store", ""))
        if not target.exists() and _is_sealed(before, contents.meta):
            copy = self.folder / "vectors-copy"
            shutil.rmtree(copy, ignore_errors=True)
            try:
                copy_store(Path(before.location), copy)
            except IndexUnusableError:  # then all of it is encoded anew
                shutil.rmtree(copy, ignore_errors=True)
                return name
            except OSError:
                shutil.rmtree(copy, ignore_errors=True)
                raise
            os.replace(copy, target)
        return name

    def _store_in_use(self) -> str:
        try:
            meta = self.catalogue.load().meta
        except IndexUnusableError:
            return ""
        return meta["store"] if meta.get("server") == self._chroma_url else ""

    def _store(self, name: str) -> VectorStore:
        if self._chroma_url:
            return VectorStore(self._chroma_url, name, self._chroma_token)
        return VectorStore(self.folder / f"vectors-{name}", "library")

    def _lexical_folder(self, generation: int) -> Path:
        return self.folder / f"lexical-{generation}"


def _sound(catalogue: Path) -> bool:
    """Whether a catalogue can be written to as well: of what is damaged, some is never read."""
    try:
        with closing(sqlite3.connect(f"{catalogue.absolute().as_uri()}?mode=ro", uri=True)) as own:
            return bool(own.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.OperationalError:  # there is none, or it is locked
        return True
    except sqlite3.DatabaseError:
        return False


def _is_sealed(store: VectorStore, meta: Mapping[str, str]) -> bool:
    """Whether the graphs of a store are as they were when its generation was committed."""
    try:
        return store.seal() == meta.get("graphs")
    except IndexUnusableError:
        return False


def _after(todo: Plan, contents: Contents) -> dict[str, Record]:
    """What the library holds once a plan is carried out."""
    kept = {id: r for id, r in contents.records.items() if id not in todo.report.removed}
    return kept | {record.document.id: record for record in todo.records}


def _entries(records: Mapping[str, Record]) -> list[Entry]:
    return [entry for _, record in sorted(records.items()) for entry in record.entries]


def _named(records: Mapping[str, Record]) -> dict[Granularity, set[str]]:
    """The ids of all vectors that the records name."""
    entries = _entries(records)
    return {
        "situations": {id for record in records.values() for id in record.situations()},
        "passages": {entry.vector_id for entry in entries},
        "sentences": {id for entry in entries for id in entry.sentence_ids()},
    }


def _prune(store: VectorStore, records: Mapping[str, Record]) -> None:
    """Take out the vectors that no record names."""
    for granularity, named in _named(records).items():
        if store.count(granularity) != len(named):
            store.delete(granularity, sorted(store.ids(granularity) - named))
