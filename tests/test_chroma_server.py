"""The same index with its vectors on a real Chroma server."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import chromadb
import pytest
from chromadb.config import Settings
from small_corpus import HashingEmbedder

from coachbot.coach import Coach
from coachbot.errors import CoachbotError
from coachbot.settings import load_settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = Path(sys.executable).with_name("chroma")
    if not program.exists():
        pytest.skip("the chroma program is not beside this Python")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma")
    command = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(120):
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.25)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def opened(corpus: Path, data: Path, url: str) -> Coach:
    settings = load_settings(corpus=corpus, data=data, chroma_url=url)
    return Coach.open(settings, embedder=HashingEmbedder())


def collections(url: str) -> set[str]:
    port = int(url.rsplit(":", 1)[1])
    client = chromadb.HttpClient("127.0.0.1", port, settings=Settings(anonymized_telemetry=False))
    return {collection.name for collection in client.list_collections()}


def test_it_answers_changes_and_rebuilds_as_the_embedded_one_does(corpus, tmp_path, server):
    embedded = Coach.open(corpus=corpus, data=tmp_path / "e", embedder=HashingEmbedder())
    coach = opened(corpus, tmp_path / "s", server)
    assert not list((tmp_path / "s").rglob("vectors-*"))
    for question in ("How do I listen?", "What makes an apology harder?", "bananas"):
        assert coach.ask(question).text == embedded.ask(question).text
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head after a quarrel.", encoding="utf-8")
    coach.add(file)
    assert coach.ask("Does a walk cool the head?").citations[0].document_id == "walks"
    coach.remove("walks")
    assert "walks" not in {hit.passage.document_id for hit in coach.search("walk cool head", 10)}
    before = coach.ask("How do I listen?").text
    kept = collections(server)
    coach.sync(rebuild=True)
    assert coach.ask("How do I listen?").text == before
    assert len(collections(server)) == len(kept)
    assert collections(server) != kept


def test_two_data_folders_on_one_server_do_not_disturb_each_other(corpus, tmp_path, server):
    first = opened(corpus, tmp_path / "one", server)
    (corpus / "walks.md").write_text("# Walks\n\nA walk cools the head.", encoding="utf-8")
    second = opened(corpus, tmp_path / "two", server)
    assert len(second.documents()) == 3
    assert len(first.documents()) == 2
    assert first.ask("How do I listen?").citations


def test_a_server_that_is_not_there_is_named(corpus, tmp_path):
    with pytest.raises(CoachbotError) as caught:
        opened(corpus, tmp_path / "s", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9" in caught.value.hint
