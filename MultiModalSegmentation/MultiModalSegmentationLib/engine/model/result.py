"""What growing answers: the region, the statistics it was grown with, and where and why it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry.region import Region
from .plateau import AutomaticMultiplier
from .statistics import coverage, squared_distance
from .statistics import inverse as inverse_of


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
class GrowingResult(Region):
    """A region and what explains it."""

    effective_multiplier: float
    """The multiplier that was really used."""

    passes: tuple[Pass, ...]
    border_contacts: tuple[BorderContact, ...] = ()
    stopped_by: str | None = None
    """"max_volume" where growing stopped there."""

    time_step: float | None = None
    """Time step of the smoothing really used, in mm²; None without smoothing."""

    distance_model: DistanceModel | None = None
    """What the last pass measured distances from."""

    scales: np.ndarray | None = None
    """Of pooled statistics: the scale (S, C) around each seed, in input units: how much its tissue varies."""

    is_singular_to_itk: bool = False
    """ITK statistics only: whether ITK calls the covariance singular, and measures plain distances in its place."""

    automatic: AutomaticMultiplier | None = None
    """How the multiplier was found; None where it was given."""

    @property
    def mean(self) -> np.ndarray:
        """(C,), in the inputs' units: what the last pass was grown with."""
        return self.passes[-1].mean

    @property
    def covariance(self) -> np.ndarray:
        """(C, C), in the inputs' units squared."""
        return self.passes[-1].covariance

    @property
    def coverage(self) -> float:
        """The share of a Gaussian within the effective multiplier, 0 to 1."""
        return coverage(self.effective_multiplier, len(self.mean))

    @property
    def touches_border(self) -> bool:
        """Whether the region reaches the edge of the grid, of the allowed voxels or of a field of view."""
        return bool(self.border_contacts)
