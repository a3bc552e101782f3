#!/usr/bin/env python3
"""How well volumes are aligned, and whether it is said where they are not; the shift warning on the same scenes.

    python Testing/Benchmarks/align_benchmark.py [--pairs 48] [--data FOLDER]

Every pair is made from two volumes that lie on each other by moving one by a known transform: up to 30 degrees and 30
mm, on another grid, a third of them with a bias field of 40 %, a third with about half of the field of view. Errors are
the largest distance from the truth at the corners of the box around the object. What cannot be aligned rightly (other
anatomy, noise, a ball) is there too: to be told. Prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).parents[1] / "Python"))

from moved_pairs import Change, MovedPair, bias_field, moved_pair, object_corners, torso

from MultiModalSegmentationLib import Segmenter, align, bias_corrected
from MultiModalSegmentationLib.explaining.alignment import estimated_shift
from MultiModalSegmentationLib.phantom.head import Tissue, make_phantom

NAN = float("nan")
YARDSTICK_MM = 3.0
HEAD = (256, 256, 160)
Volumes = tuple[sitk.Image, sitk.Image]


def read(path: Path) -> sitk.Image:
    return sitk.ReadImage(str(path), sitk.sitkFloat32)


def sources(data: Path | None) -> dict[str, Volumes]:
    """Volumes that lie on each other, by name."""
    phantom = make_phantom((112, 134, 112), noise=0.06, seed=7)
    found = {"phantom T1, T2": (phantom.t1, phantom.t2), "made torso CT, PET": torso(11)}
    if data:
        spm, infant, cord = (data / name for name in ("spm-avg152", "infant-dcan-T02", "spinalcord-sct-mt"))
        found["average head T1, PD"] = read(spm / "avg152T1.nii.gz"), read(spm / "avg152PD.nii.gz")
        found["average head T1, T2"] = read(spm / "avg152T1.nii.gz"), read(spm / "avg152T2.nii.gz")
        found["infant brain T1, T2"] = read(infant / "T1w_brain.nii.gz"), read(infant / "T2w_brain.nii.gz")
        found["cord MT0, MT1 (5 slices)"] = read(cord / "mt0.nii.gz"), read(cord / "mt1.nii.gz")
        head = read(data / "head-chris" / "t1.nii.gz")
        found["whole head T1, the same in made contrast"] = head, other_contrast(head)
    return found


def other_contrast(image: sitk.Image) -> sitk.Image:
    """Another order of the tissues: brightest in the middle of the range."""
    values = sitk.GetArrayFromImage(image)
    top = np.percentile(values, 99.5)
    noise = np.random.default_rng(0).normal(0, 0.03, values.shape)
    made = sitk.GetImageFromArray((np.sin(np.pi * np.clip(values / top, 0, 1)) + noise).astype(np.float32))
    made.CopyInformation(image)
    return made


def changes(count: int, rng: np.random.Generator) -> Iterator[tuple[Change, bool]]:
    """What is done to the moving volume, and whether the two change sides."""
    for number in range(count):
        kind = number % 3
        yield (
            Change(
                degrees=rng.uniform(2, 30),
                mm=rng.uniform(2, 30),
                other_grid=bool(rng.random() < 0.75),
                slab=kind == 2,
                bias=0.4 if kind == 1 else 0.0,
                fill=NAN if kind == 2 else 0.0,
            ),
            bool(rng.random() < 0.5),
        )


def aligned_rows(found: dict[str, Volumes], pairs: int) -> None:
    print("| volumes | pairs | before, median | error, median | worst | over 3 mm | of these not trusted "
          "| right but not trusted |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    every = []
    for name, volumes in found.items():
        rng = np.random.default_rng(sum(map(ord, name)))
        count = 3 if "5 slices" in name else max(3, pairs // len(found) // 3 * 3)
        rows = []
        for change, is_swapped in changes(count, rng):
            fixed, other = volumes[::-1] if is_swapped else volumes
            if "5 slices" in name:
                change = Change(change.degrees / 6, change.mm / 6, False, False, change.bias, 0.0)
            pair = moved_pair(name, fixed, other, change, int(rng.integers(1 << 30)))
            answer = align(pair.fixed, pair.moving)
            rows.append((pair.error(sitk.Transform()), pair.error(answer.transform), answer.is_trusted))
        print(_row(name, rows), flush=True)
        every += rows
    print(_row("all", every))


def _row(name: str, rows: list[tuple[float, float, bool]]) -> str:
    errors = [error for _, error, _ in rows]
    missed = [trusted for _, error, trusted in rows if error > YARDSTICK_MM]
    doubted = sum(not trusted for _, error, trusted in rows if error <= YARDSTICK_MM)
    before = statistics.median(start for start, _, _ in rows)
    return (
        f"| {name} | {len(rows)} | {before:.0f} mm | {statistics.median(errors):.2f} mm | {max(errors):.2f} mm "
        f"| {len(missed)} | {sum(not trusted for trusted in missed)} | {doubted} |"
    )


def hopeless(found: dict[str, Volumes]) -> Iterator[tuple[str, sitk.Image, sitk.Image]]:
    """Pairs that no alignment can bring together: an answer for them must not be trusted."""
    rng = np.random.default_rng(5)
    head, body = found["phantom T1, T2"], found["made torso CT, PET"]
    yield "head T1, torso PET", head[0], body[1]
    yield "torso CT, another torso's PET", body[0], torso(12)[1]
    yield "head T1, noise", head[0], _image(rng.normal(size=(60, 60, 60)), 3.0)
    yield "noise, noise", *(_image(rng.normal(size=(50, 50, 50)), 3.0) for _ in range(2))
    z, y, x = np.mgrid[:60, :60, :60] - 29.5
    balls = [100.0 * (z**2 + y**2 + (x - shift) ** 2 < 18**2) + rng.normal(0, 5, z.shape) for shift in (0, 4)]
    yield "a ball, a ball (no turn can be told)", *(_image(ball, 3.0) for ball in balls)
    for degrees in (90, 135, 180):
        pair = moved_pair("head", *head, Change(degrees, 10), degrees)
        yield f"head, turned by {degrees} degrees", pair.fixed, pair.moving
    if "infant brain T1, T2" in found:
        infant, average = found["infant brain T1, T2"], found["average head T1, T2"]
        yield "an infant's brain, an adult's head", infant[0], average[1]
        yield "the phantom's head, an average head", head[0], average[1]


def hopeless_rows(found: dict[str, Volumes]) -> None:
    print("| cannot be aligned | trusted | what is said |")
    print("| --- | --- | --- |")
    for name, fixed, moving in hopeless(found):
        answer = align(fixed, moving)
        print(f"| {name} | {'**yes**' if answer.is_trusted else 'no'} | {answer.sentence()} |", flush=True)


def shift_rows(found: dict[str, Volumes]) -> None:
    """The warning at 0 to 6 mm: how often it is given, and how far off its size is."""
    print("| shift | pairs | warned | size off by, median |")
    print("| --- | --- | --- | --- |")
    rng = np.random.default_rng(1)
    for mm in (0.0, 1.0, 2.0, 3.0, 4.0, 6.0):
        warned, off, count = 0, [], 0
        for name, volumes in found.items():
            if "5 slices" in name:
                continue
            for fixed, other in (volumes, volumes[::-1]):
                pair = moved_pair(name, fixed, other, Change(mm=mm), int(rng.integers(1 << 30)))
                shift = warning(pair, rng)
                count += 1
                warned += shift is not None
                if shift is not None:
                    off.append(abs(shift - mm))
        print(f"| {mm:.0f} mm | {count} | {warned} | {statistics.median(off) if off else 0:.1f} mm |", flush=True)


def warning(pair: MovedPair, rng: np.random.Generator) -> float | None:
    """The shift that is warned of around four points inside the object."""
    moving = sitk.Resample(pair.moving, pair.fixed, sitk.Transform(), sitk.sitkLinear, NAN, sitk.sitkFloat32)
    segmenter = Segmenter([pair.fixed, moving])
    middle = object_corners(pair.fixed).mean(axis=0)
    spread = np.ptp(object_corners(pair.fixed), axis=0) / 4
    points = [middle + rng.uniform(-0.5, 0.5, 3) * spread for _ in range(4)]
    seeds = [pair.fixed.TransformPhysicalPointToIndex(point.tolist()) for point in points]
    return estimated_shift(segmenter.raw(0), segmenter.raw(1), segmenter.grid, seeds)


def bias_rows() -> None:
    print("| made field | volume | spread of white matter, biased | corrected | without the field | time, one thread |")
    print("| --- | --- | --- | --- | --- | --- |")
    phantom = make_phantom((128, 150, 128), seed=3)
    white = sitk.GetArrayFromImage(phantom.truth) == Tissue.WHITE_MATTER
    for strength in (0.0, 0.2, 0.3, 0.4):
        for name, image in (("T1", phantom.t1), ("T2", phantom.t2)):
            clean = sitk.GetArrayFromImage(image)
            values = clean * bias_field(clean.shape, strength, np.random.default_rng(3))
            biased = sitk.GetImageFromArray(values.astype(np.float32))
            biased.CopyInformation(image)
            started = time.process_time()
            corrected = bias_corrected(biased).array
            seconds = time.process_time() - started
            spreads = [v[white].std() / v[white].mean() for v in (values, corrected, clean)]
            cells = " | ".join(f"{100 * spread:.1f} %" for spread in spreads)
            print(f"| ± {100 * strength:.0f} % | {name} | {cells} | {seconds:.1f} s |", flush=True)


def cost(task: str) -> None:
    """Seconds and memory of one task, in a process of its own, after the inputs are loaded."""
    small = make_phantom((128, 128, 80))
    fixed, moving = (sitk.Resample(image, _grid(image, HEAD), sitk.Transform()) for image in (small.t1, small.t2))
    turned = sitk.Euler3DTransform((0, 0, 0), 0.2, 0.1, -0.1, (9.0, -7.0, 5.0))
    moving = sitk.Resample(moving, moving, turned)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of making the inputs
    before = _memory_mb("VmRSS")
    started, used = time.perf_counter(), time.process_time()
    if task == "align":
        align(fixed, moving)
    else:
        bias_corrected(fixed)
    wall, processor = time.perf_counter() - started, time.process_time() - used
    extra = _memory_mb("VmHWM") - before
    print(f"| {task}, {' x '.join(map(str, HEAD))} | {wall:.1f} s | {processor:.1f} s | {extra:.0f} MB |")


def _memory_mb(name: str) -> float:
    """What Linux tells of this process: memory now (``VmRSS``) or its peak (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def _grid(image: sitk.Image, size: tuple[int, int, int]) -> sitk.Image:
    grid = sitk.Image(size, sitk.sitkUInt8)
    grid.SetSpacing([s * n / m for s, n, m in zip(image.GetSpacing(), image.GetSize(), size)])
    grid.SetOrigin(image.GetOrigin())
    grid.SetDirection(image.GetDirection())
    return grid


def _image(array: np.ndarray, spacing: float) -> sitk.Image:
    image = sitk.GetImageFromArray(array.astype(np.float32))
    image.SetSpacing((spacing,) * 3)
    return image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=48)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
    parser.add_argument("--only", choices=("align", "hopeless", "shift", "bias", "cost"))
    parser.add_argument("--cost", choices=("align", "bias"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cost:
        return cost(options.cost)
    found = sources(options.data if options.data.is_dir() else None)
    parts = {
        "align": lambda: aligned_rows(found, options.pairs),
        "hopeless": lambda: hopeless_rows(found),
        "shift": lambda: shift_rows(found),
        "bias": bias_rows,
        "cost": _costs,
    }
    for name, part in parts.items():
        if options.only in (None, name):
            part()
            print()
    return None


def _costs() -> None:
    print("| task | time | processor time | extra peak memory |")
    print("| --- | --- | --- | --- |", flush=True)
    for task in ("align", "bias"):
        subprocess.run([sys.executable, __file__, "--cost", task], check=True)


if __name__ == "__main__":
    main()
