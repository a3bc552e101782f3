"""One slice of a grid as a picture: turned as radiologists expect it, in its true proportions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from ..engine.bricks.channels import strided_sample
from ..geometry.box import Box, Index
from ..geometry.grid import Grid
from .raster import Color

WINDOW_PERCENTILES = (1.0, 99.5)
_SHOWN_AXES = {0: (1, 2, (1, -1)), 1: (0, 2, (1, -1)), 2: (0, 1, (1, 1))}
"""By the axis (L, P, S) that a slice is closest to perpendicular to: the axes to the right and down, and their signs:
the patient's right on the left of the picture, anterior or superior on top; in sagittal slices anterior on the left."""
_PLANES = ("Sagittal", "Coronal", "Axial")
_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))


@dataclass(frozen=True, eq=False)
class SliceView:
    """Slice ``number`` along k, at ``scale`` pixels per millimeter."""

    grid: Grid
    number: int
    scale: float

    @classmethod
    def fitting(cls, grid: Grid, number: int, longest: int) -> SliceView:
        """The view whose longer side has that many pixels."""
        sides = [grid.size[axis] * grid.spacing[axis] for axis in (0, 1)]
        return cls(grid, number, longest / max(sides))

    @property
    def plane(self) -> str:
        return _PLANES[self._normal]

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return tuple(
            max(1, round(self.grid.size[axis] * self.grid.spacing[axis] * self.scale)) for axis, _ in self._shown
        )

    @property
    def letters(self) -> tuple[str, str]:
        """What lies on the left and on top of the picture: L, R, A, P, S or I."""
        right, down, signs = _SHOWN_AXES[self._normal]
        return tuple(_LETTERS[axis][sign > 0] for axis, sign in zip((right, down), signs))

    def pixels(self, image: np.ndarray) -> np.ndarray:
        """The slice of a (z, y, x) array as float32 (rows, columns), interpolated; 0 where it is not finite."""
        return self.plane_pixels(image[self.number])

    def plane_pixels(self, plane: np.ndarray) -> np.ndarray:
        """The same of the slice itself, a (y, x) array."""
        finite = np.nan_to_num(np.asarray(plane, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        return ndimage.map_coordinates(finite, self._sources, order=1, mode="nearest", output=np.float32)

    def place(self, index: Index) -> tuple[float, float]:
        """Where a voxel's center lies in the picture, in pixels."""
        place = []
        for (axis, sign), length in zip(self._shown, self.size):
            count = self.grid.size[axis]
            shown = index[axis] if sign > 0 else count - 1 - index[axis]
            place.append((shown + 0.5) / count * length - 0.5)
        return place[0], place[1]

    @cached_property
    def _normal(self) -> int:
        return int(np.argmax(np.abs(np.cross(*self._directions[:2]))))

    @cached_property
    def _directions(self) -> np.ndarray:
        return np.array(self.grid.direction).reshape(3, 3).T

    @cached_property
    def _shown(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The index axis (0 or 1) shown to the right and down, each with the sign of its way."""
        right, down, signs = _SHOWN_AXES[self._normal]
        along = self._directions[:2]
        across = int(np.argmax(np.abs(along[:, right])))
        return tuple(
            (axis, 1 if along[axis, world] * sign > 0 else -1)
            for axis, world, sign in zip((across, 1 - across), (right, down), signs)
        )

    @cached_property
    def _sources(self) -> list[np.ndarray]:
        """The continuous j and i index of each pixel (rows, columns)."""
        indices = {}
        for dimension, ((axis, sign), length) in enumerate(zip(self._shown, self.size)):
            index = (np.arange(length) + 0.5) / length * self.grid.size[axis] - 0.5
            index = index if sign > 0 else self.grid.size[axis] - 1 - index
            indices[axis] = np.broadcast_to(index[None, :] if dimension == 0 else index[:, None], self.size[::-1])
        return [indices[1], indices[0]]


def window_of(image: np.ndarray) -> tuple[float, float]:
    """The intensities shown black and white: percentiles of the values that differ from the background."""
    sample = strided_sample(image)
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return 0.0, 1.0
    foreground = sample[sample > sample.min()]
    low, high = (float(v) for v in np.percentile(foreground if foreground.size else sample, WINDOW_PERCENTILES))
    return low, high if high > low else low + 1.0


def windowed(pixels: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Intensities as brightness, 0..1."""
    return np.clip((pixels - window[0]) / (window[1] - window[0]), 0, 1)


def gray(brightness: np.ndarray) -> np.ndarray:
    """Brightness (rows, columns) as an RGB picture."""
    return np.repeat(brightness[:, :, None], 3, axis=2)


def blended(brightnesses: Sequence[np.ndarray], colors: Sequence[Color]) -> np.ndarray:
    """Several brightnesses in one RGB picture, each in its color; white where all are bright."""
    colors = np.asarray(colors, np.float32)
    picture = np.einsum("nyx,nc->yxc", np.asarray(brightnesses, np.float32), colors)
    return np.clip(picture / colors.sum(axis=0).clip(1e-6), 0, 1)


def whole_slice(mask: np.ndarray, box: Box, grid: Grid, number: int) -> np.ndarray:
    """One slice (y, x) of the whole grid of a mask (z, y, x) that covers a box."""
    whole = np.zeros((grid.size[1], grid.size[0]), np.uint8)
    if box.start[2] <= number < box.stop[2]:
        whole[box.slices[1:]] = mask[number - box.start[2]]
    return whole


def overlay(inside: np.ndarray, *, fill: float = 0.32, line: float = 2.0) -> np.ndarray:
    """How strongly a color covers a picture for a region: its share of each pixel (rows, columns, 0..1) filled lightly,
    its border drawn as a line of that many pixels."""
    dy, dx = np.gradient(inside)
    slope = np.hypot(dx, dy)
    from_border = np.abs(inside - 0.5) / np.maximum(slope, 1e-3)
    border = np.clip(line / 2 + 0.5 - from_border, 0, 1)
    return np.maximum(fill * (inside >= 0.5), border).astype(np.float32)
