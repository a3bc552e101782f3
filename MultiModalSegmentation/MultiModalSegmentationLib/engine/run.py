"""The passes of one run: threshold, keep what is connected to the seeds, estimate the statistics anew."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry.box import Box, Index
from ..parameters.settings import GrowingParameters
from .bricks.distances import DistanceMap
from .bricks.flood import Flood, assembled
from .bricks.store import Brick, BrickStore
from .model.plateau import (
    LATEST_START,
    LEAK,
    LEAST_SPAN,
    LEVELS,
    SETTLED_BOXES,
    AutomaticMultiplier,
    automatic_multiplier,
)
from .model.result import Pass
from .model.statistics import Statistics
from .rule import Rule
from .shaping.nearest import nearest_part
from .work.steps import at_fraction

ALMOST_DONE = 0.97
"""The fraction done when the last flood ends."""

CURVE_VOXELS = 4_000_000
"""Voxels, at most, of all the regions together that an automatic multiplier is found from."""


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
    automatic: AutomaticMultiplier | None = None


Progress = Generator[float, None, Grown]


class Run:
    """One run from seeds (i, j, k), with statistics by a rule."""

    def __init__(self, store: BrickStore, rule: Rule, seeds: Sequence[Index], parameters: GrowingParameters) -> None:
        self._store = store
        self._rule = rule
        self._seeds = seeds
        self._parameters = parameters
        limit = parameters.max_volume_ml
        self._limit = None if limit is None else max(1, math.floor(limit / store.grid.voxel_volume_ml + 1e-6))
        self._fraction = 0.0

    def steps(self) -> Progress:
        """The passes, a short step at a time; yields the fraction done, which only rises."""
        current = yield from at_fraction(self._fraction, self._rule.seed_statistics())
        count = self._parameters.iterations + 1
        automatic = None
        if self._parameters.multiplier is None:
            automatic = yield from self._automatic(current, ALMOST_DONE / (count + 1))
        wanted = automatic.multiplier if automatic else self._parameters.multiplier
        multiplier = self._rule.multiplier(wanted, current)
        passes: list[Pass] = []
        kept: dict[Brick, np.ndarray] = {}
        begun = self._fraction
        for number in range(count):
            distances = self._rule.distances(current)
            until = min(ALMOST_DONE, begun + (ALMOST_DONE - begun) * (number + 1) / count)
            flood = yield from self._flood(distances, multiplier, until, self._limit)
            if flood.exceeds_limit:
                box, mask = yield from self._nearest(distances, multiplier)
                passes.append(self._pass(current, int(np.count_nonzero(mask)), multiplier))
                return Grown(box, mask, current, multiplier, "max_volume", tuple(passes), automatic)
            is_last = number == count - 1
            regions = yield from at_fraction(self._fraction, flood.regions())
            if not regions and passes and not is_last:
                # ITK's statistics are NaN from here on; the region before is the best there is.
                break
            kept, used = regions, current
            passes.append(self._pass(current, _voxel_count(regions), multiplier))
            if regions and not is_last:
                current = yield from at_fraction(self._fraction, self._rule.estimated(regions, current))
        box, mask = yield from at_fraction(self._fraction, assembled(self._store.grid, kept))
        return Grown(box, mask, used, multiplier, None, tuple(passes), automatic)

    def voxel_counts(self, multipliers: Sequence[float]) -> Generator[float, None, list[int]]:
        """Voxels of the first pass's region at each of several multipliers, from one distance map."""
        current = yield from at_fraction(self._fraction, self._rule.seed_statistics())
        distances = self._rule.distances(current, keep=True)
        counts = []
        for number, multiplier in enumerate(multipliers):
            used = self._rule.multiplier(multiplier, current)
            until = ALMOST_DONE * (number + 1) / len(multipliers)
            flood = yield from self._flood(distances, used, until, self._limit)
            if flood.exceeds_limit:
                counts.append(self._limit)
            else:
                counts.append(_voxel_count((yield from at_fraction(self._fraction, flood.regions()))))
        return counts

    def _automatic(self, current: Statistics, until: float) -> Generator[float, None, AutomaticMultiplier]:
        """The multiplier at which the region is stable; its curve is followed no farther than that takes."""
        distances = self._rule.distances(current, keep=True)
        settled = SETTLED_BOXES * (2 * self._parameters.initial_neighborhood_radius + 1) ** 3
        counts: list[int] = []
        found = AutomaticMultiplier()
        for number, level in enumerate(LEVELS, 1):
            limits = [CURVE_VOXELS - sum(counts)]
            limits += [self._limit] if self._limit is not None else []
            limits += [int(LEAK * counts[-1])] if found.has_plateau else []
            flood = yield from self._flood(distances, level, until * number / len(LEVELS), min(limits))
            if flood.exceeds_limit:
                break
            counts.append(_voxel_count((yield from at_fraction(self._fraction, flood.regions()))))
            found = automatic_multiplier(LEVELS[:number], counts, settled)
            if found.high < level if found.has_plateau else level > LEAST_SPAN * LATEST_START:
                break
        return found

    def _nearest(self, distances: DistanceMap, multiplier: float) -> Generator[float, None, tuple[Box, np.ndarray]]:
        def accepted(box: Box) -> Generator[None, None, np.ndarray]:
            return distances.within_box(box, multiplier)

        part = nearest_part(self._store.grid, self._seeds, accepted, self._limit)
        return (yield from at_fraction(self._fraction, part))

    def _pass(self, current: Statistics, voxel_count: int, multiplier: float) -> Pass:
        shown = self._rule.in_units(current)
        return Pass(shown.mean, shown.covariance, voxel_count, multiplier)

    def _flood(
        self, distances: DistanceMap, multiplier: float, until: float, limit: int | None
    ) -> Generator[float, None, Flood]:
        """A flood during which the fraction done rises to ``until``; ends early where it is larger than it may be."""
        store = self._store
        flood = Flood(store.grid, self._seeds, distances.within(multiplier), store.recent, limit)
        ready: set[Brick] = set()
        begun = self._fraction
        while flood.waiting and not flood.exceeds_limit:
            due = flood.due()
            if not ready.issuperset(due):
                yield from at_fraction(self._fraction, distances.load(due))
                ready.update(due)
            flood.advance()
            share = len(flood.entered) / (len(flood.entered) + flood.waiting)
            self._fraction = max(self._fraction, min(until, begun + (until - begun) * share))
            yield self._fraction
        store.recent = flood.entered
        return flood


def _voxel_count(regions: dict[Brick, np.ndarray]) -> int:
    return sum(int(np.count_nonzero(mask)) for mask in regions.values())
