"""What the user should know about a region: findings, each a kind with its arguments, and the points in numbers."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .alignment import estimated_shift, nearly_same
from .channels import strided_sample
from .grid import Box, Index
from .growing import GrowingResult
from .seed_comparison import SeedBox, crossing_seeds, odd_seeds
from .seeds import SeedPoint
from .segmenter import Segmenter


class FindingKind(enum.Enum):
    """What was found."""

    TOUCHES_EDGE = "touches edge"
    TOUCHES_FIELD_OF_VIEW = "touches field of view"
    STOPPED = "stopped"
    ODD_SEED = "odd seed"
    CROSSES_BORDER = "crosses border"
    SAME_IMAGE = "same image"
    SHIFTED = "shifted"
    NOT_RIGID = "not rigid"


_SURROUNDINGS = 4
"""Voxels around a seed's box that tell what noise there is."""

_SENTENCES = {
    FindingKind.TOUCHES_EDGE: "The region touches the edge of the volume: probably a leak.",
    FindingKind.TOUCHES_FIELD_OF_VIEW: "The region touches the edge of a volume's field of view.",
    FindingKind.STOPPED: "Growing stopped at the maximum volume ({value:.4g} mL): probably a leak.",
    FindingKind.ODD_SEED: "The seed {label} is unlike the others on {channel}.",
    FindingKind.CROSSES_BORDER: "The box around the seed {label} crosses a border on {channel}: move it.",
    FindingKind.SAME_IMAGE: "{channel} and {other} are nearly the same image: the second adds little.",
    FindingKind.SHIFTED: "{channel} seems shifted by about {value:.0f} mm against {other}: register the volumes.",
    FindingKind.NOT_RIGID: "The transform of {channel} is not rigid: mL are those before it.",
}


@dataclass(frozen=True)
class Finding:
    """One finding. Which arguments it has depends on its kind: the label of a seed, the names of one or two volumes,
    and a value in mm or mL."""

    kind: FindingKind
    label: str = ""
    channel: str = ""
    other: str = ""
    value: float = 0.0

    def sentence(self) -> str:
        """In plain English."""
        return _SENTENCES[self.kind].format(**asdict(self))

    def as_plain(self) -> dict[str, Any]:
        """For a report: the kind, the arguments it has, and the sentence."""
        arguments = {name: value for name, value in asdict(self).items() if name != "kind" and value}
        return {"kind": self.kind.value, **arguments, "sentence": self.sentence()}


def findings(segmenter: Segmenter, result: GrowingResult, seeds: Sequence[SeedPoint], radius: int = 1) -> list[Finding]:
    """What is suspicious about a region, its seeds with boxes of this ``radius`` in voxels, and the volumes."""
    return [*region_findings(segmenter, result, seeds, radius), *volume_findings(segmenter, seeds)]


def region_findings(
    segmenter: Segmenter, result: GrowingResult, seeds: Sequence[SeedPoint], radius: int = 1
) -> list[Finding]:
    """What is suspicious about a region and its seeds; quick enough to follow a point that is being dragged."""
    boxes = seed_boxes(segmenter, [seed.ijk for seed in seeds], radius)
    return [*result_findings(result), *_of_seeds(segmenter, seeds, boxes)]


def result_findings(result: GrowingResult) -> list[Finding]:
    """What a result alone tells: where it ends and why it stopped."""
    borders = {contact.border for contact in result.border_contacts}
    found = []
    if result.stopped_by == "max_volume":
        found.append(Finding(FindingKind.STOPPED, value=result.volume_ml))
    if "grid" in borders:
        found.append(Finding(FindingKind.TOUCHES_EDGE))
    if "field of view" in borders:
        found.append(Finding(FindingKind.TOUCHES_FIELD_OF_VIEW))
    return found


