"""What a run asks of a way to get statistics from seeds; ``pooled_rule`` and ``itk_rule`` are the two there are."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

import numpy as np

from .bricks.distances import DistanceMap
from .bricks.store import Brick
from .model.result import DistanceModel
from .model.statistics import Statistics


class Rule(Protocol):
    """Statistics are in units of the rule's own: standardized, or those of the input."""

    def seed_statistics(self) -> Generator[None, None, Statistics]:
        """Those that the first pass is grown with, a short step at a time."""

    def multiplier(self, wanted: float, current: Statistics) -> float:
        """The multiplier to use where ``wanted`` was asked for."""

    def distances(self, current: Statistics, keep: bool = False) -> DistanceMap:
        """Distances from some statistics; with ``keep`` computed once for many multipliers."""

    def estimated(self, regions: dict[Brick, np.ndarray], current: Statistics) -> Generator[None, None, Statistics]:
        """Those of a region given brick by brick, whose sums do not depend on how it was found."""

    def in_units(self, current: Statistics) -> Statistics:
        """The statistics in the input's units."""

    def model(self, current: Statistics) -> DistanceModel:
        """What distances from the statistics are measured from, in the input's units."""

    def is_singular(self, current: Statistics) -> bool:
        """Whether the rule measures plain distances in place of those by the covariance."""
