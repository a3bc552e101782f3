"""The region's edge, put half way between the tissue and what is around it.

A threshold ends a region where it looks unlike its seeds, which is short of the tissue's end where the contrast is
clear. From there the border moves, a layer at a time and not farther than ``REACH_MM``, to where the values as given
are half way between inside and outside; where they hardly differ it stays.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from .blocks import spread
from .contrast import ALWAYS, NEVER, Contrast

REACH_MM = 3.0
"""How far the border may move outward; two voxels at least along the finest axis."""

INWARD_LAYERS = 2
"""Layers of the region that may be given up."""

LIKE_NEIGHBORS = 0.6
"""What each neighbor adds to a voxel's score for its own side (Ising's model): noise makes no ragged edge."""

MARGIN_MM = 8.0
"""Surroundings of the region that are looked at."""

Voxel = tuple[int, int, int]


def half_way(
    channels: Sequence[np.ndarray],
    mask: np.ndarray,
    free: np.ndarray,
    seeds: Sequence[Voxel],
    spacing: Sequence[float],
) -> Generator[None, None, np.ndarray]:
    """The region with its edge half way, a bool mask (z, y, x), a short step at a time.

    ``channels`` are the values as given of a box, ``mask`` (z, y, x) the region in it, ``free`` where it may go.
    ``seeds`` are voxels (z, y, x) that stay; ``spacing`` is in mm along z, y, x. What comes off the seeds by the new
    border is still there.
    """
    reference = [float(channel[seeds[0]]) for channel in channels]
    contrast = Contrast(channels, spacing, mask, free, reference)
    scores = yield from contrast.scores()
    for seed in seeds:
        scores[tuple(v + 1 for v in seed)] = ALWAYS
    front = _Front(contrast.mask, scores)
    layers = max(2, int(np.ceil(REACH_MM / min(spacing))))
    for layer in range(layers):
        axes = [axis for axis in range(3) if layer * spacing[axis] < REACH_MM]
        yield from front.advance(axes, may_withdraw=layer < INWARD_LAYERS)
        if not front.moved:
            break
    return front.region[contrast.inner]


class _Front:
    """A border that moves a layer at a time."""

    def __init__(self, region: np.ndarray, scores: np.ndarray) -> None:
        self.region = region.copy()
        self.moved = True
        self._first = region
        self._scores = scores.reshape(-1)
        self._strides = [region.shape[1] * region.shape[2], region.shape[2], 1]
        self._changed: np.ndarray | None = None

    def advance(self, axes: Sequence[int], may_withdraw: bool) -> Generator[None, None, None]:
        """Take what scores above 0 of the layer outside, give up what does not of the outermost one inside."""
        flat = self.region.reshape(-1)
        outside = self._touching(axes, inside=False)
        yield
        outside = outside[self._scores[outside] > NEVER]
        gained = outside[self._belongs(outside)]
        flat[gained] = True
        yield
        inside = self._touching(range(3), inside=True)
        if not may_withdraw:
            inside = inside[~self._first.reshape(-1)[inside]]
        yield
        lost = inside[~self._belongs(inside)]
        flat[lost] = False
        self._changed = np.concatenate([gained, lost])
        self.moved = bool(self._changed.size)
        yield

    def _belongs(self, voxels: np.ndarray) -> np.ndarray:
        flat = self.region.reshape(-1)
        alike = np.zeros(voxels.size, np.int8)
        for stride in self._strides:
            alike += flat[voxels + stride]
            alike += flat[voxels - stride]
        return self._scores[voxels] + np.float32(LIKE_NEIGHBORS) * (2 * alike - 6) > 0.0

    def _touching(self, axes: Sequence[int], inside: bool) -> np.ndarray:
        """Voxels on one side of the border that touch the other, near what changed last."""
        flat = self.region.reshape(-1)
        if self._changed is None:
            side = self.region if inside else ~self.region
            return np.flatnonzero(side & spread(~side, axes))
        near = np.zeros(flat.size, bool)
        near[self._changed] = True
        for axis in axes:
            near[self._changed + self._strides[axis]] = True
            near[self._changed - self._strides[axis]] = True
        voxels = np.flatnonzero(near)
        return voxels[flat[voxels] == inside]
