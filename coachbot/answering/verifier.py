"""What scores whether sentences say what a claim says.

With the packaged encoder it is a small network of our own (``entailment``). A cross-encoder, by
folder or name, takes its place; with any other encoder, similarity and shared words decide.

Any sentence-transformers ``CrossEncoder`` fits: one with a single output is read as a probability
by the sigmoid; one with several must have a label that is, or begins with, "entail" or "support".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from coachbot.answering.citations import Entails, Reading
from coachbot.answering.entailment import LAYERS, MOST_SENTENCES, Entailment
from coachbot.embedding import Embedder, Inspecting, is_packaged
from coachbot.errors import EmbedderError


def reading(embedder: Embedder, name: str = "") -> Reading:
    """How evidence is read with an encoder.

    Args:
        embedder: the encoder in use.
        name: a cross-encoder's folder or name; the packaged network if empty.

    Raises:
        EmbedderError: as for ``load_verifier``.
    """
    if name:
        return Reading(embedder.encode, load_verifier(name))
    if not is_packaged(embedder):
        return Reading(embedder.encode)
    inspecting = Inspecting(embedder.look_through, LAYERS)
    return Reading(inspecting, Entailment(inspecting.pieces), MOST_SENTENCES)


@lru_cache
def load_verifier(name: str) -> Entails:
    """Load a cross-encoder.

    Args:
        name: a folder, or a name on a model hub.

    Raises:
        EmbedderError: it is missing, damaged or has no label for support.
    """
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(name)
    except Exception as error:  # the library raises whatever its backends raise
        raise EmbedderError(
            f"The verifier {name} could not be loaded: {str(error).strip()[:200]}",
            "Give a folder with a cross-encoder in COACHBOT_VERIFIER, or leave it empty.",
        ) from error
    labels = {int(i): str(n).lower() for i, n in (model.config.id2label or {}).items()}
    outputs = int(model.config.num_labels)
    column = next((i for i, n in labels.items() if n.startswith(("entail", "support"))), None)
    if outputs > 1 and column is None:
        raise EmbedderError(
            f"The verifier {name} has no label for support, only: {', '.join(labels.values())}.",
            "Use a cross-encoder trained for entailment.",
        )

    def entails(sentences: Sequence[str], claim: str) -> float:
        pair = (" ".join(sentences), claim)
        scores = np.asarray(model.predict([pair], activation_fn=_identity))[0]
        if outputs == 1:
            return float(1 / (1 + np.exp(-float(np.ravel(scores)[0]))))
        shares = np.exp(scores - scores.max())
        return float(shares[column] / shares.sum())

    return entails


def _identity(scores: object) -> object:
    return scores
