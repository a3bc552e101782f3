"""What is measured of each case, and the table of it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...explaining.comparison import dice
from ...explaining.findings import FindingKind
from ...explaining.surface_distance import surface_distance
from ...files.images import channels_from_files
from ...files.labels import read_labels, read_tissue
from ..segment.run import Run
from ..segment.summary import notes


@dataclass(frozen=True)
class Outcome:
    """How a case ended: with ``measures`` as JSON knows them, or with the ``error`` in one sentence.

    ``is_kept`` says that an earlier run had finished it, from the same inputs with the same parameters. Where there are
    several ``tissues``, the measures of each are under that key; ``tissue`` names the one whose measures these are.
    """

    name: str
    measures: dict[str, Any] | None = None
    error: str | None = None
    is_kept: bool = False
    tissue: str = ""

    def each(self) -> list[Outcome]:
        """An outcome a tissue, where there are several."""
        if not self.measures or "tissues" not in self.measures:
            return [self]
        return [
            Outcome(self.name, one | {"seconds": self.measures["seconds"]}, is_kept=self.is_kept, tissue=one["tissue"])
            for one in self.measures["tissues"]
        ]


def measure_all(runs: Sequence[Run], truth: Path | None) -> dict[str, Any]:
    """The measures of a case: those of its only tissue, or of each under ``tissues``."""
    if len(runs) == 1:
        return measure(runs[0], truth)
    measured = [measure(run, truth, number) for number, run in enumerate(runs, 1)]
    return {"tissues": [{"tissue": run.tissue} | one for run, one in zip(runs, measured)]}


def measure(run: Run, truth: Path | None, number: int = 0) -> dict[str, Any]:
    """Of the ``number``-th of several tissues, or the only one; compared with the truth where that has it.

    Volumes in mL, distances in mm, the channels' statistics over the region in the input's units.

    Raises ``ValueError`` for a truth that is no label image or is empty.
    """
    grown = run.segmentation.result
    found = run.segmentation.findings()
    measures = {
        "voxels": grown.voxel_count,
        "volumeMl": grown.volume_ml,
        "channels": list(_channel_statistics(run)),
        "coverage": grown.coverage,
        "effectiveMultiplier": grown.effective_multiplier,
        "touchesBorder": grown.touches_border,
        "oddSeeds": list(dict.fromkeys(one.label for one in found if one.kind is FindingKind.ODD_SEED)),
        "stoppedBy": grown.stopped_by,
        "warnings": list(notes(run)),
    }
    return measures | (_compared(run, truth, number) if truth else {})


def write_measures(outcomes: Sequence[Outcome], reasons: Sequence[Sequence[str]], path: Path) -> None:
    """Write ``measures.csv``: a row a case and tissue, in the order given, with why each one should be looked at."""
    channels = max((len(one.measures["channels"]) for one in outcomes if one.measures), default=0)
    statistics = [f"volume{number}_{name}" for number in range(1, channels + 1) for name in ("mean", "spread")]
    tissue = ["tissue"] if any(one.tissue for one in outcomes) else []
    columns = (
        *(
            "case",
            *tissue,
            "status",
            "volume_ml",
            "voxels",
            *statistics,
            "coverage",
            "effective_multiplier",
            "touches_border",
        ),
        *("dice", "surface_distance_mm", "look_at", "warnings", "seconds", "error"),
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        for outcome, why in zip(outcomes, reasons):
            writer.writerow(_row(outcome, why))


def _row(outcome: Outcome, reasons: Sequence[str]) -> dict[str, Any]:
    row = {"case": outcome.name, "status": "failed", "look_at": "; ".join(reasons), "error": outcome.error or ""}
    if outcome.tissue:
        row["tissue"] = outcome.tissue
    measures = outcome.measures
    if measures is None:
        return row
    row |= {
        "status": "done",
        "volume_ml": _number(measures["volumeMl"]),
        "voxels": measures["voxels"],
        "coverage": _number(measures["coverage"]),
        "effective_multiplier": _number(measures["effectiveMultiplier"]),
        "touches_border": "yes" if measures["touchesBorder"] else "no",
        "dice": _number(measures.get("dice")),
        "surface_distance_mm": _number(measures.get("surfaceDistanceMm")),
        "warnings": " ".join(measures["warnings"]),
        "seconds": _number(measures["seconds"], 3),
    }
    for number, channel in enumerate(measures["channels"], 1):
        row[f"volume{number}_mean"] = _number(channel["mean"])
        row[f"volume{number}_spread"] = _number(channel["spread"])
    return row


def _number(value: float | None, digits: int = 6) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}g}"


def _channel_statistics(run: Run) -> Iterator[dict[str, Any]]:
    """Mean and standard deviation of each input, unsmoothed, over the region."""
    grown = run.segmentation.result
    for channel in channels_from_files(run.inputs.volumes):
        values = channel.array[grown.box.slices][grown.mask > 0].astype(np.float64)
        yield {"name": channel.name, "mean": float(values.mean()), "spread": float(values.std())}


def _compared(run: Run, path: Path, number: int) -> dict[str, float | None]:
    """Dice and surface distance against all the voxels of a label image that are neither 0 nor NaN, or a tissue's."""
    reference = run.inputs.volumes[0]
    true = read_tissue(path, reference, number, run.tissue) if number else read_labels(path, reference, "truth")
    if true is None:
        return {}
    grown = run.segmentation.result
    region = np.zeros(true.shape, bool)
    region[grown.box.slices] = grown.mask > 0
    distance = surface_distance(region, true, run.segmentation.segmenter.grid.spacing)
    return {"dice": dice(region, true), "surfaceDistanceMm": distance if math.isfinite(distance) else None}
