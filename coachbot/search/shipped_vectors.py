"""Vectors of the shipped texts, made beforehand: the first answer on a new machine comes sooner.

They are found by the text itself, so one that was written or changed since is encoded like a
user's own, and a store holds the same either way (as far as 16 bits tell). Written by
``scripts/embed_corpus.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from coachbot.embedding import Embedder, Vectors, digest
from coachbot.search.situation_vectors import SituationVectors
from coachbot.search.vectors import GRANULARITIES, Granularity

FILE = "shipped_vectors.npz"
_NONE = np.empty((0, 0), dtype=np.float32)


class ShippedVectors:
    """What one encoder made of some texts.

    Args:
        rows: of each granularity the digests of the texts, in the order of the vectors.
        vectors: of each granularity unit vectors, shape (texts, width).
    """

    def __init__(
        self,
        rows: Mapping[Granularity, list[bytes]],
        vectors: Mapping[Granularity, Vectors],
    ) -> None:
        self._rows = {g: {key: row for row, key in enumerate(keys)} for g, keys in rows.items()}
        self._vectors = vectors

    @classmethod
    def for_encoder(cls, embedder: Embedder) -> ShippedVectors:
        """What comes with the program; nothing if another encoder or other layers made it."""
        return _shipped(maker_of(embedder))

    def among(
        self, granularity: Granularity, texts: Mapping[str, str]
    ) -> tuple[list[str], Vectors]:
        """The ids of those texts whose vectors are here, and the vectors.

        Args:
            granularity: what the texts are.
            texts: by their ids.

        Returns:
            Ids, and float32 of shape (ids, width).
        """
        rows = self._rows.get(granularity, {})
        found = {id: rows[key] for id, text in texts.items() if (key := _key(text)) in rows}
        vectors = self._vectors[granularity][list(found.values())] if found else _NONE
        return list(found), vectors


def save(
    path: Path,
    embedder: Embedder,
    texts: Mapping[Granularity, list[str]],
    vectors: Mapping[Granularity, Vectors],
) -> None:
    """Write the file that ``ShippedVectors.for_encoder`` reads.

    Args:
        path: the file.
        embedder: what made the vectors.
        texts: of each granularity.
        vectors: theirs, shape (texts, width).
    """
    stored = {"maker": np.array(maker_of(embedder))}
    for granularity in GRANULARITIES:
        keys = [np.frombuffer(_key(text), dtype="u1") for text in texts[granularity]]
        stored[f"{granularity}.keys"] = np.stack(keys)
        stored[f"{granularity}.vectors"] = vectors[granularity].astype("f2")
    np.savez(path, allow_pickle=False, **stored)


def maker_of(embedder: Embedder) -> str:
    """Names an encoder together with the layers that stand beside it."""
    return f"{embedder.weights_hash} {SituationVectors(embedder).layers}"


def _shipped(maker: str) -> ShippedVectors:
    with as_file(files("coachbot.search") / FILE) as path, np.load(path) as stored:
        if str(stored["maker"]) != maker:
            return ShippedVectors({}, {})
        return ShippedVectors(
            {g: [key.tobytes() for key in stored[f"{g}.keys"]] for g in GRANULARITIES},
            {g: _unit(stored[f"{g}.vectors"].astype("f4")) for g in GRANULARITIES},
        )


def _unit(vectors: Vectors) -> Vectors:
    """The rounding to 16 bits taken out of the lengths."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _key(text: str) -> bytes:
    return digest(text)[:12]
