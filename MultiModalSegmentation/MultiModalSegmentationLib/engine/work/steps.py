"""Work as generators of short steps: a timer of the panel drives them, a script drains them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from ...geometry.errors import Cancelled

Result = TypeVar("Result")


def drained(steps: Generator[float, None, Result]) -> Result:
    """What the steps return, once all of them are done."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def at_fraction(fraction: float, steps: Generator[object, None, Result]) -> Generator[float, None, Result]:
    """The same steps, each of which yields ``fraction``: they are no progress of their own."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        yield fraction


def scaled(steps: Generator[float, None, Result], share: float) -> Generator[float, None, Result]:
    """The same steps as the first ``share`` of a longer work."""
    while True:
        try:
            fraction = next(steps)
        except StopIteration as end:
            return end.value
        yield share * fraction


def reporting(
    steps: Generator[float, None, Result],
    on_progress: Callable[[float], None] | None,
    should_cancel: Callable[[], bool] | None,
) -> Generator[float, None, Result]:
    """The same steps: ``on_progress`` is told the fraction after each and 1 at the end, ``should_cancel`` asked before.

    Raises:
        Cancelled: ``should_cancel`` answered True.
    """
    while True:
        if should_cancel is not None and should_cancel():
            raise Cancelled
        try:
            fraction = next(steps)
        except StopIteration as end:
            if on_progress is not None:
                on_progress(1.0)
            return end.value
        if on_progress is not None:
            on_progress(fraction)
        yield fraction
