"""Index boxes: parts of a grid that lie parallel to its axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Index = tuple[int, int, int]


@dataclass(frozen=True)
class Box:
    """An index box: ``start`` (i, j, k) inclusive, ``stop`` (i, j, k) exclusive."""

    start: Index
    stop: Index

    @property
    def size(self) -> Index:
        """Voxels along i, j, k."""
        return tuple(b - a for a, b in zip(self.start, self.stop))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The box in a (z, y, x) array of the whole grid."""
        return tuple(slice(a, b) for a, b in zip(self.start[::-1], self.stop[::-1]))

    @property
    def voxel_count(self) -> int:
        i, j, k = self.size
        return i * j * k


def tight_box(mask: np.ndarray, start: tuple[int, int, int] = (0, 0, 0)) -> Box:
    """The smallest index box around the nonzero voxels of a (z, y, x) mask whose first voxel is ``start`` (i, j, k).

    A mask without any gives an empty box.
    """
    if not mask.any():
        return Box(start, start)
    bounds = []
    for axis in (2, 1, 0):
        inside = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        bounds.append((int(inside[0]), int(inside[-1]) + 1))
    return Box(
        tuple(a + o for (a, _), o in zip(bounds, start)),
        tuple(b + o for (_, b), o in zip(bounds, start)),
    )
