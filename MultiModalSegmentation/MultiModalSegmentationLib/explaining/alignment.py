"""Whether two volumes show the same, and whether one seems shifted against the other where the seeds are.

Alignment is judged by normalized mutual information (Studholme, Hill, Hawkes, Pattern Recognition 32:71, 1999), which
does not ask that tissues have the same order of intensities in both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..engine.bricks.channels import strided_sample
from ..geometry.box import Index
from ..geometry.grid import Grid

NEARLY_SAME = 0.98
"""Correlation from which two volumes count as nearly the same image."""

REACH_MM = 5.0
"""The largest shift along an axis that is looked for."""

MARGIN_MM = 25.0
"""How far around each seed the volumes are compared."""

CLEAR_GAIN = 0.2
"""A shift is reported that adds at least this share to what the volumes tell of each other."""

LEAST_MM = 1.5
"""Shorter shifts are within what registration and voxels leave."""

_SAMPLES = 60_000
_LEAST_SAMPLES = 2_000
_MOST_WINDOWS = 8
_BINS = 32
_LEAST_STRUCTURE = 0.01


def nearly_same(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two volumes (z, y, x) of one grid correlate so strongly that the second adds little.

    Voxels that have the lowest value in both, an empty background, do not count.
    """
    a, b = (strided_sample(array).ravel().astype(np.float64) for array in (first, second))
    use = np.isfinite(a) & np.isfinite(b)
    use &= (a > np.min(a, where=use, initial=np.inf)) | (b > np.min(b, where=use, initial=np.inf))
    a, b = a[use], b[use]
    if a.size < 2 or a.std() == 0 or b.std() == 0:
        return False
    return bool(abs(np.corrcoef(a, b)[0, 1]) > NEARLY_SAME)


def estimated_shift(fixed: np.ndarray, moving: np.ndarray, grid: Grid, seeds: Sequence[Index]) -> float | None:
    """How far, in mm, ``moving`` seems shifted against ``fixed`` (z, y, x) around the seeds (i, j, k); ``None`` where
    no shift is clearly better than none."""
    reach = _reach(grid)
    windows = _windows(grid, seeds, reach)
    step = _stride(windows)
    still = [fixed[tuple(slice(a, b, step) for a, b in window)] for window in windows]
    if sum(part.size for part in still) < _LEAST_SAMPLES:
        return None
    wide = [moving[tuple(slice(a - r, b + r) for (a, b), r in zip(window, reach))] for window in windows]
    score = _Score(_binned(still), _binned(wide), reach, step)
    start = score(0, 0, 0)
    best, shift = _climbed(score, reach)
    if start < _LEAST_STRUCTURE or best < start * (1 + CLEAR_GAIN):
        return None
    length = float(np.linalg.norm([n * s for n, s in zip(shift, grid.spacing[::-1])]))
    return length if length >= LEAST_MM else None


class _Score:
    """Normalized mutual information, less the 1 of independent volumes, at a shift in voxels (z, y, x)."""

    def __init__(
        self, still: Sequence[np.ndarray], wide: Sequence[np.ndarray], reach: Sequence[int], step: int
    ) -> None:
        self._parts = [(part.astype(np.intp) * _BINS, around) for part, around in zip(still, wide)]
        self._reach, self._step = reach, step
        self._known: dict[tuple[int, ...], float] = {}

    def __call__(self, *shift: int) -> float:
        if shift not in self._known:
            counts = np.zeros(_BINS * _BINS)
            for still, wide in self._parts:
                there = tuple(slice(r + d, n - r + d, self._step) for r, d, n in zip(self._reach, shift, wide.shape))
                counts += np.bincount((still + wide[there]).ravel(), minlength=_BINS * _BINS)
            self._known[shift] = _information(counts.reshape(_BINS, _BINS)[1:, 1:])
        return self._known[shift]


def _information(joint: np.ndarray) -> float:
    total = joint.sum()
    if not total:
        return 0.0
    each = _entropy(joint.sum(axis=0) / total) + _entropy(joint.sum(axis=1) / total)
    together = _entropy(joint.ravel() / total)
    return each / together - 1.0 if together > 0 else 0.0


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _climbed(score: _Score, reach: Sequence[int]) -> tuple[float, tuple[int, ...]]:
    """The best shift found axis by axis, until no axis improves it."""
    shift, best = (0, 0, 0), score(0, 0, 0)
    improved = True
    while improved:
        improved = False
        for axis in range(3):
            for distance in range(-reach[axis], reach[axis] + 1):
                candidate = tuple(distance if a == axis else v for a, v in enumerate(shift))
                if score(*candidate) > best:
                    best, shift, improved = score(*candidate), candidate, True
    return best, shift


def _reach(grid: Grid) -> list[int]:
    """The largest shift in voxels (z, y, x): none along axes of too few voxels."""
    voxels = [int(REACH_MM / s) for s in grid.spacing[::-1]]
    return [r if n >= 6 * r else 0 for r, n in zip(voxels, grid.size[::-1])]


def _windows(grid: Grid, seeds: Sequence[Index], reach: Sequence[int]) -> list[list[tuple[int, int]]]:
    """First and last + 1 of the voxels (z, y, x) around some seeds, which stay on the grid at every shift."""
    chosen = seeds[:: -(-len(seeds) // _MOST_WINDOWS) or 1]
    windows = [
        [
            (max(r, v - int(MARGIN_MM / s)), min(n - r, v + int(MARGIN_MM / s) + 1))
            for v, n, r, s in zip(seed[::-1], grid.size[::-1], reach, grid.spacing[::-1])
        ]
        for seed in chosen
    ]
    return [window for window in windows if all(b > a for a, b in window)]


def _stride(windows: Sequence[Sequence[tuple[int, int]]]) -> int:
    step = 1
    while sum(np.prod([-(-(b - a) // step) for a, b in window]) for window in windows) > _SAMPLES:
        step += 1
    return step


def _binned(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Values as numbers of bins of equal width, 1 to 31, alike in all parts; 0 where they are not finite."""
    sample = np.concatenate([strided_sample(part).ravel() for part in parts]).astype(np.float32)
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, (0.5, 99.5)) if sample.size else (0.0, 1.0)
    factor = np.float32((_BINS - 1) / max(high - low, 1e-12))
    result = []
    for part in parts:
        scaled = (part.astype(np.float32) - np.float32(low)) * factor
        numbers = np.clip(np.nan_to_num(scaled), 0, _BINS - 2)
        result.append(np.where(np.isfinite(part), numbers + 1, 0).astype(np.uint8))
    return result
