#!/usr/bin/env python3
"""What was tried for exclusion seeds, side by side, with a simulated user of its own.

    python3 clicks_comparison.py [--clicks 12] [--starts 1] [--noise 0] [--crop N] [--methods NAME,NAME]

The user starts with a voxel well inside the target. After each result they click into the deepest voxel of the
biggest connected error: an exclusion seed in a leak, a seed where something is missing. Prints a Markdown table: the
mean over the cases of the first, best and last Dice coefficient and of the biggest single drop.

Needs the data folder beside the checkout (``shared/data``), or in MULTIMODAL_SEGMENTATION_DATA.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from MultiModalSegmentationLib import Segmenter, SmoothingParameters

DATA = Path(os.environ.get("MULTIMODAL_SEGMENTATION_DATA", Path(__file__).parents[3] / "shared" / "data"))
MULTIPLIER = 3.5
PROTOTYPE_MM = 15.0


class Case:
    """Smoothed channels (C, z, y, x), the target and the spacing along z, y, x."""

    def __init__(self, entry: dict, noise: float, crop: int | None) -> None:
        images = [sitk.ReadImage(str(DATA / v), sitk.sitkFloat32) for v in entry["volumes"]]
        labels = sitk.GetArrayFromImage(sitk.ReadImage(str(DATA / entry["labels"]), sitk.sitkFloat32))
        target = np.isin(np.rint(labels), entry["values"]) if "values" in entry else labels > 0.5
        rng = np.random.default_rng(0)
        arrays = [sitk.GetArrayFromImage(i) for i in images]
        arrays = [(a + rng.normal(size=a.shape) * noise * a.std()).astype(np.float32) for a in arrays]
        if crop is not None:
            box = ndimage.find_objects(target.astype(np.uint8))[0]
            box = tuple(slice(max(0, s.start - crop), s.stop + crop) for s in box)
            target, arrays = target[box], [a[box] for a in arrays]
        self.name, self.target = entry["name"], target
        self.spacing = images[0].GetSpacing()[::-1]
        self.raw = np.stack(arrays)
        self.images = [sitk.GetImageFromArray(a) for a in arrays]
        for image in self.images:
            image.SetSpacing(images[0].GetSpacing())
        step = min(0.125, 0.25 * min(self.spacing) ** 2)
        self.smooth = [sitk.CurvatureFlow(i, timeStep=step, numberOfIterations=5) for i in self.images]
        self.channels = np.stack([sitk.GetArrayFromImage(i) for i in self.smooth])
        self.spread = self.channels[:, ::2, ::2, ::2].std(axis=(1, 2, 3))
        self.segmenter = Segmenter(self.images, SmoothingParameters())


def box_values(case: Case, seed: tuple) -> np.ndarray:
    around = tuple(slice(max(0, v - 1), v + 2) for v in seed)
    return case.channels[(slice(None), *around)].reshape(len(case.channels), -1).astype(float)


def squared_distance(case: Case, mean: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    centered = case.channels - mean.astype(np.float32)[:, None, None, None]
    return np.einsum("aijk,ab,bijk->ijk", centered, inverse.astype(np.float32), centered, optimize=True)


def connected(accepted: np.ndarray, seeds: list[tuple]) -> np.ndarray:
    for seed in seeds:
        accepted[seed] = True
    parts, _ = ndimage.label(accepted)
    return np.isin(parts, [parts[seed] for seed in seeds])


def pooled(case: Case, seeds: list[tuple], share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Region, mean and inverse covariance; ``share`` of each channel's own spread is added to the covariance."""
    values = np.concatenate([box_values(case, s) for s in seeds], axis=1)
    mean = values.mean(axis=1)
    inverse = np.linalg.inv(np.cov(values) + np.diag((share * case.spread) ** 2))
    return connected(squared_distance(case, mean, inverse) <= MULTIPLIER**2, seeds), mean, inverse


def itk(case: Case, seeds: list[tuple], _: list[tuple]) -> np.ndarray:
    """SimpleITK's own filter, which knows no exclusion seeds."""
    indices = [s[::-1] for s in seeds]
    region = sitk.VectorConfidenceConnected(
        sitk.Compose(case.smooth), indices, numberOfIterations=0, multiplier=MULTIPLIER, initialNeighborhoodRadius=1
    )
    return sitk.GetArrayFromImage(region) > 0


def no_exclusion(share: float):
    return lambda case, seeds, _: pooled(case, seeds, share)[0]


def local_cost(share: float):
    """Prototype: out where the cheapest seed, by intensity and by millimeters, is an exclusion seed."""

    def grow(case: Case, seeds: list[tuple], exclusion_seeds: list[tuple]) -> np.ndarray:
        region, _, inverse = pooled(case, seeds, share)
        places = np.indices(region.shape, dtype=np.float32)

        def cheapest(group: list[tuple]) -> np.ndarray:
            best = np.full(region.shape, np.inf, np.float32)
            for seed in group:
                cost = squared_distance(case, box_values(case, seed).mean(axis=1), inverse)
                for place, v, h in zip(places, seed, case.spacing):
                    cost = cost + ((place - v) * (h / PROTOTYPE_MM)) ** 2
                np.minimum(best, cost, out=best)
            return best

        return connected(region & (cheapest(seeds) < cheapest(exclusion_seeds)), seeds) if exclusion_seeds else region

    return grow


