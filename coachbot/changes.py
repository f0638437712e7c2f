"""What a ``sync`` has to do: which files are new, changed, gone, unreadable or doubled.

A file is read only if its size or time differs from what the catalogue knows, and indexed only if
its content or what was said of it differs too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from coachbot.catalogue import Contents, Entry, FileState, Record
from coachbot.documents import load_document, read_bytes
from coachbot.errors import CoachbotError
from coachbot.library import SourceFile
from coachbot.types import Document

Cut = Callable[[Document], tuple[Entry, ...]]
"""A document to its passages, ready for the index."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a ``sync`` did, by document id; ``failures`` and ``duplicates`` by file."""

    generation: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    encoded: int = 0
    failures: Mapping[Path, CoachbotError] = field(default_factory=dict)
    duplicates: Mapping[Path, str] = field(default_factory=dict)

    @property
    def touched(self) -> bool:
        """Whether any document changed."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of a ``sync``: ``records`` are to be encoded, ``moved`` only stored anew."""

    report: SyncReport
    records: tuple[Record, ...]
    moved: tuple[Record, ...]
    unread: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.report.touched or self.records or self.moved)


def stale(contents: Contents) -> Contents:
    """The same documents, each to be indexed anew whatever its file's state."""
    records = {
        id: replace(record, file=replace(record.file, size=-1, sha256=""))
        for id, record in contents.records.items()
    }
    return Contents(contents.generation, {}, records)


def plan(files: Sequence[SourceFile], contents: Contents, max_bytes: int, cut: Cut) -> Plan:
    """Compare the files of a library with what is indexed.

    Args:
        files: all files of the library; the first of two with the same text counts.
        contents: what is indexed now.
        max_bytes: larger files are failures.
        cut: turns a new document into passages.

    Returns:
        What to do. A file that cannot be read is a failure, and what was indexed of it stays.
    """
    added, changed, unchanged = list[str](), list[str](), 0
    records, moved, unread = list[Record](), list[Record](), list[str]()
    failures, duplicates = dict[Path, CoachbotError](), dict[Path, str]()
    texts = dict[str, str]()
    for file in files:
        known = contents.records.get(file.id)
        try:
            record = _read(file, known, max_bytes, cut)
        except CoachbotError as error:
            failures[file.path] = error
            unread.append(unread_key(file))
            if not known:
                continue
            record = replace(known, entries=cut(known.document)) if _is_stale(known) else known
        if (twin := texts.setdefault(record.document.sha256, file.id)) != file.id:
            duplicates[file.path] = twin
            unread.append(unread_key(file))
            continue
        if known and record.document == known.document and not _is_stale(known):
            unchanged += 1
            moved += [record] if record != known else []
            continue
        records.append(record)
        (changed if known else added).append(file.id)
    present = {file.id for file in files if file.path not in duplicates}
    report = SyncReport(
        contents.generation,
        tuple(added),
        tuple(changed),
        tuple(id for id in contents.records if id not in present),
        unchanged,
        failures=failures,
        duplicates=duplicates,
    )
    return Plan(report, tuple(records), tuple(moved), tuple(unread))


def looks_changed(file: SourceFile, known: FileState | None) -> bool:
    """Whether a file's path, size, time or description differs from what was indexed."""
    if known is None or not file.path.is_file():
        return True
    return _state(file, known.sha256) != known


def unread_key(file: SourceFile) -> str:
    """Names a file in the state in which it could not be indexed, so that it is not retried."""
    state = _state(file, "")
    return f"{state.path}|{state.size}|{state.mtime_ns}"


def _read(file: SourceFile, known: Record | None, max_bytes: int, cut: Cut) -> Record:
    if known and not looks_changed(file, known.file):
        return known
    # The state is taken before the bytes: an edit in between shows as a change next time.
    state = _state(file, "")
    data = read_bytes(file.path, max_bytes)
    state = replace(state, sha256=hashlib.sha256(data).hexdigest())
    if known and (known.file.sha256, known.file.described) == (state.sha256, state.described):
        return replace(known, file=state)
    document = load_document(data, file.path.name, file.id, file.described)
    return Record(document, state, cut(document))


def _is_stale(record: Record) -> bool:
    return not record.file.sha256


def _state(file: SourceFile, sha256: str) -> FileState:
    said = json.dumps(asdict(file.described), sort_keys=True)
    try:
        stat = file.path.stat()
    except OSError:
        return FileState(str(file.path), -1, -1, sha256, said)
    return FileState(str(file.path), stat.st_size, stat.st_mtime_ns, sha256, said)
