"""The vectors that a store lacks: which texts they are of, and encoding them in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from coachbot.embedding import Embedder, Vectors
from coachbot.errors import EmbedderError
from coachbot.search.catalogue import Record
from coachbot.search.shipped_vectors import ShippedVectors
from coachbot.search.situation_vectors import SituationVectors
from coachbot.search.vectors import GRANULARITIES, Granularity, VectorStore
from coachbot.search.workers import Workers

BATCH = 1024
"""Texts encoded between two writes: enough for the encoder to sort by length and fill batches."""

Progress = Callable[[int, int], None]
"""Called with the number of texts encoded so far and the number in all."""


def encode_missing(
    store: VectorStore,
    records: Sequence[Record],
    workers: Workers,
    embedder: Embedder,
    progress: Progress | None,
) -> int:
    """Encode what the records name and the store does not hold; store each batch as it comes.

    What came with the program, encoded beforehand, is stored first.

    Args:
        store: where the vectors go; this process alone writes to it.
        records: whose passages, sentences and situations are wanted.
        workers: who encode.
        embedder: what questions are encoded with.
        progress: told how many texts are encoded.

    Returns:
        How many texts were encoded.

    Raises:
        EmbedderError: a worker has another encoder.
        StorageError: the vectors could not be written.
    """
    missing = {g: _missing(store, g, texts) for g, texts in texts_of(records).items()}
    shipped = ShippedVectors.for_encoder(embedder)
    for granularity, texts in missing.items():
        known, vectors = shipped.among(granularity, texts)
        store.add(granularity, known, vectors)
        for id in known:
            del texts[id]
    total, done = sum(map(len, missing.values())), 0
    batches: list[tuple[Granularity, list[str]]] = []
    for granularity, texts in missing.items():
        # Longest first: batches are padded least, and the time left is never underestimated.
        ids = sorted(texts, key=lambda id: -len(texts[id]))
        batches += [(granularity, ids[i : i + BATCH]) for i in range(0, len(ids), BATCH)]
    wanted = [(kind, [missing[kind][id] for id in ids]) for kind, ids in batches]
    encode = partial(_encode, weights_hash=embedder.weights_hash)
    for number, vectors in workers.map(encode, wanted):
        granularity, ids = batches[number]
        store.add(granularity, ids, vectors)
        done += len(ids)
        if progress:
            progress(done, total)
    return total


def texts_of(records: Iterable[Record]) -> dict[Granularity, dict[str, str]]:
    """The texts that records name, of each granularity, by the ids of their vectors."""
    texts: dict[Granularity, dict[str, str]] = {g: {} for g in GRANULARITIES}
    for record in records:
        texts["situations"] |= record.situations()
        for entry in record.entries:
            texts["passages"][entry.vector_id] = entry.passage.embedded_text
            for id, (a, b) in zip(entry.sentence_ids(), entry.sentences, strict=True):
                texts["sentences"][id] = record.document.text[a:b]
    return texts


def _missing(
    store: VectorStore, granularity: Granularity, wanted: dict[str, str]
) -> dict[str, str]:
    stored = store.ids(granularity) if wanted else set()
    return {id: text for id, text in wanted.items() if id not in stored}


def _encode(
    embedder: Embedder, batch: tuple[Granularity, Sequence[str]], weights_hash: str
) -> Vectors:
    if embedder.weights_hash != weights_hash:
        raise EmbedderError(
            f"A worker's {embedder.name} has other weights than this one's.",
            "Install the same encoder on every machine.",
        )
    return vectors_of(embedder, *batch)


def vectors_of(embedder: Embedder, granularity: Granularity, texts: Sequence[str]) -> Vectors:
    """Encode texts of one granularity, shape (texts, width)."""
    if granularity == "situations":
        return SituationVectors(embedder).of(texts)
    return embedder.encode(texts)
