"""Votes on the voxels of a box: every point's, with the inverse square of its distance along the way.

Votes: inverse distance weighting of D. Shepard (ACM National Conference, 1968).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from .ways import Voxel, block_means, lattice_factors, refined, step_lengths, ways

_POINTS_AT_ONCE = 8
_NEAREST = 1e-3
_NO_VOTE = 1e-9


@dataclass(frozen=True, eq=False)
class Voter:
    """A point at a voxel (z, y, x) of the box, or outside it, how far it reaches in mm, and the scale of its tissue.

    ``scale`` (C,) is in the units of the box's values.
    """

    voxel: Voxel
    reach_mm: float
    scale: np.ndarray


class Poll:
    """Votes on a lattice over a box, whose ``values`` (C, z, y, x) are those of all channels; made by :meth:`over`.

    ``spacing`` is in mm, along z, y, x; intensities along the ways count in the scales ``unit`` (C,).
    """

    def __init__(self, shape: Sequence[int], spacing: Sequence[float], lattice: np.ndarray) -> None:
        self._shape = shape
        self._factors = lattice_factors(shape, spacing)
        self._spacing = [f * s for f, s in zip(self._factors, spacing)]
        self._lattice = lattice
        self._steps: list[np.ndarray] = []

    @classmethod
    def over(cls, values: np.ndarray, spacing: Sequence[float], unit: np.ndarray) -> Generator[None, None, Poll]:
        """A poll on a box, made a short step at a time."""
        shape = values.shape[1:]
        poll = cls(shape, spacing, (yield from block_means(values, lattice_factors(shape, spacing))))
        lattice = poll._lattice / unit.astype(np.float32)[:, None, None, None]
        for axis, h in enumerate(poll._spacing):
            poll._steps.append(step_lengths(lattice, axis, h))
            yield
        return poll

    def strongest(self, points: Sequence[Voter]) -> Generator[None, None, np.ndarray]:
        """The strongest of the points' votes: on the lattice, float32, a short step at a time."""
        total = np.full(self._lattice.shape[1:], _NO_VOTE, np.float32)
        for first in range(0, len(points), _POINTS_AT_ONCE):
            some = points[first : first + _POINTS_AT_ONCE]
            starts = [tuple(v // f for v, f in zip(point.voxel, self._factors)) for point in some]
            found = yield from ways(starts, self._steps, self._spacing)
            for point, start, way in zip(some, starts, np.moveaxis(found, -1, 0)):
                vote = 1.0 / (np.square(way) + np.float32(_NEAREST))
                np.maximum(total, vote, out=total, where=self._within(point, start))
                yield
        return total

    def refined(self, lattice: np.ndarray) -> Generator[None, None, np.ndarray]:
        """Values of the lattice at the box's voxels, a short step at a time."""
        return refined(lattice, self._factors, self._shape)

    def _within(self, point: Voter, start: Voxel) -> np.ndarray:
        """Where (z, y, x) the lattice is no farther than a point reaches from the point's voxel of it."""
        if np.isinf(point.reach_mm):
            return np.ones((1, 1, 1), bool)
        z, y, x = (np.square((np.arange(n) - v) * h) for n, v, h in zip(self._lattice.shape[1:], start, self._spacing))
        return z[:, None, None] + y[:, None] + x <= point.reach_mm**2
