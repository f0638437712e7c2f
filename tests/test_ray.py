"""Indexing in processes of Ray: the same index as without, gone on with after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
from small_corpus import HashingEmbedder
from test_sync import HERE, Other, run_script
from typer.testing import CliRunner

from coachbot.cli import app
from coachbot.coach import Coach
from coachbot.embedding import SentenceTransformerEmbedder
from coachbot.errors import DocumentError, EmbedderError, SettingsError
from coachbot.search.catalogue import Catalogue, Contents
from coachbot.search.encoding import BATCH
from coachbot.search.lexical import load
from coachbot.search.ray_workers import RayWorkers
from coachbot.search.vectors import GRANULARITIES, VectorStore
from coachbot.search.workers import InProcess

needs_ray = pytest.mark.skipif(not find_spec("ray"), reason='needs pip install "coachbot[ray]"')

JOB = """
import sys, time
sys.path.insert(0, {here!r})
from small_corpus import HashingEmbedder
from coachbot.coach import Coach
from coachbot.search.ray_workers import RayWorkers

class Slow(HashingEmbedder):
    def encode(self, texts):
        time.sleep(1)
        return super().encode(texts)

with RayWorkers(Slow, 1) as workers:
    coach = Coach.open(corpus={corpus!r}, data={data!r}, embedder=HashingEmbedder(), sync=False)
    coach.sync(lambda done, total: print(done, total, flush=True), workers=workers)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")  # one for all: a process of Ray keeps to its token


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Workers find the tests' modules; Ray's token is not put into the home of who runs them."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("HOME", str(home))


def index_folder(data: Path) -> Path:
    return next((data / "indexes").iterdir())


def stored(data: Path) -> tuple[Contents, dict[str, np.ndarray], np.ndarray]:
    """What an index holds: its catalogue, each vector by its id, the words' scores."""
    folder = index_folder(data)
    contents = Catalogue(folder / "catalogue.sqlite").load()
    store = VectorStore(folder / f"vectors-{contents.meta['store']}", "library")
    vectors: dict[str, np.ndarray] = {}
    for granularity in GRANULARITIES:
        vectors |= store.vectors(granularity, sorted(store.ids(granularity)))
    store.close()
    words = load(folder / f"lexical-{contents.generation}")
    return contents, vectors, words.scores("a quick apology after a walk")


def assert_same(one: Path, other: Path) -> None:
    (contents, vectors, words), (contents2, vectors2, words2) = stored(one), stored(other)
    assert contents.records == contents2.records
    assert contents.records
    assert vectors.keys() == vectors2.keys()
    for id, vector in vectors.items():
        np.testing.assert_allclose(vector, vectors2[id], atol=1e-6)
    np.testing.assert_array_equal(words, words2)
    assert words.max() > 0


@needs_ray
def test_the_command_makes_the_same_index_with_ray_as_without(
    corpus: Path, tmp_path: Path, minilm: SentenceTransformerEmbedder
) -> None:
    (corpus / "bad.txt").write_bytes(os.urandom(500))
    (corpus / "twin.md").write_bytes((corpus / "listening.md").read_bytes())
    words = ["index", "--ray", "--processes", "2", "--corpus", str(corpus)]
    done = CliRunner().invoke(app, [*words, "--data", str(tmp_path / "ray")])
    assert "2 added" in done.stdout, done.output
    assert "Passed over twin.md" in done.stderr
    assert "bad.txt" in done.stderr
    assert done.exit_code == 1  # a text could not be read, as without Ray
    Coach.open(corpus=corpus, data=tmp_path / "local", embedder=minilm).close()
    assert_same(tmp_path / "ray", tmp_path / "local")


def long_texts(corpus: Path) -> None:
    for number in range(20):
        told = "\n\n".join(f"Walk {number} takes {i * 7} minutes, today." for i in range(150))
        (corpus / f"walks-{number}.md").write_text(f"# Walks {number}\n\n{told}\n")


