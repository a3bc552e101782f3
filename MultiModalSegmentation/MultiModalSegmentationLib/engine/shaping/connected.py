"""What of a mask is face-connected to some of its voxels, in short steps."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from ...geometry.grid import Grid
from ..bricks.flood import Flood
from ..bricks.store import Brick, brick_box

_BRICKS_A_STEP = 64


def connected_part(mask: np.ndarray, voxels: Sequence[tuple[int, int, int]]) -> Generator[None, None, np.ndarray]:
    """The voxels of a bool mask (z, y, x) that are face-connected to one of some voxels (z, y, x), as a bool mask."""
    grid = Grid(mask.shape[::-1], np.eye(4))

    def accepted(brick: Brick) -> np.ndarray | None:
        part = mask[brick_box(brick, grid).slices]
        return part if part.any() else None

    flood = Flood(grid, [voxel[::-1] for voxel in voxels], accepted)
    while flood.waiting:
        flood.advance()
        yield
    regions = yield from flood.regions()
    result = np.zeros(mask.shape, bool)
    for number, (brick, part) in enumerate(regions.items()):
        result[brick_box(brick, grid).slices] = part
        if number % _BRICKS_A_STEP == 0:
            yield
    return result
