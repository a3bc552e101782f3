"""The report of a command line run: the recipe with the checksums of its inputs, and the leak curve, as files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...files.images import VolumeFile, name_of
from ...files.transforms import matrix_of
from ...parameters.settings import SCHEMA_VERSION
from ...recipes.plain import plain
from ...recipes.recipe import Recipe
from .run import Run


def recipes(run: Run, name: str) -> list[Recipe]:
    """The recipe of the multi-modal run as the segment of this name, then of each uni-modal one."""
    described = [describe_file(volume) for volume in run.inputs.volumes]
    sources = run.inputs.sources
    own = next((one.file for one in sources.tissues if one.name == run.tissue), sources.seeds_file)
    lists = {"seeds": own, "exclusionSeeds": sources.exclusion_file}
    called = run.tissue if run.is_one_of_several else name
    names = [called, *(f"{called} ({one.name} only)" for one in run.segmentation.unimodal)]
    return [
        Recipe.of(
            run.segmentation,
            described,
            alone=number - 1 if number else None,
            restrictions=run.inputs.restriction.described,
            seed_lists={kind: {"name": name_of(path), "path": str(path)} for kind, path in lists.items() if path},
            tissue_lists=[
                {"name": one.name} | ({"path": str(one.file)} if one.file else {}) for one in sources.tissues
            ],
            segment={"name": segment_name, "segmentation": name},
        )
        for number, segment_name in enumerate(names)
    ]


def write_report(runs: Sequence[Run], made: Sequence[Sequence[Recipe]], path: Path) -> None:
    """Write the recipes as JSON: the multi-modal one, with the uni-modal ones under ``comparison``.

    Several tissues have such a report each, in a list under ``reports``.
    """
    reports = [_report(run, recipes) for run, recipes in zip(runs, made)]
    whole = reports[0] if len(reports) == 1 else {"schemaVersion": SCHEMA_VERSION, "reports": reports}
    path.write_text(json.dumps(whole, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _report(run: Run, made: Sequence[Recipe]) -> dict[str, Any]:
    report = dict(made[0].content)
    if made[1:]:
        report["comparison"] = [dict(one.content) for one in made[1:]]
    if run.curve:
        report["leakCurve"] = plain(run.curve)
    return report


def write_leak_curve(runs: Sequence[Run], path: Path) -> None:
    """Write the curves as CSV, one multiplier a row; 1 marks where the volume jumps, and the suggested one.

    Of several tissues the first column is the name.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        several = len(runs) > 1
        writer.writerow((*(["tissue"] if several else []), "multiplier", "volume_ml", "jump", "suggested"))
        for run in runs:
            curve, name = run.curve, [run.tissue] if several else []
            for multiplier, volume in zip(curve.multipliers, curve.volumes_ml):
                marks = (int(multiplier in curve.jumps), int(multiplier == curve.suggested))
                writer.writerow((*name, f"{multiplier:.6g}", f"{volume:.6g}", *marks))


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
