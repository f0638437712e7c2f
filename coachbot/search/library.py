"""The files of a library: a corpus folder, and copies of the files a user added to it.

A corpus folder is never written to. ``add`` keeps its own copy under the data folder, with what
the user said of it; ``remove`` moves that copy aside, so that it can be brought back.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, count
from pathlib import Path
from typing import Protocol

from coachbot.errors import DocumentError, DocumentNotFoundError, StorageError
from coachbot.reading.documents import (
    NOT_DESCRIBED,
    Described,
    document_id,
    list_files,
    load_document,
    read_bytes,
)
from coachbot.types import Document, Kind

_DESCRIBED = "described.json"
_NAME_CHARACTERS = 45  # of up to four bytes each: file systems allow 255 bytes
_ENDING_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class FileState:
    """How a source stood when it was looked at; ``sha256`` is of its bytes, empty if not read."""

    path: str
    size: int
    mtime_ns: int
    described: str = ""
    sha256: str = ""


class Source(Protocol):
    """Where a document comes from: a file, or a row of a data set."""

    @property
    def id(self) -> str:
        """The id of the document."""

    @property
    def path(self) -> Path:
        """What it is called in messages."""

    def glance(self) -> FileState:
        """How it stands now, without reading it."""

    def read(self, max_bytes: int) -> tuple[str, Callable[[], Document]]:
        """The sha256 of its content, and how to make the document of it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that is to become a document, with what its adder said of it."""

    id: str
    path: Path
    described: Described | None = NOT_DESCRIBED
    """What was said of it; None where that cannot be read."""
    added: bool = False

    def glance(self) -> FileState:
        """Path, size and time of the file, and what was said of it."""
        said = json.dumps(asdict(self.described), sort_keys=True) if self.described else ""
        try:
            stat = self.path.stat()
        except OSError:
            return FileState(str(self.path), -1, -1, said)
        return FileState(str(self.path), stat.st_size, stat.st_mtime_ns, said)

    def read(self, max_bytes: int) -> tuple[str, Callable[[], Document]]:
        """Read the file once; the document is made of the very bytes that were hashed."""
        described = self.described
        if described is None:
            raise DocumentError(
                f"{self.path.with_name(_DESCRIBED)} is damaged.",
                f"Add the text again: coachbot add {self.path}",
            )
        data = read_bytes(self.path, max_bytes)
        return hashlib.sha256(data).hexdigest(), lambda: load_document(
            data, self.path.name, self.id, described
        )


class Library:
    """The files of one corpus.

    Args:
        corpus: a folder of texts, or a single text.
        data: where copies of added files are kept.
    """

    def __init__(self, corpus: Path, data: Path) -> None:
        self.corpus = corpus
        self._added = data / "added"
        self._removed = data / "removed"

    def files(self) -> list[SourceFile]:
        """All files, those of the corpus folder first.

        Raises:
            DocumentNotFoundError: there is no corpus at its path.
        """
        return [*self._corpus_files(), *self._added_files()]

    def add(self, name: str, data: bytes, described: Described = NOT_DESCRIBED) -> SourceFile:
        """Keep a copy of a file; a file of the same name that was added before is replaced.

        Args:
            name: what the file is called; whatever is in it, the copy stays in its folder.
            data: the content of the file.
            described: what the person who adds it says of it.

        Raises:
            StorageError: the copy could not be written; nothing has changed.
        """
        name = plain_name(name)
        id = self.id_for(name)
        target = self._added / id
        with _writing(self._added):
            self._added.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(prefix=".new-", dir=self._added))
            try:
                (new / name).write_bytes(data)
                (new / _DESCRIBED).write_text(json.dumps(asdict(described)), encoding="utf-8")
                self._set_aside(id)
                os.replace(new, target)
            finally:
                shutil.rmtree(new, ignore_errors=True)
        return SourceFile(id, target / name, described, added=True)

    def remove(self, id: str) -> Path:
        """Take back an added file.

        Returns:
            Where its copy lies now, to bring it back from.

        Raises:
            DocumentNotFoundError: there is no such text.
            DocumentError: the text belongs to the corpus folder, which is not written to.
            StorageError: it could not be moved.
        """
        if id not in self.added():
            self._explain_not_added(id)
        with _writing(self._added):
            folder = self._set_aside(id)
        return next(path for path in folder.iterdir() if path.name != _DESCRIBED)

    def restore(self, id: str) -> None:
        """Bring back what ``remove`` or a replacing ``add`` moved aside last, if anything.

        What has been added under the same name since is moved aside in its turn.
        """
        kept, target = self._removed / id, self._added / id
        if _holds(self._removed, id):
            with _writing(self._added):
                self._added.mkdir(parents=True, exist_ok=True)
                new = Path(tempfile.mkdtemp(prefix=".new-", dir=self._added))
                os.replace(kept, new)
                self._set_aside(id)
                os.replace(new, target)

    def added(self) -> frozenset[str]:
        """The ids of the texts that were added, and so can be removed."""
        return frozenset(file.id for file in self._added_files())

    def removed(self) -> dict[str, str]:
        """What is moved aside and can be brought back: the name of each file, by its id."""
        if not self._removed.is_dir():
            return {}
        copies = ((path.parent.name, path.name) for path in sorted(self._removed.glob("*/*")))
        return {id: name for id, name in copies if name != _DESCRIBED and not id.startswith(".")}

    def forget(self, id: str) -> None:
        """Delete the copy that ``remove`` moved aside, for good; nothing if there is none."""
        with _writing(self._removed):
            if _holds(self._removed, id):
                shutil.rmtree(self._removed / id)

    @contextmanager
    def adding(self, name: str, data: bytes, described: Described) -> Iterator[SourceFile]:
        """``add``, undone if what is done with the file fails: what was there comes back."""
        replaces = _holds(self._added, self.id_for(name))
        file = self.add(name, data, described)
        try:
            yield file
        except BaseException:
            shutil.rmtree(self._added / file.id, ignore_errors=True)
            if replaces:
                self.restore(file.id)
            raise

    @contextmanager
    def removing(self, id: str) -> Iterator[Path]:
        """``remove``, undone if what follows from it fails."""
        aside = self.remove(id)
        try:
            yield aside
        except BaseException:
            self.restore(id)
            raise

    def _corpus_files(self) -> Iterator[SourceFile]:
        if self.corpus.is_file():
            yield SourceFile(document_id(Path(self.corpus.name)), self.corpus)
            return
        if not self.corpus.is_dir():
            raise DocumentNotFoundError(
                f"There is no corpus at {self.corpus}.",
                "Give a folder of texts with --corpus, or leave it out to use the shipped texts.",
            )
        taken: set[str] = set()
        for path in list_files(self.corpus):
            relative = path.relative_to(self.corpus)
            id = document_id(relative)
            if id in taken:  # notes.md beside notes.txt
                id = _free(document_id(Path(f"{relative}-{path.suffix[1:]}.x")), taken)
            taken.add(id)
            yield SourceFile(id, path)

    def _added_files(self) -> Iterator[SourceFile]:
        """The added files; one whose id a text of the corpus has by now gets a number behind it."""
        if not self._added.is_dir():
            return
        folders = [
            folder
            for folder in sorted(self._added.iterdir())
            if not folder.name.startswith(".") and (folder / _DESCRIBED).is_file()
        ]
        of_corpus = {file.id for file in self._corpus_files()}
        taken = of_corpus | {folder.name for folder in folders}
        for folder in folders:
            id = _free(folder.name, taken) if folder.name in of_corpus else folder.name
            taken.add(id)
            described = _read_described(folder / _DESCRIBED)
            for path in sorted(folder.iterdir()):
                if path.name != _DESCRIBED:
                    yield SourceFile(id, path, described, added=True)

    def id_for(self, name: str) -> str:
        """The id that a file of this name has when it is added; no text of the corpus has it."""
        taken = {file.id for file in self._corpus_files()}
        return _free(document_id(Path(plain_name(name))), taken)

    def _set_aside(self, id: str) -> Path:
        aside = self._removed / id
        own = (file.path.parent for file in self._added_files() if file.id == id)
        kept = next(own, self._added / id)
        if kept.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
            self._removed.mkdir(parents=True, exist_ok=True)
            os.replace(kept, aside)
        return aside

    def _explain_not_added(self, id: str) -> None:
        for file in self._corpus_files():
            if file.id == id:
                raise DocumentError(
                    f"{id} belongs to the corpus folder, which coachbot never writes to.",
                    f"Delete or move the file yourself: {file.path}",
                )
        raise DocumentNotFoundError(
            f"There is no text called {id}.", "See what there is with: coachbot documents"
        )


def _free(id: str, taken: Container[str]) -> str:
    """An id that is not taken: this one, or this one with the first number that is free."""
    numbered = (f"{id}-{number}" for number in count(2))
    return next(own for own in chain((id,), numbered) if own not in taken)


def _read_described(path: Path) -> Described | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        kind = Kind(said["kind"]) if said["kind"] else None
        return Described(kind, said["title"], tuple(said["authors"]), said["year"])
    except (ValueError, KeyError, TypeError):
        return None


def plain_name(name: str) -> str:
    """A file name that is only a name: no folders, no control characters, not hidden, not long.

    ``../../etc/x.md`` is ``x.md``. What ends it says how it is read, so the ending stays.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable())
    stem, dot, ending = kept.strip().rpartition(".")
    if not dot:
        stem, ending = ending, ""
    stem = stem.lstrip(". ")
    if len(stem) > _NAME_CHARACTERS:  # two long names that begin alike stay two
        stem = f"{stem[:_NAME_CHARACTERS]}-{hashlib.sha256(stem.encode()).hexdigest()[:8]}"
    whole = (stem or "text") + dot + ending[:_ENDING_CHARACTERS]
    return "text-" + whole if whole == _DESCRIBED else whole


def _holds(folder: Path, id: str) -> bool:
    """Whether a text of this id has a folder there: no path, and none that is being written."""
    return folder.is_dir() and any(
        own.name == id and own.is_dir() for own in folder.iterdir() if not own.name.startswith(".")
    )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The file could not be kept at {folder}: {error.strerror}.",
            "Free some space there, make it writable, or choose another place with --data.",
        ) from error
