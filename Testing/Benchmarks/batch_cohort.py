"""A cohort of head phantoms on disk: what the benchmark and the screenshots of ``batch`` run on."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import SimpleITK as sitk

from MultiModalSegmentationLib.geometry.points import LPS_TO_RAS
from MultiModalSegmentationLib.phantom.head import Tissue, make_phantom


def write_cohort(
    folder: Path, count: int, size: Sequence[int], cells: Mapping[int, Mapping[str, str]] = MappingProxyType({})
) -> Path:
    """Write ``count`` heads of different sizes and noise, their truth, their seeds as Slicer saves them, and the table,
    whose path is returned. ``cells`` replace those of single rows, by number."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    rows = [_write_case(folder, f"P{n + 1:03d}", size, random) | cells.get(n, {}) for n in range(count)]
    table = folder / "cases.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return table


def _write_case(folder: Path, name: str, size: Sequence[int], random: np.random.Generator) -> dict[str, str]:
    phantom = make_phantom(size, noise=float(random.uniform(0.02, 0.04)), seed=int(random.integers(1 << 30)))
    head = float(random.normal(1.0, 0.025))
    images = {"T1": phantom.t1, "T2": phantom.t2}
    images = {kind: sitk.Cast(image, sitk.sitkInt16) for kind, image in images.items()}
    images["truth"] = phantom.truth == int(Tissue.GRAY_MATTER)
    for kind, image in images.items():
        image.SetSpacing([head * spacing for spacing in phantom.t1.GetSpacing()])
        sitk.WriteImage(image, str(folder / f"{name}-{kind}.nii.gz"), useCompression=True)
    points = [images["T1"].TransformIndexToPhysicalPoint(seed) for seed in phantom.seeds]
    (folder / f"{name}.mrk.json").write_text(json.dumps(_markups(points), indent=1), encoding="utf-8")
    return {
        "case": name,
        "volume1": f"{name}-T1.nii.gz",
        "volume2": f"{name}-T2.nii.gz",
        "seeds": f"{name}.mrk.json",
        "truth": f"{name}-truth.nii.gz",
    }


def _markups(points: Sequence[Sequence[float]]) -> dict:
    controls = [
        {"label": f"F-{n}", "position": (LPS_TO_RAS * point).tolist(), "positionStatus": "defined"}
        for n, point in enumerate(points, 1)
    ]
    return {"markups": [{"type": "Fiducial", "coordinateSystem": "RAS", "controlPoints": controls}]}
