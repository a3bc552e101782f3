"""What the panel tells in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from MultiModalSegmentationLib.engine.bricks.smoothing import stable_time_step, used_time_step
from MultiModalSegmentationLib.engine.model.statistics import coverage
from MultiModalSegmentationLib.explaining.findings import result_findings
from MultiModalSegmentationLib.geometry.numbers import significant

from .explaining import findingText

if TYPE_CHECKING:
    import slicer

    from MultiModalSegmentationLib import GrowingResult, SmoothingParameters


def shortName(name: str, most: int = 24) -> str:
    """The name, cut in the middle where it is longer."""
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}\u2026{name[-half:]}"


def coverageText(multiplier: float, channels: int) -> str:
    """The share of a normally distributed tissue that lies within the multiplier."""
    text = _("{percent:.1f} % (with 1 volume)") if channels == 1 else _("{percent:.1f} % (with {count} volumes)")
    return text.format(percent=100 * coverage(multiplier, channels), count=channels)


def timeStepText(smoothing: SmoothingParameters, volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> str:
    """The time step that is really used on the reference volume's grid."""
    if not volumes or not smoothing.iterations:
        return ""
    spacing = volumes[0].GetSpacing()
    used = used_time_step(smoothing, spacing)
    limit = stable_time_step(spacing)
    if used < smoothing.time_step:
        return _("used: {step:.4g} mm² (limit)").format(step=used)
    if used > limit:
        return _("unstable: over {limit:.4g} mm²").format(limit=limit)
    return _("used: {step:.4g} mm²").format(step=used)


def resultText(segmentName: str, result: GrowingResult) -> str:
    """One line about a region: what it is, how large, and why it ends there."""
    text = _(
        "{name}: {volume} mL, {voxels} voxels; effective multiplier {multiplier:.3g} (coverage {coverage:.1f} %)."
    ).format(
        name=segmentName,
        volume=significant(result.volume_ml),
        voxels=f"{result.voxel_count:,}",
        multiplier=result.effective_multiplier,
        coverage=100 * result.coverage,
    )
    return " ".join([text, *(findingText(finding) for finding in result_findings(result))])
