"""Vectors in Chroma: collections of passages, of sentences, and of what people say (situations).

Embedded in a folder, or on a server by URL, with the same code. The embedded client does not see
what another process adds until it is opened anew, so ``close`` is called when the generation of the
catalogue has changed.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

import numpy as np
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_random

from coachbot.embedding import Vectors
from coachbot.errors import IndexUnusableError, StorageError
from coachbot.search.graphs import blank_behind, seal_of

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

Granularity = Literal["passages", "sentences", "situations"]
GRANULARITIES: tuple[Granularity, ...] = ("passages", "sentences", "situations")

_SEARCH_BREADTH = 400
"""HNSW candidates looked at per query: above the most neighbours ever asked for, so that small
libraries are searched exactly."""
_NO_ROOM = re.compile(r"(?i)disk is full|no space left|readonly database|read-only")
_DAMAGED = re.compile(r"(?i)malformed|not a database")
_REBUILD = "Build the index anew with: coachbot index --rebuild"
_SAME = 0.999
"""Cosine similarity of a vector with itself, as far as rounding goes."""
_REMEMBERED = 20_000
"""Vectors kept in memory of each granularity: those of ten libraries like the shipped one, 30 MB.
To fetch a few dozen from Chroma takes as long as encoding the question."""
_instances = count(1)
_WHEN_FREE = Retrying(
    retry=retry_if_exception_message(match=r"(?s).*database is locked"),
    wait=wait_random(0.01, 0.1),
    stop=stop_after_delay(20),
    reraise=True,
)
"""To change how a collection is kept, Chroma reads before it writes, which SQLite refuses at once
where somebody else writes; Chroma itself may still, on behalf of the call before."""
_FEWEST_CHANGES, _CHANGES = 2, 1_000
"""After how many changes Chroma writes a graph to its files: the fewest it takes, and its own."""
_PAGE = 2000  # ids per request, below SQLite's limit on variables


class VectorStore:
    """A collection for each granularity in one Chroma.

    Args:
        location: a folder, or the URL of a Chroma server.
        key: names the collections, so that several indexes can share a server.
        token: what the server asks for, if it does.
    """

    def __init__(self, location: Path | str, key: str, token: SecretStr | None = None) -> None:
        self.location = location
        self.key = key
        self._token = token
        self._lock = threading.RLock()
        self._copy: TemporaryDirectory[str] | None = None
        self._spelling = _spelling(next(_instances))
        self._client: ClientAPI | None = None
        self._release: weakref.finalize[..., VectorStore] | None = None
        self._collections: dict[Granularity, Collection] = {}
        self._remembered: dict[Granularity, dict[str, Vectors]] = {g: {} for g in GRANULARITIES}

    def close(self) -> None:
        """Let go of the client; the next call opens a new one and sees what others wrote."""
        with self._lock:
            if self._release is not None:
                self._release()
            self._release, self._client, self._collections = None, None, {}
            for remembered in self._remembered.values():
                remembered.clear()

    def add(self, granularity: Granularity, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors under their ids; an id that is there already keeps its vector.

        Raises:
            StorageError: they could not be written.
        """
        with self._lock, self._writing():
            if len(ids):
                collection = self._collection(granularity)
                collection.add(ids=list(ids), embeddings=cast(Any, vectors))

    def delete(self, granularity: Granularity, ids: Sequence[str]) -> None:
        """Take vectors out; unknown ids are passed over."""
        with self._lock, self._writing():
            for id in ids:
                self._remembered[granularity].pop(id, None)
            for page in _pages(ids):
                self._collection(granularity).delete(ids=page)

    def ids(self, granularity: Granularity) -> set[str]:
        """The ids of all that is stored."""
        with self._lock, self._reading():
            collection = self._collection(granularity)
            return set(collection.get(include=[])["ids"]) if collection.count() else set()

    def count(self, granularity: Granularity) -> int:
        """How many vectors are stored."""
        with self._lock, self._reading():
            return self._collection(granularity).count()

    def nearest(self, granularity: Granularity, vector: Vectors, n: int) -> dict[str, float]:
        """The ids nearest to a unit vector with their cosine similarity, best first.

        Args:
            granularity: which collection.
            vector: shape (width,).
            n: how many at most.
        """
        with self._lock, self._reading():
            found = self._collection(granularity).query(
                query_embeddings=cast(Any, vector[np.newaxis, :]),
                n_results=min(n, _SEARCH_BREADTH),
                include=["distances"],
            )
        distances = (found["distances"] or [[]])[0]
        return {id: 1.0 - d for id, d in zip(found["ids"][0], distances, strict=True)}

    def vectors(self, granularity: Granularity, ids: Sequence[str]) -> dict[str, Vectors]:
        """The stored vectors of the ids that are known, each of shape (width,)."""
        with self._lock, self._reading():
            remembered = self._remembered[granularity]
            new = [id for id in ids if id not in remembered]
            fetched: dict[str, Vectors] = {}
            for page in _pages(new):
                found = self._collection(granularity).get(ids=page, include=["embeddings"])
                stored = np.asarray(found["embeddings"], dtype=np.float32)
                fetched.update(zip(found["ids"], stored, strict=True))
            known = {id: remembered[id] for id in ids if id in remembered} | fetched
            if len(remembered) + len(fetched) > _REMEMBERED:
                remembered.clear()
            if len(fetched) <= _REMEMBERED:
                remembered.update(fetched)
        return known

    def finds_itself(self, granularity: Granularity, ids: Sequence[str]) -> bool:
        """Whether each of the ids is nearest to its own vector.

        Chroma reads its graph of neighbours unchecked: a damaged one finds nothing, or others.
        """
        return all(
            max(self.nearest(granularity, vector, 1).values(), default=0.0) > _SAME
            for vector in self.vectors(granularity, ids).values()
        )

    def similarities(
        self, granularity: Granularity, vector: Vectors, ids: Sequence[str]
    ) -> dict[str, float]:
        """Cosine similarity of a unit vector to each of the stored vectors named."""
        stored = self.vectors(granularity, ids)
        return {id: float(own @ vector) for id, own in stored.items()}

    def blank_unused(self) -> None:
        """Overwrite the room that an embedded store has set aside for more vectors, and close it.

        Chroma writes that room to its files as it stands in memory, where it may hold words that
        somebody wrote in a talk; and a graph that is too small for it to be stored is made anew by
        each reader. So all graphs are stored now, however small. A store that readers use already
        must not be touched so: it is done once, when all has been added.

        Raises:
            StorageError: it could not be written.
            IndexUnusableError: it is damaged.
        """
        if not isinstance(self.location, Path):
            return
        with self._lock, self._reading():
            self._write_graphs_after(_FEWEST_CHANGES)
            for granularity in GRANULARITIES:
                collection = self._collection(granularity)
                one = collection.get(limit=1, include=["embeddings"])
                for _ in range(_FEWEST_CHANGES if one["ids"] else 0):
                    collection.update(ids=one["ids"], embeddings=one["embeddings"])
            self._write_graphs_after(_CHANGES)
        with self._writing():
            blank_behind(self.location)

    def seal(self) -> str:
        """What the graphs of a finished embedded store look like; empty for a server's.

        Raises:
            IndexUnusableError: they are not there, or cannot be read.
        """
        if not isinstance(self.location, Path):
            return ""
        with self._reading():
            return seal_of(self.location)

    def _write_graphs_after(self, changes: int) -> None:
        """After how many changes Chroma writes a graph; it takes heed when it is opened anew."""
        for granularity in GRANULARITIES:
            modify = self._collection(granularity).modify
            _WHEN_FREE(modify, configuration={"hnsw": {"sync_threshold": changes}})
        self.close()

    def drop(self) -> None:
        """Delete the collections of a server's store."""
        with self._lock, self._writing():
            client = self._open()
            names = {collection.name for collection in client.list_collections()}
            for granularity in GRANULARITIES:
                if (name := f"{granularity}-{self.key}") in names:
                    client.delete_collection(name)
            self.close()

    def _open(self) -> ClientAPI:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            if isinstance(self.location, Path):
                folder = f"{self._folder(self.location)}{self._spelling}"
                quiet = Settings(anonymized_telemetry=False)
                self._client = chromadb.PersistentClient(folder, settings=quiet)
            else:
                self._client = _client_of(self.location, self._token)
            # Chroma keeps what nobody closes, with its files and threads: the last reader of a
            # generation lets go of it here.
            self._release = weakref.finalize(self, cast(Any, self._client).close)
            self._release.atexit = False
        return self._client

    def _folder(self, location: Path) -> Path:
        """The store itself, or a copy where it may not be written: Chroma writes to read."""
        if not location.exists() or os.access(location, os.W_OK):
            return location
        self._copy = self._copy or TemporaryDirectory(
            prefix="coachbot-", ignore_cleanup_errors=True
        )
        return Path(shutil.copytree(location, self._copy.name, dirs_exist_ok=True))

    def _collection(self, granularity: Granularity) -> Collection:
        if granularity not in self._collections:
            self._collections[granularity] = self._open().get_or_create_collection(
                f"{granularity}-{self.key}",
                configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_BREADTH}},
                embedding_function=None,
            )
        return self._collections[granularity]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Chroma's Rust core raises its own kinds for a full disk
            told = f"The vectors could not be written: {_first_line(error)}"
            if _DAMAGED.search(told):
                raise IndexUnusableError(told, self._damage_hint()) from error
            raise StorageError(told, self._storage_hint()) from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # and for a damaged file
            told = _first_line(error)
            if _NO_ROOM.search(told):  # reading may write: opening a new store does
                raise StorageError(
                    f"The vectors could not be written: {told}", self._storage_hint()
                ) from error
            raise IndexUnusableError(
                f"The vectors could not be read: {told}", self._damage_hint()
            ) from error

    def _storage_hint(self) -> str:
        if isinstance(self.location, Path):
            return (
                f"Free some space at {self.location.parent}, make it writable, or choose "
                "another place with --data. What was indexed before stays in use."
            )
        return f"Check that the Chroma server at {self.location} runs and takes writes."

    def _damage_hint(self) -> str:
        if isinstance(self.location, Path):
            return _REBUILD
        return (
            f"Check that the Chroma server at {self.location} runs and can be reached, and that "
            "the setting chroma_token is the token that it asks for, if it does."
        )


