"""The same index with its vectors on a real Chroma server."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import time
import traceback
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import chromadb
import pytest
from chromadb.config import Settings
from loopback import free_ports
from small_corpus import HashingEmbedder

from coachbot.coach import Coach
from coachbot.diagnosis import diagnose
from coachbot.errors import CoachbotError, SettingsError
from coachbot.settings import load_settings

TOKEN = "s3cret-of-the-vectors"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = Path(sys.executable).with_name("chroma")
    if not program.exists():
        pytest.skip("the chroma program is not beside this Python")
    (port,) = free_ports(1)
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


@pytest.fixture
def guarded(server: str) -> Iterator[tuple[str, list[bool]]]:
    """The server behind a door that asks for the token: its address, and who was let in."""
    let_in: list[bool] = []

    class Door(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            let_in.append(self.headers.get("Authorization") == f"Bearer {TOKEN}")
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = 401, b'{"error": "AuthError", "message": "Who are you?"}'
            if let_in[-1]:
                inner = http.client.HTTPConnection(server.removeprefix("http://"))
                kept = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                inner.request(self.command, self.path, sent, kept)
                reply = inner.getresponse()
                status, body = reply.status, reply.read()
                inner.close()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = pass_on

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{door.server_address[1]}", let_in
        door.shutdown()


def opened(corpus: Path, data: Path, url: str, token: str = "") -> Coach:
    settings = load_settings(corpus=corpus, data=data, chroma_url=url, chroma_token=token)
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


def test_a_server_that_asks_for_a_token_gets_the_one_that_is_set(corpus, tmp_path, guarded):
    url, let_in = guarded
    coach = opened(corpus, tmp_path / "s", url, TOKEN)
    assert coach.ask("How do I listen?").citations
    assert len(let_in) > 5
    assert all(let_in)


@pytest.mark.parametrize("token", ["", "another-s3cret"])
def test_without_the_right_token_it_is_told_what_to_set_and_no_token_is_shown(
    corpus, tmp_path, guarded, token
):
    with pytest.raises(CoachbotError) as caught:
        opened(corpus, tmp_path / "s", guarded[0], token)
    assert "chroma_token" in caught.value.hint
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_token_is_shown_nowhere(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("COACHBOT_CHROMA_TOKEN", TOKEN)
    settings = load_settings()
    assert settings.chroma_token.get_secret_value() == TOKEN
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert TOKEN not in repr(diagnose(corpus, tmp_path / "data"))


@pytest.mark.parametrize("line", ["chroma_token = 's3cret of two'", "chroma_tokn = 's3cret'"])
def test_a_token_that_cannot_be_is_refused_without_being_shown(line):
    Path("coachbot.toml").write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError, match="chroma_tok") as caught:
        load_settings()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
