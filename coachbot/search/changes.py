"""What a ``sync`` has to do: which files are new, changed, gone, unreadable or doubled.

A source is read only if its size or time differs from what the catalogue knows, and indexed only if
its content or what was said of it differs too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coachbot.errors import CoachbotError
from coachbot.search.catalogue import Contents, Entry, Record
from coachbot.search.library import FileState, Source
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
    def problems(self) -> tuple[str, ...]:
        """For each text that was passed over, which and why."""
        doubles = (
            f"Passed over {path.name}: it holds the same text as {twin}."
            for path, twin in self.duplicates.items()
        )
        failed = (f"{error.message}\n{error.hint}".rstrip() for error in self.failures.values())
        return (*doubles, *failed)

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


def plan(sources: Sequence[Source], contents: Contents, max_bytes: int, cut: Cut) -> Plan:
    """Compare the sources of a library with what is indexed.

    Args:
        sources: all sources of the library; the first of two with the same text counts.
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
    for source in sources:
        known = contents.records.get(source.id)
        try:
            record = _read(source, known, max_bytes, cut)
        except CoachbotError as error:
            failures[source.path] = error
            unread.append(unread_key(source))
            if not known:
                continue
            record = replace(known, entries=cut(known.document)) if _is_stale(known) else known
        if (twin := texts.setdefault(record.document.sha256, source.id)) != source.id:
            duplicates[source.path] = twin
            unread.append(unread_key(source))
            continue
        if known and record.document == known.document and not _is_stale(known):
            unchanged += 1
            moved += [record] if record != known else []
            continue
        records.append(record)
        (changed if known else added).append(source.id)
    present = {source.id for source in sources if source.path not in duplicates}
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


def looks_changed(source: Source, known: FileState | None) -> bool:
    """Whether a source's path, size, time or description differs from what was indexed."""
    return known is None or source.glance() != replace(known, sha256="") or known.size < 0


def unread_key(source: Source) -> str:
    """Names a source in the state in which it could not be indexed, so that it is not retried."""
    state = source.glance()
    return f"{state.path}|{state.size}|{state.mtime_ns}"


def _read(source: Source, known: Record | None, max_bytes: int, cut: Cut) -> Record:
    if known and not looks_changed(source, known.file):
        return known
    # The state is taken before the bytes: an edit in between shows as a change next time.
    state = source.glance()
    sha256, make_document = source.read(max_bytes)
    state = replace(state, sha256=sha256)
    if known and (known.file.sha256, known.file.described) == (sha256, state.described):
        return replace(known, file=state)
    document = make_document()
    return Record(document, state, cut(document))


def _is_stale(record: Record) -> bool:
    return not record.file.sha256
