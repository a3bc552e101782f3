"""What becomes of a region after growing: the exclusion seeds' share is taken off it, its edge is put half way."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np

from ..geometry.box import Box, Index, tight_box
from ..parameters.settings import Edge, GrowingParameters
from .bricks.flood import Flood, assembled
from .bricks.store import Brick, BrickStore, brick_box, bricks_of, overlap
from .rule import Rule
from .run import Grown
from .shaping.blocks import spread
from .shaping.edge import MARGIN_MM, half_way
from .shaping.nearest import Accepted, nearest_part

LAYERS = 6
"""Voxels around a region, at least, that are the exclusion seeds' where these took what is beside them."""

Region = tuple[Box, np.ndarray]
"""A box and the uint8 mask (z, y, x) of its voxels."""


def shaped(
    store: BrickStore,
    rule: Rule,
    grown: Grown,
    seeds: Sequence[Index],
    parameters: GrowingParameters,
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: np.ndarray | None = None,
) -> Generator[None, None, Grown]:
    """The region without what the exclusion seeds take of it, its edge where ``parameters`` want it, in short steps.

    Seeds are voxels (i, j, k), ``allowed`` is (z, y, x). The edge never moves into the exclusion seeds' share.
    """
    taken = None
    if exclusion_seeds:
        kept = yield from rule.corrected(grown.box, grown.mask)
        taken = grown.box, (grown.mask > 0) & ~kept
        tight = tight_box(kept, grown.box.start)
        grown = replace(grown, box=tight, mask=kept[tight.offset_in(grown.box)].astype(np.uint8))
    if parameters.edge_used is not Edge.HALF_WAY or grown.stopped_by is not None or not grown.mask.any():
        # A region that growing stopped ends where it was stopped: that is no edge.
        return grown
    return (yield from _with_half_way_edge(store, grown, seeds, parameters, exclusion_seeds, allowed, taken))


def _with_half_way_edge(
    store: BrickStore,
    grown: Grown,
    seeds: Sequence[Index],
    parameters: GrowingParameters,
    exclusion_seeds: Sequence[Index],
    allowed: np.ndarray | None,
    taken: Region | None,
) -> Generator[None, None, Grown]:
    grid = store.grid
    box = grown.box.grown(tuple(math.ceil(MARGIN_MM / s) + 1 for s in grid.spacing), grid.box)
    mask = np.zeros(box.size[::-1], bool)
    mask[grown.box.offset_in(box)] = grown.mask > 0
    free = np.ones(mask.shape, bool) if allowed is None else allowed[box.slices] != 0
    if taken is not None:
        yield from _bar_share(free, mask, box, taken)
    for seed in exclusion_seeds:
        if box.contains(seed):
            free[box.place(seed)] = False
    channels = [channel.array[box.slices] for channel in store.channels]
    moved = yield from half_way(channels, mask, free, [box.place(seed) for seed in seeds], grid.spacing[::-1])
    region = yield from _connected(store, seeds, box, moved)
    max_volume_ml = parameters.max_volume_ml
    most = math.inf if max_volume_ml is None else max(1, math.floor(max_volume_ml / grid.voxel_volume_ml + 1e-6))
    stopped_by = None
    if np.count_nonzero(region[1]) > most:
        stopped_by = "max_volume"
        region = yield from nearest_part(grid, seeds, _voxels_of(region), most)
    return replace(grown, box=region[0], mask=region[1], stopped_by=stopped_by)


def _bar_share(free: np.ndarray, mask: np.ndarray, box: Box, taken: Region) -> Generator[None, None, None]:
    """Take out of ``free`` what was taken from the region, and what lies around it nearer to that than to the region.

    Layer by layer from both, as far as the edge may move.
    """
    near = tight_box(taken[1], taken[0].start).grown(2 * LAYERS, box)
    theirs = np.zeros(near.size[::-1], bool)
    here, there = overlap(near, taken[0])
    theirs[here] = taken[1][there]
    ours = mask[near.offset_in(box)].copy()
    for _ in range(LAYERS):
        yield
        theirs |= spread(theirs, range(3)) & ~ours
        yield
        ours |= spread(ours, range(3)) & ~theirs
    free[near.offset_in(box)] &= ~theirs


def _connected(store: BrickStore, seeds: Sequence[Index], box: Box, mask: np.ndarray) -> Generator[None, None, Region]:
    """What of a mask (z, y, x) of a box is face-connected to a seed."""
    grid = store.grid

    def accept(brick: Brick) -> np.ndarray | None:
        part = brick_box(brick, grid)
        here, there = overlap(part, box)
        accepted = np.zeros(part.size[::-1], bool)
        accepted[here] = mask[there]
        return accepted if accepted.any() else None

    flood = Flood(grid, seeds, accept, bricks_of(box))
    while flood.waiting:
        flood.advance()
        yield
    regions = yield from flood.regions()
    return (yield from assembled(grid, regions))


def _voxels_of(region: Region) -> Accepted:
    """The region's voxels in any box, as :func:`nearest_part` asks for them."""
    box, mask = region

    def voxels(wanted: Box) -> Generator[None, None, np.ndarray]:
        result = np.zeros(wanted.size[::-1], bool)
        here, there = overlap(wanted, box)
        result[here] = mask[there] > 0
        yield
        return result

    return voxels
