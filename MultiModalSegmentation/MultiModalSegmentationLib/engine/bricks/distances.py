"""Which voxels lie within a Mahalanobis distance: in single precision, those close to the threshold in double."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np

from ...geometry.box import Box, Index
from ..model import statistics
from ..model.statistics import Statistics
from .store import Brick, BrickStore, brick_box, brick_of, bricks_of, overlap

Accept = Callable[[Brick], "np.ndarray | None"]
"""The accepted voxels of a brick as a (z, y, x) mask; None for none at all."""

_EPSILON = float(np.finfo(np.float32).eps)


class DistanceMap:
    """Distances from some statistics, never within any limit outside ``allowed`` (z, y, x) and the fields of view,
    always within at the voxels (i, j, k) that ``belong``.

    ``as_given`` says that the statistics are in the input's units, ``weight`` what distances count. With ``keep``
    distances are computed once, for several limits.
    """

    def __init__(
        self,
        store: BrickStore,
        current: Statistics,
        *,
        allowed: np.ndarray | None,
        belong: Sequence[Index],
        as_given: bool,
        weight: float = 1.0,
        keep: bool = False,
    ) -> None:
        self._store = store
        models = current.models or (current,)
        self._means = [model.mean for model in models]
        self._inverse = statistics.inverse(models[0].covariance)
        self._allowed = allowed
        self._as_given = as_given
        self._weight = weight
        self._kept: dict[Brick, np.ndarray] | None = {} if keep else None
        self._belong: dict[Brick, list[Index]] = {}
        for index in belong:
            self._belong.setdefault(brick_of(index), []).append(index)
        standardized = [m.standardized(store.center, store.scale) for m in models] if as_given else models
        self._spread = np.sqrt(np.diag(standardized[0].covariance))
        self._standardized_means = [model.mean for model in standardized]
        self._whitening = np.linalg.inv(np.linalg.cholesky(standardized[0].covariance))

    def load(self, bricks: Sequence[Brick]) -> Generator[None, None, None]:
        """Have read and smoothed what these bricks' distances need, a short step at a time."""
        return self._store.load([brick for brick in bricks if self._may_hold_some(brick)])

    def within(self, multiplier: float) -> Accept:
        """What a flood accepts: the loaded voxels whose distance is at most ``multiplier``."""
        multiplier = multiplier / self._weight
        limit = statistics.squared_threshold(multiplier)
        doubt = self._doubt(multiplier)

        def accept(brick: Brick) -> np.ndarray | None:
            if not self._may_hold_some(brick):
                return None
            accepted = self._accepted(brick, limit, doubt)
            self._bar(brick, accepted)
            return accepted if accepted.any() else None

        return accept

    def within_box(self, box: Box, multiplier: float) -> Generator[None, None, np.ndarray]:
        """The same for the voxels (z, y, x) of a box, loaded on the way; yields between short steps."""
        accept = self.within(multiplier)
        result = np.zeros(box.size[::-1], bool)
        for brick in bricks_of(box):
            yield from self.load([brick])
            mask = accept(brick)
            if mask is not None:
                here, there = overlap(box, brick_box(brick, self._store.grid))
                result[here] = mask[there]
            yield
        return result

    def _doubt(self, multiplier: float) -> float:
        """How far a squared distance near the threshold may be off in single precision: a generous bound."""
        magnitude = 2.0 * (np.abs(self._standardized_means).max(axis=0) + multiplier * self._spread)
        terms = (2 * len(magnitude) + 6) * magnitude
        if self._as_given:
            if not np.isfinite(self._store.itk.error):
                return np.inf
            # Values in the input's units are rounded to single precision themselves.
            terms = terms + np.abs(self._store.center) / self._store.scale
            terms = terms + self._store.itk.error / (2.0 * _EPSILON)
        error = 2.0 * _EPSILON * float((np.abs(self._whitening) @ terms).sum())
        return 2.0 * multiplier * error + error**2 + 16.0 * _EPSILON * multiplier**2

    def _accepted(self, brick: Brick, limit: float, doubt: float) -> np.ndarray:
        squared = self._squared(brick)
        accepted = squared <= np.float32(limit - doubt)
        possible = squared <= np.float32(limit + doubt)
        if np.count_nonzero(possible) != np.count_nonzero(accepted):
            unsure = np.flatnonzero(possible != accepted)
            accepted.reshape(-1)[unsure] = self._nearest(self._decisive(brick, unsure)) <= limit
        return accepted

    def _squared(self, brick: Brick) -> np.ndarray:
        if self._kept is not None and brick in self._kept:
            return self._kept[brick]
        with np.errstate(over="ignore", invalid="ignore"):
            squared = self._single(self._store.values(brick))
        if self._kept is not None:
            self._kept[brick] = squared
        return squared

    def _single(self, values: np.ndarray) -> np.ndarray:
        """Squared distances (z, y, x) of standardized values, as sums of squares of whitened ones."""
        whitened = []
        term = result = None
        for number, weights in enumerate(self._whitening):
            part = values[0] * np.float32(weights[0])
            for weight, value in zip(weights[1 : number + 1], values[1:]):
                term = np.multiply(value, np.float32(weight), out=term)
                part += term
            whitened.append(part)
        for mean in self._standardized_means:
            total = None
            for part, shift in zip(whitened, self._whitening @ mean):
                square = np.subtract(part, np.float32(shift))
                np.multiply(square, square, out=square)
                total = square if total is None else np.add(total, square, out=total)
            result = total if result is None else np.minimum(result, total, out=result)
        return result

    def _decisive(self, brick: Brick, voxels: np.ndarray) -> np.ndarray:
        """The values (C, N) that decide where single precision does not."""
        if self._as_given:
            return self._store.itk.voxels(brick_box(brick, self._store.grid), voxels)
        return self._store.exact(brick, voxels, as_given=False)

    def _nearest(self, values: np.ndarray) -> np.ndarray:
        """Squared distances of exact values (C, N) from the nearest model, in double precision."""
        each = [statistics.squared_distance(values, mean, self._inverse) for mean in self._means]
        return each[0] if len(each) == 1 else np.min(each, axis=0)

    def _bar(self, brick: Brick, accepted: np.ndarray) -> None:
        box = brick_box(brick, self._store.grid)
        excluded = self._store.excluded(brick)
        if excluded is not None:
            accepted &= ~excluded
        if self._allowed is not None:
            accepted &= self._allowed[box.slices] != 0
        for index in self._belong.get(brick, ()):
            accepted[tuple(v - o for v, o in zip(index[::-1], box.start[::-1]))] = True

    def _may_hold_some(self, brick: Brick) -> bool:
        return self._allowed is None or bool(self._allowed[brick_box(brick, self._store.grid).slices].any())
