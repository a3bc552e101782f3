"""Distances along the way through the images, where a millimeter costs little and a change of intensity much.

Geodesic distance transform of P. J. Toivanen (Pattern Recognition Letters 17, 1996), on all channels together, on a
lattice that is coarser than the voxels of a large box.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence

import numpy as np

LENGTH_MM = 6.4
"""Millimeters through even tissue that separate as much as a change of intensity by one scale."""

LATTICE_SIZE = 300_000
"""Voxels, at most, that the ways are measured on: larger boxes are halved along their finest axes first."""

_ROUNDS = 4
_VOXELS_A_STEP = 400_000

Voxel = tuple[int, int, int]


def lattice_factors(shape: Sequence[int], spacing: Sequence[float]) -> tuple[int, ...]:
    """Voxels of the box per voxel of the lattice along each axis: the finest axes are halved until it is small."""
    factors = [1, 1, 1]
    while np.prod([-(-n // f) for n, f in zip(shape, factors)]) > LATTICE_SIZE:
        lengths = [f * s if f < n else np.inf for f, s, n in zip(factors, spacing, shape)]
        factors = [2 * f if length < 1.5 * min(lengths) else f for f, length in zip(factors, lengths)]
    return tuple(factors)


def block_means(values: np.ndarray, factors: Sequence[int]) -> Generator[None, None, np.ndarray]:
    """Means over blocks of voxels, float32, some planes a step; the last voxels repeat where a block sticks out."""
    shape = tuple(-(-n // f) for n, f in zip(values.shape[1:], factors))
    result = np.empty((len(values), *shape), np.float32)
    for planes in _some_planes(shape[0], factors[0] * math.prod(values.shape[2:])):
        result[:, planes] = _means(values[:, planes.start * factors[0] : planes.stop * factors[0]], factors)
        yield
    return result


def _means(values: np.ndarray, factors: Sequence[int]) -> np.ndarray:
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


def step_lengths(lattice: np.ndarray, axis: int, spacing: float) -> np.ndarray:
    """Length of each step along an axis of the lattice (C, z, y, x), the axis first."""
    channels = np.moveaxis(lattice, axis + 1, 1)
    changes = np.square(np.diff(channels, axis=1)).sum(axis=0)
    return np.sqrt(changes + np.float32((spacing / LENGTH_MM) ** 2))


def ways(
    starts: Sequence[Voxel], steps: Sequence[np.ndarray], spacing: Sequence[float]
) -> Generator[None, None, np.ndarray]:
    """Distances (z, y, x, S) along the shortest way from each of S voxels; sweeps to and fro along each axis."""
    shape = tuple(len(s) + 1 for s in steps)
    found = np.full((*shape, len(starts)), np.inf, np.float32)
    for number, start in enumerate(starts):
        entry = tuple(min(max(v, 0), n - 1) for v, n in zip(start, shape))
        outside = np.linalg.norm([(v - e) * h for v, e, h in zip(start, entry, spacing)])
        found[(*entry, number)] = outside / LENGTH_MM
    for _ in range(_ROUNDS):
        before = found.copy()
        for axis, lengths in enumerate(steps):
            _sweep(np.moveaxis(found, axis, 0), lengths[..., None])
            yield
        if np.array_equal(before, found):
            break
    return found


def _sweep(ways: np.ndarray, lengths: np.ndarray) -> None:
    for n in range(1, len(ways)):
        np.minimum(ways[n], ways[n - 1] + lengths[n - 1], out=ways[n])
    for n in range(len(ways) - 2, -1, -1):
        np.minimum(ways[n], ways[n + 1] + lengths[n], out=ways[n])


def refined(lattice: np.ndarray, factors: Sequence[int], shape: Sequence[int]) -> Generator[None, None, np.ndarray]:
    """The lattice at the box's voxels, linearly between the centers of its blocks, some planes a step."""
    result = np.empty(shape, np.float32)
    for planes in _some_planes(shape[0], math.prod(shape[1:])):
        part = lattice
        for axis, (factor, size) in enumerate(zip(factors, shape)):
            part = _between(part, axis, factor, np.arange(size)[planes] if axis == 0 else np.arange(size))
        result[planes] = part
        yield
    return result


def _between(lattice: np.ndarray, axis: int, factor: int, voxels: np.ndarray) -> np.ndarray:
    """The lattice at some voxels along one axis."""
    if factor == 1:
        return np.take(lattice, voxels, axis)
    position = (voxels + 0.5) / factor - 0.5
    low = np.clip(np.floor(position).astype(int), 0, max(lattice.shape[axis] - 2, 0))
    high = np.minimum(low + 1, lattice.shape[axis] - 1)
    weight = np.clip(position - low, 0, 1).astype(np.float32)
    weight = weight.reshape([-1 if a == axis else 1 for a in range(3)])
    below, above = np.take(lattice, low, axis), np.take(lattice, high, axis)
    return below + (above - below) * weight


def _some_planes(count: int, voxels: int) -> Iterator[slice]:
    """Planes of so many voxels each, in portions that are a short step."""
    portion = max(1, _VOXELS_A_STEP // max(voxels, 1))
    return (slice(first, min(first + portion, count)) for first in range(0, count, portion))
