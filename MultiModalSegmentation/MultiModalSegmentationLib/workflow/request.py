"""What the scene is asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import slicer

from ..engine.model.result import GrowingResult
from ..engine.unimodal import UniModalResult
from ..parameters.presets import Parameters
from ..parameters.settings import (
    CleanupParameters,
    GrowingParameters,
    OverwriteMode,
    PreparationParameters,
    SmoothingParameters,
    UniModalParameters,
)
from ..pipeline.segmentation import Segmentation
from ..scene.restrictions import Mask
from ..scene.segments import SegmentLook


@dataclass(frozen=True, eq=False)
class TissueNodes:
    """A tissue in the scene: what its segment is called, and its seeds."""

    look: SegmentLook
    seeds: slicer.vtkMRMLMarkupsNode | None


@dataclass(frozen=True, eq=False)
class Request:
    """What to segment, and where to put it. ``segmentation`` may be missing as long as nothing is written.

    ``look`` and ``seeds`` are those of the first tissue, ``further`` the other ones.
    """

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
    preparation: PreparationParameters = PreparationParameters()
    further: tuple[TissueNodes, ...] = ()

    @classmethod
    def of_tissues(cls, tissues: Sequence[tuple], **others: Any) -> Request:
        """A request of tissues that are tuples: name, seeds, and where wanted color and terminology.

        Raises ``ValueError`` where there is none.
        """
        if not tissues:
            raise ValueError("There is no tissue: name at least one, with its seeds.")
        nodes = [TissueNodes(SegmentLook(name, *look), seeds) for name, seeds, *look in tissues]
        return cls(look=nodes[0].look, seeds=nodes[0].seeds, further=tuple(nodes[1:]), **others)

    @property
    def tissues(self) -> tuple[TissueNodes, ...]:
        """All the tissues."""
        return (TissueNodes(self.look, self.seeds), *self.further)

    @property
    def parameters(self) -> Parameters:
        """All the parameters together."""
        return Parameters(self.smoothing, self.growing, self.unimodal, self.cleanup, self.preparation)


@dataclass(frozen=True, eq=False)
class SceneSegmentation(Segmentation):
    """A segmentation of nodes that is not in the scene yet: that of the ``number``-th tissue of the request, from 0."""

    request: Request = field(kw_only=True)
    number: int = field(default=0, kw_only=True)

    @property
    def tissue(self) -> TissueNodes:
        """What its segment is called, and its seeds."""
        return self.request.tissues[self.number]


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
