"""Many people at once on the page's own server: ``python benchmarks/load.py --people 50``.

1. ``coachbot serve`` is started as anyone would, its index of the shipped texts built before.
2. Someone alone begins a talk with each of five messages: all is warm, and the replies are known.
3. Then each person, all at once, opens a tab (``streamlit_tab.py``) and writes, each message as
   soon as the last is answered, or ``--pause`` seconds later: talks of six messages, the first of
   each one of the five, the others new to the server. Then they begin anew and reload the tab.
4. It is an error if the page shows one, shows anything but what this person wrote, gives no reply
   in two minutes, or answers one of the five otherwise than it did to the one who was alone.

Printed each minute: answers, the median wait for the first sentence, the server's memory. In the
end: throughput, waits, errors, and by how much memory goes up in a minute once all was warm; with
``--save`` filed under the commit. An hour's soak: ``--people 5 --seconds 3600``.

The people take some of the same processor, and of a browser's requests only the websocket is made.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
import psutil
from filing import file_results
from page_server import build_index, served
from streamlit_tab import Exchange, PageError, Tab, visit
from websockets.exceptions import WebSocketException

MESSAGES = (
    "How do I say sorry?",
    "We keep having the same fight about chores",
    "Why do I catch my partner's moods?",
    "I get jealous when she talks to her ex",
    "How do I listen well?",
)
TALK = 6
"""Messages in a talk: all of it is drawn anew with each."""
SEED = 2026


class Memory:
    """What a process holds in memory, looked at again and again while this is open.

    Args:
        process: another one, or this one.
        every: seconds between two looks.
    """

    def __init__(self, process: psutil.Process, every: float = 5.0) -> None:
        self.held: list[tuple[float, float]] = []
        """When, in seconds of the monotonic clock, and how much was resident then, in MB."""
        self._process, self._every = process, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def figures(self, began: float) -> dict[str, float]:
        """What it held once all was warm, what in the end, and the line through all between.

        Args:
            began: when the work began, by the monotonic clock. All counts as warm after a fifth of
                what followed, or five minutes.
        """
        took = self.held[-1][0] - began if self.held else 0.0
        late = [(at / 60, held) for at, held in self.held if at - began >= min(300, took / 5)]
        if len(late) < 3:
            return {}
        return {
            "memory when warm, MB": round(late[0][1], 1),
            "memory at the end, MB": round(late[-1][1], 1),
            "memory a minute, MB": round(
                statistics.linear_regression(*zip(*late, strict=True)).slope, 2
            ),
        }

    def _watch(self) -> None:
        while True:
            try:
                resident = self._process.memory_info().rss / 1e6
            except psutil.Error:
                return  # it has ended
            self.held.append((time.monotonic(), resident))
            if self._stop.wait(self._every):
                return


def waits(seconds: Sequence[float], what: str = "") -> dict[str, float]:
    """The median, and what 95 and 99 of a hundred do not exceed, by name."""
    if not seconds:
        return {}
    cuts = np.percentile(seconds, (50, 95, 99))
    return {f"{what}p{p}, s": round(float(c), 3) for p, c in zip((50, 95, 99), cuts, strict=True)}


@dataclass(slots=True)
class Crowd:
    """People at a page, and what came of all that they wrote.

    Args:
        people: how many there are at once.
        seconds: for how long they begin another message; one that is begun is waited for.
        least: messages that each writes whatever the time.
        pause: seconds of reading between two messages, in the mean.
        seed: of who writes what, and when.
    """

    people: int
    seconds: float = 0.0
    least: int = 1
    pause: float = 0.0
    seed: int = SEED
    alone: dict[str, str] = field(default_factory=dict)
    """How each of the messages is answered at the beginning of a talk, as HTML."""
    exchanges: list[tuple[int, Exchange]] = field(default_factory=list)
    """All that were answered, in that order, each with the number of the person."""
    errors: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    """When all arrived, by the monotonic clock."""
    took: float = 0.0
    """Seconds from then to the last reply."""
    _tried: Counter[int] = field(default_factory=Counter)

    def talk(self, url: str) -> None:
        """Let one person talk alone, then all at once.

        Args:
            url: where the page is.

        Raises:
            PageError, OSError, WebSocketException, TimeoutError: the one alone gets no reply.
        """
        asyncio.run(self._talk(url))

    def figures(self) -> dict[str, float]:
        """Throughput, waits and errors, by name."""
        came = [exchange for _, exchange in self.exchanges]
        return {
            "people": self.people,
            "seconds": round(self.took, 1),
            "pause, s": self.pause,
            "answers": len(came),
            "answers per second": round(len(came) / self.took, 2),
            **waits([one.first for one in came], "first sentence, "),
            **waits([one.whole for one in came], "whole reply, "),
            "errors": self.errors.total(),
        }

    async def _talk(self, url: str) -> None:
        async with visit(url, _token(random.Random(self.seed))) as tab:
            for message in MESSAGES:
                self.alone[message] = (await tab.ask(message)).reply
                await tab.begin_anew()
        self.began = time.monotonic()
        await asyncio.gather(*(self._person(url, number) for number in range(self.people)))
        self.took = time.monotonic() - self.began

    async def _person(self, url: str, number: int) -> None:
        """One talk after another, each in a tab that is loaded anew."""
        rng = random.Random(f"{self.seed} {number}")
        token = _token(rng)
        while self._goes_on(number):
            try:
                async with visit(url, token) as tab:
                    await self._one_talk(number, tab, rng)
            except (PageError, WebSocketException, OSError, TimeoutError) as error:
                self.errors[f"{type(error).__name__}: {error}"] += 1
                token = _token(rng)  # under the old one a talk is held that was broken off
                self._tried[number] += 1  # also where not even the page opened
                await asyncio.sleep(1)

    async def _one_talk(self, number: int, tab: Tab, rng: random.Random) -> None:
        for place in range(TALK):
            if not self._goes_on(number):
                break
            if self.pause and self._tried[number]:
                await asyncio.sleep(rng.expovariate(1 / self.pause))
            message = rng.choice(MESSAGES)
            if place:  # new words, whose vectors are not remembered
                message += f" I think of it since {number} and {self._tried[number]}."
            exchange = await tab.ask(message)
            self._tried[number] += 1
            if not place and exchange.reply != self.alone[message]:
                raise PageError(f"{message!r} is answered otherwise than to someone alone")
            self.exchanges.append((number, exchange))
        if tab.talk:
            await tab.begin_anew()

    def _goes_on(self, number: int) -> bool:
        over = time.monotonic() - self.began >= self.seconds
        return self._tried[number] < self.least or not over


def _token(rng: random.Random) -> str:
    """As long as the one that a browser's tab makes itself."""
    return rng.randbytes(16).hex()


