"""The report of a command line run: the recipe with the checksums of its inputs, and the leak curve, as files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.unimodal import UniModalResult
from ...files.images import VolumeFile
from ...parameters.settings import GrowingParameters, UniModalParameters
from ...recipes.recipe import make_recipe, plain

if TYPE_CHECKING:
    from ...engine.leaks import LeakCurve
    from ...engine.model.result import GrowingResult
    from .command import Run


def recipes(run: Run) -> list[dict[str, Any]]:
    """The recipe of the multi-modal run, then of each uni-modal one."""
    described = [describe_file(volume) for volume in run.inputs.volumes]
    together = _recipe(run, described, run.parameters.growing, run.results.growing)
    alone = [
        _recipe(run, [volume], run.parameters.unimodal, result)
        for volume, result in zip(described, run.results.unimodal)
    ]
    return [together, *alone]


def write_report(run: Run, made: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the recipes as JSON: the multi-modal one, with the uni-modal ones under ``comparison``."""
    report = {**made[0], "findings": [finding.as_plain() for finding in run.results.findings]}
    if made[1:]:
        report["comparison"] = list(made[1:])
    if run.results.curve:
        report["leakCurve"] = plain(run.results.curve)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


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
    if len(own) > 1:
        described["files"] = len(own)
    if data:
        described["dataPath"] = str(data[0])
        described["dataSha256"] = _checksum(data)[0]
    if len(data) > 1:
        described["dataFiles"] = len(data)
    return described


def _recipe(
    run: Run,
    volumes: list[dict[str, Any]],
    parameters: GrowingParameters | UniModalParameters,
    result: GrowingResult | UniModalResult,
) -> dict[str, Any]:
    return make_recipe(
        volumes=volumes,
        seeds=run.inputs.seeds,
        exclusion_seeds=() if isinstance(result, UniModalResult) else run.inputs.exclusion_seeds,
        smoothing=run.parameters.smoothing,
        time_step_used=run.results.segmenter.time_step,
        parameters=parameters,
        result=result,
    )


def _checksum(paths: Sequence[Path]) -> tuple[str, int]:
    digest, length = hashlib.sha256(), 0
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                length += len(block)
    return digest.hexdigest(), length
