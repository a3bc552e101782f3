"""Pooled statistics: a model for each seed with the scale of its own tissue; nothing far away counts."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import numpy as np

from ..geometry.box import Box, Index
from .bricks.distances import DistanceMap, Sphere
from .bricks.moments import moments_of
from .bricks.store import Brick, BrickStore, bricks_of
from .model.result import DistanceModel
from .model.scale import own_tissue
from .model.seed_models import pooled_seed_statistics
from .model.statistics import Statistics, floored
from .scales import TissueScales
from .shaping.exclusion import without_exclusions
from .shaping.reach import seed_reaches
from .shaping.votes import Voter


class PooledRule:
    """Works on standardized channels, in single precision: what they are standardized by cancels out.

    Seeds and exclusion seeds are voxels (i, j, k), ``radius`` that of their boxes in voxels. How far a later seed
    reaches depends on all of them.
    """

    def __init__(
        self,
        store: BrickStore,
        scales: TissueScales,
        seeds: Sequence[Index],
        radius: int,
        allowed: np.ndarray | None,
        exclusion_seeds: Sequence[Index] = (),
    ) -> None:
        self._store = store
        self._scales = scales
        self._seeds = seeds
        self._radius = radius
        self._allowed = allowed
        self._exclusion_seeds = exclusion_seeds
        self._reaches = seed_reaches(seeds, exclusion_seeds, store.grid.spacing)

    def seed_statistics(self) -> Generator[None, None, Statistics]:
        boxes = [self._scales.own_box(seed, self._radius) for seed in self._seeds]
        yield from self._store.load(sorted({brick for box in boxes for brick in bricks_of(box)}))
        yield from self._scales.load(self._seeds, self._radius)
        return pooled_seed_statistics(
            self._seed_voxels(self._seeds, boxes), [self._scale(seed) for seed in self._seeds]
        )

    def multiplier(self, wanted: float, current: Statistics) -> float:
        return wanted

    def distances(self, current: Statistics, keep: bool = False) -> DistanceMap:
        spheres = [Sphere(seed, reach) for seed, reach in zip(self._seeds, self._reaches)] if current.models else ()
        return DistanceMap(self._store, current, allowed=self._allowed, belong=self._seeds, keep=keep, spheres=spheres)

    def estimated(self, regions: dict[Brick, np.ndarray], current: Statistics) -> Generator[None, None, Statistics]:
        def standardized(brick: Brick, voxels: np.ndarray) -> np.ndarray:
            return self._store.exact(brick, voxels, as_given=False)

        moments = yield from moments_of(standardized, regions, current.mean)
        found = moments.statistics()
        scale = np.median([self._scale(seed) for seed in self._seeds], axis=0)
        units = np.outer(scale, scale)
        return Statistics(found.mean, floored(found.covariance / units) * units)

    def corrected(self, box: Box, mask: np.ndarray) -> Generator[None, None, np.ndarray]:
        """What the exclusion seeds leave of a region: bool (z, y, x), as its ``mask`` in its ``box``."""
        seeds = yield from self.voters(box)
        exclusion_seeds = yield from self._loaded_voters(
            self._exclusion_seeds, [math.inf] * len(self._exclusion_seeds), box
        )
        yield from self._store.load(bricks_of(box))
        values = yield from self._store.block_steps(box)
        return (yield from without_exclusions(values, mask, seeds, exclusion_seeds, self._store.grid.spacing[::-1]))

    def voters(self, box: Box) -> Generator[None, None, list[Voter]]:
        """The seeds as they vote on the voxels of a box, a short step at a time."""
        return self._loaded_voters(self._seeds, self._reaches, box)

    def _loaded_voters(
        self, points: Sequence[Index], reaches: Sequence[float], box: Box
    ) -> Generator[None, None, list[Voter]]:
        yield from self._scales.load(points, self._radius)
        return [Voter(box.place(point), reach, self._scale(point)) for point, reach in zip(points, reaches)]

    def in_units(self, current: Statistics) -> Statistics:
        return current.in_units(self._store.center, self._store.scale)

    def model(self, current: Statistics) -> DistanceModel:
        models = [self.in_units(model) for model in current.models or (current,)]
        return DistanceModel(np.array([m.mean for m in models]), np.array([m.covariance for m in models]))

    def is_singular(self, current: Statistics) -> bool:
        return False

    def _scale(self, seed: Index) -> np.ndarray:
        return self._scales.of(seed, self._radius)

    def _seed_voxels(self, points: Sequence[Index], boxes: Sequence[Box]) -> list[np.ndarray]:
        """Values (C, N) of each point's box that lie in every field of view and are its own tissue's."""
        result = []
        for point, box in zip(points, boxes):
            values = self._store.block(box)
            excluded = self._store.excluded_block(box)
            finite = values.reshape(len(values), -1) if excluded is None else values[:, ~excluded]
            result.append(own_tissue(finite, values[(slice(None), *box.place(point))]))
        return result
