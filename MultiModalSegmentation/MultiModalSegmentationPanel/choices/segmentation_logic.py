"""What the panel needs of the module's logic, and what that answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import slicer

    from MultiModalSegmentationLib import GrowingResult, SmoothingParameters, UniModalResult
    from MultiModalSegmentationLib.workflow.cache import ChannelCache
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation
    from MultiModalSegmentationLib.workflow.sample import SampleDataNodes


class SegmentationResult(NamedTuple):
    """The segment that was written, the result it shows, and one uni-modal result a volume where asked for."""

    segmentId: str
    growing: GrowingResult
    unimodal: tuple[UniModalResult, ...]


class SegmentationLogic(Protocol):
    """The members of ``MultiModalSegmentationLogic`` that the panel uses; see there."""

    lastTissues: list[SceneSegmentation]

    @property
    def cache(self) -> ChannelCache: ...

    def processTissues(
        self,
        inputVolumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
        tissues: Sequence[tuple],
        outputSegmentation: slicer.vtkMRMLSegmentationNode,
        **choices: Any,
    ) -> list[SegmentationResult]: ...

    def addSmoothedVolumes(
        self, inputVolumes: Sequence[slicer.vtkMRMLScalarVolumeNode], smoothing: SmoothingParameters
    ) -> list[slicer.vtkMRMLScalarVolumeNode]: ...

    def loadSampleData(self, size: tuple[int, int, int] | None = None) -> SampleDataNodes: ...
