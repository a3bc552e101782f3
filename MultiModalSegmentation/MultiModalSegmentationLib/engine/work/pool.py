"""Work on threads of its own, watched by short steps: nothing of the caller's runs outside the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from .threads import thread_count

T = TypeVar("T")
R = TypeVar("R")

_POLL_SECONDS = 0.03


class Workers:
    """Threads for the length of a ``with``; leaving it early stops what heeds :attr:`is_stopped`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(thread_count(), thread_name_prefix="MultiModalSegmentation")
        self._stop = Event()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def done(
        self, function: Callable[[T], R], items: Sequence[T], first: float, last: float
    ) -> Generator[float, None, list[R]]:
        """``[function(item) for item in items]`` as steps, each of which yields a fraction, ``first`` to ``last``."""
        futures = [self._pool.submit(function, item) for item in items]
        waiting = set(futures)
        while waiting:
            _, waiting = wait(waiting, _POLL_SECONDS, FIRST_COMPLETED)
            yield last - (last - first) * len(waiting) / len(futures)
        return [future.result() for future in futures]
