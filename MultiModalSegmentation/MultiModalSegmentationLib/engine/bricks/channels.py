"""Input volumes, checked and without a copy: their voxels, names, and their own center and spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk

from ...geometry.errors import GeometryError, SameVolumeError, VolumeTypeError
from ...geometry.grid import ArrayImage, Grid
from .padding import without_padding

if TYPE_CHECKING:
    Volume = sitk.Image | ArrayImage

SAMPLE_SIZE = 100_000
"""Voxels, at most, of the strided sample that everything about a whole scan is computed from."""

_VALUES = 10_000


@dataclass(frozen=True, eq=False)
class Channel:
    """One scalar volume: ``array`` (z, y, x) of any pixel type, never copied but to put NaN into a constant margin.

    ``center`` and ``scale`` say where its values lie, so that single precision holds them: nothing else depends on
    them. Each different value of a strided sample counts once, so that padding, air or metal do not decide them.
    """

    array: np.ndarray
    name: str
    grid: Grid
    center: float
    scale: float
    owner: Any
    """What owns the array's memory."""

    padding: tuple[float, ...] = ()
    """The values of margins around what was measured, which are NaN in the array."""

    @property
    def may_be_non_finite(self) -> bool:
        return self.array.dtype.kind == "f"

    @property
    def may_be_wild(self) -> bool:
        """Whether the pixel type holds values far beyond those of any measurement."""
        return self.array.dtype.kind == "f" or self.array.dtype.itemsize > 2


def prepare(images: Sequence[Volume]) -> tuple[Channel, ...]:
    """Check volumes and prepare them as channels.

    Raises:
        VolumeTypeError: a volume is no scalar image, or has no voxels or no finite voxel.
        GeometryError: a volume has no three dimensions, is sheared, or lies on another grid than the first.
        SameVolumeError: a volume is given twice.
    """
    if isinstance(images, sitk.Image | ArrayImage):
        images = (images,)
    if not images:
        raise ValueError("There is no volume to grow on: choose at least one.")
    channels = tuple(checked(image, number) for number, image in enumerate(images, 1))
    first = channels[0]
    for channel in channels[1:]:
        if not first.grid.is_same_as(channel.grid):
            raise GeometryError(
                f"{channel.name} lies on another grid than {first.name}: resample it to {first.name}'s grid first."
            )
    for number, channel in enumerate(channels):
        for other in channels[:number]:
            if _hold_the_same(other, channel):
                raise SameVolumeError(
                    f"{other.name} and {channel.name} are the same image, which adds nothing: "
                    "choose a different volume for one of them."
                )
    return channels


