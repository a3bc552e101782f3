"""Growing on one channel alone, for comparison: ITK's confidence-connected filter, as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..geometry.box import Box, Index, tight_box
from ..geometry.grid import Grid
from ..parameters.settings import UniModalParameters


@dataclass(frozen=True, eq=False)
class UniModalResult:
    """A region grown on one channel. ``mask`` is uint8 0/1, (z, y, x), of the ``box`` only.

    ``mean`` and ``standard_deviation`` are the region's, in input units.
    """

    box: Box
    mask: np.ndarray
    mean: float
    standard_deviation: float
    voxel_count: int
    volume_ml: float
    name: str
    grid: Grid

    @cached_property
    def region(self) -> sitk.Image:
        """The mask on the whole grid, SimpleITK uint8; built when first asked for."""
        whole = np.zeros(self.grid.size[::-1], np.uint8)
        whole[self.box.slices] = self.mask
        return self.grid.image(whole)


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
    voxel_count = int(np.count_nonzero(whole))
    box = tight_box(whole) if voxel_count else Box(tuple(seeds[0]), tuple(seeds[0]))
    mask = whole[box.slices].copy()
    values = sitk.GetArrayViewFromImage(image)[box.slices][mask > 0].astype(np.float64)
    return UniModalResult(
        box=box,
        mask=mask,
        mean=float(values.mean()) if voxel_count else float("nan"),
        standard_deviation=float(values.std()) if voxel_count else float("nan"),
        voxel_count=voxel_count,
        volume_ml=voxel_count * grid.voxel_volume_ml,
        name=name,
        grid=grid,
    )


def _connected(whole: np.ndarray, seeds: Sequence[Index]) -> np.ndarray:
    """The voxels that are face-connected to a seed, as uint8 0/1 (z, y, x)."""
    labels, count = ndimage.label(whole)
    keep = np.zeros(count + 1, np.uint8)
    keep[[labels[tuple(seed)[::-1]] for seed in seeds]] = 1
    keep[0] = 0
    return keep[labels]
