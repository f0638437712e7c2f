"""One generation of the index, opened to search in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coachbot.embedding import Embedder, Vectors
from coachbot.reading.instructions import speaks_to_a_program
from coachbot.reading.sentences import Span
from coachbot.search.catalogue import Contents, Entry
from coachbot.search.lexical import LexicalIndex
from coachbot.search.situation_vectors import SituationVectors
from coachbot.search.situations import Situations
from coachbot.search.vectors import VectorStore
from coachbot.types import Document, Role


@dataclass(frozen=True, slots=True)
class Limits:
    """The sentences that say how sure the texts are: ``vectors`` has shape (sentences, width)."""

    sentences: tuple[tuple[Entry, Span], ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One generation of the index, to search in."""

    contents: Contents
    vectors: VectorStore
    lexical: LexicalIndex
    by_vector: Mapping[str, Entry]
    by_passage: Mapping[str, Entry]
    by_sentence: Mapping[str, Entry]
    situations: Situations
    limits: Limits

    @property
    def documents(self) -> dict[str, Document]:
        """The documents by id."""
        return {id: record.document for id, record in self.contents.records.items()}

    def document(self, id: str) -> Document:
        """The document of an id that a passage of this snapshot names."""
        return self.contents.records[id].document


def snapshot_of(
    contents: Contents, vectors: VectorStore, words: LexicalIndex, embedder: Embedder
) -> Snapshot:
    """The snapshot of what a catalogue holds.

    Args:
        contents: of the catalogue.
        vectors: the store it names.
        words: the word index of the same generation.
        embedder: what encoded the vectors.
    """
    entries = [entry for record in contents.records.values() for entry in record.entries]
    return Snapshot(
        contents,
        vectors,
        words,
        {entry.vector_id: entry for entry in entries},
        {entry.passage.id: entry for entry in entries},
        {id: entry for entry in entries for id in entry.sentence_ids()},
        _situations(contents, vectors, SituationVectors(embedder)),
        _limits(entries, vectors),
    )


def _limits(entries: Sequence[Entry], store: VectorStore) -> Limits:
    found = {
        id: (entry, span)
        for entry in entries
        if entry.passage.role is Role.LIMITS
        for id, span in zip(entry.sentence_ids(), entry.sentences, strict=True)
        if not speaks_to_a_program(_said(entry, span))
    }
    stored = store.vectors("sentences", list(found)) if found else {}
    return Limits(
        tuple(found[id] for id in stored),
        np.array(list(stored.values()), dtype=np.float32),
    )


def _said(entry: Entry, span: Span) -> str:
    """The words of a span of a text, which lies in the entry's passage."""
    begin = entry.passage.start
    return entry.passage.text[span[0] - begin : span[1] - begin]


def _situations(contents: Contents, store: VectorStore, encoder: SituationVectors) -> Situations:
    said = {id: record.situations() for id, record in contents.records.items()}
    stored = store.vectors("situations", [key for keys in said.values() for key in keys])
    return Situations(
        {id: list(lines.values()) for id, lines in said.items() if lines},
        {
            id: np.array([stored[key] for key in lines if key in stored])
            for id, lines in said.items()
        },
        encoder,
    )