def watershed(share: float):
    """Prototype: inside the region, seeded watershed on the multi-channel gradient."""

    def grow(case: Case, seeds: list[tuple], exclusion_seeds: list[tuple]) -> np.ndarray:
        region = pooled(case, seeds, share)[0]
        if not exclusion_seeds:
            return region
        slopes = np.zeros(region.shape, np.float32)
        for channel, spread in zip(case.channels, case.spread):
            for axis, h in enumerate(case.spacing):
                slopes += (np.gradient(channel, axis=axis) / (spread * h)) ** 2
        slopes = np.where(region, np.sqrt(slopes), np.float32(1e3)).astype(np.float32)
        markers = np.zeros(region.shape, np.uint8)
        for label, group in ((2, exclusion_seeds), (1, seeds)):
            for seed in group:
                markers[seed] = label
        parts = sitk.MorphologicalWatershedFromMarkers(
            sitk.GetImageFromArray(slopes), sitk.GetImageFromArray(markers), markWatershedLine=False
        )
        return connected(region & (sitk.GetArrayFromImage(parts) == 1), seeds)

    return grow


def library(case: Case, seeds: list[tuple], exclusion_seeds: list[tuple]) -> np.ndarray:
    """The package's defaults."""
    result = case.segmenter.grow([s[::-1] for s in seeds], exclusion_seeds=[s[::-1] for s in exclusion_seeds])
    return sitk.GetArrayViewFromImage(result.region) > 0


METHODS = {
    "SimpleITK.VectorConfidenceConnected": itk,
    "pooled on boxes alone": no_exclusion(0.0),
    "pooled + tissue spread": no_exclusion(0.1),
    "local cost on boxes alone": local_cost(0.0),
    "local cost + tissue spread": local_cost(0.1),
    "watershed on boxes alone": watershed(0.0),
    "watershed + tissue spread": watershed(0.1),
    "library (votes along the way)": library,
}


WITHOUT_EXCLUSION = {"SimpleITK.VectorConfidenceConnected", "pooled on boxes alone", "pooled + tissue spread"}
"""Their user can only add seeds, as long as anything is missing."""


def first_click(case: Case, rng: np.random.Generator) -> tuple:
    depth = ndimage.distance_transform_edt(case.target)
    inside = case.raw[:, case.target]
    median = np.median(inside, axis=1)
    robust = 1.4826 * np.median(np.abs(inside - median[:, None]), axis=1) + 1e-6
    typical = np.abs(case.raw - median[:, None, None, None]) / robust[:, None, None, None]
    for least, width in ((2, 0.5), (1.4, 0.5), (1, 1), (1, 9)):
        candidates = np.argwhere((depth >= least) & (typical < width).all(axis=0))
        if len(candidates) >= 16:
            break
    return tuple(int(v) for v in candidates[rng.integers(len(candidates))])


def middle_of_biggest(error: np.ndarray) -> tuple[int, tuple | None]:
    parts, count = ndimage.label(error)
    if count == 0:
        return 0, None
    sizes = np.bincount(parts.ravel())[1:]
    number = int(sizes.argmax()) + 1
    depth = ndimage.distance_transform_edt(np.pad(parts == number, 1))[1:-1, 1:-1, 1:-1]
    return int(sizes[number - 1]), tuple(int(v) for v in np.unravel_index(depth.argmax(), depth.shape))


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * np.count_nonzero(a & b) / max(1, np.count_nonzero(a) + np.count_nonzero(b))


def session(case: Case, grow, excludes: bool, start: tuple, clicks: int) -> tuple[list[float], list[str], list[float]]:
    """Dice coefficients, the first and after each click; what was clicked; and what each result took, in seconds."""
    seeds, exclusion_seeds, trace, kinds, seconds = [start], [], [], [], []
    for _ in range(clicks + 1):
        began = time.perf_counter()
        region = grow(case, seeds, exclusion_seeds)
        seconds.append(time.perf_counter() - began)
        trace.append(dice(region, case.target))
        missing, add = middle_of_biggest(case.target & ~region)
        leaked, remove = middle_of_biggest(region & ~case.target)
        if excludes and leaked >= missing and remove:
            exclusion_seeds.append(remove)
            kinds.append("exclusion seed")
        elif add:
            seeds.append(add)
            kinds.append("seed")
        elif not (excludes and remove):
            break
    return trace, kinds[: len(trace) - 1], seconds


def biggest_drop(trace: list[float]) -> float:
    return max([0.0, *(a - b for a, b in itertools.pairwise(trace))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=12)
    parser.add_argument("--starts", type=int, default=1)
    parser.add_argument("--noise", type=float, default=0.0, help="SD of added noise, in SDs of each volume")
    parser.add_argument("--crop", type=int, default=None, help="voxels around the target; whole volumes without")
    parser.add_argument("--methods", default=",".join(METHODS))
    options = parser.parse_args()
    names = options.methods.split(",")
    cases = [Case(entry, options.noise, options.crop) for entry in json.loads((DATA / "cases.json").read_text())]
    print("| method | first | best | last | biggest drop |\n| --- | --- | --- | --- | --- |")
    for name in names:
        traces = [
            session(
                case,
                METHODS[name],
                name not in WITHOUT_EXCLUSION,
                first_click(case, np.random.default_rng(number)),
                options.clicks,
            )[0]
            for case in cases
            for number in range(options.starts)
        ]
        drops = [biggest_drop(t) for t in traces]
        figures = [np.mean([f(t) for t in traces]) for f in (lambda t: t[0], max, lambda t: t[-1])]
        print(f"| {name} | " + " | ".join(f"{v:.3f}" for v in [*figures, np.mean(drops)]) + " |", flush=True)


if __name__ == "__main__":
    main()
