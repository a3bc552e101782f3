"""Whether two volumes show the same, and whether one seems shifted against the other where the seeds are.

Alignment is judged by normalized mutual information (Studholme, Hill, Hawkes, Pattern Recognition 32:71, 1999), which
does not ask that tissues have the same order of intensities in both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .channels import strided_sample
from .grid import Grid, Index

NEARLY_SAME = 0.98
"""Correlation from which two volumes count as nearly the same image."""

REACH_MM = 5.0
"""The largest shift along an axis that is looked for."""

MARGIN_MM = 25.0
"""Around the seeds, what is compared."""

CLEAR_GAIN = 0.1
"""A shift is reported that adds at least this share to what the volumes tell of each other."""

LEAST_MM = 1.5
"""Shorter shifts are within what registration and voxels leave."""

_SAMPLES = 60_000
_LEAST_SAMPLES = 2_000
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
    window = _window(grid, seeds, reach)
    if window is None or not any(reach):
        return None
    step = _stride(window)
    still = _binned(fixed[tuple(slice(a, b, step) for a, b in window)])
    if still.size < _LEAST_SAMPLES:
        return None
    wide = _binned(moving[tuple(slice(a - r, b + r) for (a, b), r in zip(window, reach))])
    score = _Score(still, wide, reach, [b - a for a, b in window], step)
    start = score(0, 0, 0)
    best, shift = _climbed(score, reach)
    if start < _LEAST_STRUCTURE or best < start * (1 + CLEAR_GAIN):
        return None
    length = float(np.linalg.norm([n * s for n, s in zip(shift, grid.spacing[::-1])]))
    return length if length >= LEAST_MM else None


class _Score:
    """Normalized mutual information, less the 1 of independent volumes, at a shift in voxels (z, y, x)."""

    def __init__(
        self, still: np.ndarray, wide: np.ndarray, reach: Sequence[int], size: Sequence[int], step: int
    ) -> None:
        self._still = still.astype(np.intp) * _BINS
        self._wide, self._reach, self._size, self._step = wide, reach, size, step
        self._known: dict[tuple[int, ...], float] = {}

    def __call__(self, *shift: int) -> float:
        if shift not in self._known:
            there = tuple(slice(r + d, r + d + n, self._step) for r, d, n in zip(self._reach, shift, self._size))
            counts = np.bincount((self._still + self._wide[there]).ravel(), minlength=_BINS * _BINS)
            joint = counts.reshape(_BINS, _BINS)[1:, 1:].astype(np.float64)
            self._known[shift] = _information(joint)
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


def _window(grid: Grid, seeds: Sequence[Index], reach: Sequence[int]) -> list[tuple[int, int]] | None:
    """First and last + 1 of the voxels (z, y, x) compared, which stay on the grid at every shift."""
    if not seeds:
        return None
    window = []
    for axis, (n, r, spacing) in enumerate(zip(grid.size[::-1], reach, grid.spacing[::-1])):
        at = [seed[2 - axis] for seed in seeds]
        margin = int(MARGIN_MM / spacing)
        a, b = max(r, min(at) - margin), min(n - r, max(at) + margin + 1)
        if b <= a:
            return None
        window.append((a, b))
    return window


def _stride(window: Sequence[tuple[int, int]]) -> int:
    step = 1
    while np.prod([-(-(b - a) // step) for a, b in window]) > _SAMPLES:
        step += 1
    return step


def _binned(values: np.ndarray) -> np.ndarray:
    """Values as numbers of bins of equal width, 1 to 31; 0 where they are not finite."""
    sample = strided_sample(values).astype(np.float64).ravel()
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return np.zeros(values.shape, np.uint8)
    low, high = np.percentile(sample, (0.5, 99.5))
    scaled = (values.astype(np.float64) - low) * ((_BINS - 1) / max(high - low, 1e-12))
    with np.errstate(invalid="ignore"):
        numbers = np.clip(scaled, 0, _BINS - 2)
    return np.where(np.isfinite(values), np.nan_to_num(numbers) + 1, 0).astype(np.uint8)
