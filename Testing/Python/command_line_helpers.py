"""Small image files, and the command line called on them, for its tests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from MultiModalSegmentationLib.command.main import main

DATA = Path(os.environ.get("MULTIMODAL_SEGMENTATION_DATA") or Path(__file__).parents[3] / "shared" / "data")

SEED = (12, 11, 9)
SIZE = (26, 24, 20)
SPACING = (1.5, 1.25, 2.0)
ORIGIN = (-10.0, 7.0, 3.0)


def image(array: np.ndarray, spacing: Sequence[float] = SPACING, origin: Sequence[float] = ORIGIN) -> sitk.Image:
    result = sitk.GetImageFromArray(array)
    result.SetSpacing(spacing)
    result.SetOrigin(origin)
    return result


def ball(center: Sequence[int], radius: float) -> np.ndarray:
    k, j, i = np.mgrid[: SIZE[2], : SIZE[1], : SIZE[0]]
    return (i - center[0]) ** 2 + (j - center[1]) ** 2 + (k - center[2]) ** 2 <= radius**2


def two_volumes() -> tuple[sitk.Image, sitk.Image]:
    """A ball around ``SEED``, and each volume with another neighbor that looks the same on it: int16 and float32."""
    random = np.random.default_rng(7)
    tissue, left, right = ball(SEED, 5), ball((5, 11, 9), 4), ball((19, 11, 9), 4)
    t1 = np.where(tissue | left, 300, 100) + random.normal(0, 12, tissue.shape)
    t2 = np.where(tissue | right, 5.0, 1.0) + random.normal(0, 0.3, tissue.shape)
    return image(t1.astype(np.int16)), image(t2.astype(np.float32))


def write_two_volumes(folder: Path) -> list[str]:
    """``T1.nrrd`` and ``T2.nii.gz`` in the folder."""
    paths = [folder / "T1.nrrd", folder / "T2.nii.gz"]
    for volume, path in zip(two_volumes(), paths):
        sitk.WriteImage(volume, str(path))
    return [str(path) for path in paths]


def seed_options(*seeds: Sequence[int]) -> list[str]:
    return [f"--seed={','.join(map(str, seed))}" for seed in seeds or (SEED,)]


def segment(volumes: Sequence[str | Path], *options: str | Path) -> int:
    return main(["segment", *map(str, volumes), *map(str, options)])


def read_array(path: Path | str) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def smoothed_by_itk(path: Path | str, time_step: float = 0.125, iterations: int = 5) -> sitk.Image:
    return sitk.CurvatureFlow(sitk.ReadImage(str(path), sitk.sitkFloat32), time_step, iterations)


def multimodal_by_itk(channels: Sequence[sitk.Image], seeds: Sequence[Sequence[int]], **parameters) -> np.ndarray:
    """0/1 by ``SimpleITK.VectorConfidenceConnected``; multiplier, iterations and radius by keyword."""
    grown = sitk.VectorConfidenceConnected(
        sitk.Compose(list(channels)),
        seedList=[tuple(seed) for seed in seeds],
        numberOfIterations=parameters["iterations"],
        multiplier=parameters["multiplier"],
        initialNeighborhoodRadius=parameters["radius"],
        replaceValue=1,
    )
    return sitk.GetArrayFromImage(grown)


def unimodal_by_itk(channel: sitk.Image, seeds: Sequence[Sequence[int]], **parameters) -> np.ndarray:
    """0/1 by ``SimpleITK.ConfidenceConnected``."""
    grown = sitk.ConfidenceConnected(
        channel,
        seedList=[tuple(seed) for seed in seeds],
        numberOfIterations=parameters["iterations"],
        multiplier=parameters["multiplier"],
        initialNeighborhoodRadius=parameters["radius"],
        replaceValue=1,
    )
    return sitk.GetArrayFromImage(grown)
