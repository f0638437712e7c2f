"""Death, a full disk, forbidden writes, damaged files, two at once: nothing wrong, nothing lost.

The scenarios are in ``faulty.py``; each step of them is a real process. ``pytest --full`` runs the
long form: 40 moments, 1,000 operations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from small_corpus import LISTENING, HashingEmbedder

from coachbot import Coach

HERE = Path(__file__).parent
Play = Callable[..., dict[str, Any]]


@pytest.fixture
def play(request: pytest.FixtureRequest, filed: Callable[..., None]) -> Play:
    """Plays a scenario of ``faulty.py`` in its short or its long form; tells what came of it."""
    full = request.config.getoption("--full")

    def run(scenario: str, short: int, long: int) -> dict[str, Any]:
        with TemporaryDirectory(prefix="coachbot-faults-") as folder:
            Path(folder).chmod(0o755)  # one scenario reads as a user without rights
            words = [scenario, "7", str(long if full else short), folder]
            command = [sys.executable, str(HERE / "faulty.py"), *words]
            paths = os.pathsep.join([str(HERE), str(HERE.parent)])
            environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        filed(scenario, told)
        return told

    return run


def test_killed_at_random_moments_no_text_is_lost_and_the_next_start_works(play):
    told = play("killed", 6, 40)
    assert not told["wrong"], told["wrong"]
    assert told["not killed"] < told["moments"]


def test_where_files_cannot_grow_it_is_told_and_nothing_is_half_there(play):
    told = play("starved", 4, 40)
    assert not told["wrong"], told["wrong"]
    assert told["failed"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user without rights")
def test_where_writing_is_forbidden_it_is_told_and_answers_go_on(play):
    assert play("forbidden", 1, 1)["wrong"] == []


def test_a_damaged_file_of_the_index_is_told_or_harmless_and_a_rebuild_mends_it(play):
    told = play("damaged", 8, 80)
    assert not told["wrong"], told["wrong"]
    assert told["told"]


def test_two_processes_that_write_and_read_see_each_others_work_and_lose_none(play):
    assert play("together", 60, 1000)["wrong"] == []


def test_what_was_said_of_an_added_text_half_written_is_named_and_the_text_stays(corpus, tmp_path):
    data = tmp_path / "data"
    coach = Coach.open(corpus=corpus, data=data, embedder=HashingEmbedder())
    text = LISTENING.replace("phone", "tablet").encode()
    id = coach.add_bytes(text, "tablets.md").id
    (said,) = data.rglob("described.json")
    said.write_bytes(said.read_bytes()[:7])
    again = Coach.open(corpus=corpus, data=data, embedder=HashingEmbedder())
    assert id in {document.id for document in again.documents()}
    assert again.last_sync
    (error,) = again.last_sync.failures.values()
    assert "described.json" in error.message
    assert "coachbot add" in error.hint
    again.remove(id)
    assert id not in {document.id for document in again.documents()}
