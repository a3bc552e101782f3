"""What the user should know about a region: findings, each a kind with its arguments, and the points in numbers."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..engine.bricks.channels import strided_sample
from ..engine.model.plateau import AutomaticMultiplier
from ..engine.model.result import GrowingResult
from ..engine.segmenter import Segmenter
from ..geometry.points import SeedPoint
from .alignment import estimated_shift, nearly_same
from .points import seed_boxes
from .seed_comparison import SeedBox, crossing_seeds, odd_seeds


class FindingKind(enum.Enum):
    """What was found."""

    TOUCHES_EDGE = "touches edge"
    TOUCHES_FIELD_OF_VIEW = "touches field of view"
    STOPPED = "stopped"
    ODD_SEED = "odd seed"
    CROSSES_BORDER = "crosses border"
    SAME_IMAGE = "same image"
    ONLY_SEEDS = "only seeds"
    PADDING = "padding"
    SHIFTED = "shifted"
    NOT_RIGID = "not rigid"
    BIAS_LEFT = "bias left"
    SINGULAR = "singular"
    STABLE = "stable"
    NOT_STABLE = "not stable"


_SENTENCES = {
    FindingKind.TOUCHES_EDGE: "The region touches the edge of the volume: probably a leak.",
    FindingKind.TOUCHES_FIELD_OF_VIEW: "The region touches the edge of a volume's field of view.",
    FindingKind.STOPPED: "Growing stopped at the maximum volume ({value:.4g} mL): probably a leak.",
    FindingKind.ODD_SEED: "The seed {label} is unlike the others on {channel}.",
    FindingKind.CROSSES_BORDER: "The box around the seed {label} crosses a border on {channel}: move it.",
    FindingKind.SAME_IMAGE: "{channel} and {other} are nearly the same image: the second adds little.",
    FindingKind.ONLY_SEEDS: "The region is hardly more than the voxels of the seeds: raise the multiplier, or choose "
    "a smaller seed radius.",
    FindingKind.PADDING: "{channel} is padded with {value:.6g} at its border: that counts as outside of its field of "
    "view.",
    FindingKind.SHIFTED: "{channel} seems shifted by about {value:.0f} mm against {other}: register the volumes.",
    FindingKind.SINGULAR: "ITK calls the covariance singular (its determinant is under 1e-6 in the volumes' units) and "
    "measures plain distances: scale the volumes up, or choose pooled seed statistics.",
    FindingKind.BIAS_LEFT: "{channel} has negative values, as CT has: its bias was left as it is.",
    FindingKind.NOT_RIGID: "The transform of {channel} is not rigid: mL are those before it.",
    FindingKind.STABLE: (
        "The multiplier {value:.2g} was found where the volume is stable: it changes by {change:.0f} % "
        "from {low:.1f} to {high:.1f}."
    ),
    FindingKind.NOT_STABLE: ("The volume is stable at no multiplier: {value:.2g}, the default, was used."),
}


@dataclass(frozen=True)
class Finding:
    """One finding. Which arguments it has depends on its kind: the label of a seed, the names of one or two volumes,
    a value in mm or mL; of a multiplier that was found, the ``low`` and ``high`` end of the range in which the volume
    is stable, and its ``change`` there in percent."""

    kind: FindingKind
    label: str = ""
    channel: str = ""
    other: str = ""
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    change: float = 0.0

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
    indices = [seed.ijk for seed in seeds]
    boxes = seed_boxes(segmenter, indices, radius)
    few = [Finding(FindingKind.ONLY_SEEDS)] if result.voxel_count <= len(set(indices)) else []
    return [*result_findings(result), *few, *_of_seeds(segmenter, seeds, boxes, segmenter.scales(indices, radius))]


def result_findings(result: GrowingResult) -> list[Finding]:
    """What a result alone tells: where it ends and why it stopped."""
    borders = {contact.border for contact in result.border_contacts}
    found = []
    if result.automatic is not None:
        found.append(_of_multiplier(result.automatic))
    if result.stopped_by == "max_volume":
        found.append(Finding(FindingKind.STOPPED, value=result.volume_ml))
    if result.is_singular_to_itk:
        found.append(Finding(FindingKind.SINGULAR))
    if "grid" in borders:
        found.append(Finding(FindingKind.TOUCHES_EDGE))
    if "field of view" in borders:
        found.append(Finding(FindingKind.TOUCHES_FIELD_OF_VIEW))
    return found


def _of_multiplier(found: AutomaticMultiplier) -> Finding:
    if not found.has_plateau:
        return Finding(FindingKind.NOT_STABLE, value=found.multiplier)
    return Finding(
        FindingKind.STABLE, value=found.multiplier, low=found.low, high=found.high, change=100.0 * found.change
    )


def _of_seeds(
    segmenter: Segmenter, seeds: Sequence[SeedPoint], boxes: Sequence[SeedBox], scales: np.ndarray
) -> list[Finding]:
    crossing = crossing_seeds(boxes, scales)
    odd = odd_seeds(boxes, scales)
    return [
        Finding(kind, label=seeds[seed].label, channel=segmenter.names[channel])
        for kind, pairs in ((FindingKind.ODD_SEED, odd), (FindingKind.CROSSES_BORDER, crossing))
        for seed, channel in pairs
    ]


def volume_findings(segmenter: Segmenter, seeds: Sequence[SeedPoint]) -> list[Finding]:
    """What is suspicious about the volumes: nearly the same image, or shifted around the seeds."""
    found = []
    names = segmenter.names
    found += [
        Finding(FindingKind.PADDING, channel=name, value=value)
        for name, values in zip(names, segmenter.paddings)
        for value in values
    ]
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
