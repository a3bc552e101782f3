"""How well regions match a truth, and the best that one volume alone can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..engine.unimodal import grow_unimodal
from ..geometry.box import Index
from ..parameters.settings import UniModalParameters

MULTIPLIERS = tuple(0.5 * n for n in range(1, 10))
"""0.5 to 4.5."""
MAXIMUM_ITERATIONS = 4


@dataclass(frozen=True)
class BestUniModal:
    """The parameters that match the truth best, and how well they do."""

    dice: float
    multiplier: float
    iterations: int


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Twice the shared voxels over all voxels of two masks of one shape: 1 where they are equal, 0 where disjoint."""
    first, second = np.asarray(one, bool), np.asarray(other, bool)
    total = np.count_nonzero(first) + np.count_nonzero(second)
    return 2.0 * np.count_nonzero(first & second) / total if total else 1.0


def best_unimodal(image: sitk.Image, seeds: Sequence[Index], truth: np.ndarray, radius: int = 1) -> BestUniModal:
    """Try ``MULTIPLIERS`` x 0 to ``MAXIMUM_ITERATIONS`` iterations on one smoothed volume; the highest Dice.

    ``truth`` is a mask (z, y, x) on the image's grid.
    """
    tried = (
        BestUniModal(dice(region, truth), multiplier, iterations)
        for multiplier in MULTIPLIERS
        for iterations, region in enumerate(unimodal_passes(image, seeds, multiplier, radius))
    )
    return max(tried, key=lambda one: one.dice)


def unimodal_passes(
    image: sitk.Image, seeds: Sequence[Index], multiplier: float, radius: int = 1
) -> Iterator[np.ndarray]:
    """The regions (z, y, x) of ``SimpleITK.ConfidenceConnected`` after 0, 1 ... ``MAXIMUM_ITERATIONS`` iterations.

    Each iteration continues from the one before (``itk::ConfidenceConnectedImageFilter`` would start again), so that
    all of them cost no more than the last.
    """
    start = UniModalParameters(multiplier, iterations=0, initial_neighborhood_radius=radius)
    grown = grow_unimodal(image, seeds, start).region
    voxels = sitk.GetArrayViewFromImage(image)
    at_seeds = [float(voxels[seed[::-1]]) for seed in seeds]
    for iteration in range(MAXIMUM_ITERATIONS + 1):
        region = sitk.GetArrayViewFromImage(grown) > 0
        yield region
        if iteration < MAXIMUM_ITERATIONS:
            inside = voxels[region].astype(np.float64)
            reach = multiplier * inside.std(ddof=1) if inside.size > 1 else 0.0
            lower = min(inside.mean() - reach, *at_seeds)
            upper = max(inside.mean() + reach, *at_seeds)
            grown = sitk.ConnectedThreshold(image, [tuple(seed) for seed in seeds], lower, upper)
