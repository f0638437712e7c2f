"""Shared parts of the tests: a tiny corpus, an embedder that hashes words, a clean environment.

Fakes enter by the real seams: the embedder is passed to ``Coach.open`` like any other. Sockets to
anywhere but this machine are refused in every test.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachbot.coach import Coach
from coachbot.embedding import SentenceTransformerEmbedder, Vectors, load_embedder
from coachbot.search.lexical import content_words

SHARED = Path(__file__).parent.parent.parent / "shared"

LISTENING = """---
title: Listening so that it lands
kind: practice
authors: [Ada Example]
year: 2024
topics: [listening]
sources:
  - {id: weger-2014, citation: "Weger et al. 2014", doi: 10.1080/10904018.2013.813234}
---

# Listening so that it lands

Good listening starts with putting the phone away.

## What the research found

Strangers felt more understood after active listening than after advice.[^weger-2014 weak] Advice
was liked just as much.

## Try this

- Say back in your own words what your partner said.
- Ask whether you got it right before you answer.

## Questions to reflect on

When did somebody last listen to you well?
"""

REPAIR = """# Saying sorry

By Ben Sample

Published 3 March 2021

An apology names what you did without the word but. A quick apology can sound like a wish to end
the talk.

A repair works best early, while both are still calm. Waiting three weeks makes an apology harder.
"""


class HashingEmbedder:
    """Each content word adds its own fixed random direction: texts that share words are near."""

    name = "hashed-words"
    weights_hash = "hashed-words-1"
    width = 256
    max_pieces = 256

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        vectors = np.array([self._vector(text) for text in texts], dtype=np.float32)
        return vectors.reshape(len(texts), self.width)

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def _vector(self, text: str) -> Any:
        total = np.full(self.width, 1e-3)
        for word in content_words(text):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.width)
        return total / np.linalg.norm(total)


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


@pytest.fixture
def chromium() -> Path:
    """The system's Chromium."""
    path = Path("/usr/bin/chromium")
    if not path.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return path
