#!/usr/bin/env python3
"""Several tissues of a case at once, against one at a time, SimpleITK's filter and Slicer's GrowCut.

    python3 Testing/Benchmarks/tissues_comparison.py [--clicks 12] [--only NAME]

The simulated user starts with a voxel well inside each tissue. After each result they click once a tissue, into the
middle of the biggest error of its region: where it leaks into another tissue that one gets a seed, where it leaks into
none an exclusion seed, where something is missing the tissue itself. One at a time, each tissue has a user of its own
with as many clicks, whose leaks always get exclusion seeds. SimpleITK's filter and GrowCut get the points of the first
user's last click: the filter those of each tissue, GrowCut all of them as blobs of 3 x 3 x 3 voxels on the first
volume, the exclusion seeds as one more label.

Prints a Markdown table of the mean Dice coefficient over the tissues. Needs the data folder beside the checkout
(``shared/data``), or in MULTIMODAL_SEGMENTATION_DATA, and for GrowCut the package ``slicer-core``.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from scipy import ndimage
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from MultiModalSegmentationLib import Segmenter, grow_tissues
from MultiModalSegmentationLib.explaining.comparison import dice

DATA = Path(os.environ.get("MULTIMODAL_SEGMENTATION_DATA", Path(__file__).parents[3] / "shared" / "data"))
METHODS = ("all at once", "one at a time", "SimpleITK", "GrowCut")

Masks = dict[str, np.ndarray]
Voxel = tuple[int, int, int]


@dataclass
class Case:
    """Volumes of one grid, and where (z, y, x) each tissue truly is."""

    name: str
    images: list[sitk.Image]
    truth: Masks


def cases() -> list[Case]:
    return [_average_brain(), _infant(), *(_tumor(seed) for seed in (1, 2))]


def _read(path: Path) -> sitk.Image:
    return sitk.ReadImage(str(path), sitk.sitkFloat32)


def _average_brain() -> Case:
    folder = DATA / "spm-avg152"
    shares = np.stack([sitk.GetArrayFromImage(_read(folder / f"{n}.nii.gz")) for n in ("white", "grey", "csf")])
    largest = shares.argmax(axis=0)
    truth = {name: (largest == n) & (shares[n] > 0.5) for n, name in enumerate(("white", "gray", "CSF"))}
    return Case("average brain, T1 + T2 + PD", [_read(folder / f"avg152{n}.nii.gz") for n in ("T1", "T2", "PD")], truth)


def _infant() -> Case:
    folder = DATA / "infant-dcan-T02"
    labels = np.rint(sitk.GetArrayFromImage(_read(folder / "segmentation.nii.gz")))
    values = {"white": (2, 41), "gray": (3, 42), "CSF": (4, 5, 14, 15, 24, 43, 44)}
    images = [_read(folder / f"{name}_brain.nii.gz") for name in ("T1w", "T2w")]
    return Case("infant, T1 + T2", images, {name: np.isin(labels, some) for name, some in values.items()})


def _tumor(seed: int) -> Case:
    """A core in an edema in a brain whose white and gray matter look like either of them on one volume."""
    rng = np.random.default_rng(seed)
    shape = (56, 72, 72)
    z, y, x = np.ogrid[[slice(n) for n in shape]]
    wavy = 3.0 * ndimage.zoom(rng.standard_normal((6, 7, 7)), np.divide(shape, (6, 7, 7)), order=3)
    away = np.sqrt((z - 28.0) ** 2 + (y - 34.0) ** 2 + (x - 36.0) ** 2) + wavy
    core, edema = away < 9, (away >= 9) & (away < 17)
    gray = (ndimage.gaussian_filter(rng.standard_normal(shape), 5) > 0) & (away >= 17)
    shades = {"base": (100, 100), "gray": (70, 130), "edema": (72, 170), "core": (98, 168)}
    images = []
    for channel in (0, 1):
        clean = np.full(shape, float(shades["base"][channel]))
        for name, mask in (("gray", gray), ("edema", edema), ("core", core)):
            clean[mask] = shades[name][channel]
        noisy = ndimage.gaussian_filter(clean, 0.6) + rng.normal(0, 6, shape)
        images.append(sitk.GetImageFromArray(noisy.astype(np.float32)))
    return Case(f"made tumor {seed}", images, {"core": core, "edema": edema})


class User:
    """Points of all tissues, and the exclusion seeds; clicks once a tissue."""

    def __init__(self, case: Case) -> None:
        self.case = case
        rng = np.random.default_rng(0)
        self.seeds = {name: [first_seed(mask, case.images, rng)] for name, mask in case.truth.items()}
        self.exclusion_seeds: list[Voxel] = []

    def click(self, regions: Masks) -> None:
        truth = self.case.truth
        for name, region in regions.items():
            missing, add = middle_of_biggest(truth[name] & ~region)
            leaked, remove = middle_of_biggest(region & ~truth[name])
            at = remove if leaked >= missing else add
            if at is not None and not self._is_taken(at):
                home = next((other for other in truth if truth[other][at[::-1]]), None)
                (self.seeds[home] if home else self.exclusion_seeds).append(at)

    def _is_taken(self, at: Voxel) -> bool:
        return at in self.exclusion_seeds or any(at in some for some in self.seeds.values())


def all_at_once(case: Case, clicks: int) -> tuple[list[Masks], User, list[float]]:
    segmenter, user, results, seconds = Segmenter(case.images), User(case), [], []
    for _ in range(clicks + 1):
        started = time.perf_counter()
        grown = grow_tissues(segmenter, user.seeds, exclusion_seeds=user.exclusion_seeds)
        seconds.append(time.perf_counter() - started)
        results.append({name: sitk.GetArrayFromImage(one.region) > 0 for name, one in grown.items()})
        if len(results) <= clicks:
            user.click(results[-1])
    return results, user, seconds


def one_at_a_time(case: Case, clicks: int) -> Masks:
    segmenter = Segmenter(case.images)
    found = {}
    for name, mask in case.truth.items():
        alone = Case(case.name, case.images, {name: mask})
        user = User(alone)
        for number in range(clicks + 1):
            grown = segmenter.grow(user.seeds[name], exclusion_seeds=user.exclusion_seeds)
            found[name] = sitk.GetArrayFromImage(grown.region) > 0
            if number < clicks:
                user.click({name: found[name]})
    return found


def by_itk(case: Case, user: User) -> Masks:
    step = min(0.125, 0.25 * min(case.images[0].GetSpacing()) ** 2)
    smooth = [sitk.CurvatureFlow(image, timeStep=step, numberOfIterations=5) for image in case.images]
    channels = sitk.Compose(smooth)

    def grow(seeds: list[Voxel]) -> np.ndarray:
        region = sitk.VectorConfidenceConnected(
            channels, seeds, numberOfIterations=0, multiplier=3.5, initialNeighborhoodRadius=1
        )
        return sitk.GetArrayFromImage(region) > 0

    return {name: grow(seeds) for name, seeds in user.seeds.items()}


def by_grow_cut(case: Case, user: User) -> Masks:
    labels = np.zeros(sitk.GetArrayViewFromImage(case.images[0]).shape, np.uint8)
    groups = [*user.seeds.values(), user.exclusion_seeds]
    for value, seeds in enumerate(groups, 1):
        for i, j, k in seeds:
            labels[max(0, k - 1) : k + 2, max(0, j - 1) : j + 2, max(0, i - 1) : i + 2] = value
    cut = slicer.vtkImageGrowCutSegment()
    cut.SetIntensityVolume(_vtk_image(sitk.GetArrayFromImage(case.images[0]), case.images[0]))
    cut.SetSeedLabelVolume(_vtk_image(labels, case.images[0]))
    cut.Update()
    found = vtk_to_numpy(cut.GetOutput().GetPointData().GetScalars()).reshape(labels.shape)
    return {name: found == value for value, name in enumerate(user.seeds, 1)}


def _vtk_image(array: np.ndarray, image: sitk.Image) -> vtk.vtkImageData:
    result = vtk.vtkImageData()
    result.SetDimensions(array.shape[::-1])
    result.SetSpacing(image.GetSpacing())
    result.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True))
    return result


def first_seed(target: np.ndarray, images: list[sitk.Image], rng: np.random.Generator) -> Voxel:
    """A typical voxel well inside the target: what a person would click first."""
    depth = ndimage.distance_transform_edt(target)
    channels = np.stack([sitk.GetArrayViewFromImage(image) for image in images])
    median = np.median(channels[:, target], axis=1)[:, None, None, None]
    spread = 1.4826 * np.median(np.abs(channels - median)[:, target], axis=1)[:, None, None, None] + 1e-6
    for least, width in ((2, 0.5), (1.4, 0.5), (1, 1), (1, 9)):
        candidates = np.argwhere((depth >= least) & (np.abs(channels - median) / spread < width).all(axis=0))
        if len(candidates) >= 16:
            break
    return tuple(int(v) for v in candidates[rng.integers(len(candidates))][::-1])


def middle_of_biggest(error: np.ndarray) -> tuple[int, Voxel | None]:
    """Size of the biggest connected part, and its voxel farthest inside."""
    parts, count = ndimage.label(error)
    if not count:
        return 0, None
    sizes = np.bincount(parts.ravel())[1:]
    number = int(sizes.argmax()) + 1
    depth = ndimage.distance_transform_edt(np.pad(parts == number, 1))[1:-1, 1:-1, 1:-1]
    return int(sizes[number - 1]), tuple(int(v) for v in np.unravel_index(depth.argmax(), depth.shape)[::-1])


def mean_dice(found: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray]) -> float:
    return float(np.mean([dice(found[name], truth[name]) for name in truth]))


def table(chosen: list[Case], clicks: int, show: Callable[[str], None]) -> None:
    show(f"| case | {' | '.join(METHODS)} | first click of all at once | seconds a click |")
    show("| --- |" + " --- |" * (len(METHODS) + 2))
    rows = []
    for case in chosen:
        results, user, seconds = all_at_once(case, clicks)
        found = [results[-1], one_at_a_time(case, clicks), by_itk(case, user), by_grow_cut(case, user)]
        rows.append([mean_dice(one, case.truth) for one in found])
        each = ", ".join(f"{name} {dice(results[-1][name], mask):.2f}" for name, mask in case.truth.items())
        first = mean_dice(results[0], case.truth)
        cells = " | ".join(f"{value:.3f}" for value in rows[-1])
        show(f"| {case.name} ({each}) | {cells} | {first:.3f} | {np.median(seconds):.2f} |")
    show(f"| mean | {' | '.join(f'{value:.3f}' for value in np.mean(rows, axis=0))} | | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=12)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = [case for case in cases() if options.only in case.name]
    table(chosen, options.clicks, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
