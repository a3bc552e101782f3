"""ITK's statistics: averages over the seeds, and a multiplier raised to the farthest of them.

Source: ``itk::VectorConfidenceConnectedImageFilter``.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import numpy as np

from ..geometry.box import Box, Index
from .bricks.itk_distances import ItkDistanceMap
from .bricks.moments import moments_of
from .bricks.store import Brick, BrickStore, brick_box, brick_of, bricks_of
from .model import statistics
from .model.result import DistanceModel
from .model.statistics import Moments, Statistics


class ItkRule:
    """Works on the channels as they are, in double precision, so that rounding is ITK's as well.

    Seeds are voxels (i, j, k), ``radius`` that of their boxes in voxels.
    """

    def __init__(self, store: BrickStore, seeds: Sequence[Index], radius: int, allowed: np.ndarray | None) -> None:
        self._store = store
        self._seeds = seeds
        self._radius = radius
        self._allowed = allowed

    def seed_statistics(self) -> Generator[None, None, Statistics]:
        boxes = [Box.around(seed, self._radius, self._store.grid.box) for seed in self._seeds]
        yield from self._store.load(sorted({brick for box in boxes for brick in bricks_of(box)}))
        repeated = [self._repeating_borders(seed, box) for seed, box in zip(self._seeds, boxes)]
        return statistics.averaged_statistics(repeated)

    def multiplier(self, wanted: float, current: Statistics) -> float:
        measure, factor = self._measure(current)
        inverse = factor * statistics.inverse(measure.covariance)
        values = np.concatenate([self._value(seed) for seed in self._seeds], axis=1)
        return max(wanted, math.sqrt(statistics.squared_distance(values, current.mean, inverse).max()))

    def distances(self, current: Statistics, keep: bool = False) -> ItkDistanceMap:
        measure, factor = self._measure(current)
        return ItkDistanceMap(self._store, measure, allowed=self._allowed, factor=factor, keep=keep)

    def estimated(self, regions: dict[Brick, np.ndarray], current: Statistics) -> Generator[None, None, Statistics]:
        moments = yield from moments_of(self._values, regions, current.mean)
        self._count_repeated_seeds(moments, regions)
        return moments.statistics()

    def in_units(self, current: Statistics) -> Statistics:
        return current

    def model(self, current: Statistics) -> DistanceModel:
        measure, factor = self._measure(current)
        return DistanceModel(measure.mean[None], measure.covariance[None] / factor)

    def is_singular(self, current: Statistics) -> bool:
        return statistics.is_singular_to_itk(current.covariance)

    def _values(self, brick: Brick, voxels: np.ndarray) -> np.ndarray:
        if math.isfinite(self._store.itk.error):
            return self._store.exact(brick, voxels, as_given=True)
        return self._store.itk.voxels(brick_box(brick, self._store.grid), voxels)

    def _value(self, seed: Index) -> np.ndarray:
        """Values (C, 1) of a seed's voxel."""
        return self._store.itk.block(Box.of_voxel(seed)).reshape(-1, 1)

    def _repeating_borders(self, seed: Index, box: Box) -> np.ndarray:
        """Values (C, N) of a seed's box that repeats the voxels at the volume's border, as ITK's neighborhoods do."""
        values = self._store.itk.block(box)
        ranges = [
            np.clip(np.arange(v - self._radius, v + self._radius + 1), a, b - 1) - a
            for v, a, b in zip(seed[::-1], box.start[::-1], box.stop[::-1])
        ]
        return values[(slice(None), *np.ix_(*ranges))].reshape(len(values), -1)

    def _measure(self, current: Statistics) -> tuple[Statistics, float]:
        """The statistics that distances are measured by, and what their squares are to be multiplied with."""
        if self.is_singular(current):
            channels = len(current.mean)
            return Statistics(current.mean, np.eye(channels)), statistics.itk_singular_factor(channels)
        return current, 1.0

    def _count_repeated_seeds(self, moments: Moments, regions: dict[Brick, np.ndarray]) -> None:
        """ITK's flood visits a seed's voxel once for each time the seed is listed."""
        for number, seed in enumerate(self._seeds):
            region = regions.get(brick_of(seed))
            if seed in self._seeds[:number] and region is not None:
                start = brick_box(brick_of(seed), self._store.grid).start
                if region[tuple(v - o for v, o in zip(seed[::-1], start[::-1]))]:
                    moments.add(Moments.of(self._value(seed), moments.origin))
