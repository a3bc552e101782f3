"""What is still missing before a region can be grown: decided here, told by the panel and the browser."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..parameters.settings import SeedStatistics

if TYPE_CHECKING:
    import slicer


class Missing(enum.Enum):
    """Why nothing can be grown yet. The value is the sentence; ``{name}`` stands for the node it is about."""

    REFERENCE = "Choose the reference volume."
    SECOND_VOLUME = "Choose a second volume of the same anatomy."
    SAME_VOLUME = "The same volume is chosen twice: choose different volumes."
    SEED_LIST = "Choose or create a list of seeds."
    SEED = "Place at least one seed into the tissue that you want."
    NAME = "Give the segment a name."
    ROI_SIZE = "The region of interest '{name}' has no size: draw it in the views, or create a new one."
    MASK_SEGMENT = "The mask has no segment: choose one of '{name}', or no mask."
    SAME_LIST = "The same list is chosen for seeds and exclusion seeds: choose another one."
    POOLED = "Exclusion seeds need pooled seed statistics: choose Pooled."


def what_is_missing(
    reference: slicer.vtkMRMLScalarVolumeNode | None,
    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
    seeds: slicer.vtkMRMLMarkupsNode | None,
    exclusion_seeds: slicer.vtkMRMLMarkupsNode | None,
    statistics: SeedStatistics,
    segment_name: str,
    *,
    roi: slicer.vtkMRMLMarkupsROINode | None = None,
    mask_segmentation: slicer.vtkMRMLSegmentationNode | None = None,
    mask_segment: str = "",
) -> tuple[Missing, str] | None:
    """The first thing missing with the name of the node it is about, or ``None``.

    ``volumes`` are all that are chosen, the reference among them.
    """
    has_points = seeds is not None and seeds.GetNumberOfDefinedControlPoints() > 0
    excludes = exclusion_seeds is not None and exclusion_seeds.GetNumberOfDefinedControlPoints() > 0
    checks = (
        (reference is None, Missing.REFERENCE),
        (len(volumes) < 2, Missing.SECOND_VOLUME),
        (len({volume.GetID() for volume in volumes}) < len(volumes), Missing.SAME_VOLUME),
        (seeds is None, Missing.SEED_LIST),
        (not has_points, Missing.SEED),
        (not segment_name.strip(), Missing.NAME),
    )
    kind = next((kind for fails, kind in checks if fails), None)
    if kind:
        return kind, ""
    if roi is not None and min(roi.GetSize()) <= 0:
        return Missing.ROI_SIZE, roi.GetName()
    if mask_segmentation is not None and not mask_segment:
        return Missing.MASK_SEGMENT, mask_segmentation.GetName()
    if exclusion_seeds is not None and exclusion_seeds is seeds:
        return Missing.SAME_LIST, ""
    return (Missing.POOLED, "") if excludes and statistics is SeedStatistics.ITK else None
