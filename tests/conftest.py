"""Shared parts of the tests: a tiny corpus, an embedder that hashes words, a clean environment.

Fakes enter by the real seams: the embedder is passed to ``Coach.open`` like any other. Sockets to
anywhere but this machine are refused in every test.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filing import file_results
from small_corpus import LISTENING, REPAIR, SHARED, HashingEmbedder

from coachbot.coach import Coach
from coachbot.embedding import SentenceTransformerEmbedder, load_embedder


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="long forms: see scripts/full/tests")


def pytest_configure() -> None:
    """One thread for each of the files that run at a time: more would wait for one another."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def filed(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Takes down what a long form came to; a full run files it under its commit."""
    results: dict[str, object] = {}
    yield results.__setitem__
    if request.config.getoption("--full") and results:
        file_results(results, "full-")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright leaves an event loop running in the tests' thread.

    Of their files those with most tests go first, so that the last one is short.
    """
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[bool, int]:
        in_browser = item.path.parent.name == "browser"
        return in_browser, -tests[item.path] * in_browser

    items.sort(key=place)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable or settings file of a laptop changes a result; nothing is written at home."""
    for name in [name for name in os.environ if name.startswith("COACHBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COACHBOT_DATA", str(tmp_path / "default-data"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting to anywhere but this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture(scope="session")
def minilm() -> SentenceTransformerEmbedder:
    """The real encoder, loaded once."""
    return load_embedder()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with two small texts."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "listening.md").write_text(LISTENING, encoding="utf-8")
    (folder / "repair.txt").write_text(REPAIR, encoding="utf-8")
    return folder


@pytest.fixture
def coach(corpus: Path, tmp_path: Path, embedder: HashingEmbedder) -> Coach:
    """A Coach on the small corpus with the hashing embedder."""
    return Coach.open(corpus=corpus, data=tmp_path / "data", embedder=embedder)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the index of the shipped texts, built once; to be read only."""
    folder = tmp_path_factory.mktemp("shipped")
    Coach.open(data=folder).close()
    return folder


@pytest.fixture(scope="session")
def article() -> Path:
    """The article as supplied, where this machine has it."""
    path = SHARED / "corpus" / "staik-2016-mirror-neurons.txt"
    if not path.is_file():
        pytest.skip("the article is not on this machine; it is the user's to add")
    return path