def _client_of(server: str, token: SecretStr | None) -> ClientAPI:
    """A client of a Chroma server, which shows it the token with each request."""
    import chromadb
    from chromadb.config import Settings

    url = urlsplit(server)
    secure = url.scheme == "https"
    settings = Settings(anonymized_telemetry=False)
    if token:
        settings.chroma_client_auth_provider = _TOKEN_PROVIDER
        settings.chroma_client_auth_credentials = token.get_secret_value()
    return chromadb.HttpClient(
        host=url.hostname or "localhost",
        port=url.port or (443 if secure else 8000),
        ssl=secure,
        settings=settings,
    )


_TOKEN_PROVIDER = "chromadb.auth.token_authn.TokenAuthClientProvider"


def copy_store(source: Path, target: Path) -> None:
    """Copy the folder of an embedded store, whole even while another process reads from it.

    Chroma writes to read: its SQLite file and the log beside it change under a reader.

    Raises:
        OSError: the copy could not be written.
        IndexUnusableError: what is copied is damaged.
    """
    passed_over = shutil.ignore_patterns("*-journal", "*-wal", "*-shm")
    shutil.copytree(source, target, ignore=passed_over, copy_function=_copy_file)


def _copy_file(source: str, target: str) -> None:
    if not source.endswith(".sqlite3"):
        shutil.copy2(source, target)
        return
    try:
        with closing(sqlite3.connect(source)) as stored, closing(sqlite3.connect(target)) as copy:
            stored.backup(copy)
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise IndexUnusableError(f"The vectors are damaged: {error}.", _REBUILD) from error


def _spelling(number: int) -> str:
    """A way of its own to spell the same folder: ``/.//.`` and the like.

    Within a process Chroma shares one client among all who name the same path, and closes it only
    with the last of them. A store that is to see another process's writes needs its own.
    """
    return "".join("/." if bit == "1" else "/" for bit in f"{number:b}")


def _pages(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _PAGE):
        yield list(ids[start : start + _PAGE])


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0][:200]
