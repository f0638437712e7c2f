"""BM25 over passages: stemmed words, stop words out, saved in a folder and memory-mapped.

k1 0.9 and b 0.4 are the values of the Anserini baselines for short passages (Robertson & Zaragoza
2009, doi 10.1561/1500000019).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coachbot.errors import IndexUnusableError, StorageError

if TYPE_CHECKING:
    import Stemmer
    from bm25s import BM25

_K1, _B = 0.9, 0.4
_IDS, _SEAL = "ids.json", "seal.sha256"
_WORD = re.compile(r"(?u)\b\w\w+\b")

_STOP_WORDS = """
a about after again all also am an and any are aren't as at be because been before being but by
can can't could couldn't did didn't do does doesn't doing don't down during each few for from
further had has hasn't have haven't having he her here hers herself him himself his how i if in
into is isn't it its itself just let me more most my myself no nor not of off on once only or
other our ours ourselves out over own same she should so some such than that the their theirs
them themselves then there these they this those through to too under until up very was wasn't
we were weren't what when where which while who whom why will with won't would you your yours
yourself yourselves ve ll re don didn isn wasn doesn im ive cant dont
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    import Stemmer

    return Stemmer.Stemmer("english")


def content_words(text: str) -> list[str]:
    """The stems of a text's words, stop words and single letters left out, in order."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    return list(_stemmer().stemWords([word for word in words if word not in STOP_WORDS]))


class LexicalIndex:
    """BM25 scores of passages for a question.

    Args:
        ids: ids of the passages, in the order of the scores.
        bm25: the index itself; None for an empty one.
    """

    def __init__(self, ids: Sequence[str], bm25: BM25 | None) -> None:
        self.ids = tuple(ids)
        self._bm25 = bm25

    @classmethod
    def over(cls, ids: Sequence[str], texts: Sequence[str]) -> LexicalIndex:
        """An index of a few texts, in memory only."""
        return cls(ids, _indexed(texts) if ids else None)

    def knows(self, stem: str) -> bool:
        """Whether a stem of ``content_words`` stands in any of the texts."""
        return self._bm25 is not None and stem in self._bm25.vocab_dict

    def scores(self, question: str) -> NDArray[np.float32]:
        """BM25 of each passage, divided by the question's best: 0 to 1, shape (len(ids),)."""
        scores = self._scores(content_words(question))
        best = float(scores.max(initial=0.0))
        return scores / best if best > 0 else scores

    def shares(self, question: str) -> NDArray[np.float32]:
        """BM25 of each passage, divided by what one full of all the question's words would reach.

        Where a question is in quite other words than the texts, the passage that has one of them
        has little; divided by the best it would have all. 0 to 1, shape (len(ids),).
        """
        words = content_words(question)
        ideal = sum(map(self._rarity, words))
        scores = self._scores(words)
        return scores / ideal if ideal > 0 else scores

    def _scores(self, words: Sequence[str]) -> NDArray[np.float32]:
        known = [word for word in words if self.knows(word)]
        if self._bm25 is None or not known:
            return np.zeros(len(self.ids), dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def _rarity(self, word: str) -> float:
        """The inverse document frequency that BM25 (Lucene's) weighs a word with."""
        among = 0
        if self._bm25 is not None and (place := self._bm25.vocab_dict.get(word)) is not None:
            first, last = self._bm25.scores["indptr"][place : place + 2]
            among = int(last) - int(first)
        return math.log(1 + (len(self.ids) - among + 0.5) / (among + 0.5))


def save(folder: Path, ids: Sequence[str], texts: Sequence[str]) -> None:
    """Index texts under their ids and save the result, on disk before this returns.

    Raises:
        StorageError: it could not be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _IDS).write_text(json.dumps(list(ids)), encoding="utf-8")
        if ids:
            _indexed(texts).save(folder, show_progress=False)
        (folder / _SEAL).write_text(_seal(folder), encoding="utf-8")
        for file in folder.iterdir():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
    except OSError as error:
        raise StorageError(
            f"The word index could not be written: {error.strerror}.",
            f"Free some space at {folder.parent}, make it writable, or choose another place "
            "with --data.",
        ) from error


def _indexed(texts: Sequence[str]) -> BM25:
    import bm25s

    words = [content_words(text) or ["\0"] for text in texts]  # bm25s cannot hold an empty text
    index = bm25s.BM25(k1=_K1, b=_B, method="lucene")
    index.index(words, show_progress=False)
    return index


def _seal(folder: Path) -> str:
    """One hash of all files, by which damage is noticed that numpy reads over."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.name != _SEAL:
            with file.open("rb") as handle:
                digest.update(file.name.encode() + hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()


def load(folder: Path) -> LexicalIndex:
    """Open a saved index.

    Raises:
        IndexUnusableError: it is missing or damaged.
    """
    try:
        import bm25s

        if _seal(folder) != (folder / _SEAL).read_text(encoding="utf-8"):
            raise ValueError("its files have changed")
        ids = json.loads((folder / _IDS).read_text(encoding="utf-8"))
        return LexicalIndex(ids, bm25s.BM25.load(folder, mmap=True) if ids else None)
    except Exception as error:  # numpy and json each raise their own for damaged files
        raise IndexUnusableError(
            f"The word index could not be read: {error}.",
            "Build the index anew with: coachbot index --rebuild",
        ) from error
