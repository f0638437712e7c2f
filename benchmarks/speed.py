"""Time and memory, as ratios within one run: ``python benchmarks/speed.py [--save]``.

- indexing against the encoder alone on the same passages and sentences in the same batches
- ``ask`` on a warm Coach against encoding the question alone
- the LangChain tutorial chain beside it: recursive splitter 1000/200, Chroma, similarity search
- ``--help``, start to first answer, memory

With ``--texts FILE`` (JSON Lines with "text") other texts are indexed in place of the shipped ones.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from filing import file_results

from coachbot.coach import Coach
from coachbot.embedding import SentenceTransformerEmbedder, Vectors, load_embedder
from coachbot.settings import resource

QUESTIONS = (
    "Why do people catch each other's moods?",
    "Are human beings kind by nature?",
    "What did the recordings in people find?",
    "My wife came home angry and a minute later so was I.",
    "What happens when we label somebody?",
)
ROUNDS = 8
_MARK_OR_A = re.compile(r"(\[\^[^\]]*\])|a")


class Recording(SentenceTransformerEmbedder):
    """The packaged encoder, which notes what it is asked to encode.

    Not one that merely holds it: that would be taken for any other encoder, and what knows the
    packaged one alone would not be timed.
    """

    def __init__(self) -> None:
        packaged = load_embedder()
        super().__init__(packaged._model, packaged.name, packaged.weights_hash)
        self.batches: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        return super().encode(texts)


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def measure(texts: Path | None) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        corpus = _corpus(texts, Path(folder))
        embedder = Recording()
        embedder.encode(["warm"])
        embedder.batches.clear()
        opened: list[Coach] = []
        data = Path(folder) / "data"
        index = seconds(
            lambda: opened.append(Coach.open(corpus=corpus, data=data, embedder=embedder))
        )
        batches = [list(batch) for batch in embedder.batches]
        alone = seconds(lambda: [embedder.encode(batch) for batch in batches])
        encoded = sum(map(len, batches))
        coach = opened[0]
        ask, screen, encode = _latency(coach, embedder)
        tutorial_index, tutorial_search = _tutorial(corpus, Path(folder))
        return {
            "texts encoded": encoded,
            "index, texts/s": encoded / index,
            "index, share of the encoder alone": alone / index,
            "ask, ms": 1000 * ask,
            "ask / encoding the question": ask / encode,
            "screen / encoding the message": screen / encode,
            "tutorial chain: index, s": tutorial_index,
            "coachbot: index, s": index,
            "tutorial chain: search / encoding the question": tutorial_search / encode,
            "memory, MB": psutil.Process().memory_info().rss / 1e6,
        }


def _corpus(texts: Path | None, folder: Path) -> Path:
    corpus = folder / "corpus"
    corpus.mkdir()
    if texts is None:
        # Written so that the encoder reads the same pieces, and no vector is at hand beforehand.
        for path in resource("corpus").glob("*.md"):
            front, end, body = path.read_text(encoding="utf-8").partition("\n---\n")
            text = front + end + _MARK_OR_A.sub(lambda found: found[1] or "A", body)
            (corpus / path.name).write_text(text, encoding="utf-8")
        return corpus
    for i, line in enumerate(texts.read_text(encoding="utf-8").splitlines()):
        (corpus / f"{i}.txt").write_text(json.loads(line)["text"], encoding="utf-8")
    return corpus


def _latency(coach: Coach, embedder: Recording) -> tuple[float, float, float]:
    """Medians over the questions, taken in turns so that a busy moment hits both."""
    asked, screened, encoded = list[float](), list[float](), list[float]()
    for i, question in enumerate(QUESTIONS * ROUNDS):
        # Never the same words twice: the vectors of the last messages are remembered.
        asked.append(seconds(lambda q=f"{question} {i}": coach.ask(q)))
        screened.append(seconds(lambda q=f"{question} {i} again": coach.screen(q)))
        encoded.append(seconds(lambda q=f"{question} {i}": embedder.encode([q])))
    return statistics.median(asked), statistics.median(screened), statistics.median(encoded)


def _tutorial(corpus: Path, folder: Path) -> tuple[float, float]:
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    inner = load_embedder()

    class Packaged(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return inner.encode(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return inner.encode([text])[0].tolist()

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = [c for p in sorted(corpus.rglob("*.*")) for c in splitter.split_text(p.read_text())]
    stores: list[Chroma] = []

    def build() -> None:
        stores.append(Chroma.from_texts(chunks, Packaged(), persist_directory=str(folder / "lc")))

    index = seconds(build)
    searches = [
        seconds(lambda q=question: stores[0].similarity_search(q, k=4))
        for question in QUESTIONS * ROUNDS
    ]
    return index, statistics.median(searches)


def processes() -> dict[str, float]:
    """Whole commands, each in a process of its own; the index is built before the first answer."""
    run = [sys.executable, "-m", "coachbot"]
    with tempfile.TemporaryDirectory() as data:
        first = [*run, "ask", QUESTIONS[0], "--json", "--data", data]
        quiet = {"capture_output": True, "check": True}
        return {
            "--help, s": min(
                seconds(lambda: subprocess.run([*run, "--help"], **quiet)) for _ in "123"
            ),
            "first answer with index to build, s": seconds(lambda: subprocess.run(first, **quiet)),
            "first answer with index built, s": seconds(lambda: subprocess.run(first, **quiet)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, help='JSON Lines with "text"')
    parser.add_argument("--save", action="store_true", help="file the result under this commit")
    arguments = parser.parse_args()
    results = {**measure(arguments.texts), **processes()}
    for name, value in results.items():
        print(f"{name:52} {value:10.3f}")
    if arguments.save:
        file_results(results)


if __name__ == "__main__":
    main()
