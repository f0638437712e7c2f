"""The vectors that come with the program: a first start hardly encodes, and finds the same."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from small_corpus import HashingEmbedder

from coachbot.coach import Coach
from coachbot.embedding import (
    Embedder,
    SentenceTransformerEmbedder,
    Vectors,
    default_embedder,
)
from coachbot.search.encoding import texts_of, vectors_of
from coachbot.search.index import LibraryIndex
from coachbot.search.snapshot import Snapshot
from coachbot.search.vectors import GRANULARITIES, Granularity
from coachbot.settings import resource

TEXT = "apologising-well.md"


class Holding:
    """The packaged encoder inside something else: what stands beside it is not known then."""

    def __init__(self, inner: SentenceTransformerEmbedder) -> None:
        self._inner = inner
        self.name, self.width = inner.name, inner.width
        self.weights_hash, self.max_pieces = inner.weights_hash, inner.max_pieces

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._inner.encode(texts)

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return self._inner.count_pieces(texts)


def snapshot_in(data: Path, embedder: Embedder | None = None) -> Snapshot:
    """The one index in a data folder."""
    (catalogue,) = data.rglob("catalogue.sqlite")
    return LibraryIndex(catalogue.parent, embedder or default_embedder()).snapshot()


@pytest.fixture
def one_text(tmp_path: Path) -> Path:
    """A corpus of one of the shipped texts."""
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(resource("corpus") / TEXT, folder)
    return folder


def test_a_first_start_encodes_hardly_anything(tmp_path: Path) -> None:
    coach = Coach.open(data=tmp_path / "data")
    texts = texts_of(snapshot_in(tmp_path / "data").contents.records.values())
    assert coach.last_sync
    # Texts changed since the file was written are encoded here; write it anew before they are many.
    assert coach.last_sync.encoded < 0.05 * sum(map(len, texts.values()))


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_what_is_stored_is_what_the_encoder_makes(
    shipped: Path, minilm: SentenceTransformerEmbedder, granularity: Granularity
) -> None:
    snapshot = snapshot_in(shipped)
    texts = texts_of(snapshot.contents.records.values())[granularity]
    some = dict(sorted(texts.items())[:: len(texts) // 20])
    stored = snapshot.vectors.vectors(granularity, list(some))
    made = vectors_of(minilm, granularity, list(some.values()))
    similar = [float(stored[id] @ own) for id, own in zip(some, made, strict=True)]
    assert min(similar) > 0.9999
    assert np.allclose([np.linalg.norm(v) for v in stored.values()], 1, atol=1e-5)


def test_a_sentence_changed_since_is_encoded_like_a_users_own(
    one_text: Path, tmp_path: Path
) -> None:
    before = Coach.open(corpus=one_text, data=tmp_path / "before")
    assert before.last_sync
    assert before.last_sync.encoded == 0
    file = one_text / TEXT
    added = "Pears ripen on the sill in nine days."
    file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{added}\n", encoding="utf-8")
    after = Coach.open(corpus=one_text, data=tmp_path / "after")
    assert after.last_sync
    assert 0 < after.last_sync.encoded <= 3
    assert after.search(added)[0].passage.text.endswith(added)


def test_another_encoder_takes_none_of_them(one_text: Path, tmp_path: Path) -> None:
    coach = Coach.open(corpus=one_text, data=tmp_path / "data", embedder=HashingEmbedder())
    index = snapshot_in(tmp_path / "data", HashingEmbedder())
    texts = texts_of(index.contents.records.values())
    assert coach.last_sync
    assert coach.last_sync.encoded == sum(map(len, texts.values()))


def test_an_index_of_the_same_weights_without_the_layers_is_built_anew(
    one_text: Path, tmp_path: Path, minilm: SentenceTransformerEmbedder
) -> None:
    data = tmp_path / "data"
    Coach.open(corpus=one_text, data=data, embedder=Holding(minilm)).close()
    coach = Coach.open(corpus=one_text, data=data)
    assert coach.ask("How do I say sorry so that it is heard?").claims
