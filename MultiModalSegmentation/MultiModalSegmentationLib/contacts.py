"""Where a region reaches a border: of the grid, of the allowed voxels, of a channel's field of view."""

from __future__ import annotations

import numpy as np

from .grid import Box, Grid
from .growing import BorderContact

_AXES = (("i", 2), ("j", 1), ("k", 0))


def padded(box: Box, grid: Grid) -> Box:
    """The box and its neighbors within the grid."""
    return Box(
        tuple(max(0, a - 1) for a in box.start),
        tuple(min(n, b + 1) for b, n in zip(box.stop, grid.size)),
    )


def border_contacts(
    box: Box, mask: np.ndarray, grid: Grid, barriers: dict[str, np.ndarray | None]
) -> tuple[BorderContact, ...]:
    """The borders that a region's ``mask`` (z, y, x) of ``box`` touches.

    ``barriers`` names masks of ``padded(box, grid)``, nonzero where the region may not go (None: nowhere).
    """
    if not mask.size:
        return ()
    around = padded(box, grid)
    contacts = [_grid_contact(box, mask, grid, name, axis, step) for name, axis in _AXES for step in (-1, 1)]
    whole = np.zeros(around.size[::-1], bool)
    inner = tuple(slice(a - o, b - o) for a, b, o in zip(box.start[::-1], box.stop[::-1], around.start[::-1]))
    whole[inner] = mask
    for border, barrier in barriers.items():
        if barrier is not None and barrier.any():
            for name, axis in _AXES:
                for step in (-1, 1):
                    contacts.append(_barrier_contact(border, whole, barrier, name, axis, step))
    return tuple(c for c in contacts if c.voxel_count)


def _grid_contact(box: Box, mask: np.ndarray, grid: Grid, name: str, axis: int, step: int) -> BorderContact:
    number = 2 - axis
    reaches = box.start[number] == 0 if step < 0 else box.stop[number] == grid.size[number]
    face = np.take(mask, 0 if step < 0 else -1, axis=axis)
    return BorderContact("grid", f"{'-' if step < 0 else '+'}{name}", int(np.count_nonzero(face)) if reaches else 0)


def _barrier_contact(
    border: str, region: np.ndarray, barrier: np.ndarray, name: str, axis: int, step: int
) -> BorderContact:
    length = region.shape[axis]
    low, high = [slice(None)] * 3, [slice(None)] * 3
    low[axis], high[axis] = slice(0, length - 1), slice(1, length)
    here, there = (high, low) if step < 0 else (low, high)
    touching = np.logical_and(region[tuple(here)], barrier[tuple(there)])
    return BorderContact(border, f"{'-' if step < 0 else '+'}{name}", int(np.count_nonzero(touching)))
