"""What is face-connected to the seeds among the voxels that a test accepts, without looking at any other brick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .bricks import BRICK, Brick, brick_box, brick_of, overlap
from .distances import Accept
from .grid import Box, Grid, Index
from .growing import tight_box
from .threads import in_parallel

_SIDES = tuple((axis, side) for axis in range(3) for side in (-1, 1))


@dataclass(eq=False)
class _Part:
    """The connected components of one brick's accepted voxels, and which of them are connected to a seed."""

    labels: np.ndarray
    sizes: np.ndarray
    reached: np.ndarray


class Flood:
    """A flood that advances brick by brick from the seeds (i, j, k).

    ``waiting`` are the bricks that it has reached but not entered: before :meth:`advance`, what ``accept`` needs to
    know about these must be there. The region does not depend on the order in which bricks are entered.
    """

    def __init__(self, grid: Grid, seeds: Sequence[Index], accept: Accept) -> None:
        self.voxel_count = 0
        self.entered = 0
        self._grid = grid
        self._accept = accept
        self._parts: dict[Brick, _Part | None] = {}
        self._entries: dict[Brick, list[tuple]] = {}
        for seed in seeds:
            brick = brick_of(seed)
            local = tuple(v - o for v, o in zip(seed[::-1], brick_box(brick, grid).start[::-1]))
            self._entries.setdefault(brick, []).append((local, None))

    @property
    def waiting(self) -> list[Brick]:
        return list(self._entries)

    def advance(self, bricks: Sequence[Brick]) -> None:
        """Enter some of the waiting bricks."""
        new = [brick for brick in bricks if brick not in self._parts]
        self._parts.update(zip(new, in_parallel(self._examine, new)))
        self.entered += len(new)
        for brick in bricks:
            self._enter(brick, self._entries.pop(brick))

    def mask(self, brick: Brick) -> np.ndarray | None:
        """The region's voxels (z, y, x) of a brick; None for none."""
        part = self._parts.get(brick)
        if part is None or not part.reached.any():
            return None
        return part.reached[part.labels]

    def bricks(self) -> list[Brick]:
        """The bricks that hold some of the region, in an order that only the region determines."""
        return sorted(b for b, part in self._parts.items() if part is not None and part.reached.any())

    def region(self) -> tuple[Box, np.ndarray]:
        """The region's box and uint8 mask (z, y, x)."""
        masks = [(brick_box(brick, self._grid), self.mask(brick)) for brick in self.bricks()]
        if not masks:
            return Box((0, 0, 0), (0, 0, 0)), np.zeros((0, 0, 0), np.uint8)
        tight = [tight_box(mask, box.start) for box, mask in masks]
        whole = Box(
            tuple(min(t.start[a] for t in tight) for a in range(3)),
            tuple(max(t.stop[a] for t in tight) for a in range(3)),
        )
        result = np.zeros(whole.size[::-1], np.uint8)
        for box, mask in masks:
            here, there = overlap(whole, box)
            result[here] = mask[there]
        return whole, result

    def _examine(self, brick: Brick) -> _Part | None:
        accepted = self._accept(brick)
        if accepted is None:
            return None
        # uint16: in 32³ voxels no more than half can be components of their own.
        labels = np.empty(accepted.shape, np.uint16)
        count = ndimage.label(accepted, output=labels)
        if count == 0:
            return None
        return _Part(labels, np.bincount(labels.ravel(), minlength=count + 1), np.zeros(count + 1, bool))

    def _enter(self, brick: Brick, entries: list[tuple]) -> None:
        part = self._parts[brick]
        if part is None:
            return
        fresh = np.zeros(part.reached.shape, bool)
        for where, through in entries:
            touched = part.labels[where]
            fresh[touched if through is None else touched[through]] = True
        fresh[0] = False
        fresh &= ~part.reached
        if not fresh.any():
            return
        part.reached |= fresh
        self.voxel_count += int(part.sizes[fresh].sum())
        for axis, side in _SIDES:
            self._spill(brick, part, fresh, axis, side)

    def _spill(self, brick: Brick, part: _Part, fresh: np.ndarray, axis: int, side: int) -> None:
        """Note the voxels through which newly reached components touch a neighboring brick."""
        number = brick[2 - axis] + side
        if number < 0 or number * BRICK >= self._grid.size[2 - axis]:
            return
        neighbor = tuple(number if a == 2 - axis else v for a, v in enumerate(brick))
        if neighbor in self._parts and self._parts[neighbor] is None:
            return
        through = fresh[part.labels[_face(axis, side)]]
        if through.any():
            self._entries.setdefault(neighbor, []).append((_face(axis, -side), through))


def _face(axis: int, side: int) -> tuple:
    """A brick's outermost layer on one side, as an index of its (z, y, x) array."""
    return tuple((0 if side < 0 else -1) if a == axis else slice(None) for a in range(3))
