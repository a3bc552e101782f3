"""The passes of one run: threshold, keep what is connected to the seeds, estimate the statistics anew."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from . import statistics
from .bricks import Brick, BrickStore, brick_box, brick_of, bricks_of, overlap
from .flood import Accept, Flood
from .grid import Box, Index
from .growing import Pass
from .nearest import Accepted, nearest_part
from .parameters import GrowingParameters, SeedStatistics
from .statistics import Moments, Statistics
from .threads import in_parallel

_BRICKS_A_STEP = 8


@dataclass(frozen=True, eq=False)
class Grown:
    """The region of the last pass: uint8 ``mask`` (z, y, x) of its ``box``, and the ``statistics`` it was grown with.

    The statistics are in the units that growing computed in; those of ``passes`` in the input's.
    """

    box: Box
    mask: np.ndarray
    statistics: Statistics
    multiplier: float
    stopped_by: str | None
    passes: tuple[Pass, ...]


Progress = Generator[float, None, Grown]


class Run:
    """One run from seeds (i, j, k). ``allowed`` is a (z, y, x) array, 0 where the region may not go.

    Pooled statistics work on standardized channels, so that units do not matter; ITK's on the channels as they are,
    so that rounding is ITK's as well.
    """

    def __init__(
        self, store: BrickStore, seeds: Sequence[Index], parameters: GrowingParameters, allowed: np.ndarray | None
    ) -> None:
        self._store = store
        self._seeds = seeds
        self._parameters = parameters
        self._allowed = allowed
        self._is_itk = parameters.seed_statistics is SeedStatistics.ITK
        self._center = np.array([c.center for c in store.channels])
        self._scale = np.array([c.scale for c in store.channels])
        self._fraction = 0.0

    def steps(self) -> Progress:
        """The passes, a short step at a time; yields the fraction done, which only rises."""
        limit = self._voxel_limit()
        current = self._regular((yield from self._seed_statistics()))
        multiplier = self._raised_multiplier(current) if self._is_itk else self._parameters.multiplier
        passes: list[Pass] = []
        kept: tuple[Flood, Statistics] | None = None
        for number in range(self._parameters.iterations + 1):
            flood = yield from self._flood(number, current, multiplier, limit)
            if limit is not None and flood.voxel_count > limit:
                part = nearest_part(self._store.grid, self._seeds, self._accepted_in(current, multiplier), limit)
                box, mask = yield from self._at_same_fraction(part)
                passes.append(self._pass(current, int(np.count_nonzero(mask)), multiplier))
                return Grown(box, mask, current, multiplier, "max_volume", tuple(passes))
            is_last = number == self._parameters.iterations
            if flood.voxel_count == 0 and kept is not None and not is_last:
                # ITK's statistics are NaN from here on; the region before is the best there is.
                break
            kept = flood, current
            passes.append(self._pass(current, flood.voxel_count, multiplier))
            if flood.voxel_count and not is_last:
                current = self._regular((yield from self._estimate(flood, current)))
        flood, current = kept
        box, mask = flood.region()
        return Grown(box, mask, current, multiplier, None, tuple(passes))

    def _voxel_limit(self) -> int | None:
        limit = self._parameters.max_volume_ml
        return None if limit is None else max(1, math.floor(limit / self._store.grid.voxel_volume_ml + 1e-6))

    def _pass(self, current: Statistics, voxel_count: int, multiplier: float) -> Pass:
        shown = current if self._is_itk else current.in_units(self._center, self._scale)
        return Pass(shown.mean, shown.covariance, voxel_count, multiplier)

    def _seed_statistics(self) -> Generator[float, None, Statistics]:
        boxes = [self._seed_box(seed) for seed in self._seeds]
        yield from self._load(sorted({brick for box in boxes for brick in bricks_of(box)}))
        if self._is_itk:
            repeated = [self._repeating_borders(seed, box) for seed, box in zip(self._seeds, boxes)]
            return statistics.averaged_statistics(repeated)
        return statistics.pooled_seed_statistics(self._seed_voxels(boxes))

    def _seed_box(self, seed: Index) -> Box:
        radius = self._parameters.initial_neighborhood_radius
        size = self._store.grid.size
        return Box(tuple(max(0, v - radius) for v in seed), tuple(min(n, v + radius + 1) for v, n in zip(seed, size)))

    def _repeating_borders(self, seed: Index, box: Box) -> np.ndarray:
        """Values (C, N) of a seed's box that repeats the voxels at the volume's border, as ITK's neighborhoods do."""
        values = self._store.block(box, as_given=True)
        radius = self._parameters.initial_neighborhood_radius
        ranges = [
            np.clip(np.arange(v - radius, v + radius + 1), a, b - 1) - a
            for v, a, b in zip(seed[::-1], box.start[::-1], box.stop[::-1])
        ]
        return values[(slice(None), *np.ix_(*ranges))].reshape(len(values), -1)

    def _seed_voxels(self, boxes: Sequence[Box]) -> list[np.ndarray]:
        """Values (C, N) of each seed's box that lie in every field of view; a voxel counts in one box only."""
        taken: set[Index] = set()
        result = []
        for box in boxes:
            values = self._store.block(box)
            use = np.ones(box.size[::-1], bool)
            excluded = self._store.excluded_block(box)
            if excluded is not None:
                use &= ~excluded
            for local in np.argwhere(use):
                voxel = tuple(int(v) + o for v, o in zip(local[::-1], box.start))
                use[tuple(local)] = voxel not in taken
                taken.add(voxel)
            result.append(values[:, use])
        return result

    def _regular(self, current: Statistics) -> Statistics:
        """Statistics whose covariance has an inverse."""
        if not self._is_itk:
            return Statistics(current.mean, statistics.floored(current.covariance))
        if not statistics.is_singular(current.covariance):
            return current
        standardized = current.standardized(self._center, self._scale)
        floored = Statistics(standardized.mean, statistics.floored(standardized.covariance))
        return Statistics(current.mean, floored.in_units(self._center, self._scale).covariance)

    def _raised_multiplier(self, current: Statistics) -> float:
        inverse = statistics.inverse(current.covariance)
        points = [Box(seed, tuple(v + 1 for v in seed)) for seed in self._seeds]
        values = np.stack([self._store.block(p, as_given=True).reshape(-1) for p in points], axis=1)
        farthest = math.sqrt(statistics.squared_distance(values, current.mean, inverse).max())
        return max(self._parameters.multiplier, farthest)

    def _flood(
        self, number: int, current: Statistics, multiplier: float, limit: int | None
    ) -> Generator[float, None, Flood]:
        flood = Flood(self._store.grid, self._seeds, self._acceptance(current, multiplier))
        while waiting := flood.waiting:
            yield from self._load([b for b in waiting[:_BRICKS_A_STEP] if self._may_hold_some(b)])
            flood.advance(waiting[:_BRICKS_A_STEP])
            share = flood.entered / (flood.entered + len(flood.waiting))
            self._fraction = max(self._fraction, (number + share) / (self._parameters.iterations + 1.05))
            yield self._fraction
            if limit is not None and flood.voxel_count > limit:
                break
        return flood

    def _acceptance(self, current: Statistics, multiplier: float) -> Accept:
        inverse = statistics.inverse(current.covariance)
        limit = statistics.squared_threshold(multiplier)
        forced: dict[Brick, list[Index]] = {}
        for seed in () if self._is_itk else self._seeds:
            forced.setdefault(brick_of(seed), []).append(seed)

        def accept(brick: Brick) -> np.ndarray | None:
            if not self._may_hold_some(brick):
                return None
            box = brick_box(brick, self._store.grid)
            values = self._store.values(brick, as_given=self._is_itk)
            accepted = statistics.squared_distance(values, current.mean, inverse) <= limit
            excluded = self._store.excluded(brick)
            if excluded is not None:
                accepted &= ~excluded
            if self._allowed is not None:
                accepted &= self._allowed[box.slices] != 0
            for seed in forced.get(brick, ()):
                accepted[tuple(v - o for v, o in zip(seed[::-1], box.start[::-1]))] = True
            return accepted

        return accept

    def _accepted_in(self, current: Statistics, multiplier: float) -> Accepted:
        accept = self._acceptance(current, multiplier)

        def accepted(box: Box) -> Generator[None, None, np.ndarray]:
            result = np.zeros(box.size[::-1], bool)
            for brick in bricks_of(box):
                yield from self._store.load([brick] if self._may_hold_some(brick) else [])
                mask = accept(brick)
                if mask is not None:
                    here, there = overlap(box, brick_box(brick, self._store.grid))
                    result[here] = mask[there]
                yield
            return result

        return accepted

    def _may_hold_some(self, brick: Brick) -> bool:
        return self._allowed is None or bool(self._allowed[brick_box(brick, self._store.grid).slices].any())

    def _estimate(self, flood: Flood, current: Statistics) -> Generator[float, None, Statistics]:
        """Statistics of the region, summed in an order that does not depend on how it was found."""
        moments = Moments(current.mean)
        bricks = flood.bricks()

        def of_brick(brick: Brick) -> Moments:
            return Moments.of(self._store.values(brick, as_given=self._is_itk), flood.mask(brick), current.mean)

        for first in range(0, len(bricks), 2 * _BRICKS_A_STEP):
            for part in in_parallel(of_brick, bricks[first : first + 2 * _BRICKS_A_STEP]):
                moments.add(part)
            yield self._fraction
        if self._is_itk:
            self._count_repeated_seeds(moments, flood)
        return moments.statistics()

    def _count_repeated_seeds(self, moments: Moments, flood: Flood) -> None:
        """ITK's flood visits a seed's voxel once for each time the seed is listed."""
        for number, seed in enumerate(self._seeds):
            if seed in self._seeds[:number]:
                point = Box(seed, tuple(v + 1 for v in seed))
                there, _ = overlap(brick_box(brick_of(seed), self._store.grid), point)
                mask = flood.mask(brick_of(seed))
                if mask is not None:
                    moments.add(Moments.of(self._store.block(point, as_given=True), mask[there], moments.origin))

    def _load(self, bricks: Sequence[Brick]) -> Generator[float, None, None]:
        yield from self._at_same_fraction(self._store.load(bricks))

    def _at_same_fraction(self, steps: Generator) -> Generator:
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value
            yield self._fraction
