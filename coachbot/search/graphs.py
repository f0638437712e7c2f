"""The files of Chroma's graphs of neighbours, which Chroma itself reads and writes unchecked.

Some damage to them ends the process that reads them (a segmentation fault), so that nobody can be
told. So a finished store is sealed: what its graphs look like is kept in the catalogue, and looked
at before Chroma is. Readers do not write to them.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from coachbot.errors import StorageError

_HEADER = struct.Struct("<i4Q")
"""How the header of a graph begins (hnswlib): its version, where vectors begin, how many have room,
how many there are, and the bytes of each."""
_HEADER_VERSION = 1


def seal_of(store: Path) -> str:
    """The digest of all files of the graphs in a store's folder, their names included.

    Raises:
        OSError: there is no such folder, or one of its files cannot be read.
    """
    if not store.is_dir():
        raise FileNotFoundError(f"{store.name} is not there")
    seal = hashlib.sha256()
    for file in sorted(store.glob("*/*")):
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        seal.update(f"{file.relative_to(store).as_posix()} {digest}\n".encode())
    return seal.hexdigest()


def blank_behind(store: Path) -> None:
    """Write noughts behind the last vector of each graph in a store's folder.

    Raises:
        StorageError: they are not written in the way that is known here.
        OSError: they could not be written.
    """
    for header in store.glob("*/header.bin"):
        _blank_behind(header.with_name("data_level0.bin"), header.read_bytes())


def _blank_behind(file: Path, header: bytes) -> None:
    version, begin, _, used, size = _HEADER.unpack_from(header)
    if version != _HEADER_VERSION:
        raise StorageError(
            f"{file.parent.name} is written in a way that this version does not know.",
            "Use the version of chromadb that constraints.txt names.",
        )
    free = begin + used * size
    with file.open("r+b") as written:
        written.seek(free)
        written.write(bytes(max(0, file.stat().st_size - free)))
