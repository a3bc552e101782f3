#!/usr/bin/env python3
"""The engine against SimpleITK's own filters: side by side, alternating, medians, as a Markdown table.

    python Testing/Benchmarks/benchmark.py [--repeats 5] [--threads 2] [--plot FILE.png]

Each row runs both sides in turn, so that whatever else the machine does falls on both. Peak memory is measured in a
process of its own for each side (Linux only). The tutorial's calls are CurvatureFlow on each volume, Compose,
VectorConfidenceConnected; both sides grow the same region, which is checked.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from timing_plot import Series, draw_times

from MultiModalSegmentationLib import Edge, GrowingParameters, SeedStatistics, Segmenter, curvature_flow, grow
from MultiModalSegmentationLib.phantom.head import make_phantom

HEAD = (256, 256, 160)
SCAN = (512, 512, 300)
LESION_SPACING = (0.5, 0.5, 1.0)
MEMORY_SIDES = ("ours", "tutorial")


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of both sides, the ratio and what it has to be."""

    case: str
    against: str
    ours: float
    other: float
    target: str
    ratio: float
    met: bool


def itk_parameters(multiplier: float, iterations: int) -> GrowingParameters:
    return GrowingParameters(multiplier, iterations, 1, SeedStatistics.ITK)


def tutorial_smoothing(images: list[sitk.Image], time_step: float) -> sitk.Image:
    return sitk.Compose([sitk.CurvatureFlow(image, time_step, 5) for image in images])


def tutorial_growing(vector: sitk.Image, seeds: list, multiplier: float, iterations: int) -> sitk.Image:
    return sitk.VectorConfidenceConnected(vector, seeds, iterations, multiplier, 1, 1)


@cache
def head() -> tuple[list[sitk.Image], list]:
    phantom = make_phantom(HEAD)
    return [phantom.t1, phantom.t2], [tuple(seed) for seed in phantom.seeds]


