"""The part of a region nearest to its seeds: what is left of one that has grown larger than it may."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np

from ...geometry.box import Box, Index, tight_box
from ...geometry.grid import Grid
from ..bricks.store import overlap

_FIRST_REACH = 16
_LAYERS_A_STEP = 16

Accepted = Callable[[Box], Generator[None, None, np.ndarray]]
"""A generator of steps that returns the accepted voxels (z, y, x) of a box."""


def nearest_part(
    grid: Grid, seeds: Sequence[Index], accepted: Accepted, voxel_count: int
) -> Generator[None, None, tuple[Box, np.ndarray]]:
    """Box and uint8 mask of the ``voxel_count`` voxels that take the fewest steps from a seed, over faces.

    Among voxels equally far the one with the lower index comes first, slices counted as on a right-handed grid: which
    voxels these are does not change where a file turns the slices round, as Slicer's do to a left-handed volume. All
    seeds belong. The box looked at grows until the part cannot go on outside of it. Yields between short steps.
    """
    reach = _FIRST_REACH
    while True:
        box = Box(
            tuple(max(0, min(s[a] for s in seeds) - reach) for a in range(3)),
            tuple(min(n, max(s[a] for s in seeds) + reach + 1) for a, n in enumerate(grid.size)),
        )
        mask = yield from accepted(box)
        part = yield from _nearest_in_box(mask, box, grid, seeds, voxel_count)
        if part is not None:
            tight = tight_box(part, box.start)
            return tight, part[overlap(box, tight)[0]].astype(np.uint8)
        reach *= 2


def _nearest_in_box(
    mask: np.ndarray, box: Box, grid: Grid, seeds: Sequence[Index], voxel_count: int
) -> Generator[None, None, np.ndarray | None]:
    """The part's mask, or None where it reaches a side of the box behind which the grid goes on."""
    free = np.pad(mask, 1)
    reached = np.zeros(free.shape, bool)
    open_sides = _open_sides(box, grid)
    strides = (1, free.shape[2], free.shape[1] * free.shape[2])
    offsets = np.array([d * s for s in strides for d in (-1, 1)])
    starts = [tuple(v - o + 1 for v, o in zip(s[::-1], box.start[::-1])) for s in seeds]
    layer = np.unique([np.ravel_multi_index(s, free.shape) for s in starts if free[s]]).astype(np.int64)
    free.reshape(-1)[layer] = False
    count = layers = 0
    while layer.size:
        reached.reshape(-1)[layer] = True
        count += layer.size
        if count >= voxel_count:
            break
        if open_sides.reshape(-1)[layer].any():
            return None
        around = (layer[:, None] + offsets).ravel()
        layer = _first(np.unique(around[free.reshape(-1)[around]]), voxel_count - count, strides[2], grid)
        free.reshape(-1)[layer] = False
        layers += 1
        if layers % _LAYERS_A_STEP == 0:
            yield
    return reached[1:-1, 1:-1, 1:-1]


def _first(layer: np.ndarray, count: int, slice_size: int, grid: Grid) -> np.ndarray:
    """The first ``count`` of some sorted flat indices."""
    if layer.size > count and grid.is_left_handed:
        return layer[np.argsort(-(layer // slice_size), kind="stable")[:count]]
    return layer[:count]


def _open_sides(box: Box, grid: Grid) -> np.ndarray:
    """The padded box's voxels whose neighbors lie outside the box but on the grid."""
    result = np.zeros([n + 2 for n in box.size[::-1]], bool)
    for axis, (a, b, n) in enumerate(zip(box.start[::-1], box.stop[::-1], grid.size[::-1])):
        moved = np.moveaxis(result, axis, 0)
        if a > 0:
            moved[1] = True
        if b < n:
            moved[-2] = True
    return result
