"""A library and its index, kept in step: each change of a file is a change of the index.

A text is added or removed in both or in neither. An index that is to be used is brought up to date
first; an embedded one that is damaged is built anew.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from coachbot.errors import DuplicateError, IndexBusyError, IndexUnusableError
from coachbot.reading.documents import Described, check_size, load_document, read_bytes
from coachbot.search.changes import SyncReport
from coachbot.search.encoding import Progress
from coachbot.search.index import LibraryIndex
from coachbot.search.library import Library, plain_name
from coachbot.search.workers import Workers
from coachbot.types import Document


class Upkeep:
    """Keeps the index of a library in step with its files.

    Args:
        library: the files.
        index: what is searched.
    """

    def __init__(self, library: Library, index: LibraryIndex) -> None:
        self.library, self.index = library, index
        self.last_sync: SyncReport | None = None

    def make_ready(self, progress: Progress | None = None) -> None:
        """Bring the index up to date; an embedded one that is damaged is built anew, once.

        Whoever uses a page has no other way to mend it. What was wrong is among the problems of
        ``last_sync``.
        """
        try:
            if self.index.needs_sync(self.library.files()):
                self.sync(progress)
            if self.index.embedded:  # on a server, nothing that can be mended from here
                self.index.snapshot()
        except IndexBusyError:
            raise
        except IndexUnusableError as error:
            if not self.index.embedded:
                raise
            report = self.sync(progress, rebuild=True)
            told = f"The index was damaged and is built anew from the texts: {error.message}"
            failures = {**report.failures, self.index.folder: IndexUnusableError(told)}
            self.last_sync = replace(report, failures=failures)

    def sync(
        self,
        progress: Progress | None = None,
        *,
        rebuild: bool = False,
        workers: Workers | None = None,
    ) -> SyncReport:
        """Bring the index to the state of the files; see ``LibraryIndex.sync``."""
        files = self.library.files()
        self.last_sync = self.index.sync(files, progress, rebuild=rebuild, workers=workers)
        return self.last_sync

    def add_file(self, path: Path, described: Described, progress: Progress | None) -> Document:
        """Add a copy of a file; as for ``add``."""
        data = read_bytes(path, self.index.max_file_bytes)
        return self.add(path.name, data, described, progress)

    def add(
        self, name: str, data: bytes, described: Described, progress: Progress | None
    ) -> Document:
        """Add the content of a file.

        Args:
            name: what the file is called.
            data: its content.
            described: what the person who adds it says of it.
            progress: told how many texts are encoded.

        Raises:
            DuplicateError: its text is in the library already.
            DocumentError: it is too large or cannot be read.
            StorageError: it cannot be kept; the library is as before.
        """
        check_size(len(data), name, self.index.max_file_bytes)
        document = load_document(data, plain_name(name), "new", described)
        self._refuse_twin(document, name)
        with self.library.adding(name, data, described) as file:
            report = self.sync(progress)
            if file.path in report.duplicates:  # another process was quicker
                raise _duplicate(name, report.duplicates[file.path])
        return self.index.snapshot().documents.get(file.id, document)

    def _refuse_twin(self, document: Document, name: str) -> None:
        """Before anything is written: what is added last must not take an older one's place."""
        own = self.library.id_for(name)
        for id, known in self.index.catalogue.load().records.items():
            if known.document.sha256 == document.sha256 and id != own:
                raise _duplicate(name, id)

    def remove(self, id: str) -> Path:
        """Take an added text out.

        Returns:
            Where its copy lies, to add it again from.

        Raises:
            DocumentError: there is no such text, or it belongs to the corpus folder.
        """
        with self.library.removing(id) as aside:
            self.sync()
        return aside

    def restore(self, id: str) -> None:
        """Bring back the text that ``remove``, or an ``add`` of the same name, took away."""
        self.library.restore(id)
        self.sync()


def _duplicate(name: str, twin: str) -> DuplicateError:
    return DuplicateError(
        f"{plain_name(name)} holds the same text as {twin}, which is in the library already.",
        "See it with: coachbot documents",
    )
