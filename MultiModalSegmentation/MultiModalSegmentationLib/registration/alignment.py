"""What an alignment found, and whether to trust it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from .pair import Pair
from .search import STILL, Level, Motion

CLEAR_GAIN = 0.03
"""A short motion is kept only where it adds at least this share to the mutual information."""

SHORT_MM = 1.5
"""A motion shorter than this is within what registration and voxels leave."""

_LEAST_SLICES = 10
_FARTHEST_TURN = 45.0
_LEAST_INFORMATION = 0.05
_ASIDE = 0.1
_LEAST_LOSS = 0.02
_ELSEWHERE = 0.2
_RIVAL = 0.95


class Doubt(enum.Enum):
    """Why an alignment is not to be trusted."""

    FEW_SLICES = "one of them has hardly any slices"
    FAR_TURN = "it would have to be turned farther than is looked for"
    LITTLE_OVERLAP = "the volumes hardly overlap"
    LITTLE_IN_COMMON = "they tell next to nothing of each other"
    NOT_SHARP = "moving it a little further changes next to nothing"
    RIVALS = "quite another position fits about as well"


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a moving volume lies against a fixed one.

    ``transform`` takes points of the fixed volume to points of the moving one (mm, LPS), as ``SimpleITK.Resample``
    wants it; it is the identity where nothing better was found. The metric is the mutual information in nats where both
    volumes were measured (Mattes et al. 2003), before and after; ``overlap`` the share of the fixed object within the
    moving volume's grid, 0 to 1; ``motion_mm`` the farthest way of a corner of the fixed object's bounding box;
    ``turn_degrees`` the angle of the whole rotation. A transform that is not trusted is the best that was found.
    """

    transform: sitk.Euler3DTransform
    names: tuple[str, str]
    metric_before: float
    metric_after: float
    overlap: float
    motion_mm: float
    turn_degrees: float
    doubts: tuple[Doubt, ...]

    @property
    def is_trusted(self) -> bool:
        return not self.doubts

    @property
    def is_moved(self) -> bool:
        """Whether the transform moves anything."""
        return self.motion_mm > 0

    def sentence(self) -> str:
        """What was found, in plain English."""
        fixed, moving = self.names
        if self.doubts:
            reasons = " and ".join(doubt.value for doubt in self.doubts)
            return f"Do not trust the alignment of {moving} to {fixed}: {reasons}."
        if not self.is_moved:
            return f"{moving} already lies on {fixed}: no motion fits clearly better."
        return (
            f"{moving} aligned to {fixed}: moved by up to {self.motion_mm:.1f} mm, turned by {self.turn_degrees:.1f} "
            f"degrees, mutual information {self.metric_before:.2f} before and {self.metric_after:.2f} after."
        )


def judged(pair: Pair, best: Motion, ends: Sequence[tuple[float, Motion]]) -> Alignment:
    """The best motion with what speaks against it; ``ends`` are the scores and motions at the end of the coarse climbs,
    each from a start of its own."""
    fine = pair.levels[-1]
    before = fine.information(STILL) if pair.overlaps(STILL) else 0.0
    after = fine.information(best)
    way = pair.frame.between(best, STILL)
    if pair.overlaps(STILL) and (after <= before or (way < SHORT_MM and after < before * (1 + CLEAR_GAIN))):
        best, after, way = STILL, before, 0.0
    transform = pair.frame.to_mm(best)
    return Alignment(
        transform, pair.names, before, after, pair.overlap(best), way, _angle(transform), _doubts(pair, best, ends)
    )


def _doubts(pair: Pair, best: Motion, ends: Sequence[tuple[float, Motion]]) -> tuple[Doubt, ...]:
    found = []
    if pair.fewest_slices < _LEAST_SLICES:
        found.append(Doubt.FEW_SLICES)
    if _angle(pair.frame.to_mm(best)) > _FARTHEST_TURN:
        found.append(Doubt.FAR_TURN)
    if not pair.overlaps(best):
        found.append(Doubt.LITTLE_OVERLAP)
    if pair.levels[-1].information(best) < _LEAST_INFORMATION:
        found.append(Doubt.LITTLE_IN_COMMON)
    if _loss_aside(pair.levels[1], best) < _LEAST_LOSS:
        found.append(Doubt.NOT_SHARP)
    far = _ELSEWHERE * pair.frame.radius
    rivals = [score for score, end in ends if pair.frame.between(end, best) > far]
    if rivals and max(rivals) > _RIVAL * pair.levels[0].information(best):
        found.append(Doubt.RIVALS)
    return tuple(found)


def _loss_aside(level: Level, best: Motion) -> float:
    """The least share of the mutual information that any turn or shift by a tenth of the radius loses."""
    top = level.information(best)
    if not top > 0:
        return 0.0
    aside = [tuple(np.add(best, way * np.eye(6)[axis])) for axis in range(6) for way in (-_ASIDE, _ASIDE)]
    return min((top - level.information(motion)) / top for motion in aside)


def _angle(transform: sitk.Euler3DTransform) -> float:
    trace = np.trace(np.array(transform.GetMatrix()).reshape(3, 3))
    return float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0))))
