"""Region and surroundings on two channels: what a scatter plot of a result shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..engine.model.result import GrowingResult
from ..engine.segmenter import Segmenter
from ..geometry.box import Box, Index
from ..geometry.grid import Grid

MOST_VOXELS = 5000
MARGIN = 6
"""Voxels around the region's box that count as its surroundings."""


@dataclass(frozen=True, eq=False)
class Scatter:
    """Points (N, 2) on two channels, in the inputs' units, and what distances were measured from there."""

    region: np.ndarray
    surroundings: np.ndarray
    seeds: np.ndarray
    exclusion_seeds: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    multiplier: float


def scatter(
    segmenter: Segmenter,
    result: GrowingResult,
    seeds: Sequence[Index],
    exclusion_seeds: Sequence[Index] = (),
    channels: tuple[int, int] = (0, 1),
) -> Scatter:
    """At most 5,000 voxels of the region and around it, always the same ones, and the seeds."""
    box = _padded(result.box, segmenter.grid)
    values = segmenter.values(box)[list(channels)]
    inside = np.zeros(box.size[::-1], bool)
    inside[_within(result.box, box)] = result.mask > 0
    flat, inside = values.reshape(2, -1), inside.ravel()
    chosen = list(channels)
    return Scatter(
        region=flat[:, _sample(np.flatnonzero(inside))].T,
        surroundings=flat[:, _sample(np.flatnonzero(~inside))].T,
        seeds=_values_at(segmenter, seeds, chosen),
        exclusion_seeds=_values_at(segmenter, exclusion_seeds, chosen),
        means=result.distance_model.means[:, chosen],
        covariances=result.distance_model.covariances[:, chosen][:, :, chosen],
        multiplier=result.effective_multiplier,
    )


def _padded(box: Box, grid: Grid) -> Box:
    start = tuple(max(v - MARGIN, 0) for v in box.start)
    return Box(start, tuple(min(v + MARGIN, n) for v, n in zip(box.stop, grid.size)))


def _within(inner: Box, outer: Box) -> tuple[slice, ...]:
    return tuple(slice(a - o, b - o) for a, b, o in zip(inner.start[::-1], inner.stop[::-1], outer.start[::-1]))


def _sample(indices: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).permutation(indices)[: MOST_VOXELS // 2]


def _values_at(segmenter: Segmenter, points: Sequence[Index], channels: list[int]) -> np.ndarray:
    boxes = [Box(point, tuple(v + 1 for v in point)) for point in points]
    return np.array([segmenter.values(box)[channels, 0, 0, 0] for box in boxes]).reshape(-1, 2)
