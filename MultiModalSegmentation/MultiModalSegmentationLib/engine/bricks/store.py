"""Channel values by bricks of the grid, read and smoothed when first asked for, and kept."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from itertools import product

import numpy as np

from ...geometry.box import Box
from ...geometry.grid import Grid
from ...parameters.settings import SmoothingParameters
from ..work.steps import drained
from ..work.threads import in_parallel, thread_count
from .channels import Channel
from .itk_values import ItkValues
from .smoothing import Block, in_units, smooth_block

Brick = tuple[int, int, int]
"""Which brick, along i, j, k."""

BRICK = 32
"""Voxels along each side of a brick: what growing looks at, at a time."""

_FEW_VOXELS = 1000
_BRICKS_A_STEP = 8

LONGEST = (4, 2, 2)
"""Bricks along i, j, k, at most, that are smoothed together: the halo of each alone would cost more than itself."""


def brick_of(index: Sequence[int]) -> Brick:
    """The brick that holds a voxel (i, j, k)."""
    return tuple(v // BRICK for v in index)


def brick_box(brick: Brick, grid: Grid) -> Box:
    """A brick's voxels; bricks at the far end of the grid may be smaller."""
    i, j, k = (n * BRICK for n in brick)
    columns, rows, slices = grid.size
    return Box((i, j, k), (min(i + BRICK, columns), min(j + BRICK, rows), min(k + BRICK, slices)))


