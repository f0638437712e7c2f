"""Batches in which little is padded, for the scripts that fit networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def alike_long(
    shuffled: Sequence[Item], length: Callable[[Item], int], size: int, block: int
) -> list[list[Item]]:
    """Batches of items about equally long, the last of each block perhaps smaller.

    Args:
        shuffled: all items, in a new order each round.
        length: of an item.
        size: items in a batch.
        block: batches that are sorted by length among themselves.
    """
    found = list[list[Item]]()
    for start in range(0, len(shuffled), block * size):
        part = sorted(shuffled[start : start + block * size], key=length)
        found += [part[i : i + size] for i in range(0, len(part), size)]
    return found
