"""Channel values by bricks of the grid, smoothed when first asked for and kept."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

import numpy as np

from .channels import Channel
from .grid import Box, Grid
from .parameters import SmoothingParameters
from .smoothing import Block, in_units, smooth_block, standardize
from .threads import in_parallel, thread_count

Brick = tuple[int, int, int]
"""Which brick, along i, j, k."""

BRICK = 32
"""Voxels along each side of a brick: what growing looks at, at a time."""

TILE = 2
"""Bricks along each side of a tile: smoothed together, because the halo of a single brick would cost too much."""


def brick_of(index: Sequence[int]) -> Brick:
    """The brick that holds a voxel (i, j, k)."""
    return tuple(v // BRICK for v in index)


def brick_box(brick: Brick, grid: Grid) -> Box:
    """A brick's voxels; bricks at the far end of the grid may be smaller."""
    return _cube(brick, BRICK, grid)


def bricks_of(box: Box) -> list[Brick]:
    """The bricks that a box of the grid overlaps."""
    i, j, k = (range(a // BRICK, -(-b // BRICK)) for a, b in zip(box.start, box.stop))
    return [(x, y, z) for z in k for y in j for x in i]


def overlap(box: Box, other: Box) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where the common voxels of two boxes lie in the (z, y, x) array of each."""
    start = [max(a, b) for a, b in zip(box.start[::-1], other.start[::-1])]
    stop = [max(s, min(a, b)) for s, a, b in zip(start, box.stop[::-1], other.stop[::-1])]
    return tuple(
        tuple(slice(s - o, e - o) for s, e, o in zip(start, stop, which.start[::-1])) for which in (box, other)
    )


class BrickStore:
    """The values of all channels, brick by brick.

    Smoothed values are kept, standardized, as float32. Without smoothing nothing is kept: values are read from the
    input when needed, as float64.
    """

    def __init__(self, channels: Sequence[Channel], smoothing: SmoothingParameters) -> None:
        self.channels = tuple(channels)
        self.grid = channels[0].grid
        self._smoothing = smoothing
        self._values: dict[Brick, np.ndarray] = {}
        self._excluded: dict[Brick, np.ndarray] = {}

    def load(self, bricks: Iterable[Brick]) -> Generator[None, None, None]:
        """Smooth what these bricks need, a short step at a time."""
        if not self._smoothing.iterations:
            return
        tiles = dict.fromkeys(tuple(b // TILE for b in brick) for brick in bricks if brick not in self._values)
        tasks = [(tile, number) for tile in tiles for number in range(len(self.channels))]
        done: dict[Brick, list[Block]] = {tile: [] for tile in tiles}
        for first in range(0, len(tasks), thread_count()):
            batch = tasks[first : first + thread_count()]
            for (tile, _), block in zip(batch, in_parallel(self._smooth, batch)):
                done[tile].append(block)
                if len(done[tile]) == len(self.channels):
                    self._keep(tile, done.pop(tile))
            yield

    def values(self, brick: Brick, as_given: bool = False) -> np.ndarray:
        """Values (C, z, y, x) of a loaded brick, all finite: standardized, or in the input's units."""
        if self._smoothing.iterations:
            kept = self._values[brick]
            return np.stack([in_units(v, c) for v, c in zip(kept, self.channels)]) if as_given else kept
        return self._read(brick, as_given)

    def excluded(self, brick: Brick) -> np.ndarray | None:
        """Where (z, y, x) any channel is not finite in a loaded brick; None where all are."""
        if self._smoothing.iterations:
            return self._excluded.get(brick)
        return self.outside_fields_of_view(brick_box(brick, self.grid))

    def outside_fields_of_view(self, box: Box) -> np.ndarray | None:
        """Where (z, y, x) in a box, loaded or not, any channel is not finite; None where all are."""
        masks = [~np.isfinite(c.array[box.slices]) for c in self.channels if c.may_be_non_finite]
        return _union(masks)

    def block(self, box: Box, as_given: bool = False) -> np.ndarray:
        """Values (C, z, y, x) of a box whose bricks are loaded."""
        result = np.empty(
            (len(self.channels), *box.size[::-1]), np.float32 if self._smoothing.iterations else np.float64
        )
        for brick in bricks_of(box):
            here, there = overlap(box, brick_box(brick, self.grid))
            result[(slice(None), *here)] = self.values(brick, as_given)[(slice(None), *there)]
        return result

    def excluded_block(self, box: Box) -> np.ndarray | None:
        """Where (z, y, x) any channel is known not to be finite in a box; None for nowhere."""
        result = None
        for brick in bricks_of(box):
            excluded = self.excluded(brick)
            if excluded is not None:
                result = np.zeros(box.size[::-1], bool) if result is None else result
                here, there = overlap(box, brick_box(brick, self.grid))
                result[here] = excluded[there]
        return result

    def _smooth(self, task: tuple[Brick, int]) -> Block:
        tile, number = task
        return smooth_block(self.channels[number], _cube(tile, BRICK * TILE, self.grid), self._smoothing)

    def _keep(self, tile: Brick, blocks: list[Block]) -> None:
        box = _cube(tile, BRICK * TILE, self.grid)
        excluded = _union([b.excluded for b in blocks if b.excluded is not None])
        for brick in bricks_of(box):
            there, _ = overlap(box, brick_box(brick, self.grid))
            self._values[brick] = np.stack([b.values[there] for b in blocks])
            if excluded is not None and excluded[there].any():
                self._excluded[brick] = excluded[there].copy()

    def _read(self, brick: Brick, as_given: bool) -> np.ndarray:
        box = brick_box(brick, self.grid)
        result = np.empty((len(self.channels), *box.size[::-1]))
        for channel, out in zip(self.channels, result):
            if as_given:
                out[...] = channel.array[box.slices]
                out[~np.isfinite(out)] = channel.center
            else:
                standardize(channel, box.slices, out)
        return result


def _cube(number: Brick, side: int, grid: Grid) -> Box:
    start = tuple(n * side for n in number)
    return Box(start, tuple(min(a + side, n) for a, n in zip(start, grid.size)))


def _union(masks: list[np.ndarray]) -> np.ndarray | None:
    result = None
    for mask in masks:
        if mask.any():
            result = mask if result is None else result | mask
    return result
