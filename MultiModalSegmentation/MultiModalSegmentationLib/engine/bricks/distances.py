"""Which voxels lie within a Mahalanobis distance, brick by brick."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np

from ...geometry.box import Box, Index
from ..model.statistics import Statistics
from .store import Brick, BrickStore, brick_box, brick_of, bricks_of, overlap

Accept = Callable[[Brick], "np.ndarray | None"]
"""The accepted voxels of a brick as a (z, y, x) mask; None for none at all."""


@dataclass(frozen=True)
class Sphere:
    """Around a voxel (i, j, k); the radius, in mm, may be infinite."""

    center: Index
    radius_mm: float

    def within(self, box: Box, spacing: Sequence[float]) -> np.ndarray | None:
        """Which voxels of a box lie in it, as a mask that broadcasts to (z, y, x); None for none."""
        if np.isinf(self.radius_mm):
            return np.ones((1, 1, 1), bool)
        x, y, z = (
            np.square((np.arange(a, b) - v) * h) for a, b, v, h in zip(box.start, box.stop, self.center, spacing)
        )
        if x.min() + y.min() + z.min() > self.radius_mm**2:
            return None
        return z[:, None, None] + y[:, None] + x <= self.radius_mm**2


class DistanceMap:
    """Distances in single precision from the nearest of some models of standardized channels.

    Never within any limit outside ``allowed`` (z, y, x) and the fields of view, always within at the voxels
    (i, j, k) that ``belong``. With ``keep`` distances are computed once. Each model counts within its own of the
    ``spheres`` alone; without any, all count everywhere.
    """

    def __init__(
        self,
        store: BrickStore,
        current: Statistics,
        *,
        allowed: np.ndarray | None,
        belong: Sequence[Index] = (),
        keep: bool = False,
        spheres: Sequence[Sphere] = (),
    ) -> None:
        self._store = store
        self._allowed = allowed
        self._kept: dict[Brick, np.ndarray] | None = {} if keep else None
        self._belong: dict[Brick, list[Index]] = {}
        for index in belong:
            self._belong.setdefault(brick_of(index), []).append(index)
        self._models = [
            (model.mean, np.linalg.inv(np.linalg.cholesky(model.covariance))) for model in current.models or (current,)
        ]
        self._spheres = list(spheres) or [Sphere((0, 0, 0), np.inf)] * len(self._models)

    def load(self, bricks: Sequence[Brick]) -> Generator[None, None, None]:
        """Have read and smoothed what these bricks' distances need, a short step at a time."""
        return self._store.load([brick for brick in bricks if self._may_hold_some(brick)])

    def within(self, multiplier: float) -> Accept:
        """What a flood accepts: the loaded voxels whose distance is at most ``multiplier``."""
        is_within = self._test(multiplier)

        def accept(brick: Brick) -> np.ndarray | None:
            if not self._may_hold_some(brick):
                return None
            accepted = is_within(brick)
            self._bar(brick, accepted)
            return accepted if accepted.any() else None

        return accept

    def within_box(self, box: Box, multiplier: float) -> Generator[None, None, np.ndarray]:
        """The same for the voxels (z, y, x) of a box, loaded on the way; yields between short steps."""
        accept = self.within(multiplier)
        result = np.zeros(box.size[::-1], bool)
        for brick in bricks_of(box):
            yield from self.load([brick])
            mask = accept(brick)
            if mask is not None:
                here, there = overlap(box, brick_box(brick, self._store.grid))
                result[here] = mask[there]
            yield
        return result

    def _test(self, multiplier: float) -> Callable[[Brick], np.ndarray]:
        """A test for the voxels (z, y, x) of a loaded brick, whatever is allowed there."""
        limit = np.float32(multiplier) ** 2
        return lambda brick: self._squares(brick) <= limit

    def _squares(self, brick: Brick) -> np.ndarray:
        if self._kept is None:
            return self._measured(brick)
        if brick not in self._kept:
            self._kept[brick] = self._measured(brick)
        return self._kept[brick]

    def _measured(self, brick: Brick) -> np.ndarray:
        """Squared distances (z, y, x) of a loaded brick's values."""
        values, box = self._store.values(brick), brick_box(brick, self._store.grid)
        result = None
        with np.errstate(over="ignore", invalid="ignore"):
            for model, sphere in zip(self._models, self._spheres):
                within = sphere.within(box, self._store.grid.spacing)
                if within is not None:
                    squares = nearest_squares(values, [model])
                    np.copyto(squares, np.inf, where=~within)
                    result = squares if result is None else np.minimum(result, squares, out=result)
        return np.full(values.shape[1:], np.inf, np.float32) if result is None else result

    def _bar(self, brick: Brick, accepted: np.ndarray) -> None:
        box = brick_box(brick, self._store.grid)
        excluded = self._store.excluded(brick)
        if excluded is not None:
            accepted &= ~excluded
        if self._allowed is not None:
            accepted &= self._allowed[box.slices] != 0
        for index in self._belong.get(brick, ()):
            accepted[tuple(v - o for v, o in zip(index[::-1], box.start[::-1]))] = True

    def _may_hold_some(self, brick: Brick) -> bool:
        return self._allowed is None or bool(self._allowed[brick_box(brick, self._store.grid).slices].any())


def nearest_squares(values: np.ndarray, models: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Squared distances (z, y, x) of values (C, z, y, x) from the nearest of some models, float32.

    A model is a mean (C,) and a lower triangular matrix (C, C) that whitens: distances are sums of squares of
    whitened values.
    """
    term = np.empty_like(values[0])
    result = None
    for mean, whitening in models:
        differences = [value - np.float32(center) for value, center in zip(values, mean)]
        total = None
        for number, row in enumerate(whitening):
            part = differences[number] * np.float32(row[number])
            for weight, other in zip(row[:number], differences):
                if weight:
                    np.multiply(other, np.float32(weight), out=term)
                    part += term
            np.multiply(part, part, out=part)
            total = part if total is None else np.add(total, part, out=total)
        result = total if result is None else np.minimum(result, total, out=result)
    return result
