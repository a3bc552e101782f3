"""Curvature flow on one block of voxels in numpy, bit for bit the same whatever block a voxel is computed in.

Source: ``itk::CurvatureFlowFunction``, whose finite differences these are. Neighbors are offsets into the flattened
block, so that every operation runs over one long contiguous array: the ends of rows wrap around, which only spoils
voxels of the padding, or of the halo whose voxels are of no use any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHUNK = 32_768
"""Voxels computed at a time: some twelve temporaries of this size stay in the cache."""

LEAST_GRADIENT = 1e-9
"""Squared gradient (input units² / mm²) under which nothing moves, as in ITK."""

LEAST_GRADIENT_RANGE = (1e-14, 1e-7)
"""What that may be in standardized units: ITK would not smooth an image scaled down to [0, 1e-5] at all."""


@dataclass(frozen=True)
class FlowStep:
    """One time step on a given spacing: what the finite differences are multiplied by."""

    rate: float
    """Time step / (spacing along x)²."""

    ratios: tuple[float, float, float]
    """(spacing along x / spacing along x, y, z)²."""

    least: float
    """Squared gradient, in the units of :func:`_advance_chunk`, under which nothing moves."""

    @classmethod
    def of(cls, spacing: Sequence[float], time_step: float, scale: float) -> FlowStep:
        """For a spacing (x, y, z) in mm, a time step in mm² and the ``scale`` the values were divided by."""
        smallest, largest = LEAST_GRADIENT_RANGE
        least = min(max(LEAST_GRADIENT / scale**2, smallest), largest)
        ratios = tuple(float(np.float32((spacing[0] / s) ** 2)) for s in spacing)
        return cls(time_step / spacing[0] ** 2, ratios, least * 4.0 * spacing[0] ** 2)


def flow(padded: np.ndarray, step: FlowStep, iterations: int, borders: Sequence[tuple[bool, bool]]) -> np.ndarray:
    """Curvature flow of a float32 block (z, y, x) with one voxel of padding on every side.

    ``borders`` says for z, y, x whether the block's first and last voxels are the image's: there the padding repeats
    them (ITK's zero-flux boundary). Elsewhere ``iterations`` voxels of halo are spoiled. Returns the padded block;
    the argument is overwritten.
    """
    spare = np.empty_like(padded)
    scratch = _Scratch(padded.shape)
    for iteration in range(1, iterations + 1):
        _repeat_borders(padded, borders)
        first = 1 if borders[0][0] else 1 + iteration
        last = padded.shape[0] - 1 - (0 if borders[0][1] else iteration)
        _advance(padded, spare, step, first, last, scratch)
        padded, spare = spare, padded
    return padded


def _repeat_borders(padded: np.ndarray, borders: Sequence[tuple[bool, bool]]) -> None:
    for axis in (2, 1, 0):
        moved = np.moveaxis(padded, axis, 0)
        if borders[axis][0]:
            moved[0] = moved[1]
        if borders[axis][1]:
            moved[-1] = moved[-2]


class _Scratch:
    """Temporaries for one thread, used again for every chunk."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.row = shape[2]
        self.slice = shape[1] * shape[2]
        self.plain = [np.empty(CHUNK, np.float32) for _ in range(9)]
        self.moving = np.empty(CHUNK, bool)
        self.along_y = np.empty(CHUNK + 2, np.float32)
        self.along_z = np.empty(CHUNK + 2 * self.row, np.float32)


def _advance(old: np.ndarray, new: np.ndarray, step: FlowStep, first: int, last: int, scratch: _Scratch) -> None:
    """One time step for the slices from ``first`` to before ``last``."""
    reach = scratch.slice + scratch.row + 1
    start = max(first * scratch.slice, reach)
    stop = min(last * scratch.slice, old.size - reach)
    source, target = old.reshape(-1), new.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        for begin in range(start, stop, CHUNK):
            _advance_chunk(source, target, step, begin, min(begin + CHUNK, stop), scratch)


def _advance_chunk(f: np.ndarray, target: np.ndarray, step: FlowStep, a: int, b: int, scratch: _Scratch) -> None:
    n, row, slice_ = b - a, scratch.row, scratch.slice
    dx, xx, yy, zz, tx, ty, tz, t, u = (p[:n] for p in scratch.plain)
    wide_y, wide_z = scratch.along_y[: n + 2], scratch.along_z[: n + 2 * row]
    dy, dz = wide_y[1:-1], wide_z[row:-row]
    center = f[a:b]

    # First differences; those along y and z a little farther, for the mixed second differences.
    np.subtract(f[a + 1 : b + 1], f[a - 1 : b - 1], out=dx)
    np.subtract(f[a - 1 + row : b + 1 + row], f[a - 1 - row : b + 1 - row], out=wide_y)
    np.subtract(f[a - row + slice_ : b + row + slice_], f[a - row - slice_ : b + row - slice_], out=wide_z)

    # Second differences, symmetric in the two neighbors so that a mirrored image gives the mirrored result.
    np.add(center, center, out=t)
    for second, offset, ratio in ((tx, 1, 1.0), (ty, row, step.ratios[1]), (tz, slice_, step.ratios[2])):
        np.add(f[a + offset : b + offset], f[a - offset : b - offset], out=second)
        np.subtract(second, t, out=second)
        _scale(second, ratio, second)

    # -1/2 of the mixed terms, into t. The weighted first differences take the place of the plain ones.
    gy = _scale(dy, step.ratios[1], yy)
    gz = _scale(dz, step.ratios[2], zz)
    np.subtract(wide_y[2:], wide_y[:-2], out=t)
    np.multiply(t, gy, out=t)
    np.subtract(wide_z[row + 1 : n + row + 1], wide_z[row - 1 : n + row - 1], out=u)
    np.multiply(u, gz, out=u)
    np.add(t, u, out=t)
    np.multiply(t, dx, out=t)
    np.subtract(wide_z[2 * row :], wide_z[:n], out=u)
    np.multiply(u, gy, out=u)
    np.multiply(u, gz, out=u)
    np.add(t, u, out=t)
    np.multiply(t, np.float32(-0.5), out=t)

    np.multiply(gy, dy, out=yy)
    np.multiply(gz, dz, out=zz)
    np.multiply(dx, dx, out=xx)
    np.add(ty, tz, out=u)
    np.multiply(u, xx, out=u)
    np.add(t, u, out=t)
    np.add(tx, tz, out=u)
    np.multiply(u, yy, out=u)
    np.add(t, u, out=t)
    np.add(tx, ty, out=u)
    np.multiply(u, zz, out=u)
    np.add(t, u, out=t)

    np.add(xx, yy, out=xx)
    np.add(xx, zz, out=xx)
    moving = scratch.moving[:n]
    np.greater_equal(xx, np.float32(step.least), out=moving)
    np.maximum(xx, np.float32(step.least), out=xx)
    np.divide(t, xx, out=t)
    if not moving.all():
        np.multiply(t, moving, out=t)
    np.multiply(t, np.float32(step.rate), out=t)
    np.add(center, t, out=target[a:b])


def _scale(values: np.ndarray, ratio: float, out: np.ndarray) -> np.ndarray:
    return values if ratio == 1.0 else np.multiply(values, np.float32(ratio), out=out)
