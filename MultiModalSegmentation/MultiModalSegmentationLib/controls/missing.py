"""What is still missing before a region can be grown: decided here, told by the panel and the browser."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..parameters.settings import SeedStatistics

if TYPE_CHECKING:
    import slicer


class MissingKind(enum.Enum):
    """Why nothing can be grown yet. The value is the sentence; ``{name}`` stands for the node it is about."""

    REFERENCE = "Choose the reference volume."
    SECOND_VOLUME = "Choose a second volume of the same anatomy."
    SAME_VOLUME = "The same volume is chosen twice: choose different volumes."
    SEED_LIST = "Choose or create a list of seeds."
    SEED = "Place at least one seed into the tissue that you want."
    NAME = "Give the segment a name."
    ROI_SIZE = "The region of interest '{name}' has no size: draw it in the views, or create a new one."
    MASK_SEGMENT = "The mask has no segment: choose one of '{name}', or no mask."
    TISSUES_POOLED = "Several tissues need pooled seed statistics: choose Pooled."
    NUMBER = "ITK statistics need a multiplier: uncheck Automatic, or choose Pooled."
    SAME_LIST = "The same list is chosen for seeds and exclusion seeds: choose another one."
    POOLED = "Exclusion seeds need pooled seed statistics: choose Pooled."


@dataclass(frozen=True)
class Missing:
    """What is missing, with the name of the node that it is about, if it is about one."""

    kind: MissingKind
    name: str = ""

    def sentence(self) -> str:
        """In plain English."""
        return self.kind.value.format(name=self.name)


def in_volumes(
    reference: slicer.vtkMRMLScalarVolumeNode | None, volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]
) -> Missing | None:
    """What the choice of volumes lacks; ``volumes`` are all of them, the reference among them."""
    if reference is None:
        return Missing(MissingKind.REFERENCE)
    if len(volumes) < 2:
        return Missing(MissingKind.SECOND_VOLUME)
    is_twice = len({volume.GetID() for volume in volumes}) < len(volumes)
    return Missing(MissingKind.SAME_VOLUME) if is_twice else None


def in_seeds(seeds: slicer.vtkMRMLMarkupsNode | None, segment_name: str) -> Missing | None:
    """What a single tissue lacks."""
    if seeds is None:
        return Missing(MissingKind.SEED_LIST)
    if not seeds.GetNumberOfDefinedControlPoints():
        return Missing(MissingKind.SEED)
    return None if segment_name.strip() else Missing(MissingKind.NAME)


def in_restrictions(
    roi: slicer.vtkMRMLMarkupsROINode | None,
    mask_segmentation: slicer.vtkMRMLSegmentationNode | None = None,
    mask_segment: str = "",
) -> Missing | None:
    """What restricts nothing although it is chosen."""
    if roi is not None and min(roi.GetSize()) <= 0:
        return Missing(MissingKind.ROI_SIZE, roi.GetName())
    if mask_segmentation is not None and not mask_segment:
        return Missing(MissingKind.MASK_SEGMENT, mask_segmentation.GetName())
    return None


def in_statistics(
    seeds: slicer.vtkMRMLMarkupsNode | None,
    exclusion_seeds: slicer.vtkMRMLMarkupsNode | None,
    statistics: SeedStatistics,
    *,
    is_automatic: bool = False,
    tissues: int = 1,
) -> Missing | None:
    """What points and parameters contradict; ``is_automatic`` leaves the multiplier open."""
    is_itk = statistics is SeedStatistics.ITK
    if tissues > 1 and is_itk:
        return Missing(MissingKind.TISSUES_POOLED)
    if is_automatic and is_itk:
        return Missing(MissingKind.NUMBER)
    if exclusion_seeds is None:
        return None
    if exclusion_seeds is seeds:
        return Missing(MissingKind.SAME_LIST)
    excludes = exclusion_seeds.GetNumberOfDefinedControlPoints() > 0
    return Missing(MissingKind.POOLED) if excludes and is_itk else None
