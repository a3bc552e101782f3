"""A part of a grid: what growing answers, and what a segment is written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .box import Box
from .grid import Grid

if TYPE_CHECKING:
    import SimpleITK as sitk


@dataclass(frozen=True, eq=False)
class Region:
    """Voxels of a grid: ``mask`` is uint8 0/1, (z, y, x), of the ``box`` only."""

    grid: Grid
    box: Box
    mask: np.ndarray

    @cached_property
    def voxel_count(self) -> int:
        return int(np.count_nonzero(self.mask))

    @property
    def volume_ml(self) -> float:
        return self.voxel_count * self.grid.voxel_volume_ml

    @cached_property
    def region(self) -> sitk.Image:
        """The mask on the whole grid, SimpleITK uint8; built when first asked for."""
        return self.label_image(1)

    def label_image(self, label: int) -> sitk.Image:
        """The whole grid with this value (1 to 65535) in the region: uint8, or uint16 for a label over 255."""
        return self.grid.image(label_array([self], label))


def label_array(regions: Sequence[Region], first: int = 1) -> np.ndarray:
    """An array (z, y, x) of the regions' whole grid with one value each, from ``first`` (1 to 65535) on.

    It is uint8, or uint16 for a value over 255. Where regions overlap the later one has the voxel.
    """
    last = first + len(regions) - 1
    whole = np.zeros(regions[0].grid.size[::-1], np.uint8 if last <= 255 else np.uint16)
    for value, region in enumerate(regions, first):
        whole[region.box.slices][region.mask > 0] = value
    return whole
