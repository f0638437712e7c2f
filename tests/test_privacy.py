"""Nothing leaves this computer, and nothing of what was asked stays where it was not asked to."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coachbot import Coach, Turn
from coachbot.conversations import open_conversations

PHRASE = "the green suitcase under the stairs"
ADDRESS = re.compile(r'sin6?_addr\w*=inet_\w+\([^"]*"([^"]+)"|inet_pton\(AF_INET6, "([^"]+)"')


def test_from_the_first_start_to_the_answer_no_socket_goes_beyond_this_computer(corpus, tmp_path):
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed: apt-get install strace")
    log = tmp_path / "calls"
    watched = [strace, "-f", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg", "-o", str(log)]
    ask = [sys.executable, "-m", "coachbot", "ask", "How does good listening start?"]
    words = ["--corpus", str(corpus), "--data", str(tmp_path / "fresh")]
    home = {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(
        [*watched, *ask, *words], env=os.environ | home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "phone" in done.stdout
    calls = log.read_text(encoding="utf-8")
    assert "exited with 0" in calls
    found = [a or b for a, b in ADDRESS.findall(calls)]
    assert [a for a in found if not a.startswith("127.") and a != "::1"] == []


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


def everything_under(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
