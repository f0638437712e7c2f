"""Many people at once: no error, no answer that belongs to another, flat memory.

On the Python API the short form is 8 people with 4 messages each; ``pytest --full`` runs 50 people
for five minutes. On the page's server it is 3 people; the long forms are ``benchmarks/load.py``.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

import psutil
import pytest
from load import MESSAGES, Crowd, Memory, waits
from page_server import served
from streamlit_tab import PageError, visit

from coachbot import Coach, Turn


def test_many_people_at_once(
    shipped: Path, request: pytest.FixtureRequest, filed: Callable[..., None]
) -> None:
    full = request.config.getoption("--full")
    people, seconds, least = (50, 300.0, 1) if full else (8, 0.0, 4)
    coach = Coach.open(data=shipped)
    alone = {m: coach.ask(m).text for m in MESSAGES}
    taken, lock = list[float](), threading.Lock()
    started = time.monotonic()

    def person(number: int) -> int:
        asked = 0
        while asked < least or time.monotonic() - started < seconds:
            known = message = MESSAGES[(number + asked) % len(MESSAGES)]
            if asked % 4:  # most are new words, whose vectors are not remembered
                message += f" I think of it since {number} and {asked}."
            before = time.perf_counter()
            answer = coach.ask(message)
            with lock:
                taken.append(time.perf_counter() - before)
            assert answer.question == message
            if message == known:
                assert answer.text == alone[message]
            asked += 1
        return asked

    with Memory(psutil.Process()) as memory, ThreadPoolExecutor(people) as pool:
        asked = sum(pool.map(person, range(people)))
    took = time.monotonic() - started
    gc.collect()
    told = {"people": people, "answers": asked, "answers per second": round(asked / took, 2)}
    held = memory.figures(started)
    filed("load", {**told, **waits(taken), **held, "errors": 0})
    assert asked >= people * least
    if full:
        assert held["memory at the end, MB"] < 1.1 * held["memory when warm, MB"]


@pytest.fixture(scope="module")
def page(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a page with the shipped texts, and the log of its server."""
    folder = tmp_path_factory.mktemp("load")
    shutil.copytree(shipped, folder / "data")
    with served(folder) as (url, _):
        yield url, folder / "log"


def test_each_of_many_at_the_page_is_answered_to_their_own_words(page, shipped):
    url, log = page
    crowd = Crowd(people=3, least=3)
    crowd.talk(url)
    assert not crowd.errors
    assert len(set(crowd.alone.values())) == len(MESSAGES)
    assert all(0 < one.first <= one.whole for _, one in crowd.exchanges)
    coach = Coach.open(data=shipped)
    for number in range(crowd.people):
        talk, before = [one for who, one in crowd.exchanges if who == number], list[Turn]()
        assert len(talk) == crowd.least
        for exchange in talk:
            assert not before or f"since {number} and " in exchange.message
            answer = coach.ask(exchange.message, before)
            assert answer.claims
            assert all(escape(claim.text) in exchange.reply for claim in answer.claims)
            before.append(Turn(exchange.message, answer))
    assert "Traceback" not in log.read_text()


def test_a_message_of_another_talk_is_an_error(page):
    url, _ = page

    async def ask_what_is_held_already() -> None:
        async with visit(url, "one tab") as tab:
            await tab.ask("How do I listen well?")
        async with visit(url, "one tab") as again:
            await again.ask("How do I say sorry?")

    with pytest.raises(PageError, match="other messages"):
        asyncio.run(ask_what_is_held_already())
