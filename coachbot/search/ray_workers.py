"""Processes of Ray as the workers of a sync, on the processors of one machine or of a cluster.

Ray Data streams the batches through a pool of actors, each of which loads the encoder once, and
hands back what comes of them; whoever asked stays the only writer. Nothing of Ray is reachable from
another machine unless ``RAY_ADDRESS`` names a cluster, and Ray tells its makers nothing.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from coachbot.embedding import Embedder
from coachbot.errors import CoachbotError, SettingsError
from coachbot.search.workers import Batch, Result


class RayWorkers:
    """``Workers`` that are processes of Ray, started on entering and stopped on leaving.

    Args:
        load: loads the encoder in each process; it is pickled.
        processes: how many there are; one for each processor if None.

    Raises:
        SettingsError: Ray is not installed.
    """

    def __init__(self, load: Callable[[], Embedder], processes: int | None = None) -> None:
        self._load = load
        self._processes = processes
        self._ray = _imported()

    def __enter__(self) -> Self:
        cluster = os.environ.get("RAY_ADDRESS", "")
        with _errors_told(self._ray):
            self._ray.init(
                cluster or "local",
                num_cpus=None if cluster else self._processes,
                include_dashboard=None if cluster else False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ray.shutdown()

    def map(
        self, work: Callable[[Embedder, Batch], Result], batches: Sequence[Batch]
    ) -> Iterator[tuple[int, Result]]:
        """See ``Workers.map``.

        Raises:
            CoachbotError: a worker failed, or died more often than Ray starts it anew.
        """
        if not batches:
            return
        data = self._ray.data
        size = self._processes or int(self._ray.cluster_resources()["CPU"])
        # Pickled here, so that what comes out is what went in: Arrow has types of its own.
        rows = [{"number": i, "batch": pickle.dumps(batch)} for i, batch in enumerate(batches)]
        done = data.from_items(rows, override_num_blocks=len(rows)).map(
            _Worker,
            fn_constructor_args=(self._load, work),
            compute=data.ActorPoolStrategy(size=min(size, len(rows))),
        )
        with _errors_told(self._ray):
            for row in done.iter_rows():
                result = pickle.loads(row["result"])
                if isinstance(result, CoachbotError):
                    raise result
                yield row["number"], result


class _Worker:
    """What runs in a process of Ray: an encoder, and what to do with it."""

    def __init__(
        self, load: Callable[[], Embedder], work: Callable[[Embedder, Any], object]
    ) -> None:
        self._embedder = load()
        self._work = work

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        result: object
        try:
            result = self._work(self._embedder, pickle.loads(row["batch"]))
        except CoachbotError as error:  # handed back: Ray would wrap it, and its hint be lost
            result = error
        return {"number": row["number"], "result": pickle.dumps(result)}


def _imported() -> Any:
    # Ray tells its makers how it is used unless it is told not to, and writes to standard error
    # what it raises, or mends, as well. The last, whatever its name says, is what keeps its ports
    # on 127.0.0.1 under Linux too.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if not os.environ.get("RAY_ADDRESS"):
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SettingsError(
            "Ray is not installed.", 'Install it with: pip install "coachbot[ray]"'
        ) from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # importing it has set it to DEBUG
    # The bar that is shown counts texts.
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray


@contextmanager
def _errors_told(ray: Any) -> Iterator[None]:
    try:
        yield
    except (ray.exceptions.RayError, ConnectionError, RuntimeError) as error:
        told = (str(error).strip() or type(error).__name__).splitlines()[-1][:200]
        raise CoachbotError(
            f"Ray could not do the work: {told}",
            "Run the same command again: it goes on from what is stored.",
        ) from error
