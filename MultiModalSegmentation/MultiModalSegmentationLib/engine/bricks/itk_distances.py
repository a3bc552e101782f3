"""Distances that fall on ITK's side of the threshold to the last voxel.

In single precision, those too close to the threshold for it again in double, summed as ITK does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..model import statistics
from ..model.statistics import Statistics
from .distances import DistanceMap
from .store import Brick, BrickStore, brick_box

_EPSILON = float(np.finfo(np.float32).eps)


class ItkDistanceMap(DistanceMap):
    """Distances from statistics in the input's units, their squares multiplied by ``factor``."""

    def __init__(
        self,
        store: BrickStore,
        current: Statistics,
        *,
        allowed: np.ndarray | None,
        factor: float = 1.0,
        keep: bool = False,
    ) -> None:
        standardized = current.standardized(store.center, store.scale)
        super().__init__(store, standardized, allowed=allowed, keep=keep)
        self._mean = current.mean
        self._inverse = factor * statistics.inverse(current.covariance)
        self._factor = factor
        self._spread = np.sqrt(np.diag(standardized.covariance))

    def _test(self, multiplier: float) -> Callable[[Brick], np.ndarray]:
        # The factor may be beyond single precision; the farthest seed, which is at the threshold, is decided with it.
        limit = statistics.squared_threshold(multiplier)
        plain = multiplier / math.sqrt(self._factor)
        doubt = self._doubt(plain)
        with np.errstate(over="ignore"):
            low, high = np.float32(plain**2 - doubt), np.float32(plain**2 + doubt)
        slack = self._factor * self._slack(plain)

        def is_within(brick: Brick) -> np.ndarray:
            squares = self._squares(brick)
            accepted = squares <= low
            possible = squares <= high
            if np.count_nonzero(possible) != np.count_nonzero(accepted):
                unsure = np.flatnonzero(possible != accepted)
                accepted.reshape(-1)[unsure] = self._exactly(brick, unsure, limit, slack)
            return accepted

        return is_within

    def _exactly(self, brick: Brick, voxels: np.ndarray, limit: float, slack: float) -> np.ndarray:
        """Whether some voxels' squared distances are within ``limit``: in double precision, and where the flow's own
        rounding still decides, from the values that ITK's filter gives."""
        squares = np.full(voxels.size, limit)
        if np.isfinite(slack):
            values = self._store.exact(brick, voxels, as_given=True)
            squares = statistics.squared_distance(values, self._mean, self._inverse)
        unsure = np.abs(squares - limit) <= slack
        if unsure.any():
            values = self._store.itk.voxels(brick_box(brick, self._store.grid), voxels[unsure])
            squares[unsure] = statistics.squared_distance(values, self._mean, self._inverse)
        return squares <= limit

    def _slack(self, multiplier: float) -> float:
        """How far a squared distance near the threshold may be off because of the flow's rounding."""
        if not np.isfinite(self._store.itk.error):
            return np.inf
        ((_, whitening),) = self._models
        center = np.abs(self._store.center) / self._store.scale
        # Values in the input's units are rounded to single precision themselves.
        error = float((np.abs(whitening) @ (self._store.itk.error + 2.0 * _EPSILON * center)).sum())
        return 2.0 * multiplier * error + error**2 if self._store.itk.error else 0.0

    def _doubt(self, multiplier: float) -> float:
        """How far a squared distance near the threshold may be off in single precision: a generous bound."""
        if not np.isfinite(self._store.itk.error):
            return np.inf
        ((mean, whitening),) = self._models
        magnitude = 2.0 * (np.abs(mean) + multiplier * self._spread)
        # Values in the input's units are rounded to single precision themselves.
        terms = (2 * len(magnitude) + 6) * magnitude + np.abs(self._store.center) / self._store.scale
        terms = terms + self._store.itk.error / (2.0 * _EPSILON)
        error = 2.0 * _EPSILON * float((np.abs(whitening) @ terms).sum())
        return 2.0 * multiplier * error + error**2 + 16.0 * _EPSILON * multiplier**2
