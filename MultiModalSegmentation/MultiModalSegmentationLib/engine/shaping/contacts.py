"""Where a region reaches a border: of the grid, of the allowed voxels, of a channel's field of view."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from ...geometry.box import Box
from ...geometry.grid import Grid
from ..model.result import BorderContact

_AXES = (("i", 2), ("j", 1), ("k", 0))
_SLAB_VOXELS = 2**22


def padded(box: Box, grid: Grid) -> Box:
    """The box and its neighbors within the grid."""
    return box.grown(1, grid.box)


def border_contacts(
    box: Box, mask: np.ndarray, grid: Grid, barriers: dict[str, np.ndarray | None]
) -> Generator[None, None, tuple[BorderContact, ...]]:
    """The borders that a region's ``mask`` (z, y, x) of ``box`` touches; yields between short steps.

    ``barriers`` names masks of ``padded(box, grid)``, nonzero where the region may not go (None: nowhere).
    """
    if not mask.size:
        return ()
    around = padded(box, grid)
    inner = box.offset_in(around)
    contacts = [_grid_contact(box, mask, grid, name, axis, step) for name, axis in _AXES for step in (-1, 1)]
    for border, barrier in barriers.items():
        if barrier is None:
            continue
        for name, axis in _AXES:
            for step in (-1, 1):
                count = 0
                for here, there in _slabs(inner, barrier.shape, axis, step):
                    offset = tuple(slice(s.start - i.start, s.stop - i.start) for s, i in zip(here, inner))
                    count += int(np.count_nonzero(np.logical_and(mask[offset], barrier[there])))
                    yield
                contacts.append(BorderContact(border, _direction(name, step), count))
    return tuple(c for c in contacts if c.voxel_count)


def _slabs(
    inner: tuple[slice, ...], shape: tuple[int, ...], axis: int, step: int
) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Parts of the box that have a neighbor along an axis, and these neighbors, as indices of the padded box."""
    here = list(inner)
    here[axis] = slice(max(inner[axis].start, -step), min(inner[axis].stop, shape[axis] - step))
    thickness = max(1, _SLAB_VOXELS // (shape[1] * shape[2]))
    for first in range(here[0].start, here[0].stop, thickness):
        part = [slice(first, min(first + thickness, here[0].stop)), *here[1:]]
        moved = [slice(s.start + step, s.stop + step) if a == axis else s for a, s in enumerate(part)]
        yield tuple(part), tuple(moved)


def _grid_contact(box: Box, mask: np.ndarray, grid: Grid, name: str, axis: int, step: int) -> BorderContact:
    number = 2 - axis
    reaches = box.start[number] == 0 if step < 0 else box.stop[number] == grid.size[number]
    face = np.take(mask, 0 if step < 0 else -1, axis=axis)
    return BorderContact("grid", _direction(name, step), int(np.count_nonzero(face)) if reaches else 0)


def _direction(name: str, step: int) -> str:
    return f"{'-' if step < 0 else '+'}{name}"
