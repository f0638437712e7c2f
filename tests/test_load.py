"""Many people at once, on the Python API: no error, no answer that belongs to another, flat memory.

The short form is 8 people with 4 messages each; ``pytest --full`` runs 50 people for five minutes.
"""

from __future__ import annotations

import gc
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from coachbot import Coach

MESSAGES = (
    "How do I say sorry?",
    "We keep having the same fight about chores",
    "Why do I catch my partner's moods?",
    "I get jealous when she talks to her ex",
    "How do I listen well?",
)


def test_many_people_at_once(
    shipped: Path, request: pytest.FixtureRequest, filed: Callable[..., None]
) -> None:
    full = request.config.getoption("--full")
    people, seconds, least = (50, 300.0, 1) if full else (8, 0.0, 4)
    coach = Coach.open(data=shipped)
    alone = {m: coach.ask(m).text for m in MESSAGES}
    process, taken, lock = psutil.Process(), list[float](), threading.Lock()
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

    memory = list[int]()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(5):
            memory.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(people) as pool:
            asked = sum(pool.map(person, range(people)))
    finally:
        stop.set()
        watcher.join()
    took = time.monotonic() - started
    cuts = statistics.quantiles(taken, n=100)
    gc.collect()
    told = {"people": people, "answers": asked, "answers per second": round(asked / took, 2)}
    told |= {f"p{p}, s": round(cuts[p - 1], 3) for p in (50, 95, 99)}
    if len(memory) > 10:
        told["memory, last / after a minute"] = round(memory[-1] / memory[11], 3)
        assert memory[-1] < 1.1 * memory[11]
    filed("load", {**told, "errors": 0})
    assert asked >= people * least
