"""Layers of the packaged encoder, trained further for an end of their own.

The encoder puts texts together that are about the same thing, which is not always the sameness that
is wanted. Layers retuned for another one share its table of words and nothing else. They are kept
as signed bytes, a quarter of their size, and belong to the packaged encoder's words alone. They are
trained by scripts in ``benchmarks/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from coachbot.embedding import Vectors

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import TransformerEncoder

LAYERS, WIDTH, HEADS, INNER = 6, 384, 12, 1536
_BATCH = 64

WordVectors = Callable[[str], Vectors]
"""A text to what the packaged encoder's first layer is given of it, shape (pieces, width)."""


class RetunedLayers:
    """Retuned layers, ready for use.

    Args:
        layers: of the form of ``layers_like_the_encoders``.
    """

    def __init__(self, layers: TransformerEncoder) -> None:
        self._layers = layers.eval()

    @classmethod
    def holding(cls, weights: Mapping[str, Tensor]) -> RetunedLayers:
        """Layers with these weights by name, as ``unpacked`` gives them."""
        return cls(layers_with(weights))

    def state_dict(self) -> dict[str, Tensor]:
        """Their weights by name."""
        return dict(self._layers.state_dict())

    def vectors(self, words: Sequence[Vectors]) -> Vectors:
        """Unit vectors of texts, shape (texts, width).

        Args:
            words: of each text what ``WordVectors`` gives.
        """
        import torch

        found = np.empty((len(words), WIDTH), dtype=np.float32)
        order = sorted(range(len(words)), key=lambda i: len(words[i]))
        with torch.inference_mode():
            for first in range(0, len(order), _BATCH):
                part = order[first : first + _BATCH]
                found[part] = pooled(self._layers, [torch.from_numpy(words[i]) for i in part])
        return found


def pooled(layers: TransformerEncoder, words: Sequence[Tensor]) -> Tensor:
    """Unit vectors of some texts: the mean of their pieces after the layers.

    Args:
        layers: of the encoder's form.
        words: of each text its word vectors, shape (pieces, width).

    Returns:
        Shape (texts, width).
    """
    from torch import nn

    above, padding = through(layers, words)
    lengths = (~padding).sum(1, keepdim=True)
    above = above.masked_fill(padding[:, :, None], 0.0)
    return nn.functional.normalize(above.sum(1) / lengths, dim=1)


def through(layers: TransformerEncoder, words: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The pieces of some texts after the layers, and which of them are padding.

    Args:
        layers: of the encoder's form.
        words: of each text its word vectors, shape (pieces, width).

    Returns:
        Shapes (texts, most pieces, width) and (texts, most pieces).
    """
    import torch
    from torch import nn

    below = nn.utils.rnn.pad_sequence(list(words), batch_first=True)
    lengths = torch.tensor([len(pieces) for pieces in words])
    padding = torch.arange(below.shape[1])[None] >= lengths[:, None]
    return layers(below, src_key_padding_mask=padding if padding.any() else None), padding


def layers_with(weights: Mapping[str, Tensor]) -> TransformerEncoder:
    """Layers of the packaged encoder's form with these weights by name."""
    layers = layers_like_the_encoders()
    layers.load_state_dict(weights)
    return layers


def layers_like_the_encoders() -> TransformerEncoder:
    """Layers of the packaged encoder's form (BERT: norm after each part), not yet fitted."""
    from torch import nn

    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, INNER, activation="gelu", layer_norm_eps=1e-12, batch_first=True
    )
    return nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)


def packed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights with each matrix as signed bytes and a scale for each of its rows."""
    import torch

    stored: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if tensor.ndim != 2:
            stored[name] = tensor
            continue
        scale = tensor.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
        stored[f"{name}.bytes"] = (tensor / scale).round().to(torch.int8)
        stored[f"{name}.scale"] = scale
    return stored


def unpacked(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights that ``packed`` made smaller."""
    weights: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        matrix, _, part = name.rpartition(".")
        if part == "bytes":
            weights[matrix] = tensor.float() * stored[f"{matrix}.scale"]
        elif part != "scale":
            weights[name] = tensor
    return weights
