"""The passes of one run: threshold, keep what is connected to the seeds, estimate the statistics anew."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry.box import Box, Index
from ..parameters.settings import GrowingParameters, SeedStatistics
from .bricks.distances import DistanceMap
from .bricks.flood import Flood, assembled
from .bricks.store import Brick, BrickStore, brick_box, brick_of, bricks_of
from .model import statistics
from .model.result import Pass
from .model.seed_models import pooled_seed_statistics
from .model.statistics import Moments, Statistics
from .shaping.nearest import nearest_part
from .work.steps import at_fraction
from .work.threads import in_parallel

ALMOST_DONE = 0.97
"""The fraction done when the last flood ends."""

_BRICKS_A_STEP = 32


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
    is_singular_to_itk: bool = False


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
        limit = parameters.max_volume_ml
        self._limit = None if limit is None else max(1, math.floor(limit / store.grid.voxel_volume_ml + 1e-6))
        self._fraction = 0.0

    def steps(self) -> Progress:
        """The passes, a short step at a time; yields the fraction done, which only rises."""
        current = self._regular((yield from self._seed_statistics()))
        multiplier = self._raised(self._parameters.multiplier, current)
        passes: list[Pass] = []
        kept: dict[Brick, np.ndarray] = {}
        count = self._parameters.iterations + 1
        for number in range(count):
            distances = self._distances(current)
            flood = yield from self._flood(distances, multiplier, number, count)
            if flood.exceeds_limit:
                box, mask = yield from self._nearest(distances, multiplier)
                passes.append(self._pass(current, int(np.count_nonzero(mask)), multiplier))
                return self._grown(box, mask, current, multiplier, "max_volume", passes)
            is_last = number == count - 1
            regions = yield from at_fraction(self._fraction, flood.regions())
            if not regions and passes and not is_last:
                # ITK's statistics are NaN from here on; the region before is the best there is.
                break
            kept, used = regions, current
            passes.append(self._pass(current, _voxel_count(regions), multiplier))
            if regions and not is_last:
                current = self._regular((yield from self._estimate(regions, current)))
        box, mask = yield from at_fraction(self._fraction, assembled(self._store.grid, kept))
        return self._grown(box, mask, used, multiplier, None, passes)

    def voxel_counts(self, multipliers: Sequence[float]) -> Generator[float, None, list[int]]:
        """Voxels of the first pass's region at each of several multipliers, from one distance map."""
        current = self._regular((yield from self._seed_statistics()))
        distances = self._distances(current, keep=True)
        counts = []
        for number, multiplier in enumerate(multipliers):
            flood = yield from self._flood(distances, self._raised(multiplier, current), number, len(multipliers))
            if flood.exceeds_limit:
                counts.append(self._limit)
            else:
                counts.append(_voxel_count((yield from at_fraction(self._fraction, flood.regions()))))
        return counts

    def _nearest(self, distances: DistanceMap, multiplier: float) -> Generator[float, None, tuple[Box, np.ndarray]]:
        def accepted(box: Box) -> Generator[None, None, np.ndarray]:
            return distances.within_box(box, multiplier)

        part = nearest_part(self._store.grid, self._seeds, accepted, self._limit)
        return (yield from at_fraction(self._fraction, part))

    def _grown(
        self,
        box: Box,
        mask: np.ndarray,
        used: Statistics,
        multiplier: float,
        stopped_by: str | None,
        passes: Sequence[Pass],
    ) -> Grown:
        is_singular = self._is_itk and statistics.is_singular_to_itk(used.covariance)
        return Grown(box, mask, used, multiplier, stopped_by, tuple(passes), is_singular)

    def _pass(self, current: Statistics, voxel_count: int, multiplier: float) -> Pass:
        shown = current if self._is_itk else current.in_units(self._store.center, self._store.scale)
        return Pass(shown.mean, shown.covariance, voxel_count, multiplier)

    def _seed_statistics(self) -> Generator[float, None, Statistics]:
        boxes = [self._seed_box(seed) for seed in self._seeds]
        yield from self._load(sorted({brick for box in boxes for brick in bricks_of(box)}))
        if self._is_itk:
            repeated = [self._repeating_borders(seed, box) for seed, box in zip(self._seeds, boxes)]
            return statistics.averaged_statistics(repeated)
        return pooled_seed_statistics(self._seed_voxels(boxes))

    def _seed_box(self, seed: Index) -> Box:
        return Box.around(seed, self._parameters.initial_neighborhood_radius, self._store.grid.box)

    def _repeating_borders(self, seed: Index, box: Box) -> np.ndarray:
        """Values (C, N) of a seed's box that repeats the voxels at the volume's border, as ITK's neighborhoods do."""
        values = self._store.itk.block(box)
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
            return Statistics(current.mean, statistics.floored(current.covariance), current.models)
        return current

    def _raised(self, multiplier: float, current: Statistics) -> float:
        """The multiplier used: ITK raises it to the farthest seed's distance."""
        if not self._is_itk:
            return multiplier
        measure, weight = self._measure(current)
        inverse = statistics.inverse(measure.covariance)
        points = [self._store.itk.block(Box.of_voxel(seed)) for seed in self._seeds]
        values = np.stack([point.reshape(-1) for point in points], axis=1)
        return max(multiplier, weight * math.sqrt(statistics.squared_distance(values, current.mean, inverse).max()))

    def _measure(self, current: Statistics) -> tuple[Statistics, float]:
        """The statistics that distances are measured by, and what these are to be multiplied with."""
        if self._is_itk and statistics.is_singular_to_itk(current.covariance):
            channels = len(current.mean)
            return Statistics(current.mean, np.eye(channels)), statistics.itk_singular_weight(channels)
        return current, 1.0

    def _flood(
        self, distances: DistanceMap, multiplier: float, number: int, count: int
    ) -> Generator[float, None, Flood]:
        """The flood of the ``number``-th of ``count`` runs; ends early where it is larger than it may be."""
        store = self._store
        flood = Flood(store.grid, self._seeds, distances.within(multiplier), store.recent, self._limit)
        ready: set[Brick] = set()
        while flood.waiting and not flood.exceeds_limit:
            due = flood.due()
            if not ready.issuperset(due):
                yield from at_fraction(self._fraction, distances.load(due))
                ready.update(due)
            flood.advance()
            share = len(flood.entered) / (len(flood.entered) + flood.waiting)
            self._fraction = max(self._fraction, ALMOST_DONE * (number + share) / count)
            yield self._fraction
        store.recent = flood.entered
        return flood

    def _distances(self, current: Statistics, keep: bool = False) -> DistanceMap:
        measure, weight = self._measure(current)
        return DistanceMap(
            self._store,
            measure,
            weight=weight,
            allowed=self._allowed,
            belong=() if self._is_itk else self._seeds,
            as_given=self._is_itk,
            keep=keep,
        )

    def _estimate(self, regions: dict[Brick, np.ndarray], current: Statistics) -> Generator[float, None, Statistics]:
        """Statistics of the region, summed in an order that does not depend on how it was found."""
        moments = Moments(current.mean)

        def of_brick(brick: Brick) -> Moments:
            voxels = np.flatnonzero(regions[brick])
            return Moments.of(self._values(brick, voxels), current.mean)

        bricks = list(regions)
        for first in range(0, len(bricks), _BRICKS_A_STEP):
            for part in in_parallel(of_brick, bricks[first : first + _BRICKS_A_STEP]):
                moments.add(part)
            yield self._fraction
        if self._is_itk:
            self._count_repeated_seeds(moments, regions)
        return moments.statistics()

    def _values(self, brick: Brick, voxels: np.ndarray) -> np.ndarray:
        if self._is_itk and not math.isfinite(self._store.itk.error):
            return self._store.itk.voxels(brick_box(brick, self._store.grid), voxels)
        return self._store.exact(brick, voxels, self._is_itk)

    def _count_repeated_seeds(self, moments: Moments, regions: dict[Brick, np.ndarray]) -> None:
        """ITK's flood visits a seed's voxel once for each time the seed is listed."""
        for number, seed in enumerate(self._seeds):
            region = regions.get(brick_of(seed))
            if seed in self._seeds[:number] and region is not None:
                start = brick_box(brick_of(seed), self._store.grid).start
                if region[tuple(v - o for v, o in zip(seed[::-1], start[::-1]))]:
                    values = self._store.itk.block(Box.of_voxel(seed)).reshape(-1, 1)
                    moments.add(Moments.of(values, moments.origin))

    def _load(self, bricks: Sequence[Brick]) -> Generator[float, None, None]:
        yield from at_fraction(self._fraction, self._store.load(bricks))


def _voxel_count(regions: dict[Brick, np.ndarray]) -> int:
    return sum(int(np.count_nonzero(mask)) for mask in regions.values())
