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

    @classmethod
    def of_voxel(cls, index: Index) -> Box:
        """The box that holds one voxel."""
        return cls.around(index, 0)

    @classmethod
    def around(cls, index: Index, radius: int, within: Box | None = None) -> Box:
        """The voxels at most ``radius`` away from one along each axis, cut to another box."""
        return cls(tuple(index), tuple(v + 1 for v in index)).grown(radius, within)

    def grown(self, margin: int | Index, within: Box | None = None) -> Box:
        """The box with a margin on every side (one for all axes, or one each), cut to another box."""
        i, j, k = (margin,) * 3 if isinstance(margin, int) else margin
        start = tuple(a - m for a, m in zip(self.start, (i, j, k)))
        stop = tuple(b + m for b, m in zip(self.stop, (i, j, k)))
        grown = Box(start, stop)
        return grown if within is None else grown.intersection(within)

    def intersection(self, other: Box) -> Box:
        """The common voxels; an empty box where there are none."""
        start = tuple(max(a, b) for a, b in zip(self.start, other.start))
        return Box(start, tuple(max(s, min(a, b)) for s, a, b in zip(start, self.stop, other.stop)))

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            tuple(min(a, b) for a, b in zip(self.start, other.start)),
            tuple(max(a, b) for a, b in zip(self.stop, other.stop)),
        )

    def offset_in(self, other: Box) -> tuple[slice, slice, slice]:
        """The box in the (z, y, x) array of another box that holds it."""
        pairs = zip(self.start[::-1], self.stop[::-1], other.start[::-1])
        return tuple(slice(a - o, b - o) for a, b, o in pairs)

    def place(self, index: Index) -> tuple[int, int, int]:
        """Where (z, y, x) in the box's array a voxel lies, or outside of it."""
        return tuple(v - o for v, o in zip(index[::-1], self.start[::-1]))

    def contains(self, index: Index) -> bool:
        return all(a <= v < b for a, v, b in zip(self.start, index, self.stop))


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
