"""Growing on one channel alone, for comparison: ITK's confidence-connected filter, as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..geometry.box import Box, Index, tight_box
from ..geometry.grid import Grid
from ..geometry.region import Region
from ..parameters.settings import UniModalParameters


@dataclass(frozen=True, eq=False)
class UniModalResult(Region):
    """A region grown on one channel. ``mean`` and ``standard_deviation`` are the region's, in input units; NaN where
    it is empty."""

    name: str
    mean: float
    standard_deviation: float


def grow_unimodal(
    image: sitk.Image,
    seeds: Sequence[Index],
    parameters: UniModalParameters = UniModalParameters(),
    name: str = "",
    *,
    allowed: np.ndarray | None = None,
) -> UniModalResult:
    """Grow from ``seeds`` (i, j, k) on one smoothed scalar image by ``itk::ConfidenceConnectedImageFilter``.

    The region always holds the seeds' own voxels' intensities, so it is never empty. The filter knows no mask: of its
    region, what is connected to a seed within ``allowed`` (z, y, x) remains.
    """
    grid = Grid.of(image)
    grown = sitk.ConfidenceConnected(
        image,
        seedList=[tuple(int(v) for v in seed) for seed in seeds],
        numberOfIterations=parameters.iterations,
        multiplier=parameters.multiplier,
        initialNeighborhoodRadius=parameters.initial_neighborhood_radius,
        replaceValue=1,
    )
    whole = sitk.GetArrayViewFromImage(grown)
    if allowed is not None:
        whole = _connected(whole * (allowed != 0), seeds)
    box = tight_box(whole) if whole.any() else Box(tuple(seeds[0]), tuple(seeds[0]))
    mask = whole[box.slices].copy()
    values = sitk.GetArrayViewFromImage(image)[box.slices][mask > 0].astype(np.float64)
    mean, spread = (float(values.mean()), float(values.std())) if values.size else (np.nan, np.nan)
    return UniModalResult(grid, box, mask, name, mean, spread)


def _connected(whole: np.ndarray, seeds: Sequence[Index]) -> np.ndarray:
    """The voxels that are face-connected to a seed, as uint8 0/1 (z, y, x)."""
    labels, count = ndimage.label(whole)
    keep = np.zeros(count + 1, np.uint8)
    keep[[labels[tuple(seed)[::-1]] for seed in seeds]] = 1
    keep[0] = 0
    return keep[labels]
