"""What scores whether a source says what a claim says: a cross-encoder, by folder or name.

Any sentence-transformers ``CrossEncoder`` fits: one with a single output is read as a probability
by the sigmoid; one with several must have a label that is, or begins with, "entail" or "support".
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from coachbot.answering.citations import Entails
from coachbot.errors import EmbedderError


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

    def entails(source: str, claim: str) -> float:
        scores = np.asarray(model.predict([(source, claim)], activation_fn=_identity))[0]
        if outputs == 1:
            return float(1 / (1 + np.exp(-float(np.ravel(scores)[0]))))
        shares = np.exp(scores - scores.max())
        return float(shares[column] / shares.sum())

    return entails


def _identity(scores: object) -> object:
    return scores
