"""What a user can choose: enumerations and frozen dataclasses.

Slicer imports this file at start-up (the parameter node needs the enumerations), so it imports nothing numeric.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

SCHEMA_VERSION = 2
"""Of recipes. Version 1 knew no edge, and pooled a share of the scan's spread."""

MAXIMUM_CHANNELS = 4

MAXIMUM_MULTIPLIER = 1e6
"""Far beyond the distance of any voxel that is not meant to be left out, and its square is a number yet."""

MAXIMUM_COUNT = 1000
"""Of iterations: nothing changes after far fewer."""

MAXIMUM_RADIUS = 50
"""Of the box around a seed, in voxels."""

DEFAULT_MULTIPLIER = 3.5


class SeedStatistics(enum.Enum):
    """How the statistics of a region follow from its seeds."""

    POOLED = "pooled"
    """Mean and total covariance of all the seeds' voxels together; the multiplier is never raised."""

    ITK = "itk"
    """As ``itk::VectorConfidenceConnectedImageFilter``: averaged, and the multiplier raised to the farthest seed."""


class Edge(enum.Enum):
    """Where a region ends."""

    HALF_WAY = "half-way"
    """Half way between the tissue and what is around it, where these differ clearly; with pooled statistics only."""

    THRESHOLD = "threshold"
    """Where the distance from the statistics exceeds the multiplier."""


class OverwriteMode(enum.Enum):
    """What a new segment does to the other segments where it overlaps them."""

    ALLOW_OVERLAP = "allow"
    OVERWRITE_ALL = "all"
    OVERWRITE_VISIBLE = "visible"


class AlignmentMode(enum.Enum):
    """Whether further volumes are moved onto the reference first."""

    NONE = "none"
    RIGID = "rigid"
    """Turned and shifted to the most mutual information."""


class BiasCorrection(enum.Enum):
    """Whether a coil's uneven sensitivity is taken out of the volumes first."""

    NONE = "none"
    N4 = "n4"
    """By ``itk::N4BiasFieldCorrectionImageFilter``."""


@dataclass(frozen=True)
class PreparationParameters:
    """What is done to the volumes before anything is grown."""

    alignment: AlignmentMode = AlignmentMode.NONE
    bias: BiasCorrection = BiasCorrection.NONE

    @property
    def does_nothing(self) -> bool:
        return self == PreparationParameters()


def _require(condition: bool, name: str, value: object, demand: str) -> None:
    if not condition:
        raise ValueError(f"The {name} is {value}: it must {demand}.")


def _require_count(name: str, value: int, least: int, most: int = MAXIMUM_COUNT) -> None:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    _require(is_count and least <= value <= most, name, value, f"be a whole number from {least} to {most}")


def _require_multiplier(value: float) -> None:
    is_one = math.isfinite(value) and 0 < value <= MAXIMUM_MULTIPLIER
    _require(is_one, "multiplier", value, f"be over 0 and at most {MAXIMUM_MULTIPLIER:,.0f}")


@dataclass(frozen=True)
class SmoothingParameters:
    """Curvature flow (``itk::CurvatureFlowImageFilter``).

    ``time_step`` is in mm² (voxel spacing in mm); 0 ``iterations`` mean no smoothing. The flow is unstable where
    the time step is over 0.25 x (smallest spacing)²: ``limit_time_step`` uses that limit instead.
    """

    time_step: float = 0.125
    iterations: int = 5
    limit_time_step: bool = True

    def __post_init__(self) -> None:
        _require(math.isfinite(self.time_step) and self.time_step > 0, "time step", self.time_step, "be over 0")
        _require_count("smoothing iterations", self.iterations, 0)


@dataclass(frozen=True)
class GrowingParameters:
    """Vector confidence-connected growing (``itk::VectorConfidenceConnectedImageFilter``)."""

    multiplier: float | None = DEFAULT_MULTIPLIER
    """The largest Mahalanobis distance accepted; None: found from the curve of volume against multiplier."""

    iterations: int = 0
    """Passes after the first one; statistics are re-estimated from the region before each."""

    initial_neighborhood_radius: int = 1
    """Radius in voxels of the box around each seed that the first statistics come from."""

    seed_statistics: SeedStatistics = SeedStatistics.POOLED
    max_volume_ml: float | None = None
    """Growing stops as soon as the region is larger than this."""

    edge: Edge = Edge.HALF_WAY
    """Where the region ends. ITK's statistics end it at the threshold, whichever this is."""

    @property
    def edge_used(self) -> Edge:
        return self.edge if self.seed_statistics is SeedStatistics.POOLED else Edge.THRESHOLD

    def __post_init__(self) -> None:
        if self.multiplier is not None:
            _require_multiplier(self.multiplier)
        elif self.seed_statistics is SeedStatistics.ITK:
            raise ValueError(
                "The multiplier is automatic, but ITK statistics need a number: "
                "give one or choose SeedStatistics.POOLED."
            )
        _require_count("iterations", self.iterations, 0)
        _require_count("seed radius", self.initial_neighborhood_radius, 0, MAXIMUM_RADIUS)
        limit = self.max_volume_ml
        _require(limit is None or (math.isfinite(limit) and limit > 0), "maximum volume", limit, "be over 0 mL")


@dataclass(frozen=True)
class UniModalParameters:
    """Confidence-connected growing on one volume alone (``SimpleITK.ConfidenceConnected``), for comparison."""

    multiplier: float = 2.5
    iterations: int = 1
    initial_neighborhood_radius: int = 1

    def __post_init__(self) -> None:
        _require_multiplier(self.multiplier)
        _require_count("iterations", self.iterations, 0)
        _require_count("seed radius", self.initial_neighborhood_radius, 0, MAXIMUM_RADIUS)


@dataclass(frozen=True)
class CleanupParameters:
    """What is done to a region after it has grown, in this order: close gaps, fill holes, drop islands."""

    fill_holes: bool = False
    """Fill what is enclosed by the region on all sides."""

    closing_mm: float = 0.0
    """Radius of the ball that closes gaps and clefts, in mm; 0 for none."""

    minimum_island_ml: float = 0.0
    """Connected parts smaller than this are dropped unless they hold a seed; 0 keeps all."""

    def __post_init__(self) -> None:
        for name, value, unit in (
            ("closing radius", self.closing_mm, "mm"),
            ("smallest island", self.minimum_island_ml, "mL"),
        ):
            _require(math.isfinite(value) and value >= 0, name, value, f"be 0 {unit} or more")

    @property
    def does_nothing(self) -> bool:
        return not (self.fill_holes or self.closing_mm or self.minimum_island_ml)
