"""Retuned layers: what is stored of them; vectors of everyday sentences beside the encoder's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from coachbot.embedding import Recent
from coachbot.retuned import WIDTH, RetunedLayers, layers_like_the_encoders, packed, unpacked
from coachbot.search.situation_vectors import SituationVectors

SAYINGS = [
    "The pan from Sunday is still in the sink and I am the only one who sees it.",
    "bins",
    "He asks what's for dinner, he asks where his socks are, and I have a job as well as him.",
]


@pytest.fixture(scope="module")
def layers():
    torch.manual_seed(3)
    return layers_like_the_encoders()


def test_what_is_packed_comes_back_nearly_the_same_in_a_quarter_of_the_size(layers):
    weights = layers.state_dict()
    stored = packed(weights)
    back = unpacked(stored)
    assert back.keys() == weights.keys()
    for name, tensor in weights.items():
        assert torch.allclose(back[name], tensor, atol=float(tensor.abs().max()) / 200)
    size = sum(t.numel() * t.element_size() for t in stored.values())
    assert size < 0.27 * sum(t.numel() * t.element_size() for t in weights.values())


def test_a_text_has_the_same_vector_alone_and_beside_longer_ones(layers, minilm):
    retuned = RetunedLayers(layers)
    words = [minilm.word_vectors(text) for text in SAYINGS]
    together = retuned.vectors(words)
    assert together.shape == (len(SAYINGS), WIDTH)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for row, alone in zip(together, words, strict=True):
        assert np.allclose(row, retuned.vectors([alone])[0], atol=1e-5)


def test_another_encoders_vectors_stand_alone(embedder):
    assert np.array_equal(SituationVectors(embedder).of(SAYINGS), embedder.encode(SAYINGS))


def test_the_trouble_told_counts_beside_the_things_named(minilm):
    """Two quarrels over chores come nearer, beside a quarrel and a recipe with the same pan."""
    chores, pan = (
        SAYINGS[0],
        "Which pan is best for pesto, and does it go in the sink or the dishwasher?",
    )
    other = "Nobody but me ever thinks of the school forms, the dentist or the birthday cards."

    def nearer(vectors):
        return float(vectors[0] @ vectors[1]) - float(vectors[0] @ vectors[2])

    texts = [chores, other, pan]
    of_situations = SituationVectors(minilm)
    assert nearer(of_situations.of(texts)) > nearer(minilm.encode(texts))


def test_what_is_asked_for_again_is_remembered_longest():
    recent: Recent[int] = Recent(2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.of("a") == 1
    recent.keep("c", 3)
    assert (recent.of("a"), recent.of("b"), recent.of("c")) == (1, None, 3)
