"""What the tests share: two small texts, an embedder that hashes words, the path of the article."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachbot.embedding import Vectors
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
