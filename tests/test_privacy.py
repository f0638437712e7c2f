"""Nothing leaves this computer, and nothing of what was asked stays where it was not asked to."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from loopback import fetched, free_ports

from coachbot import Coach, Turn
from coachbot.conversations import open_conversations

PHRASE = "the green suitcase under the stairs"
ADDRESS = re.compile(r'sin6?_addr\w*=inet_\w+\([^"]*"([^"]+)"|inet_pton\(AF_INET6, "([^"]+)"')


@pytest.fixture
def watched(tmp_path: Path) -> list[str]:
    """The words before a command that put down in ``calls`` whom it calls."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed: apt-get install strace")
    only = ["--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg"]
    return [strace, "-f", *only, "-o", str(tmp_path / "calls")]


def called_elsewhere(calls: str) -> list[str]:
    found = [a or b for a, b in ADDRESS.findall(calls)]
    return [a for a in found if not a.startswith("127.") and a != "::1"]


def test_from_the_first_start_to_the_answer_no_socket_goes_beyond_this_computer(
    corpus, tmp_path, watched
):
    ask = [sys.executable, "-m", "coachbot", "ask", "How does good listening start?"]
    words = ["--corpus", str(corpus), "--data", str(tmp_path / "fresh")]
    home = {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(
        [*watched, *ask, *words], env=os.environ | home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "phone" in done.stdout
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert "exited with 0" in calls
    assert called_elsewhere(calls) == []


def test_a_page_that_is_served_and_opened_calls_nobody_beyond_this_computer(
    corpus, tmp_path, watched
):
    (port,) = free_ports(1)
    serve = [sys.executable, "-m", "coachbot", "serve", "--no-browser", "--port", str(port)]
    words = ["--corpus", str(corpus), "--data", str(tmp_path / "fresh")]
    home = {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)}
    page = subprocess.Popen(
        [*watched, *serve, *words], env=os.environ | home, start_new_session=True
    )
    try:
        assert fetched(f"http://127.0.0.1:{port}/_stcore/health") == "ok"
        assert "<title>" in fetched(f"http://127.0.0.1:{port}/")
        time.sleep(2)  # what it would do on the side
    finally:
        os.killpg(page.pid, signal.SIGTERM)
        page.wait(60)
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert re.search(r"exited with|killed by", calls)
    assert called_elsewhere(calls) == []


def test_asking_leaves_no_word_in_logs_or_under_the_data_folder(corpus, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    coach = Coach.open(corpus=corpus, data=tmp_path / "data")
    coach.ask(f"Where is {PHRASE}, and how do I listen?")
    coach.screen(f"I hid {PHRASE} because I want to die")
    coach.close()
    out, err = capfd.readouterr()
    assert "suitcase" not in caplog.text + out + err
    assert PHRASE.encode() not in everything_under(tmp_path / "data")


def test_after_delete_everything_no_byte_of_a_talk_is_under_the_data_folder(coach, tmp_path):
    data = tmp_path / "data"
    stored = open_conversations(data / "conversations.sqlite")
    for n in range(20):
        question = f"{n}: where is {PHRASE}, and how do I listen?"
        stored.add(Turn(question, coach.ask(question)))
    assert PHRASE.encode() in everything_under(data)
    stored.delete_everything()
    assert PHRASE.encode() not in everything_under(data)
    assert b"suitcase" not in everything_under(data)


def test_no_memory_of_the_program_is_written_into_the_index(coach, tmp_path):
    """Chroma keeps room for more vectors, and would fill it with whatever memory held."""
    coach.ask(f"Where is {PHRASE}, and how do I listen?")
    graphs = sorted((tmp_path / "data").rglob("data_level0.bin"))
    assert len(graphs) >= 2
    before = [graph.read_bytes() for graph in graphs]
    for graph, kept in zip(graphs, before, strict=True):
        _, begin, room, used, size = struct.unpack_from(
            "<i4Q", graph.with_name("header.bin").read_bytes()
        )
        assert len(kept) == begin + room * size
        assert used < room
        assert not any(kept[begin + used * size :])
    coach.close()
    again = Coach.open(corpus=tmp_path / "corpus", data=tmp_path / "data", embedder=coach._embedder)
    again.ask("How do I listen?")
    again.close()
    assert [graph.read_bytes() for graph in graphs] == before


def everything_under(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_question_on_the_command_line_is_under_no_data_folder(corpus, tmp_path):
    ask = [sys.executable, "-m", "coachbot", "ask", f"Where is {PHRASE}, and how do I listen?"]
    words = ["--corpus", str(corpus), "--data", str(tmp_path / "data")]
    done = subprocess.run([*ask, *words], capture_output=True, text=True, check=True)
    assert "phone" in done.stdout
    found = everything_under(tmp_path / "data")
    assert len(found) > 10_000
    assert b"suitcase" not in found
