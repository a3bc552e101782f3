"""What the scene is asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import slicer

from ..engine.model.result import GrowingResult
from ..engine.unimodal import UniModalResult
from ..parameters.presets import Parameters
from ..parameters.settings import (
    CleanupParameters,
    GrowingParameters,
    OverwriteMode,
    SmoothingParameters,
    UniModalParameters,
)
from ..pipeline.segmentation import Segmentation
from ..scene.restrictions import Mask
from ..scene.segments import SegmentLook


@dataclass(frozen=True, eq=False)
class Request:
    """What to segment, and where to put it. ``segmentation`` may be missing as long as nothing is written."""

    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]
    seeds: slicer.vtkMRMLMarkupsNode | None
    segmentation: slicer.vtkMRMLSegmentationNode | None
    look: SegmentLook
    smoothing: SmoothingParameters = SmoothingParameters()
    growing: GrowingParameters = GrowingParameters()
    unimodal: UniModalParameters | None = None
    exclusion_seeds: slicer.vtkMRMLMarkupsNode | None = None
    overwrite: OverwriteMode = OverwriteMode.ALLOW_OVERLAP
    roi: slicer.vtkMRMLMarkupsROINode | None = None
    mask: Mask | None = None
    mask_inside: bool = True
    cleanup: CleanupParameters = CleanupParameters()

    @property
    def parameters(self) -> Parameters:
        """All the parameters together."""
        return Parameters(self.smoothing, self.growing, self.unimodal, self.cleanup)


@dataclass(frozen=True, eq=False)
class SceneSegmentation(Segmentation):
    """A segmentation of nodes that is not in the scene yet."""

    request: Request = field(kw_only=True)


@dataclass(frozen=True, eq=False)
class Written:
    """The segment's ID and what it was made from."""

    segment_id: str
    segmentation: SceneSegmentation

    @property
    def growing(self) -> GrowingResult:
        """The result of growing on all volumes."""
        return self.segmentation.result

    @property
    def unimodal(self) -> tuple[UniModalResult, ...]:
        """One result a volume where asked for."""
        return self.segmentation.unimodal
