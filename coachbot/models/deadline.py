"""What a model is asked, with an end to waiting: whoever does not answer in time is left behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import closing, suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_time(call: Callable[[], T], seconds: float) -> T:
    """What a call gives; it runs in a thread of its own, which is left alone if it takes too long.

    Args:
        call: asks somebody; tracers of this thread hear of it as if it were made here.
        seconds: how long to wait.

    Raises:
        TimeoutError: it takes longer than that.
    """

    def once() -> Generator[T, None, None]:
        yield call()

    with closing(within(once(), seconds)) as coming:
        return next(coming)


def within(chunks: Generator[T, None, None], seconds: float) -> Generator[T, None, None]:
    """The chunks that come in time, the first one too; the rest is not asked for.

    They are made in a thread of their own, each when it is wanted. So whoever wants no more finds
    them at rest and closes them; one that is still being waited for ends when it has come.

    Raises:
        TimeoutError: they take longer than that.
    """
    until = time.monotonic() + seconds
    wanted = SimpleQueue[Future[T] | None]()
    # A daemon: one that waits for ever does not keep the program from ending.
    work = Thread(target=copy_context().run, args=(_make, chunks, wanted), daemon=True)
    work.start()
    try:
        while (left := until - time.monotonic()) > 0:
            chunk = Future[T]()
            wanted.put(chunk)
            try:
                made = chunk.result(left)
            except StopIteration:
                return
            yield made
        raise TimeoutError("timed out")
    finally:
        wanted.put(None)
        with suppress(ValueError):  # it is being waited for
            chunks.close()


def _make(chunks: Generator[T, None, None], wanted: SimpleQueue[Future[T] | None]) -> None:
    """Make each chunk that is wanted, until none is."""
    while (chunk := wanted.get()) is not None:
        try:
            chunk.set_result(next(chunks))
        except BaseException as error:  # whatever it is, it is raised where the chunk was wanted
            chunk.set_exception(error)