def _of_seeds(segmenter: Segmenter, seeds: Sequence[SeedPoint], boxes: Sequence[SeedBox]) -> list[Finding]:
    crossing = crossing_seeds(boxes, segmenter.spreads)
    odd = odd_seeds(boxes, segmenter.spreads)
    return [
        Finding(kind, label=seeds[seed].label, channel=segmenter.names[channel])
        for kind, pairs in ((FindingKind.ODD_SEED, odd), (FindingKind.CROSSES_BORDER, crossing))
        for seed, channel in pairs
    ]


def volume_findings(segmenter: Segmenter, seeds: Sequence[SeedPoint]) -> list[Finding]:
    """What is suspicious about the volumes: nearly the same image, or shifted around the seeds."""
    found = []
    names = segmenter.names
    arrays = [segmenter.raw(number) for number in range(segmenter.channel_count)]
    for number, array in enumerate(arrays):
        for other in range(number):
            if nearly_same(arrays[other], array):
                found.append(Finding(FindingKind.SAME_IMAGE, channel=names[other], other=names[number]))
    for number in range(1, len(arrays)):
        shift = estimated_shift(arrays[0], arrays[number], segmenter.grid, [seed.ijk for seed in seeds])
        if shift:
            found.append(Finding(FindingKind.SHIFTED, channel=names[number], other=names[0], value=shift))
    return found


def shares_of_view(segmenter: Segmenter, result: GrowingResult) -> list[float]:
    """The region's share of each channel's field of view, 0 to 1, whose size comes from a strided sample."""
    total = segmenter.grid.box.voxel_count
    samples = [np.isfinite(strided_sample(segmenter.raw(number))) for number in range(segmenter.channel_count)]
    return [result.voxel_count / (total * float(sample.mean())) for sample in samples]


@dataclass(frozen=True)
class PointRow:
    """A point in numbers: smoothed ``values``, one a channel, and the ``distance`` from the region's statistics in
    effective multipliers: over 1 lies outside. ``is_odd`` marks a seed that is unlike the others."""

    label: str
    ras: tuple[float, float, float]
    ijk: Index
    values: tuple[float, ...]
    distance: float
    is_odd: bool


def point_table(
    segmenter: Segmenter,
    points: Sequence[SeedPoint],
    result: GrowingResult,
    *,
    radius: int = 1,
    are_seeds: bool = True,
) -> list[PointRow]:
    """A row for each seed, or, where they are not seeds, exclusion seed."""
    indices = [point.ijk for point in points]
    odd = set()
    if are_seeds:
        odd = {seed for seed, _ in odd_seeds(seed_boxes(segmenter, indices, radius), segmenter.spreads)}
    rows = []
    for number, point in enumerate(points):
        values = _values_at(segmenter, point.ijk)
        distance = float(result.distance_model.distances(values[:, None])[0]) / result.effective_multiplier
        values = tuple(float(v) for v in values)
        rows.append(PointRow(point.label, point.ras, point.ijk, values, distance, number in odd))
    return rows


def _values_at(segmenter: Segmenter, index: Index) -> np.ndarray:
    box = Box(index, tuple(v + 1 for v in index))
    values = segmenter.values(box)[:, 0, 0, 0].astype(np.float64)
    excluded = segmenter.excluded(box)
    return np.full(len(values), np.nan) if excluded is not None else values


def seed_boxes(segmenter: Segmenter, seeds: Sequence[Index], radius: int) -> list[SeedBox]:
    """The smoothed values around each seed."""
    return [
        SeedBox(_finite_values(segmenter, seed, radius), _finite_values(segmenter, seed, radius + _SURROUNDINGS))
        for seed in seeds
    ]


def _finite_values(segmenter: Segmenter, seed: Index, radius: int) -> np.ndarray:
    """Values (C, z, y, x) of the box around a seed, NaN outside the field of view."""
    size = segmenter.grid.size
    box = Box(tuple(max(0, v - radius) for v in seed), tuple(min(n, v + radius + 1) for v, n in zip(seed, size)))
    values = segmenter.values(box).astype(np.float64)
    excluded = segmenter.excluded(box)
    if excluded is not None:
        values[:, excluded] = np.nan
    return values