def strided_sample(array: np.ndarray) -> np.ndarray:
    """A fixed sample of at most ``SAMPLE_SIZE`` voxels, spread evenly over a (z, y, x) array.

    Denser along x: neighbors in memory come almost for free.
    """
    step = 1
    while True:
        steps = (step, step, max(1, step // 4))
        if np.prod([-(-n // s) for n, s in zip(array.shape, steps)]) <= SAMPLE_SIZE:
            return array[tuple(slice((n - 1) % s // 2, None, s) for n, s in zip(array.shape, steps))]
        step += 1


def checked(image: Volume, number: int) -> Channel:
    """One volume as a channel, under its name or its number; errors as those of :func:`prepare`."""
    if isinstance(image, ArrayImage):
        name = image.name or f"Volume {number}"
        array, grid = image.array, image.grid
        _check_array(array, grid, name)
    else:
        name = f"Volume {number}"
        _check_image(image, name)
        array, grid = sitk.GetArrayViewFromImage(image), Grid.of(image)
    if grid.is_sheared():
        raise GeometryError(f"{name} has a sheared grid: resample it to one with axes at right angles.")
    array, padding = without_padding(array, strided_sample(array))
    center, scale = _center_and_scale(array, name)
    return Channel(array, name, grid, center, scale, image, padding or getattr(image, "padding", ()))


def _check_array(array: np.ndarray, grid: Grid, name: str) -> None:
    if array.ndim == 4:
        raise VolumeTypeError(f"{name} has several components a voxel (RGB or vector): choose a scalar volume.")
    if array.ndim != 3:
        raise GeometryError(f"{name} has {array.ndim} dimensions: choose a volume with three.")
    if array.dtype.kind not in "biuf":
        raise VolumeTypeError(f"{name} has voxels of type {array.dtype}: choose a scalar volume.")
    if array.size == 0:
        raise VolumeTypeError(f"{name} has no voxels: choose another volume.")
    if array.shape[::-1] != tuple(grid.size):
        raise GeometryError(f"{name} has {array.shape[::-1]} voxels but a grid of {grid.size}: these must be equal.")


def _check_image(image: sitk.Image, name: str) -> None:
    if not isinstance(image, sitk.Image):
        raise VolumeTypeError(f"{name} is a {type(image).__name__}: give a SimpleITK.Image or an ArrayImage.")
    if image.GetDimension() != 3:
        raise GeometryError(f"{name} has {image.GetDimension()} dimensions: choose a volume with three.")
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise VolumeTypeError(f"{name} has several components a voxel (RGB or vector): choose a scalar volume.")
    kind = image.GetPixelIDTypeAsString()
    if "complex" in kind or "label" in kind:
        raise VolumeTypeError(f"{name} holds voxels of type {kind}: choose a scalar volume.")
    if image.GetNumberOfPixels() == 0:
        raise VolumeTypeError(f"{name} has no voxels: choose another volume.")


def _center_and_scale(array: np.ndarray, name: str) -> tuple[float, float]:
    sample = strided_sample(array).astype(np.float64).ravel()
    sample = sample[np.isfinite(sample)]
    distinct = np.unique(sample[:: max(1, sample.size // _VALUES)])
    if distinct.size < 2:
        distinct = np.unique(sample)
    if distinct.size > 1:
        center = float(np.median(distinct))
        return _rounded(center, float(np.median(np.abs(distinct - center))) or float(np.ptp(distinct)))
    # The sample may have missed what little there is, so this rare case alone looks at every voxel.
    center, scale = _of_every_voxel(array, sample[0] if sample.size else None)
    if center is None:
        raise VolumeTypeError(f"{name} has no finite voxel: choose another volume.")
    return center, scale if scale > 0 else 1.0


def _rounded(center: float, scale: float) -> tuple[float, float]:
    """A power of two and a multiple of it: what is standardized by these loses nothing to rounding."""
    scale = 2.0 ** np.clip(round(np.log2(scale)), -100, 100)
    return float(np.rint(center / scale) * scale), float(scale)


def _of_every_voxel(array: np.ndarray, center: float | None) -> tuple[float | None, float]:
    """A center, that of the first slice with a value where none is given, and the standard deviation.

    Slice by slice: a copy of the whole volume might not fit.
    """
    count, total, squares = 0, 0.0, 0.0
    for plane in array:
        if center is not None and plane.min() == plane.max() == center:
            count += plane.size
            continue
        values = plane[np.isfinite(plane)].astype(np.float64)
        if center is None and values.size:
            center = float(np.median(values))
        if values.size:
            values -= center
            count += values.size
            total += float(values.sum())
            squares += float(values @ values)
    if center is None:
        return None, 0.0
    return float(center), float(np.sqrt(max(squares / count - (total / count) ** 2, 0.0)))


def _hold_the_same(one: Channel, other: Channel) -> bool:
    if (one.center, one.scale) != (other.center, other.scale):
        return False
    a, b = one.array, other.array
    nan = _may_be_nan(a, b)
    if not np.array_equal(strided_sample(a), strided_sample(b), equal_nan=nan):
        return False
    # Equal in the sample: only now, and only up to the first difference, is every voxel looked at.
    return all(np.array_equal(p, q, equal_nan=nan) for p, q in zip(a, b))


def _may_be_nan(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype.kind == "f" and b.dtype.kind == "f"
