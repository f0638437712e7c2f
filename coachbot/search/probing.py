"""A mark that stands while a store of vectors is first read.

Chroma reads its graph of neighbours unchecked, and some damage to it ends the process (a
segmentation fault), so that nobody can be told. A mark that is still there at the next start says
that this may have happened: then the store is first tried in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from coachbot.errors import IndexUnusableError
from coachbot.search.catalogue import REBUILD_HINT, Entry
from coachbot.search.vectors import Granularity, VectorStore

Probes = Mapping[Granularity, Sequence[str]]
"""Ids whose own vectors a store must find."""

_PROBES = 12
_LONGEST = 120
"""Seconds after which the trial is taken for undecided; a store that hangs is not one that ends."""


@contextmanager
def watched(mark: Path, store: VectorStore, probes: Probes) -> Iterator[None]:
    """Leave the mark while a store is read; a server's is not watched.

    Args:
        mark: a file; where it cannot be written, nothing is watched.
        store: what is read.
        probes: what is looked for in it.

    Raises:
        IndexUnusableError: the mark was there, and reading the store does end a process.
    """
    if isinstance(store.location, str):
        yield
        return
    if mark.exists() and _ends_a_process(store.location, store.key, probes):
        raise IndexUnusableError("The index is damaged: to read it ends the program.", REBUILD_HINT)
    with suppress(OSError):
        mark.touch()
    try:
        yield
    finally:
        with suppress(OSError):
            mark.unlink(missing_ok=True)


def probes_for(entries: Sequence[Entry]) -> Probes:
    """Some passages and sentences, from all over, by which a store shows that it is whole."""
    return {
        "passages": _spread([entry.vector_id for entry in entries]),
        "sentences": _spread([id for entry in entries for id in entry.sentence_ids()]),
    }


def _spread(ids: Sequence[str]) -> list[str]:
    return list(ids[:: max(1, len(ids) // _PROBES)])


def finds_all(store: VectorStore, probes: Probes) -> bool:
    """Whether a store finds what it is probed for."""
    return all(store.finds_itself(granularity, ids) for granularity, ids in probes.items())


def _ends_a_process(store: Path, key: str, probes: Probes) -> bool:
    command = [sys.executable, "-m", "coachbot.search.probing", str(store), key]
    told = json.dumps(probes).encode()
    try:
        tried = subprocess.run(
            command, input=told, capture_output=True, timeout=_LONGEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode < 0


if __name__ == "__main__":
    finds_all(VectorStore(Path(sys.argv[1]), sys.argv[2]), json.load(sys.stdin))
