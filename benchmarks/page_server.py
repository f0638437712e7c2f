"""The page's own server, started as anyone would start it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


def build_index(folder: Path) -> None:
    """Build the index of the shipped texts under ``data`` in a folder."""
    build = [sys.executable, "-m", "coachbot", "index", "--data", str(folder / "data")]
    subprocess.run(build, check=True, capture_output=True)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a page and the process that serves it, once it answers.

    Args:
        folder: with the index under ``data``; what the server says goes to ``log`` in it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "coachbot", "serve", "--no-browser", "--port", str(port)]
    with (folder / "log").open("w") as log:
        server = psutil.Popen(
            [*command, "--data", str(folder / "data")], cwd=folder, stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            while not _is_up(url):
                if server.poll() is not None:
                    raise SystemExit((folder / "log").read_text())
                time.sleep(0.02)  # when it begins to answer is measured too
            yield url, server
        finally:
            server.terminate()
            server.wait(20)


def _is_up(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
    except OSError:
        return False
    return True
