"""Death, a full disk, forbidden writes, damaged files, two at once: nothing wrong, nothing lost.

The scenarios are in ``faulty.py``; each step of them is a real process. ``pytest --full`` runs the
long form: 40 moments, 1,000 operations.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from faulty import in_child
from small_corpus import LISTENING, HashingEmbedder
from streamlit.testing.v1 import AppTest

from coachbot import Coach
from coachbot.models import consent

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


def test_a_damaged_file_of_the_index_is_harmless_or_told_and_mended_by_the_next_start(play):
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


def test_an_agreement_that_the_disk_does_not_take_is_told_and_the_last_one_stays(tmp_path):
    consent.remember(tmp_path, "openai")

    def on_a_full_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5, resource.RLIM_INFINITY))
        consent.remember(tmp_path, "anthropic")

    told = in_child(on_a_full_disk)
    assert told["error"] == "StorageError"
    assert "consents.json" in told["told"]
    assert consent.given(tmp_path, "openai")
    assert not consent.given(tmp_path, "anthropic")
    assert not list(tmp_path.glob(".new-*"))


def chosen_for_all() -> dict[str, Any]:
    """What holds for all on a page where people log in."""

    def script() -> None:
        import streamlit as st

        from coachbot.pages.choices import choices

        st.session_state["found"] = choices()

    page = AppTest.from_function(script, default_timeout=60)
    page.secrets["auth"] = {"redirect_uri": "http://localhost/oauth2callback"}
    page.run()
    assert not page.exception, page.exception
    found = page.session_state["found"]
    return {"keep": found.keep, "handouts_only": found.handouts_only, "writes": found.writes}


CHOSEN = '{"model": "", "writes": false, "keep": false, "handouts_only": true}'


@pytest.mark.parametrize(
    "damage",
    [CHOSEN[:-9], "", "[]", CHOSEN.replace("true", "0"), CHOSEN.replace("keep", "kept"), "\udcff"],
)
def test_choices_that_cannot_be_read_are_named_and_the_careful_ones_hold(
    tmp_path, monkeypatch, capfd, damage
):
    monkeypatch.setenv("COACHBOT_SHARED", str(tmp_path))
    monkeypatch.setenv("COACHBOT_KEEP_CONVERSATIONS", "true")
    (tmp_path / "page.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert chosen_for_all() == {"keep": False, "handouts_only": True, "writes": False}
    assert str(tmp_path / "page.json") in capfd.readouterr().err


def test_handouts_only_in_the_settings_wins_over_what_was_chosen_on_the_page(tmp_path, monkeypatch):
    monkeypatch.setenv("COACHBOT_SHARED", str(tmp_path))
    (tmp_path / "page.json").write_text(CHOSEN.replace("true", "false"), encoding="utf-8")
    assert not chosen_for_all()["handouts_only"]
    monkeypatch.setenv("COACHBOT_HANDOUTS_ONLY", "true")
    assert chosen_for_all()["handouts_only"]
