"""The scales around points, from the channels as growing sees them; each is computed once and kept."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np

from ..geometry.box import Box, Index
from .bricks.store import BrickStore, bricks_of
from .model.scale import WINDOW_MM, noise, own_tissue, smallest_step, tissue_scale

MOST_A_SIDE = 6
"""Voxels of the window that count, at most, from the point to either side along each axis: enough to tell a spread."""

NOISE_RADIUS = 3
"""Voxels around a point that the noise is measured in."""


class TissueScales:
    """The scale around any voxel (i, j, k), a pure function of the channels around it.

    ``radius`` is that of the point's own box in voxels. Answers are standardized, as the store's values are.
    """

    def __init__(self, store: BrickStore) -> None:
        self._store = store
        self._kept: dict[tuple[Index, int], np.ndarray] = {}

    def load(self, points: Iterable[Index], radius: int) -> Generator[None, None, None]:
        """Have read and smoothed what :meth:`of` needs, a short step at a time."""
        missing = [self._window(point, radius) for point in points if (point, radius) not in self._kept]
        yield from self._store.load(sorted({brick for box in missing for brick in bricks_of(box)}))

    def of(self, point: Index, radius: int) -> np.ndarray:
        """The scale (C,) around a voxel, standardized; what it needs is loaded."""
        key = (point, radius)
        if key not in self._kept:
            self._kept[key] = self._measured(point, radius)
        return self._kept[key]

    def own_box(self, point: Index, radius: int) -> Box:
        """The box of a point's own voxels: so many to either side along the finest axis, as far in mm along others.

        Across thick slices a neighbor is no part of the same place.
        """
        spacing = self._store.grid.spacing
        margins = tuple(int(radius * min(spacing) / s + 0.5) for s in spacing)
        return Box.of_voxel(point).grown(margins, self._store.grid.box)

    def _measured(self, point: Index, radius: int) -> np.ndarray:
        box = self._window(point, radius)
        values = self._store.block(box).astype(np.float64)
        excluded = self._store.excluded_block(box)
        if excluded is not None:
            values[:, excluded] = np.nan
        near = Box.around(point, NOISE_RADIUS, self._store.grid.box)
        own = self.own_box(point, radius)
        sites = self._sites(box, point)
        given = [channel.array[box.slices][sites] for channel in self._store.channels]
        steps = np.array([smallest_step(v[np.isfinite(v)]) for v in given]) / self._store.scale
        least = np.sqrt(np.square(noise(_part(values, near, box))) + np.square(steps))
        of_box = own_tissue(_finite(_part(values, own, box)), values[(slice(None), *box.place(point))])
        return tissue_scale(of_box, _finite(values[(slice(None), *sites)]), least)

    def _window(self, point: Index, radius: int) -> Box:
        margins = tuple(max(radius, NOISE_RADIUS, int(WINDOW_MM / s)) for s in self._store.grid.spacing)
        return Box.of_voxel(point).grown(margins, self._store.grid.box)

    def _sites(self, box: Box, point: Index) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where (z, y, x) in the box the voxels of the window's ball lie, evenly spaced from the point on."""
        spacing = self._store.grid.spacing
        axes, squares = [], []
        for axis in (2, 1, 0):
            reach = int(WINDOW_MM / spacing[axis])
            step = max(1, -(-reach // MOST_A_SIDE))
            offsets = np.arange(-(reach // step) * step, reach + 1, step)
            places = point[axis] + offsets - box.start[axis]
            inside = (places >= 0) & (places < box.size[axis])
            axes.append(places[inside])
            squares.append(np.square(offsets[inside] * spacing[axis]))
        ball = squares[0][:, None, None] + squares[1][:, None] + squares[2] <= WINDOW_MM**2
        return tuple(a[n] for a, n in zip(axes, np.nonzero(ball)))


def _part(values: np.ndarray, box: Box, whole: Box) -> np.ndarray:
    return values[(slice(None), *box.offset_in(whole))]


def _finite(values: np.ndarray) -> np.ndarray:
    """The values (C, N) that are finite in every channel."""
    flat = values.reshape(len(values), -1)
    return flat[:, np.isfinite(flat).all(axis=0)]
