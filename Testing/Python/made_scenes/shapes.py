"""Shapes as functions of a place in mm, and the share of every voxel that lies in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise

import numpy as np

Shape = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Of x, y, z in mm: negative inside, positive outside, never steeper than the distance from the surface."""

SAMPLES = 64
"""Places in a voxel that the surface passes through, no two of them at one height along any axis."""

_KOROBOV = (1, 19, 41)

_VOXELS_AT_ONCE = 20_000


def ball(center: Sequence[float], radius: float) -> Shape:
    return ellipsoid(center, (radius, radius, radius))


def ellipsoid(center: Sequence[float], radii: Sequence[float]) -> Shape:
    def depth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        scaled = sum(((p - c) / r) ** 2 for p, c, r in zip((x, y, z), center, radii))
        return (np.sqrt(scaled) - 1.0) * min(radii)

    return depth


def column(center: Sequence[float], radii: Sequence[float]) -> Shape:
    """An elliptic column along z; center and radii along x and y."""

    def depth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        scaled = sum(((p - c) / r) ** 2 for p, c, r in zip((x, y), center, radii))
        return (np.sqrt(scaled) - 1.0) * min(radii) + 0.0 * z

    return depth


def block(low: Sequence[float], high: Sequence[float]) -> Shape:
    def depth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return reduce(np.maximum, [np.maximum(a - p, p - b) for p, a, b in zip((x, y, z), low, high)])

    return depth


def tube(points: Sequence[Sequence[float]], radius: float) -> Shape:
    """All places within ``radius`` of a line through points."""

    def depth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return reduce(np.minimum, [_from_segment((x, y, z), a, b) for a, b in pairwise(points)]) - radius

    return depth


def union(*shapes: Shape) -> Shape:
    return lambda x, y, z: reduce(np.minimum, [shape(x, y, z) for shape in shapes])


def common(*shapes: Shape) -> Shape:
    return lambda x, y, z: reduce(np.maximum, [shape(x, y, z) for shape in shapes])


def without(shape: Shape, other: Shape) -> Shape:
    return lambda x, y, z: np.maximum(shape(x, y, z), -other(x, y, z))


def shares(shape: Shape, size: Sequence[int], spacing: Sequence[float]) -> np.ndarray:
    """Share (z, y, x) of each voxel that lies in a shape, float32; ``size`` and ``spacing`` along x, y, z.

    The first voxel's center is at 0 mm. Where a plane along the grid cuts a voxel its share is exact to 1/64.
    """
    x, y, z = (np.arange(n, dtype=np.float32) * np.float32(h) for n, h in zip(size, spacing))
    depth = shape(x[None, None, :], y[None, :, None], z[:, None, None])
    result = (depth < 0).astype(np.float32)
    mixed = np.argwhere(np.abs(depth) <= np.linalg.norm(spacing) / 2)
    lattice = np.outer(np.arange(SAMPLES), _KOROBOV) % SAMPLES
    offsets = (((lattice + 0.5) / SAMPLES - 0.5) * spacing).astype(np.float32)
    for first in range(0, len(mixed), _VOXELS_AT_ONCE):
        voxels = mixed[first : first + _VOXELS_AT_ONCE]
        places = voxels[:, None, ::-1] * np.asarray(spacing, np.float32) + offsets
        inside = shape(*np.moveaxis(places, -1, 0)) < 0
        result[tuple(voxels.T)] = inside.mean(axis=1)
    return result


def _from_segment(place: Sequence[np.ndarray], start: Sequence[float], end: Sequence[float]) -> np.ndarray:
    along = np.subtract(end, start)
    from_start = [p - a for p, a in zip(place, start)]
    share = np.clip(sum(p * v for p, v in zip(from_start, along)) / (along @ along), 0.0, 1.0)
    return np.sqrt(sum((p - share * v) ** 2 for p, v in zip(from_start, along)))
