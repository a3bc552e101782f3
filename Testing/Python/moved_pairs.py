"""Pairs of volumes of which one was moved by a transform that is known, and how far from it an answer is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage


@dataclass(frozen=True, eq=False)
class MovedPair:
    """``truth`` takes points of ``fixed`` to points of ``moving``; ``corners`` (8, 3) are those of the object's box."""

    name: str
    fixed: sitk.Image
    moving: sitk.Image
    truth: sitk.Transform
    corners: np.ndarray

    def error(self, transform: sitk.Transform) -> float:
        """The largest distance in mm from the truth at a corner of the object."""
        return max(
            float(np.linalg.norm(np.subtract(transform.TransformPoint(c), self.truth.TransformPoint(c))))
            for c in self.corners.tolist()
        )


@dataclass(frozen=True)
class Change:
    """What is done to the moving volume: a turn and a shift in random directions, another grid, a slab of 45 to 60 % of
    its field of view, a bias field of ± ``bias``, ``fill`` outside of what was scanned."""

    degrees: float = 0.0
    mm: float = 0.0
    other_grid: bool = True
    slab: bool = False
    bias: float = 0.0
    fill: float = 0.0


def moved_pair(name: str, fixed: sitk.Image, other: sitk.Image, change: Change, seed: int) -> MovedPair:
    """``other`` lies on ``fixed``; its moved copy does not."""
    rng = np.random.default_rng(seed)
    corners = object_corners(fixed)
    truth = sitk.VersorRigid3DTransform()
    truth.SetCenter(corners.mean(axis=0).tolist())
    truth.SetRotation(_direction(rng).tolist(), float(np.radians(change.degrees)))
    truth.SetTranslation((_direction(rng) * change.mm).tolist())
    moving = _resampled(other, truth, change, rng)
    if change.bias:
        moving = with_bias(moving, change.bias, rng)
    return MovedPair(name, fixed, moving, truth, corners)


def object_corners(image: sitk.Image) -> np.ndarray:
    """The corners (8, 3), mm, of the box around what is brighter than Otsu's threshold, single voxels aside."""
    image = sitk.Cast(image, sitk.sitkFloat32)
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.Execute(image)
    inside = ndimage.binary_opening(sitk.GetArrayViewFromImage(image) > otsu.GetThreshold())
    kji = np.argwhere(inside)
    ends = zip(kji.min(axis=0)[::-1].tolist(), kji.max(axis=0)[::-1].tolist())
    return np.array([image.TransformIndexToPhysicalPoint(corner) for corner in itertools.product(*ends)])


def with_bias(image: sitk.Image, strength: float, rng: np.random.Generator) -> sitk.Image:
    """The image times a smooth field that falls from 1 + ``strength`` to 1 - ``strength`` across it."""
    array = sitk.GetArrayFromImage(sitk.Cast(image, sitk.sitkFloat32))
    result = sitk.GetImageFromArray((array * bias_field(array.shape, strength, rng)).astype(np.float32))
    result.CopyInformation(image)
    return result


def bias_field(shape: tuple[int, ...], strength: float, rng: np.random.Generator) -> np.ndarray:
    axes = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    weights = rng.normal(size=3)
    slope = sum(w * axis for w, axis in zip(weights / np.abs(weights).sum(), axes))
    return 1 + strength * np.tanh(1.5 * slope)


def torso(seed: int) -> tuple[sitk.Image, sitk.Image]:
    """A CT-like and a PET-like volume of the same organs, ellipsoids in an oval body; 3 mm voxels."""
    rng = np.random.default_rng(seed)
    shape = (90, 110, 130)
    z, y, x = (3.0 * (axis - (n - 1) / 2) for axis, n in zip(np.ogrid[tuple(slice(n) for n in shape)], shape))
    ct, pet = np.full(shape, -1000.0), np.full(shape, 0.05)
    body = ((x / 170) ** 2 + (y / 120) ** 2 < 1) & (np.abs(z) < 1e9)
    inner = ((x / 150) ** 2 + (y / 100) ** 2 < 1) & body
    for part, density, uptake in ((body, -80.0, 0.3), (inner, 40.0, 0.8)):
        ct[part], pet[part] = density, uptake
    for _ in range(14):
        center, radii = rng.uniform(-1, 1, 3) * [110, 70, 110], rng.uniform(12, 50, 3)
        organ = sum(((axis - c) / r) ** 2 for axis, c, r in zip((z, y, x), center, radii)) < 1
        organ &= body
        ct[organ], pet[organ] = rng.choice([-800, 20, 60, 120, 300, 900]), rng.choice([0.2, 0.5, 1.5, 3, 6])
    ct = ndimage.gaussian_filter(ct, 0.5) + rng.normal(0, 15, shape)
    pet = ndimage.gaussian_filter(pet, 1.5)
    pet = np.maximum(pet + rng.normal(0, 0.15, shape) * np.sqrt(np.maximum(pet, 0.1)), 0)
    images = [sitk.GetImageFromArray(array.astype(np.float32)) for array in (ct, pet)]
    for image in images:
        image.SetSpacing((3.0, 3.0, 3.0))
        image.SetOrigin((-193.5, -163.5, -133.5))
    return images[0], images[1]


def _resampled(image: sitk.Image, truth: sitk.Transform, change: Change, rng: np.random.Generator) -> sitk.Image:
    spacing, size = np.array(image.GetSpacing()), np.array(image.GetSize())
    axes = np.array(image.GetDirection()).reshape(3, 3)
    middle = np.array(image.TransformContinuousIndexToPhysicalPoint(((size - 1) / 2).tolist()))
    new = spacing * ([1.1, 1.0, rng.uniform(1.2, 2.5)] if change.other_grid else [1.0, 1.0, 1.0])
    if change.other_grid:
        middle = middle + rng.uniform(-5, 5, 3)
    count = np.ceil(spacing * size * 1.05 / new).astype(int)
    first, last = np.zeros(3, int), count.copy()
    if change.slab:
        axis = rng.integers(3)
        kept = int(count[axis] * rng.uniform(0.45, 0.6))
        first[axis] = rng.integers(int(count[axis] * 0.15), count[axis] - kept - int(count[axis] * 0.1) + 1)
        last[axis] = first[axis] + kept
    resample = sitk.ResampleImageFilter()
    resample.SetSize((last - first).tolist())
    resample.SetOutputSpacing(new.tolist())
    resample.SetOutputOrigin((middle + axes @ ((first - (count - 1) / 2) * new)).tolist())
    resample.SetOutputDirection(axes.ravel().tolist())
    resample.SetTransform(truth.GetInverse())
    resample.SetDefaultPixelValue(change.fill)
    resample.SetOutputPixelType(sitk.sitkFloat32)
    return resample.Execute(image)


def _direction(rng: np.random.Generator) -> np.ndarray:
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)
