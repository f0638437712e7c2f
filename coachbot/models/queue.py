"""The line before a chat model: so many turns at once, so many that wait, first come first served.

A turn is handed on by whoever ends one, before anything else happens. So no place is ever free
while somebody waits for it, and whoever comes later cannot slip in between.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterator
from statistics import fmean
from threading import Condition
from typing import Self

from coachbot.types import Waiting

_TELL_SECONDS = 1.0
"""How often one who waits is told anew: only when told can a reader be seen to have gone."""
_LAST_TURNS = 8
"""Turns whose length tells how long the next ones take."""


class ModelQueue:
    """The line before one chat model; threads share it.

    Args:
        at_once: how many have their turn at the same time.
        waiting: how many may wait for theirs.
        patience: seconds that nobody waits longer than.
        clock: seconds that go up.
    """

    def __init__(
        self,
        at_once: int = 2,
        waiting: int = 8,
        patience: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._most_waiting, self._patience = at_once, waiting, patience
        self._clock = clock
        # Its lock can be taken twice by a thread: a stream that was thrown away ends its turn
        # wherever Python happens to collect it, and that may be in here.
        self._changed = Condition()
        self._line = list[Turn]()
        self._began = dict[Turn, float]()
        self._lengths = deque[float](maxlen=_LAST_TURNS)

    def turn(self) -> Turn:
        """A turn of one's own; nothing is taken before it is waited for."""
        return Turn(self)

    def _enter(self, turn: Turn) -> int:
        """Take a free place, or stand in line, or be refused; returns the place in line or 0."""
        with self._changed:
            place = len(self._line) + 1
            if len(self._began) < self._at_once:
                self._begin(turn)
            elif place > self._most_waiting:
                turn.refused = "full"
            elif (self._expected(place) or 0.0) > self._patience:
                turn.refused = "long"
            else:
                turn.patient_until = self._clock() + self._patience
                self._line.append(turn)
            return self._place(turn)

    def _moved(self, turn: Turn, place: int) -> int:
        """Wait until the place in line is another, or a moment; returns it, 0 if out of line."""
        with self._changed:
            self._changed.wait_for(lambda: self._place(turn) != place, _TELL_SECONDS)
            if turn in self._line and self._clock() >= turn.patient_until:
                turn.refused = "long"
                self._leave(turn)
            return self._place(turn)

    def _leave(self, turn: Turn) -> None:
        """Let go of a turn or of a place in line; whoever is next begins."""
        with self._changed:
            if turn in self._line:
                self._line.remove(turn)
            if turn in self._began:
                self._lengths.append(self._clock() - self._began.pop(turn))
            while self._line and len(self._began) < self._at_once:
                self._begin(self._line.pop(0))
            self._changed.notify_all()

    def _begin(self, turn: Turn) -> None:
        self._began[turn] = self._clock()
        turn.came = True

    def _place(self, turn: Turn) -> int:
        return self._line.index(turn) + 1 if turn in self._line else 0

    def _expected(self, place: int) -> float | None:
        """Seconds until a place in line has its turn, if turns go on as they did lately."""
        with self._changed:
            if not self._lengths or not self._began:
                return None
            usual, now = fmean(self._lengths), self._clock()
            ends = [max(0.0, usual - (now - began)) for began in tuple(self._began.values())]
            heapq.heapify(ends)
            for _ in range(place - 1):
                heapq.heapreplace(ends, ends[0] + usual)
            return ends[0]


class Turn:
    """A turn of one reply at the model, as a context manager that lets go of it.

    Attributes:
        came: whether it has come.
        refused: why it does not come: ``full``, too many wait; ``long``, it would take too long.
        patient_until: when waiting ends.
    """

    def __init__(self, queue: ModelQueue) -> None:
        self._queue = queue
        self.came, self.refused, self.patient_until = False, "", 0.0

    def awaited(self) -> Iterator[Waiting]:
        """Wait, told each second how long still; afterwards the turn has come or is refused."""
        if self.came or self.refused:
            return
        place = self._queue._enter(self)
        waits = place > 0
        while place:
            yield Waiting(place, self._queue._expected(place))
            place = self._queue._moved(self, place)
        if waits and not self.refused:
            yield Waiting(0, 0.0)

    def wait(self) -> bool:
        """Wait without a word; returns whether the turn has come."""
        for _ in self.awaited():
            pass
        return self.came

    def end(self) -> None:
        """Let go of the turn, or of the place in line; more than once is fine."""
        self._queue._leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


_shared: dict[tuple[object, ...], ModelQueue] = {}


def shared_queue(model: str, url: str, at_once: int, waiting: int, patience: float) -> ModelQueue:
    """The one line of this process before a model that is known by its setting and address."""
    key = (model, url, at_once, waiting, patience)
    return _shared.setdefault(key, ModelQueue(at_once, waiting, patience))
