"""One writer at a time: a file lock, and a note beside it that says who holds it."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from coachbot.errors import IndexBusyError, StorageError


@contextmanager
def one_writer(folder: Path, patience: float) -> Iterator[None]:
    """Hold the writer's lock of an index folder, which is made if need be.

    Args:
        folder: the folder of the index.
        patience: seconds to wait for another writer.

    Raises:
        IndexBusyError: another process still holds it; the message names it.
        StorageError: the folder cannot be written, or the disk filled up while the lock was held.
    """
    holder = folder / "writer.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "writer.lock").acquire(timeout=patience):
            holder.write_text(json.dumps(_this_process()), encoding="utf-8")
            yield
    except Timeout as error:
        raise IndexBusyError(
            f"The index is being written by {_named(holder)}.",
            "Wait until it is done, or stop that process, then try again.",
        ) from error
    except OSError as error:
        raise StorageError(
            f"The index folder cannot be written: {error.strerror or error}.",
            f"Free some space at {folder}, make it writable, or choose another place "
            "with --data. What was indexed before stays in use.",
        ) from error


def _this_process() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": time.strftime("%H:%M:%S"),
        # The program alone: what follows it may be somebody's question.
        "command": Path(sys.argv[0]).name,
    }


def _named(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {who['pid']} on {who['host']} since {who['since']} ({who['command']})"
    except (OSError, ValueError, KeyError):
        return "another process"
