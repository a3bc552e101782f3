"""The points of a run in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..engine.model.result import GrowingResult
from ..engine.segmenter import Segmenter
from ..geometry.box import Box, Index
from ..geometry.points import SeedPoint
from .seed_comparison import SeedBox, odd_seeds

_SURROUNDINGS = 4
"""Voxels around a seed's box that tell what noise there is."""


@dataclass(frozen=True)
class PointRow:
    """A point in numbers: smoothed ``values``, one a channel, and the ``distance`` from the region's statistics in
    effective multipliers: over 1 lies outside. ``is_odd`` marks a seed that is unlike the others."""

    label: str
    ras: tuple[float, float, float]
    ijk: Index
    values: tuple[float, ...]
    distance: float
    is_odd: bool


def point_table(
    segmenter: Segmenter,
    points: Sequence[SeedPoint],
    result: GrowingResult,
    *,
    radius: int = 1,
    are_seeds: bool = True,
) -> list[PointRow]:
    """A row for each seed, or, where they are not seeds, exclusion seed."""
    indices = [point.ijk for point in points]
    odd = set()
    if are_seeds:
        boxes = seed_boxes(segmenter, indices, radius)
        odd = {seed for seed, _ in odd_seeds(boxes, segmenter.scales(indices, radius))}
    rows = []
    for number, point in enumerate(points):
        values = _values_at(segmenter, point.ijk)
        distance = float(result.distance_model.distances(values[:, None])[0]) / result.effective_multiplier
        values = tuple(float(v) for v in values)
        rows.append(PointRow(point.label, point.ras, point.ijk, values, distance, number in odd))
    return rows


def _values_at(segmenter: Segmenter, index: Index) -> np.ndarray:
    box = Box(index, tuple(v + 1 for v in index))
    values = segmenter.values(box)[:, 0, 0, 0].astype(np.float64)
    excluded = segmenter.excluded(box)
    return np.full(len(values), np.nan) if excluded is not None else values


def seed_boxes(segmenter: Segmenter, seeds: Sequence[Index], radius: int) -> list[SeedBox]:
    """The smoothed values around each seed."""
    return [
        SeedBox(_finite_values(segmenter, seed, radius), _finite_values(segmenter, seed, radius + _SURROUNDINGS))
        for seed in seeds
    ]


def _finite_values(segmenter: Segmenter, seed: Index, radius: int) -> np.ndarray:
    """Values (C, z, y, x) of the box around a seed, NaN outside the field of view."""
    size = segmenter.grid.size
    box = Box(tuple(max(0, v - radius) for v in seed), tuple(min(n, v + radius + 1) for v, n in zip(seed, size)))
    values = segmenter.values(box).astype(np.float64)
    excluded = segmenter.excluded(box)
    if excluded is not None:
        values[:, excluded] = np.nan
    return values
