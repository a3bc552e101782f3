"""Where voxels are: the grid that all channels share, and index boxes on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .box import Box, Index

if TYPE_CHECKING:
    import SimpleITK as sitk

SAME_GRID_TOLERANCE = 1e-3
"""In voxels: grids that differ by less anywhere are the same grid."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid in physical space.

    ``size`` is (i, j, k); ``index_to_lps`` the 4 x 4 matrix from an index to mm in LPS (ITK's coordinates).
    """

    size: Index
    index_to_lps: np.ndarray

    @classmethod
    def of(cls, image: sitk.Image) -> Grid:
        """The grid of a SimpleITK image with three dimensions."""
        matrix = np.eye(4)
        direction = np.array(image.GetDirection()).reshape(3, 3)
        matrix[:3, :3] = direction * np.array(image.GetSpacing())
        matrix[:3, 3] = image.GetOrigin()
        return cls(tuple(int(n) for n in image.GetSize()), matrix)

    @cached_property
    def spacing(self) -> tuple[float, float, float]:
        """Millimeters between voxel centers along i, j, k."""
        return tuple(float(s) for s in np.linalg.norm(self.index_to_lps[:3, :3], axis=0))

    @property
    def origin(self) -> tuple[float, float, float]:
        """Center of voxel (0, 0, 0) in mm, LPS."""
        return tuple(float(v) for v in self.index_to_lps[:3, 3])

    @property
    def direction(self) -> tuple[float, ...]:
        """The nine direction cosines, row by row, as SimpleITK wants them."""
        return tuple(float(v) for v in (self.index_to_lps[:3, :3] / np.array(self.spacing)).ravel())

    @property
    def voxel_volume_ml(self) -> float:
        return float(abs(np.linalg.det(self.index_to_lps[:3, :3]))) / 1000.0

    @property
    def is_left_handed(self) -> bool:
        """Whether i, j, k are thumb, index and middle finger of a left hand."""
        return bool(np.linalg.det(self.index_to_lps[:3, :3]) < 0)

    @property
    def box(self) -> Box:
        """The whole grid."""
        return Box((0, 0, 0), self.size)

    def contains(self, index: Index) -> bool:
        return all(0 <= v < n for v, n in zip(index, self.size))

    def shift_in_voxels(self, other: Grid) -> float:
        """The largest distance, in this grid's voxels, between equal indices of the two grids (infinite where the
        sizes differ)."""
        if self.size != other.size:
            return float("inf")
        corners = np.array([[i, j, k, 1.0] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
        corners[:, :3] *= np.array(self.size) - 1
        there = np.linalg.solve(self.index_to_lps, other.index_to_lps @ corners.T)
        return float(np.abs(there.T - corners)[:, :3].max())

    def is_same_as(self, other: Grid) -> bool:
        return self.shift_in_voxels(other) < SAME_GRID_TOLERANCE

    def is_sheared(self) -> bool:
        """Whether the axes are not at right angles (which ITK and most file formats cannot say)."""
        axes = np.array(self.direction).reshape(3, 3)
        return bool(np.abs(axes.T @ axes - np.eye(3)).max() > 1e-4)

    def image(self, array: np.ndarray) -> sitk.Image:
        """A copy of a (z, y, x) array as a SimpleITK image on this grid."""
        import SimpleITK as sitk

        result = sitk.GetImageFromArray(array)
        result.SetOrigin(self.origin)
        result.SetSpacing(self.spacing)
        result.SetDirection(self.direction)
        return result


@dataclass(frozen=True, eq=False)
class ArrayImage:
    """Voxels (z, y, x) and their grid, without a copy: what Slicer's volumes are handed over as.

    ``padding`` are the values of margins that are NaN in the array.
    """

    array: np.ndarray
    grid: Grid
    name: str = ""
    padding: tuple[float, ...] = ()
