"""Independent pieces of work on several threads: numpy and scipy release the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
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


@lru_cache(maxsize=1)
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="MultiModalSegmentation")
