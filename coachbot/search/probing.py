"""Whether a store of vectors is whole, and whether it can be read at all.

Chroma reads its graphs of neighbours unchecked, and some damage to them ends the process. What an
interrupted build left behind bears no seal (``graphs``), so it is tried in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from coachbot.search.catalogue import Entry
from coachbot.search.vectors import GRANULARITIES, Granularity, VectorStore

Probes = Mapping[Granularity, Sequence[str]]
"""Ids whose own vectors a store must find."""

_PROBES = 12
_LONGEST = 120
"""Seconds after which a trial counts as failed."""


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


def is_readable(store: Path, key: str) -> bool:
    """Whether what an interrupted build left in a folder can be gone on with.

    Args:
        store: the folder.
        key: of the store's collections.
    """
    command = [sys.executable, "-m", "coachbot.search.probing", str(store), key]
    try:
        return not subprocess.run(command, capture_output=True, timeout=_LONGEST).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _read(store: VectorStore) -> None:
    """Search each collection for one of its own vectors."""
    for granularity in GRANULARITIES:
        some = store.vectors(granularity, sorted(store.ids(granularity))[:1])
        for vector in some.values():
            store.nearest(granularity, vector, 1)


if __name__ == "__main__":
    _read(VectorStore(Path(sys.argv[1]), sys.argv[2]))
