"""What growing answers: the region, the statistics it was grown with, and where and why it ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...geometry.box import Box
from ...geometry.grid import Grid
from .statistics import inverse as inverse_of
from .statistics import squared_distance

if TYPE_CHECKING:
    import SimpleITK as sitk


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass: threshold, then keep what is face-connected to a seed.

    ``mean`` (C,) and ``covariance`` (C, C), in input units, are the statistics that the pass was grown with; of the
    voxels around all the seeds together before anything was estimated from a region.
    """

    mean: np.ndarray
    covariance: np.ndarray
    voxel_count: int
    multiplier: float


@dataclass(frozen=True, eq=False)
class DistanceModel:
    """What distances were measured from: the nearest of ``means`` (M, C), each by its own one of the ``covariances``
    (M, C, C), in input units.

    Pooled seeds are a model each, until statistics are estimated from a region.
    """

    means: np.ndarray
    covariances: np.ndarray

    def distances(self, values: np.ndarray) -> np.ndarray:
        """Mahalanobis distances (N,) of values (C, N)."""
        models = zip(self.means, self.covariances)
        return np.sqrt(np.min([squared_distance(values, mean, inverse_of(c)) for mean, c in models], axis=0))


@dataclass(frozen=True)
class BorderContact:
    """A border that the region reaches, and how many of its voxels touch it.

    ``border`` is "grid" (the edge of the volume), "allowed" or "field of view"; ``direction`` is "-i", "+i", "-j",
    "+j", "-k" or "+k", the side of the region's voxels on which the border lies.
    """

    border: str
    direction: str
    voxel_count: int


@dataclass(frozen=True, eq=False)
class GrowingResult:
    """A region and what explains it. ``mask`` is uint8 0/1, (z, y, x), of the ``box`` only."""

    box: Box
    mask: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    effective_multiplier: float
    coverage: float
    voxel_count: int
    volume_ml: float
    touches_border: bool
    border_contacts: tuple[BorderContact, ...]
    stopped_by: str | None
    passes: tuple[Pass, ...]
    time_step: float | None = None
    """Time step of the smoothing really used, in mm²; None without smoothing."""

    grid: Grid | None = None
    distance_model: DistanceModel | None = None
    """What the last pass measured distances from."""

    scales: np.ndarray | None = None
    """Of pooled statistics: the scale (S, C) around each seed, in input units: how much its tissue varies."""

    is_singular_to_itk: bool = False
    """ITK statistics only: whether ITK calls the covariance singular, and measures plain distances in its place."""

    @cached_property
    def region(self) -> sitk.Image:
        """The mask on the whole grid, SimpleITK uint8; built when first asked for."""
        whole = np.zeros(self.grid.size[::-1], np.uint8)
        whole[self.box.slices] = self.mask
        return self.grid.image(whole)