def _tell(crowd: Crowd, memory: Memory, stop: threading.Event) -> None:
    """Print how it goes, each minute."""
    told = minute = 0
    while not stop.wait(60):
        late = [exchange.first for _, exchange in crowd.exchanges[told:]]
        told, minute = told + len(late), minute + 1
        wait = f"first sentence {statistics.median(late):.2f} s, " if late else ""
        held = f"{memory.held[-1][1]:.0f} MB, {crowd.errors.total()} errors"
        print(f"minute {minute}: {len(late)} answers, {wait}{held}", flush=True)


def measure(crowd: Crowd, folder: Path) -> dict[str, float]:
    """Serve a page from a folder, let a crowd talk to it, and say what it came to, by name."""
    build_index(folder)
    stop = threading.Event()
    with served(folder) as (url, server), Memory(server) as memory:
        teller = threading.Thread(target=_tell, args=(crowd, memory, stop))
        teller.start()
        try:
            crowd.talk(url)
        finally:
            stop.set()
            teller.join()
    tracebacks = (folder / "log").read_text().count("Traceback (most recent call last)")
    return {
        **crowd.figures(),
        "tracebacks in the log": tracebacks,
        **memory.figures(crowd.began),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=50, help="at once")
    parser.add_argument("--seconds", type=float, default=300, help="for how long")
    parser.add_argument("--pause", type=float, default=0, help="seconds between messages, in mean")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--save", action="store_true", help="file the result under this commit")
    given = parser.parse_args()
    crowd = Crowd(given.people, given.seconds, pause=given.pause, seed=given.seed)
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        figures = {"processes before": round(others, 1), **measure(crowd, Path(folder))}
    for name, value in figures.items():
        print(f"{name:28} {value}")
    for words, count in crowd.errors.most_common():
        print(f"{count} x {words}")
    if given.save:
        pause = f", pausing {given.pause:g} s" if given.pause else ""
        file_results({f"{given.people} people, {given.seconds:g} s{pause}": figures}, "load-")
    return int(figures["errors"] + figures["tracebacks in the log"] > 0)


if __name__ == "__main__":
    sys.exit(main())
