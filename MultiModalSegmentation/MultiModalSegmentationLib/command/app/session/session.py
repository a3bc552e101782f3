"""One scene and one user's choices on it, and what can be done with them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import slicer

from ....controls import missing
from ....parameters.colors import EXCLUSION_SEED_COLOR, TISSUE_COLOR
from ....parameters.presets import Parameters
from ....parameters.settings import MAXIMUM_CHANNELS, OverwriteMode, UniModalParameters
from ....scene.nodes import add_points
from ....scene.restrictions import Mask
from ....scene.segments import SegmentLook, recipe_of
from ....scene.standalone import StandaloneScene
from ....workflow.cache import ChannelCache
from ....workflow.history import SegmentHistory
from ....workflow.request import Request, Written
from ....workflow.restore import restore
from ....workflow.workflow import growing_steps, write
from .points import Points

SEGMENT_NAME = "Tissue"


class Session:
    """A standalone scene with the lists and the segmentation that a user works on."""

    def __init__(self, standalone: StandaloneScene | None = None) -> None:
        self.standalone = standalone or StandaloneScene()
        self.scene = self.standalone.scene
        self.cache = ChannelCache()
        self.volumes: list[slicer.vtkMRMLScalarVolumeNode] = []
        self.seeds = Points(add_points(self.scene, "Seeds", label_format="S-%d"))
        self.exclusion_seeds = Points(
            add_points(self.scene, "Exclusion seeds", color=EXCLUSION_SEED_COLOR, label_format="X-%d")
        )
        self.parameters = Parameters(unimodal=None)
        self.overwrite = OverwriteMode.ALLOW_OVERLAP
        self.segment_name = SEGMENT_NAME
        self.segment_color = TISSUE_COLOR
        self.roi: slicer.vtkMRMLMarkupsROINode | None = None
        self.mask: Mask | None = None
        self.mask_inside = True
        self.segmentation = self.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
        self.segmentation.CreateDefaultDisplayNodes()
        self.is_saved = True
        self._history = SegmentHistory(self.segmentation)

    def all_volumes(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        """Every scalar volume of the scene, in the order of loading."""
        name = "vtkMRMLScalarVolumeNode"
        nodes = [self.scene.GetNthNodeByClass(n, name) for n in range(self.scene.GetNumberOfNodesByClass(name))]
        return [node for node in nodes if node.GetClassName() == name]

    def choose_volumes(self, names: Sequence[str | None]) -> None:
        """The volumes of a run by their IDs, the reference first; ``None`` for a place left free."""
        nodes = [self.scene.GetNodeByID(name) for name in names if name]
        self.volumes = [node for node in nodes if node is not None][:MAXIMUM_CHANNELS]

    def remove_volume(self, node_id: str) -> None:
        """Take a volume out of the scene and out of the choice."""
        node = self.scene.GetNodeByID(node_id)
        if node is not None:
            self.volumes = [volume for volume in self.volumes if volume is not node]
            self.scene.RemoveNode(node)
            self.cache.clear()

    def missing(self) -> str:
        """Why nothing can be grown yet, as a sentence; empty where it can."""
        growing = self.parameters.growing
        found = (
            missing.in_volumes(self.volumes[0] if self.volumes else None, self.volumes)
            or missing.in_seeds(self.seeds.node, self.segment_name)
            or missing.in_restrictions(self.roi)
            or missing.in_statistics(
                self.seeds.node,
                self.exclusion_seeds.node,
                growing.seed_statistics,
                is_automatic=growing.multiplier is None,
            )
        )
        return found.sentence() if found else ""

    def request(self, *, for_writing: bool = False) -> Request:
        """What to grow; with name, color, comparison and segmentation where it is to be written."""
        look = SegmentLook(self.segment_name.strip(), self.segment_color) if for_writing else SegmentLook("")
        return Request(
            volumes=tuple(self.volumes),
            seeds=self.seeds.node,
            segmentation=self.segmentation if for_writing else None,
            look=look,
            smoothing=self.parameters.smoothing,
            growing=self.parameters.growing,
            unimodal=self.parameters.unimodal if for_writing else None,
            exclusion_seeds=self.exclusion_seeds.node if self.exclusion_seeds.numbers() else None,
            overwrite=self.overwrite,
            roi=self.roi,
            mask=self.mask,
            mask_inside=self.mask_inside,
            cleanup=self.parameters.cleanup,
            preparation=self.parameters.preparation,
        )

    def compare(self, wanted: bool) -> None:
        """Also grow on each volume alone when a segment is written."""
        growing = self.parameters.growing
        alone = UniModalParameters(initial_neighborhood_radius=growing.initial_neighborhood_radius) if wanted else None
        self.parameters = replace(self.parameters, unimodal=alone)

    def apply_steps(self) -> Generator[float, None, Written]:
        """Grow and write the segment in short steps; the scene changes in the last one only.

        Raises ``ValueError`` naming the volume or point that is wrong.
        """
        grown = yield from growing_steps(self.request(for_writing=True), self.cache)
        self._history.about_to_change()
        written = write(grown)
        self._history.changed()
        self.is_saved = False
        return written

    @property
    def can_undo(self) -> bool:
        """Whether there is a segment to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a segment that was taken back."""
        return self._history.can_redo

    def undo(self) -> bool:
        """Take back the last segment; whether there was one."""
        return self._history.undo()

    def redo(self) -> bool:
        """Write the segment again that was taken back last; whether there was one."""
        return self._history.redo()

    def segment_names(self) -> list[str]:
        """The names of all segments."""
        content = self.segmentation.GetSegmentation()
        return [content.GetSegment(segment_id).GetName() for segment_id in content.GetSegmentIDs()]

    def restore(self, segment_name: str) -> None:
        """Take over volumes, points and parameters of a segment.

        Raises ``ValueError`` where it was not made here, or a volume is gone.
        """
        content = self.segmentation.GetSegmentation()
        segment_id = content.GetSegmentIdBySegmentName(segment_name)
        restored = restore(recipe_of(self.segmentation, segment_id), self.scene)
        self.volumes = list(restored.volumes)
        self.seeds.take(restored.seeds)
        self.exclusion_seeds.take(restored.exclusion_seeds)
        self.parameters = replace(restored.parameters, unimodal=None)
        self.overwrite = restored.overwrite
        self.roi, self.mask, self.mask_inside = restored.roi, restored.mask, restored.mask_inside
        self.segment_name = segment_name
        self.segment_color = content.GetSegment(segment_id).GetColor()
