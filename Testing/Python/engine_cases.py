"""Volumes that the engine's tests share: small synthetic ones, and the real sets where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

DATA = Path(os.environ.get("MULTIMODAL_SEGMENTATION_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

REAL = {
    "infant": (
        ["infant-dcan-T02/T1w_brain.nii.gz", "infant-dcan-T02/T2w_brain.nii.gz"],
        [(69, 119, 50), (89, 63, 42), (47, 119, 47), (40, 124, 82)],
    ),
    "spm": (
        ["spm-avg152/avg152T1.nii.gz", "spm-avg152/avg152T2.nii.gz", "spm-avg152/avg152PD.nii.gz"],
        [(36, 21, 43), (34, 33, 35), (67, 42, 41), (28, 57, 61)],
    ),
    "cord": (
        ["spinalcord-sct-mt/mt0.nii.gz", "spinalcord-sct-mt/mt1.nii.gz"],
        [(20, 17, 2), (19, 19, 1), (24, 19, 1), (21, 17, 3)],
    ),
}


def real_set(name):
    """A real set's volumes, as float32 of the first one's grid, and its seeds."""
    if not DATA.is_dir():
        pytest.skip(f"the real volumes are not at {DATA} (MULTIMODAL_SEGMENTATION_DATA names another folder)")
    paths, seeds = REAL[name]
    images = [sitk.ReadImage(str(DATA / path), sitk.sitkFloat32) for path in paths]
    for image in images[1:]:
        image.CopyInformation(images[0])
    return images, seeds


def image_of(array, spacing=(1.0, 1.0, 1.0)):
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing(spacing)
    return image


def array_of(image):
    return sitk.GetArrayFromImage(image)


def two_tissues(shape=(40, 50, 60), channels=2, noise=8.0, seed=0, dtype=np.float64):
    """Blobs of one tissue in another; returns arrays (z, y, x) and the mask of the blobs."""
    rng = np.random.default_rng(seed)
    pattern = ndimage.gaussian_filter(rng.standard_normal(shape), 4.0)
    blobs = pattern > 0.0
    contrasts = [(100.0, 160.0), (150.0, 90.0), (60.0, 85.0)][:channels]
    arrays = [np.where(blobs, b, a) + noise * rng.standard_normal(shape) for a, b in contrasts]
    return [a.astype(dtype) for a in arrays], blobs


def deep_seeds(mask, count):
    """Voxels (i, j, k) far inside a mask and far from each other."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1, 1:-1]
    seeds = []
    for _ in range(count):
        at = np.unravel_index(depth.argmax(), depth.shape)
        seeds.append(tuple(int(v) for v in at[::-1]))
        depth[tuple(slice(max(0, v - 5), v + 6) for v in at)] = 0
    return seeds


def grown_by_itk(channels, seeds, multiplier, iterations=0, radius=1):
    """Region (z, y, x), mean, covariance and multiplier of SimpleITK's own filter."""
    image_filter = sitk.VectorConfidenceConnectedImageFilter()
    image_filter.SetSeedList([tuple(s) for s in seeds])
    image_filter.SetMultiplier(multiplier)
    image_filter.SetNumberOfIterations(iterations)
    image_filter.SetInitialNeighborhoodRadius(radius)
    image_filter.SetReplaceValue(1)
    region = array_of(image_filter.Execute(sitk.Compose(channels)))
    count = len(channels)
    return (
        region,
        np.array(image_filter.GetMean()),
        np.array(image_filter.GetCovariance()).reshape(count, count),
        image_filter.GetMultiplier(),
    )


def lesion_volumes(shape, center=None, spacing=(0.5, 0.5, 1.0), seed=0):
    """Two float32 images with a ball of 20 mm, and its center (i, j, k)."""
    rng = np.random.default_rng(seed)
    center = center or tuple(n // 2 for n in shape)
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    squared = sum(((a - c) * s) ** 2 for a, c, s in zip(axes, center, spacing[::-1]))
    ball = squared < 100.0
    images = []
    for outside, inside in ((100, 160), (120, 60)):
        noise = rng.standard_normal((min(shape[0], 24), *shape[1:]), dtype=np.float32)
        noise *= 8
        noise += outside
        array = np.resize(noise, shape)
        array[ball] += inside - outside
        images.append(image_of(array, spacing))
    return images, center[::-1]