def lines(job: Iterator[str]) -> Iterator[tuple[int, int]]:
    for line in job:
        done, total = line.split()
        yield int(done), int(total)


@needs_ray
def test_a_killed_job_is_gone_on_with_and_nothing_is_encoded_twice(
    corpus: Path, tmp_path: Path, embedder: HashingEmbedder
) -> None:
    long_texts(corpus)
    data = tmp_path / "data"
    job = run_script(JOB, corpus=str(corpus), data=str(data))
    assert job.stdout
    encoded, total = next((done, total) for done, total in lines(job.stdout) if done > BATCH)
    assert encoded < total - BATCH
    processes = psutil.Process(job.pid).children(recursive=True)
    encoding = [p for p in processes if p.name().startswith("ray::MapWorker")]
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert encoding
    assert not psutil.wait_procs(encoding, timeout=20)[1]  # they go with it
    assert Coach.open(corpus=corpus, data=data, embedder=embedder, sync=False)
    with RayWorkers(HashingEmbedder, 1) as workers:
        coach = Coach.open(corpus=corpus, data=data, embedder=embedder, sync=False)
        report = coach.sync(workers=workers)
    assert total - encoded - BATCH <= report.encoded <= total - encoded  # one more may be stored
    assert not embedder.encoded  # nor did the writer encode anything
    assert coach.ask("How long does walk 7 take?").citations
    coach.close()
    Coach.open(corpus=corpus, data=tmp_path / "local", embedder=HashingEmbedder()).close()
    assert_same(data, tmp_path / "local")


def refuse(embedder: HashingEmbedder, batch: str) -> str:
    if batch == "bad":
        raise DocumentError("This one is bad.", "Give another.")
    return f"{batch} by {embedder.name}"


@needs_ray
def test_a_worker_keeps_to_this_machine_and_what_it_has_to_say_comes_through() -> None:
    with RayWorkers(HashingEmbedder, 1) as workers:
        assert dict(workers.map(refuse, ["good"])) == {0: "good by hashed-words"}
        listening = [
            connection.laddr.ip.removeprefix("::ffff:")
            for process in psutil.Process().children(recursive=True)
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert set(listening) == {"127.0.0.1"}
        with pytest.raises(DocumentError, match="bad") as caught:
            list(workers.map(refuse, ["bad"]))
        assert caught.value.hint == "Give another."


def test_a_worker_with_other_weights_is_refused_and_the_index_stays(
    corpus: Path, tmp_path: Path, embedder: HashingEmbedder
) -> None:
    coach = Coach.open(corpus=corpus, data=tmp_path / "data", embedder=embedder)
    (corpus / "walks.md").write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    with pytest.raises(EmbedderError, match="other weights"):
        coach.sync(workers=InProcess(Other()))
    assert {document.id for document in coach.documents()} == {"listening", "repair"}
    assert coach.sync().added == ("walks",)


def test_without_ray_the_message_names_the_mend(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    done = CliRunner().invoke(app, ["index", "--ray", "--corpus", str(corpus)])
    assert isinstance(done.exception, SettingsError)
    assert done.exception.message == "Ray is not installed."
    assert "coachbot[ray]" in done.exception.hint


@needs_ray
def test_the_script_that_measures_what_it_costs_finds_what_an_exact_search_finds(
    tmp_path: Path,
) -> None:
    script = HERE.parent / "scripts/full/indexing.py"
    # The encoder stands in: what the real one makes is compared above.
    words = [sys.executable, str(script), "--short", "--encode-up-to", "0"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = {line[10:34].strip(): float(line[34:]) for line in done.stdout.splitlines()}
    assert told["passages"] == 1000
    assert told["sentences"] == 3000
    assert told["recall@10, passages"] > 0.98
    assert told["recall@10, sentences"] > 0.98
    assert min(told.values()) > 0
