"""What a ``sync`` has to do: which files are new, changed, gone, unreadable or doubled.

A source is read only if its size or time differs from what the catalogue knows, and indexed only if
its content or what was said of it differs too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from coachbot.embedding import Embedder
from coachbot.errors import CoachbotError
from coachbot.reading.passages import sentence_spans, split
from coachbot.search.catalogue import Contents, Entry, Record
from coachbot.search.library import FileState, Source
from coachbot.search.workers import Workers
from coachbot.types import Document

_FILES = 32
"""Sources read at once by a worker: enough that passing them on costs little."""

_Task = tuple[Source, Record | None]
"""A source, and what is indexed of it."""

_Found = tuple[Record | None, CoachbotError | None]
"""The record of a source as it stands now, and why it could not be read."""

_ReadAll = Callable[[Embedder, Sequence[_Task]], list[_Found]]


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


def plan(
    sources: Sequence[Source],
    contents: Contents,
    workers: Workers,
    max_bytes: int,
    target_pieces: int,
) -> Plan:
    """Compare the sources of a library with what is indexed.

    Args:
        sources: all sources of the library; the first of two with the same text counts.
        contents: what is indexed now.
        workers: who read what is new or looks changed, and cut it into passages.
        max_bytes: larger files are failures.
        target_pieces: the size passages aim at, in word pieces.

    Returns:
        What to do. A file that cannot be read is a failure, and what was indexed of it stays.
    """
    work = partial(_read_all, max_bytes=max_bytes, target_pieces=target_pieces)
    found = list(_found(sources, contents, workers, work))
    duplicates, before = _duplicates(found), contents.records
    own = {s.id: r for s, (r, _) in found if r and s.path not in duplicates}
    same = {id: record for id, record in own.items() if _is_same(record, before.get(id))}
    fresh = {id: record for id, record in own.items() if id not in same}
    present = {source.id for source in sources if source.path not in duplicates}
    report = SyncReport(
        contents.generation,
        added=tuple(id for id in fresh if id not in before),
        changed=tuple(id for id in fresh if id in before),
        removed=tuple(id for id in before if id not in present),
        unchanged=len(same),
        failures={source.path: error for source, (_, error) in found if error},
        duplicates=duplicates,
    )
    moved = tuple(record for id, record in same.items() if record != before[id])
    unread = tuple(unread_key(s) for s, (_, error) in found if error or s.path in duplicates)
    return Plan(report, tuple(fresh.values()), moved, unread)


def looks_changed(source: Source, known: FileState | None) -> bool:
    """Whether a source's path, size, time or description differs from what was indexed."""
    return known is None or source.glance() != replace(known, sha256="") or known.size < 0


def unread_key(source: Source) -> str:
    """Names a source in the state in which it could not be indexed, so that it is not retried."""
    state = source.glance()
    return f"{state.path}|{state.size}|{state.mtime_ns}"


def _found(
    sources: Sequence[Source], contents: Contents, workers: Workers, work: _ReadAll
) -> Iterator[tuple[Source, _Found]]:
    """Each source with its record; those that look as they did are not read."""
    tasks = [(source, contents.records.get(source.id)) for source in sources]
    found: list[_Found] = [(known, None) for _, known in tasks]
    to_read = [i for i, (s, r) in enumerate(tasks) if looks_changed(s, r.file if r else None)]
    batches = [to_read[i : i + _FILES] for i in range(0, len(to_read), _FILES)]
    for number, read in workers.map(work, [[tasks[i] for i in batch] for batch in batches]):
        for i, one in zip(batches[number], read, strict=True):
            found[i] = one
    return zip(sources, found, strict=True)


def _duplicates(found: Sequence[tuple[Source, _Found]]) -> dict[Path, str]:
    """The sources whose text an earlier one holds already, and the id of that one."""
    texts, twins = dict[str, str](), dict[Path, str]()
    for source, (record, _) in found:
        if record:
            first = texts.setdefault(record.document.sha256, source.id)
            if first != source.id:
                twins[source.path] = first
    return twins


def _read_all(
    embedder: Embedder, tasks: Sequence[_Task], max_bytes: int, target_pieces: int
) -> list[_Found]:
    found: list[_Found] = []
    for source, known in tasks:
        try:
            found.append((_read(embedder, source, known, max_bytes, target_pieces), None))
        except CoachbotError as error:
            if known and _is_stale(known):
                known = replace(known, entries=cut(embedder, known.document, target_pieces))
            found.append((known, error))
    return found


def _read(
    embedder: Embedder, source: Source, known: Record | None, max_bytes: int, target_pieces: int
) -> Record:
    # The state is taken before the bytes: an edit in between shows as a change next time.
    state = source.glance()
    sha256, make_document = source.read(max_bytes)
    state = replace(state, sha256=sha256)
    if known and (known.file.sha256, known.file.described) == (sha256, state.described):
        return replace(known, file=state)
    document = make_document()
    return Record(document, state, cut(embedder, document, target_pieces))


def cut(embedder: Embedder, document: Document, target_pieces: int) -> tuple[Entry, ...]:
    """A document to its passages, ready for the index."""
    entries = []
    for passage in split(document, embedder.count_pieces, embedder.max_pieces, target_pieces):
        digest = hashlib.sha256(passage.embedded_text.encode()).hexdigest()[:12]
        spans = sentence_spans(passage.text)
        sentences = tuple((a + passage.start, b + passage.start) for a, b in spans)
        entries.append(Entry(f"{passage.id}|{digest}", passage, sentences))
    return tuple(entries)


def _is_same(record: Record, known: Record | None) -> bool:
    """Whether what is indexed of a source is what it holds now."""
    return known is not None and record.document == known.document and not _is_stale(known)


def _is_stale(record: Record) -> bool:
    return not record.file.sha256
