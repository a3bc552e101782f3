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
    """``[function(item) for item in items]``, on several threads where there are several items."""
    items = list(items)
    if len(items) < 2 or thread_count() == 1:
        return [function(item) for item in items]
    return list(_pool(thread_count()).map(function, items))


@lru_cache(maxsize=1)
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="MultiModalSegmentation")
