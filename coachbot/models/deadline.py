"""What a model is asked, with an end to waiting: whoever does not answer in time is left behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
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
    if seconds <= 0:
        raise TimeoutError("timed out")
    came: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()
    context = copy_context()

    def work() -> None:
        try:
            came.put((context.run(call), None))
        except BaseException as error:  # whatever it is, it is raised where the call was wanted
            came.put((None, error))

    Thread(target=work, daemon=True).start()
    try:
        given, error = came.get(timeout=seconds)
    except Empty:
        raise TimeoutError("timed out") from None
    if error is not None:
        raise error
    return given  # type: ignore[return-value]


def within(chunks: Generator[str, None, None], seconds: float) -> Generator[str, None, None]:
    """The chunks that come in time, the first one too; the rest is not asked for.

    Raises:
        TimeoutError: they take longer than that.
    """
    until = time.monotonic() + seconds
    try:
        while True:
            chunk = in_time(lambda: next(chunks, None), until - time.monotonic())
            if chunk is None:
                return
            yield chunk
    finally:
        # One that is still being waited for cannot be closed, and ends when its chunk has come.
        with suppress(ValueError):
            chunks.close()
