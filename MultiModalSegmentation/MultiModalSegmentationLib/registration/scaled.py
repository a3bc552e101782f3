"""Volumes as registration sees them: coarser, robust against outliers, and only where something was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..engine.bricks.channels import Channel, strided_sample
from ..engine.work.threads import in_parallel
from ..geometry.errors import VolumeTypeError
from ..geometry.grid import Grid

_TAILS = (0.1, 99.9)
"""Percentiles that values are limited to: metal, hot vessels and single voxels would use up the histogram."""

_OBJECT_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class Scaled:
    """A volume at a coarser spacing: float32 ``image``, and where it was measured (``None``: everywhere)."""

    image: sitk.Image
    mask: sitk.Image | None

    @property
    def grid(self) -> Grid:
        return Grid.of(self.image)


def value_range(channel: Channel) -> tuple[float, float]:
    """Lowest and highest value to tell apart.

    Raises:
        VolumeTypeError: all values are the same.
    """
    sample = strided_sample(channel.array).ravel().astype(np.float64)
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, _TAILS) if sample.size else (0.0, 0.0)
    if not high > low:
        raise VolumeTypeError(
            f"{channel.name} has the same value nearly everywhere, which tells nothing about where it is: "
            "choose another volume."
        )
    return float(low), float(high)


def scaled(channel: Channel, spacing: float) -> Scaled:
    """The channel in blocks of voxels about ``spacing`` mm wide, each the mean of what was measured in it."""
    low, high = value_range(channel)
    factors = [max(1, min(int(spacing / s + 0.2), n)) for s, n in zip(channel.grid.spacing, channel.grid.size)]
    fx, fy, fz = factors
    size = [n // f for n, f in zip(channel.grid.size, factors)]
    values = np.empty(size[::-1], np.float32)
    seen = np.empty(size[::-1], bool)

    def average(k: int) -> None:
        slab = channel.array[k * fz : (k + 1) * fz, : size[1] * fy, : size[0] * fx].astype(np.float32)
        there = np.isfinite(slab)
        slab = np.clip(np.where(there, slab, 0), low, high)
        blocks = (fz, size[1], fy, size[0], fx)
        counts = there.reshape(blocks).sum(axis=(0, 2, 4))
        sums = np.where(there, slab, 0).reshape(blocks).sum(axis=(0, 2, 4))
        values[k] = np.where(counts, sums / np.maximum(counts, 1), low)
        seen[k] = 2 * counts > fx * fy * fz

    in_parallel(average, range(size[2]))
    grid = _shrunken(channel.grid, factors, size)
    return Scaled(grid.image(values), None if seen.all() else grid.image(seen.astype(np.uint8)))


def _shrunken(grid: Grid, factors: list[int], size: list[int]) -> Grid:
    step = np.diag([*map(float, factors), 1.0])
    step[:3, 3] = [(f - 1) / 2 for f in factors]
    return Grid(tuple(size), grid.index_to_lps @ step)


def object_points(volume: Scaled) -> np.ndarray:
    """Where the object is: points (N, 3) in LPS mm of the voxels brighter than Otsu's threshold, or, where few are,
    of all that were measured."""
    array = sitk.GetArrayViewFromImage(volume.image)
    seen = np.ones(array.shape, bool) if volume.mask is None else sitk.GetArrayViewFromImage(volume.mask) > 0
    threshold = _otsu(array[seen])
    inside = seen & (array > threshold)
    if inside.sum() < _OBJECT_SHARE * max(1, seen.sum()):
        inside = seen
    kji = np.argwhere(inside)
    matrix = volume.grid.index_to_lps
    return kji[:, ::-1] @ matrix[:3, :3].T + matrix[:3, 3]


def _otsu(values: np.ndarray) -> float:
    """Otsu, IEEE Trans Syst Man Cybern 9:62, 1979."""
    image = sitk.GetImageFromArray(values.reshape(1, -1))
    filter_ = sitk.OtsuThresholdImageFilter()
    filter_.Execute(image)
    return float(filter_.GetThreshold())
