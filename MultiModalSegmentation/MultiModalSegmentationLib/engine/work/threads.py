"""Independent pieces of work on several threads: numpy and scipy release the interpreter's lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

import SimpleITK as sitk

T = TypeVar("T")
R = TypeVar("R")


def thread_count() -> int:
    """As many threads as SimpleITK's own filters use (``SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads``)."""
    return max(1, sitk.ProcessObject.GetGlobalDefaultNumberOfThreads())


def in_parallel(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """``[function(item) for item in items]``, each thread taking its share of the items in one go."""
    items = list(items)
    count = min(thread_count(), len(items))
    if count < 2:
        return [function(item) for item in items]
    shares = _pool(thread_count()).map(lambda first: [function(item) for item in items[first::count]], range(count))
    results: list[R] = [None] * len(items)
    for first, share in enumerate(shares):
        results[first::count] = share
    return results


@contextmanager
def one_itk_thread() -> Iterator[None]:
    """ITK's filters and metrics on one thread each, for as long as any caller wants it: a sum over threads depends on
    their number and order."""
    _Single.enter()
    try:
        yield
    finally:
        _Single.leave()


class _Single:
    """How many callers want one thread, and how many threads there were before the first did."""

    lock = threading.Lock()
    callers = 0
    before = 1

    @classmethod
    def enter(cls) -> None:
        with cls.lock:
            if not cls.callers:
                cls.before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
                sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
            cls.callers += 1

    @classmethod
    def leave(cls) -> None:
        with cls.lock:
            cls.callers -= 1
            if not cls.callers:
                sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(cls.before)


@lru_cache(maxsize=1)
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="MultiModalSegmentation")
