"""Correcting a grown region by points that must stay out of it.

Every seed and exclusion seed votes on every voxel with the inverse square of its distance along the way through the
images, where a millimeter costs little and a change of intensity much. The region keeps the voxels where the seeds
outvote the exclusion seeds, as far as they are still face-connected to a seed.

Distance along the way: geodesic distance transform of P. J. Toivanen (Pattern Recognition Letters 17, 1996), on all
channels together. Votes: inverse distance weighting of D. Shepard (ACM National Conference, 1968).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from scipy import ndimage

LENGTH_MM = 6.4
"""Millimeters through even tissue that separate as much as a change of intensity by one scale."""

LATTICE_SIZE = 300_000
"""Voxels, at most, that the ways are measured on: larger boxes are halved along their finest axes first."""

_ROUNDS = 4
_SEEDS_AT_ONCE = 8
_NEAREST = 1e-3

Voxel = tuple[int, int, int]
Steps = Generator[None, None, np.ndarray]


def without_exclusions(
    values: np.ndarray,
    mask: np.ndarray,
    seeds: Sequence[Voxel],
    exclusion_seeds: Sequence[Voxel],
    spacing: Sequence[float],
    scales: np.ndarray,
) -> Steps:
    """What remains of a grown region, as a bool mask (z, y, x), a short step at a time.

    ``values`` (C, z, y, x) are the channels of a box, ``mask`` (z, y, x) the region grown in it. Seeds and
    exclusion seeds are (z, y, x) voxels of the box; an exclusion seed may lie outside it. ``spacing`` is in mm, along
    z, y, x; ``scales`` (P, C) are those around the seeds and then the exclusion seeds, in the units of ``values``.
    Without exclusion seeds the answer is the mask. No order of the seeds matters.
    """
    kept = np.array(mask, dtype=bool)
    if exclusion_seeds:
        votes = yield from _votes(values, seeds, exclusion_seeds, spacing, np.median(scales, axis=0))
        kept &= votes > 0
    inside = [s for s in exclusion_seeds if all(0 <= v < n for v, n in zip(s, kept.shape))]
    for seed in inside:
        kept[seed] = False
    for seed in seeds:
        kept[seed] = True
    labels, count = ndimage.label(kept)
    yield
    wanted = np.zeros(count + 1, bool)
    wanted[[labels[seed] for seed in seeds]] = True
    return wanted[labels]


def _votes(
    values: np.ndarray,
    seeds: Sequence[Voxel],
    exclusion_seeds: Sequence[Voxel],
    spacing: Sequence[float],
    scale: np.ndarray,
) -> Steps:
    """Votes for minus votes against, as a share of all votes: -1 to 1, float32 (z, y, x)."""
    factors = lattice_factors(values.shape[1:], spacing)
    lattice = _block_means(values, factors) / scale.astype(np.float32)[:, None, None, None]
    lattice_spacing = [f * s for f, s in zip(factors, spacing)]
    steps = [_step_lengths(lattice, axis, h) for axis, h in enumerate(lattice_spacing)]
    yield
    sums = []
    for group in (seeds, exclusion_seeds):
        total = np.zeros(lattice.shape[1:], np.float32)
        # Sorted, so that rounding does not depend on the order of the seeds either.
        ordered = sorted(tuple(v // f for v, f in zip(seed, factors)) for seed in group)
        for first in range(0, len(ordered), _SEEDS_AT_ONCE):
            ways = yield from _ways(ordered[first : first + _SEEDS_AT_ONCE], steps, lattice_spacing)
            for way in np.moveaxis(ways, -1, 0):
                total += 1.0 / (np.square(way) + np.float32(_NEAREST))
        sums.append(total)
    share = (sums[0] - sums[1]) / (sums[0] + sums[1])
    return _refined(share, factors, values.shape[1:])


def lattice_factors(shape: Sequence[int], spacing: Sequence[float]) -> tuple[int, ...]:
    """Voxels of the box per voxel of the lattice along each axis: the finest axes are halved until it is small."""
    factors = [1, 1, 1]
    while np.prod([-(-n // f) for n, f in zip(shape, factors)]) > LATTICE_SIZE:
        lengths = [f * s if f < n else np.inf for f, s, n in zip(factors, spacing, shape)]
        factors = [2 * f if length < 1.5 * min(lengths) else f for f, length in zip(factors, lengths)]
    return tuple(factors)


def _block_means(values: np.ndarray, factors: Sequence[int]) -> np.ndarray:
    """Means over blocks of voxels, float32; the last voxels repeat where a block sticks out."""
    result = np.asarray(values, np.float32)
    for axis, factor in enumerate(factors, 1):
        if factor > 1:
            missing = -result.shape[axis] % factor
            if missing:
                padding = [(0, missing if a == axis else 0) for a in range(4)]
                result = np.pad(result, padding, mode="edge")
            shape = result.shape
            result = result.reshape(*shape[:axis], shape[axis] // factor, factor, *shape[axis + 1 :]).mean(axis + 1)
    return result


def _step_lengths(lattice: np.ndarray, axis: int, spacing: float) -> np.ndarray:
    """Length of each step along an axis of the lattice (C, z, y, x), the axis first."""
    channels = np.moveaxis(lattice, axis + 1, 1)
    changes = np.square(np.diff(channels, axis=1)).sum(axis=0)
    return np.sqrt(changes + np.float32((spacing / LENGTH_MM) ** 2))


def _ways(starts: Sequence[Voxel], steps: Sequence[np.ndarray], spacing: Sequence[float]) -> Steps:
    """Distances (z, y, x, S) along the shortest way from each of S voxels; sweeps to and fro along each axis."""
    shape = tuple(len(s) + 1 for s in steps)
    ways = np.full((*shape, len(starts)), np.inf, np.float32)
    for number, start in enumerate(starts):
        entry = tuple(min(max(v, 0), n - 1) for v, n in zip(start, shape))
        outside = np.linalg.norm([(v - e) * h for v, e, h in zip(start, entry, spacing)])
        ways[(*entry, number)] = outside / LENGTH_MM
    for _ in range(_ROUNDS):
        before = ways.copy()
        for axis, lengths in enumerate(steps):
            _sweep(np.moveaxis(ways, axis, 0), lengths[..., None])
            yield
        if np.array_equal(before, ways):
            break
    return ways


def _sweep(ways: np.ndarray, lengths: np.ndarray) -> None:
    for n in range(1, len(ways)):
        np.minimum(ways[n], ways[n - 1] + lengths[n - 1], out=ways[n])
    for n in range(len(ways) - 2, -1, -1):
        np.minimum(ways[n], ways[n + 1] + lengths[n], out=ways[n])


def _refined(lattice: np.ndarray, factors: Sequence[int], shape: Sequence[int]) -> np.ndarray:
    """The lattice at the box's voxels, linearly between the centers of its blocks."""
    result = lattice
    for axis, (factor, size) in enumerate(zip(factors, shape)):
        if factor > 1:
            position = (np.arange(size) + 0.5) / factor - 0.5
            low = np.clip(np.floor(position).astype(int), 0, max(lattice.shape[axis] - 2, 0))
            high = np.minimum(low + 1, lattice.shape[axis] - 1)
            weight = np.clip(position - low, 0, 1).astype(np.float32)
            weight = weight.reshape([-1 if a == axis else 1 for a in range(3)])
            below, above = np.take(result, low, axis), np.take(result, high, axis)
            result = below + (above - below) * weight
    return result
