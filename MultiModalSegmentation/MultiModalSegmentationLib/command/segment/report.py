"""The report of a command line run: the recipe with the checksums of its inputs, and the leak curve, as files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...engine.leaks import LeakCurve
from ...files.images import VolumeFile, name_of
from ...files.transforms import matrix_of
from ...recipes.plain import plain
from ...recipes.recipe import Recipe
from .run import Run


def recipes(run: Run, name: str) -> list[Recipe]:
    """The recipe of the multi-modal run as the segment of this name, then of each uni-modal one."""
    described = [describe_file(volume) for volume in run.inputs.volumes]
    sources = run.inputs.sources
    lists = {"seeds": sources.seeds_file, "exclusionSeeds": sources.exclusion_file}
    names = [name, *(f"{name} ({one.name} only)" for one in run.segmentation.unimodal)]
    return [
        Recipe.of(
            run.segmentation,
            described,
            alone=number - 1 if number else None,
            restrictions=run.inputs.restriction.described,
            seed_lists={kind: {"name": name_of(path), "path": str(path)} for kind, path in lists.items() if path},
            segment={"name": segment_name, "segmentation": name},
        )
        for number, segment_name in enumerate(names)
    ]


def write_report(run: Run, made: Sequence[Recipe], path: Path) -> None:
    """Write the recipes as JSON: the multi-modal one, with the uni-modal ones under ``comparison``."""
    report = dict(made[0].content)
    if made[1:]:
        report["comparison"] = [dict(one.content) for one in made[1:]]
    if run.curve:
        report["leakCurve"] = plain(run.curve)
    path.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_leak_curve(curve: LeakCurve, path: Path) -> None:
    """Write the curve as CSV, one multiplier a row; 1 marks where the volume jumps, and the suggested one."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("multiplier", "volume_ml", "jump", "suggested"))
        for multiplier, volume in zip(curve.multipliers, curve.volumes_ml):
            marks = (int(multiplier in curve.jumps), int(multiplier == curve.suggested))
            writer.writerow((f"{multiplier:.6g}", f"{volume:.6g}", *marks))


def describe_file(volume: VolumeFile) -> dict[str, Any]:
    """What identifies an input: its path as given, its grid, and the SHA-256 of its bytes.

    For a DICOM folder that of its slices in the order read, one after the other; so for the data files of a header.
    """
    own = volume.files if volume.path.is_dir() else (volume.path,)
    data = [file for file in volume.files if file not in own]
    checksum, length = _checksum(own)
    described = {
        "name": volume.name,
        "path": str(volume.path),
        "sha256": checksum,
        "bytes": length,
        "size": list(volume.grid.size),
        "spacing": list(volume.grid.spacing),
    }
    if volume.transform is not None:
        described["referenceToVolume"] = matrix_of(volume.transform).tolist()
    if len(own) > 1:
        described["files"] = len(own)
    if data:
        described["dataPath"] = str(data[0])
        described["dataSha256"] = _checksum(data)[0]
    if len(data) > 1:
        described["dataFiles"] = len(data)
    return described


def _checksum(paths: Sequence[Path]) -> tuple[str, int]:
    digest, length = hashlib.sha256(), 0
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                length += len(block)
    return digest.hexdigest(), length