def scan(
    size: tuple[int, int, int], diameter: float = 20.0, center: tuple[int, int, int] | None = None
) -> tuple[list[sitk.Image], tuple[int, int, int]]:
    """Two float32 volumes of noise with a ball in mm, and the ball's center (i, j, k)."""
    generator = np.random.default_rng(0)
    shape = size[::-1]
    center = center[::-1] if center else tuple(n // 2 for n in shape)
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    squared = sum(((a - c) * s) ** 2 for a, c, s in zip(axes, center, LESION_SPACING[::-1]))
    ball = squared < (diameter / 2) ** 2
    images = []
    for outside, inside in ((100, 160), (120, 60)):
        array = np.empty(shape, np.float32)
        for plane in array:
            generator.standard_normal(out=plane, dtype=np.float32)
            plane *= 8
            plane += outside
        array[ball] += inside - outside
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(LESION_SPACING)
        images.append(image)
    return images, center[::-1]


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def alternate(sides: list[Callable[[], object]], repeats: int) -> tuple[list[float], list[object]]:
    """Median seconds of each side, run in turn, and each side's last result."""
    times: list[list[float]] = [[] for _ in sides]
    results: list[object] = [None] * len(sides)
    for _ in range(repeats):
        for number, side in enumerate(sides):
            took, results[number] = seconds(side)
            times[number].append(took)
    return [statistics.median(t) for t in times], results


def compare(case: str, against: str, target: float, times: list[float]) -> Row:
    ours, other = times
    return Row(case, against, ours, other, f"{target:g} times as fast", other / ours, other / ours >= target)


def same_region(result: object, image: sitk.Image, tolerance: float) -> None:
    ours, theirs = sitk.GetArrayViewFromImage(result.region), sitk.GetArrayViewFromImage(image)
    different = np.count_nonzero(ours != theirs)
    print(f"  {result.voxel_count} voxels, {different} differ from SimpleITK's", file=sys.stderr)
    if different > tolerance * result.voxel_count:
        raise SystemExit("The two sides do not grow the same region: their times cannot be compared.")


def smoothing_rows(repeats: int) -> list[Row]:
    images, _ = head()
    step = Segmenter(images).time_step

    def theirs() -> list[sitk.Image]:
        return [sitk.CurvatureFlow(image, step, 5) for image in images]

    times, _ = alternate([lambda: [curvature_flow(image) for image in images], theirs], repeats)
    return [compare("curvature flow, 2 x 256 x 256 x 160, whole volume", "`SimpleITK.CurvatureFlow`", 3, times)]


def brain_rows(repeats: int) -> list[Row]:
    images, seeds = head()
    kept: dict[str, object] = {}

    def first() -> object:
        kept["ours"] = Segmenter(images)
        return kept["ours"].grow(seeds, itk_parameters(3.5, 1))

    def tutorial() -> sitk.Image:
        kept["theirs"] = tutorial_smoothing(images, kept["ours"].time_step)
        return tutorial_growing(kept["theirs"], seeds, 3.5, 1)

    times, results = alternate([first, tutorial], repeats)
    same_region(*results, 1e-4)
    rows = [compare("whole brain, first run (smooth + grow, 1 iteration)", "the tutorial's calls", 4, times)]
    again = [
        lambda: kept["ours"].grow(seeds, itk_parameters(3.0, 1)),
        lambda: tutorial_growing(kept["theirs"], seeds, 3.0, 1),
    ]
    warm, results = alternate(again, repeats)
    same_region(*results, 1e-4)
    rows.append(compare("the same, again with another multiplier", "the tutorial's growing call alone", 2, warm))
    rerun = [warm[0], times[1]]
    rows.append(compare("the same, again with another multiplier", "a whole rerun of the tutorial", 15, rerun))
    defaults, _ = alternate([lambda: Segmenter(images).grow(seeds), tutorial], repeats)
    rows.append(compare("whole brain with the defaults (pooled, half-way edge)", "the tutorial's calls", 4, defaults))
    channels = [curvature_flow(image) for image in images]
    vector = sitk.Compose(channels)
    five = [
        lambda: grow(channels, seeds, itk_parameters(2.5, 4)),
        lambda: tutorial_growing(vector, seeds, 2.5, 4),
    ]
    times, results = alternate(five, repeats)
    same_region(*results, 0.0)
    case = f"region of 5 passes, {results[0].voxel_count:,} voxels, smoothed before"
    return [*rows, compare(case, "`VectorConfidenceConnected`", 3, times)]


def lesion_rows(repeats: int) -> list[Row]:
    images, center = scan(SCAN)
    # At the same place with respect to the bricks that the engine works in.
    small, small_center = scan(tuple(n // 2 for n in SCAN), center=(128, 128, 86))
    kept: dict[str, Segmenter] = {}

    def first() -> object:
        kept["ours"] = Segmenter(images)
        return kept["ours"].grow([center], itk_parameters(3.5, 1))

    def tutorial() -> sitk.Image:
        vector = tutorial_smoothing(images, kept["ours"].time_step)
        return tutorial_growing(vector, [center], 3.5, 1)

    times, results = alternate([first, tutorial], repeats)
    same_region(*results, 1e-3)
    rows = [compare("20 mm lesion in 2 x 512 x 512 x 300, first run", "the tutorial's calls", 50, times)]
    second = (center[0] + 6, center[1] + 4, center[2])
    leak = (center[0] + 14, center[1], center[2])

    for edge in Edge:
        parameters = GrowingParameters(edge=edge)
        name = {Edge.HALF_WAY: "half-way edge (the defaults)", Edge.THRESHOLD: "pooled, edge at the threshold"}[edge]

        def fresh(parameters: GrowingParameters = parameters) -> object:
            kept["ours"] = Segmenter(images)
            return kept["ours"].grow([center], parameters)

        (ours, theirs), _ = alternate([fresh, tutorial], repeats)
        rows.append(compare(f"the same lesion, {name}", "the tutorial's calls", 50, [ours, theirs]))
        clicks = {
            "one more seed": lambda p=parameters: kept["ours"].grow([center, second], p),
            "one more exclusion seed": lambda p=parameters: kept["ours"].grow([center], p, exclusion_seeds=[leak]),
        }
        for what, click in clicks.items():
            (whole, more), _ = alternate([fresh, click], max(repeats, 15))
            share = more / whole
            rows.append(Row(f"{name}: {what}", "its first run", more, whole, "under 0.1", share, share < 0.1))

    def fresh() -> object:
        return Segmenter(images).grow([center])

    def fresh_small() -> object:
        return Segmenter(small).grow([small_center])

    (large, less), _ = alternate([fresh, fresh_small], max(repeats, 15))
    case = "scan size x 8 (256 x 256 x 150 to 512 x 512 x 300), same lesion"
    rows.append(Row(case, "itself", large, less, "at most 1.3", large / less, large / less <= 1.3))
    return rows


def peak_memory(side: str) -> float:
    """MB that a side needs on top of its inputs at its peak, for the lesion; runs in a process of its own."""
    images, center = scan(SCAN)
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    if side == "ours":
        Segmenter(images).grow([center], itk_parameters(3.5, 1))
    else:
        tutorial_growing(tutorial_smoothing(images, 0.0625), [center], 3.5, 1)
    return _memory("VmHWM") - before


def _memory(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024.0


def memory_rows(threads: int) -> list[Row]:
    if not Path("/proc/self/clear_refs").exists():
        return []
    peaks = []
    for side in MEMORY_SIDES:
        command = [sys.executable, __file__, "--memory", side, "--threads", str(threads)]
        peaks.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    inputs = 2 * np.prod(SCAN) * 4 / 2**20
    share = peaks[0] / inputs
    case = f"the same, extra peak memory in MB (inputs: {inputs:.0f} MB)"
    return [Row(case, "the tutorial's calls", peaks[0], peaks[1], "under 10 % of the inputs", share, share < 0.1)]


def bandwidth() -> float:
    """GB/s of copying memory, read and write counted, on one thread."""
    source = np.ones(2**26, np.float32)
    target = np.empty_like(source)
    took = min(seconds(lambda: np.copyto(target, source))[0] for _ in range(5))
    return 2 * source.nbytes / took / 1e9


def table(rows: list[Row]) -> str:
    lines = ["| case | ours | against | theirs | ratio | target | met |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        ours, other = (f"{value:.0f} MB" if "MB" in row.case else f"{value:.3f} s" for value in (row.ours, row.other))
        ratio = f"{row.ratio:.3f}" if row.ratio < 1 else f"{row.ratio:.2f}" if row.ratio < 10 else f"{row.ratio:.0f}"
        met = "yes" if row.met else "**no**"
        lines.append(f"| {row.case} | {ours} | {row.against} | {other} | {ratio} | {row.target} | {met} |")
    return "\n".join(lines)


def time_series(repeats: int) -> dict[str, list[Series]]:
    """Seconds against the lesion's voxels, and against the scan's, for the plot."""
    by_region: dict[str, list[tuple[float, float]]] = {"first run": [], "again": [], "tutorial": []}
    for diameter in (8.0, 15.0, 30.0, 60.0):
        for name, point in _lesion_times((256, 256, 150), diameter, repeats).items():
            by_region[name].append(point[0])
    by_scan: dict[str, list[tuple[float, float]]] = {"first run": [], "again": [], "tutorial": []}
    for divisor in (4, 2, 1):
        size = tuple(n // divisor for n in SCAN)
        for name, point in _lesion_times(size, 15.0, 1 if divisor == 1 else repeats).items():
            by_scan[name].append(point[1])
    return {
        "voxels of the region": [Series(name, points) for name, points in by_region.items()],
        "voxels of the scan": [Series(name, points) for name, points in by_scan.items()],
    }


def _lesion_times(size: tuple[int, int, int], diameter: float, repeats: int) -> dict[str, tuple]:
    images, center = scan(size, diameter)
    kept: dict[str, Segmenter] = {}

    def first() -> object:
        kept["ours"] = Segmenter(images)
        return kept["ours"].grow([center], itk_parameters(3.5, 1))

    sides = [
        first,
        lambda: kept["ours"].grow([center], itk_parameters(3.4, 1)),
        lambda: tutorial_growing(tutorial_smoothing(images, kept["ours"].time_step), [center], 3.5, 1),
    ]
    times, results = alternate(sides, repeats)
    voxels, whole = float(results[0].voxel_count), float(np.prod(size))
    return {name: ((voxels, t), (whole, t)) for name, t in zip(("first run", "again", "tutorial"), times)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    parser.add_argument("--memory", choices=MEMORY_SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(options.threads)
    if options.memory:
        print(json.dumps(peak_memory(options.memory)))
        return
    rows = smoothing_rows(options.repeats) + brain_rows(options.repeats)
    rows += lesion_rows(options.repeats) + memory_rows(options.threads)
    print(table(rows))
    speed = bandwidth()
    floor = 2 * 8 * np.prod(HEAD) / speed / 1e9
    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, {options.threads} threads, medians of at least "
        f"{options.repeats}; Python {platform.python_version()}, numpy {np.__version__}, SimpleITK "
        f"{sitk.Version_VersionString()}. Memory bandwidth {speed:.1f} GB/s on one thread: reading and writing the "
        f"head's two volumes once takes {floor:.3f} s."
    )
    if options.plot:
        draw_times(time_series(3), options.plot)


if __name__ == "__main__":
    main()
