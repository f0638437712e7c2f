"""Where a sync's work is done: in this process, or wherever else the same encoder can be loaded.

Reading and encoding are plain functions of an encoder and a batch; ``Workers`` says who calls them.
``ray_workers`` has many processes do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from coachbot.embedding import Embedder

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Workers(Protocol):
    """Those who hold an encoder and do what is asked, a batch at a time."""

    def map(
        self, work: Callable[[Embedder, Batch], Result], batches: Sequence[Batch]
    ) -> Iterator[tuple[int, Result]]:
        """Do the same work on each batch.

        Args:
            work: what to do; it and the batches may be pickled on their way.
            batches: what to do it on.

        Returns:
            The number of each batch with what came of it, as they are done, in any order.
        """


class InProcess:
    """The process that asks does the work itself, in order.

    Args:
        embedder: the encoder it holds.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def map(
        self, work: Callable[[Embedder, Batch], Result], batches: Sequence[Batch]
    ) -> Iterator[tuple[int, Result]]:
        """See ``Workers.map``."""
        return ((i, work(self._embedder, batch)) for i, batch in enumerate(batches))
