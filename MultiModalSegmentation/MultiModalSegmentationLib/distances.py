"""Squared Mahalanobis distances, brick by brick, with what must stay out and what belongs in any case."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np

from . import statistics
from .bricks import Brick, BrickStore, brick_box, brick_of, bricks_of, overlap
from .grid import Box, Index
from .statistics import Statistics

Accept = Callable[[Brick], "np.ndarray | None"]
"""The accepted voxels of a brick as a (z, y, x) mask; None for none at all."""


class DistanceMap:
    """Squared distances from some statistics, in double precision: infinite outside ``allowed`` (z, y, x) and the
    fields of view, 0 at the voxels (i, j, k) that ``belong``.

    ``as_given`` says that the statistics are in the input's units. With ``keep`` each brick is computed once.
    """

    def __init__(
        self,
        store: BrickStore,
        current: Statistics,
        *,
        allowed: np.ndarray | None,
        belong: Sequence[Index],
        as_given: bool,
        keep: bool = False,
    ) -> None:
        self._store = store
        self._mean = current.mean
        self._inverse = statistics.inverse(current.covariance)
        self._allowed = allowed
        self._as_given = as_given
        self._kept: dict[Brick, np.ndarray | None] | None = {} if keep else None
        self._belong: dict[Brick, list[Index]] = {}
        for index in belong:
            self._belong.setdefault(brick_of(index), []).append(index)

    def load(self, bricks: Sequence[Brick]) -> Generator[None, None, None]:
        """Have smoothed what these bricks' distances need, a short step at a time."""
        return self._store.load([brick for brick in bricks if self._may_hold_some(brick)])

    def within(self, limit: float) -> Accept:
        """What a flood accepts: the loaded voxels whose squared distance is at most ``limit``."""

        def accept(brick: Brick) -> np.ndarray | None:
            squared = self._squared(brick)
            return None if squared is None else squared <= limit

        return accept

    def within_box(self, box: Box, limit: float) -> Generator[None, None, np.ndarray]:
        """The same for the voxels (z, y, x) of a box, loaded on the way; yields between short steps."""
        accept = self.within(limit)
        result = np.zeros(box.size[::-1], bool)
        for brick in bricks_of(box):
            yield from self.load([brick])
            mask = accept(brick)
            if mask is not None:
                here, there = overlap(box, brick_box(brick, self._store.grid))
                result[here] = mask[there]
            yield
        return result

    def _squared(self, brick: Brick) -> np.ndarray | None:
        if self._kept is None:
            return self._compute(brick)
        if brick not in self._kept:
            self._kept[brick] = self._compute(brick)
        return self._kept[brick]

    def _compute(self, brick: Brick) -> np.ndarray | None:
        if not self._may_hold_some(brick):
            return None
        box = brick_box(brick, self._store.grid)
        result = statistics.squared_distance(self._store.values(brick, self._as_given), self._mean, self._inverse)
        excluded = self._store.excluded(brick)
        if excluded is not None:
            result[excluded] = np.inf
        if self._allowed is not None:
            result[self._allowed[box.slices] == 0] = np.inf
        for index in self._belong.get(brick, ()):
            result[tuple(v - o for v, o in zip(index[::-1], box.start[::-1]))] = 0.0
        return result

    def _may_hold_some(self, brick: Brick) -> bool:
        return self._allowed is None or bool(self._allowed[brick_box(brick, self._store.grid).slices].any())
