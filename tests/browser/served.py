"""A page of our own to open in a browser, started with ``coachbot serve``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def served(folder: Path, texts: dict[str, str], **environment: str) -> Iterator[str]:
    """Serve a folder of texts; its data is in ``folder/data``.

    Args:
        folder: where everything is written.
        texts: the content of each file of the corpus.
        environment: variables besides those of this process.
    """
    (folder / "corpus").mkdir(parents=True)
    for name, text in texts.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "coachbot", "serve", "--no-browser", "--port", str(port)]
    command += ["--corpus", str(folder / "corpus"), "--data", str(folder / "data")]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env=os.environ | environment
        )
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(360):
                assert server.poll() is None, (folder / "log").read_text()
                try:
                    urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.25)
            yield url
        finally:
            server.terminate()
            server.wait(20)


def serious_findings(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds on a page that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        (v["id"], [n["html"][:200] for n in v["nodes"]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