def bricks_of(box: Box) -> list[Brick]:
    """The bricks that a box of the grid overlaps."""
    i, j, k = (range(a // BRICK, -(-b // BRICK)) for a, b in zip(box.start, box.stop))
    return [(x, y, z) for z in k for y in j for x in i]


def overlap(box: Box, other: Box) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where the common voxels of two boxes lie in the (z, y, x) array of each."""
    here, there = [], []
    for axis in (2, 1, 0):
        a, b = box.start[axis], other.start[axis]
        start = a if a > b else b
        stop = max(start, min(box.stop[axis], other.stop[axis]))
        here.append(slice(start - a, stop - a))
        there.append(slice(start - b, stop - b))
    return tuple(here), tuple(there)


class BrickStore:
    """The values of all channels, brick by brick: standardized, smoothed, float32.

    ``center`` and ``scale`` (C,) lead back to the input's units. ``recent`` are the bricks of the last flood, ``itk``
    the same channels as ITK's own filter smooths them.
    """

    def __init__(self, channels: Sequence[Channel], smoothing: SmoothingParameters) -> None:
        self.itk = ItkValues(channels, smoothing)
        self.channels = tuple(channels)
        self.grid = channels[0].grid
        self.center = np.array([c.center for c in channels])
        self.scale = np.array([c.scale for c in channels])
        self.recent: list[Brick] = []
        self._smoothing = smoothing
        self._values: dict[Brick, np.ndarray] = {}
        self._excluded: dict[Brick, np.ndarray] = {}

    def load(self, bricks: Iterable[Brick]) -> Generator[None, None, None]:
        """Read and smooth what of these bricks is missing, a short step at a time."""
        boxes = [_spanned(group, self.grid) for group in _merged({b for b in bricks if b not in self._values})]
        tasks = [(box, channel) for box in boxes for channel in self.channels]
        blocks: list[Block] = []
        for first in range(0, len(tasks), thread_count()):
            batch = tasks[first : first + thread_count()]
            blocks += in_parallel(lambda task: smooth_block(task[1], task[0], self._smoothing), batch)
            while len(blocks) >= len(self.channels):
                self._keep(boxes.pop(0), blocks[: len(self.channels)])
                del blocks[: len(self.channels)]
            yield

    def values(self, brick: Brick) -> np.ndarray:
        """Standardized values (C, z, y, x) of a loaded brick, float32, all finite."""
        return self._values[brick]

    def exact(self, brick: Brick, voxels: np.ndarray | None, as_given: bool) -> np.ndarray:
        """Values (C, N) of some voxels (flat indices of a loaded brick; None: all) as statistics count them.

        Standardized, or as given: in the input's units, as float32 where they were smoothed. Without smoothing they
        have the input's own precision.
        """
        if self._smoothing.iterations:
            chosen = slice(None) if voxels is None else voxels
            kept = [v.reshape(-1)[chosen] for v in self._values[brick]]
            return np.stack([in_units(v, c) for v, c in zip(kept, self.channels)] if as_given else kept)
        box = brick_box(brick, self.grid)
        parts = [c.array[box.slices] for c in self.channels]
        if voxels is None or voxels.size > _FEW_VOXELS:
            chosen = [part.reshape(-1)[slice(None) if voxels is None else voxels] for part in parts]
        else:
            # To flatten a part of an array is to copy it, which few voxels are not worth.
            place = np.unravel_index(voxels, box.size[::-1])
            chosen = [part[place] for part in parts]
        values = np.array(chosen, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            return values if as_given else (values - self.center[:, None]) * (1.0 / self.scale)[:, None]

    def excluded(self, brick: Brick) -> np.ndarray | None:
        """Where (z, y, x) any channel is not finite in a loaded brick; None where all are."""
        return self._excluded.get(brick)

    def block(self, box: Box, as_given: bool = False) -> np.ndarray:
        """Values (C, z, y, x) of a box whose bricks are loaded, as :meth:`exact` gives them."""
        return drained(self.block_steps(box, as_given))

    def block_steps(self, box: Box, as_given: bool = False) -> Generator[None, None, np.ndarray]:
        """As :meth:`block`, a short step at a time."""
        result = np.empty((len(self.channels), *box.size[::-1]), np.float32 if self._smoothing.iterations else float)
        for number, brick in enumerate(bricks_of(box), 1):
            part = brick_box(brick, self.grid)
            here, there = overlap(box, part)
            values = self.exact(brick, None, as_given).reshape(-1, *part.size[::-1])
            result[(slice(None), *here)] = values[(slice(None), *there)]
            if number % _BRICKS_A_STEP == 0:
                yield
        return result

    def excluded_block(self, box: Box) -> np.ndarray | None:
        """Where (z, y, x) any channel is known not to be finite in a box; None for nowhere."""
        result = None
        for brick in bricks_of(box):
            if brick in self._excluded:
                result = np.zeros(box.size[::-1], bool) if result is None else result
                here, there = overlap(box, brick_box(brick, self.grid))
                result[here] = self._excluded[brick][there]
        return result

    def _keep(self, box: Box, blocks: list[Block]) -> None:
        excluded = None
        for block in blocks:
            if block.excluded is not None:
                excluded = block.excluded if excluded is None else excluded | block.excluded
        for brick in bricks_of(box):
            there, _ = overlap(box, brick_box(brick, self.grid))
            self._values[brick] = np.stack([b.values[there] for b in blocks])
            if excluded is not None and excluded[there].any():
                self._excluded[brick] = excluded[there].copy()


def _merged(bricks: set[Brick]) -> list[list[Brick]]:
    """The bricks in groups that are boxes, each as large as it can be: along i, then j, then k."""
    left = set(bricks)
    groups = []
    for brick in sorted(bricks, key=lambda b: b[::-1]):
        if brick not in left:
            continue
        size = [1, 1, 1]
        for axis in range(3):
            while size[axis] < LONGEST[axis]:
                longer = [n + (a == axis) for a, n in enumerate(size)]
                if not left.issuperset(_block(brick, longer)):
                    break
                size = longer
        group = _block(brick, size)
        left.difference_update(group)
        groups.append(group)
    return groups


def _block(first: Brick, size: Sequence[int]) -> list[Brick]:
    return [tuple(a + d for a, d in zip(first, step)) for step in product(*map(range, size))]


def _spanned(bricks: list[Brick], grid: Grid) -> Box:
    return Box(brick_box(min(bricks), grid).start, brick_box(max(bricks), grid).stop)
