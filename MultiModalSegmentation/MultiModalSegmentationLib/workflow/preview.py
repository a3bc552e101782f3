"""The preview: a segmentation node that shows a region while it is still being corrected."""

from __future__ import annotations

from collections.abc import Sequence

import slicer

from ..scene.segments import Region, SegmentLook, fit_region, write_labelmap
from ..scene.volumes import grid_of_volume

NAME = "Multi-modal segmentation preview"
COLOR = (1.0, 0.85, 0.1)
LOOK = SegmentLook("Preview", COLOR)
"""Of a single region."""

FILL_OPACITY = 0.3
OPACITY_3D = 0.2
"""A folded surface has many layers: more would hide the seeds in it."""


class PreviewNode:
    """Translucent segments in all views; never saved, exported, or offered in selectors."""

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._node: slicer.vtkMRMLSegmentationNode | None = None
        self._place: tuple = ()

    @property
    def node(self) -> slicer.vtkMRMLSegmentationNode | None:
        """The node, where it is in the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def show(self, reference: slicer.vtkMRMLScalarVolumeNode, region: Region, *, in_3d: bool = False) -> None:
        """Show a region of the reference's grid."""
        self.show_tissues(reference, [(LOOK, region)], in_3d=in_3d)

    def show_tissues(
        self,
        reference: slicer.vtkMRMLScalarVolumeNode,
        tissues: Sequence[tuple[SegmentLook, Region]],
        *,
        in_3d: bool = False,
    ) -> None:
        """Show several regions, each as its look says, and nothing else."""
        if self.node is None or self._place != _place_of(reference):
            self.remove()
            self._create(reference)
        fitted = [(look, fit_region(self._node, reference, region)) for look, region in tissues]
        shown = [write_labelmap(self._node, reference, labelmap, look) for look, labelmap in fitted]
        content = self._node.GetSegmentation()
        for segment_id in set(content.GetSegmentIDs()) - set(shown):
            content.RemoveSegment(segment_id)
        if in_3d:
            self._node.CreateClosedSurfaceRepresentation()
        else:
            self._node.GetSegmentation().RemoveRepresentation("Closed surface")
        display = self._node.GetDisplayNode()
        display.SetVisibility3D(in_3d)
        display.SetVisibility(True)

    def hide(self) -> None:
        """Show nothing for now."""
        if self.node is not None and self._node.GetDisplayNode():
            self._node.GetDisplayNode().SetVisibility(False)

    def remove(self) -> None:
        """Take the node, and its display, out of the scene."""
        if self.node is not None:
            display = self._node.GetDisplayNode()
            self._scene.RemoveNode(self._node)
            if display is not None and display.GetScene() is self._scene:
                self._scene.RemoveNode(display)
        self._node = None

    def _create(self, reference: slicer.vtkMRMLScalarVolumeNode) -> None:
        node = slicer.vtkMRMLSegmentationNode()
        node.SetName(NAME)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        node.SetSelectable(False)
        self._scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSaveWithScene(False)
        display.SetOpacity2DFill(FILL_OPACITY)
        display.SetSliceIntersectionThickness(1)
        display.SetOpacity3D(OPACITY_3D)
        self._node = node
        self._place = _place_of(reference)


def _place_of(reference: slicer.vtkMRMLScalarVolumeNode) -> tuple:
    grid = grid_of_volume(reference)
    return reference.GetID(), reference.GetTransformNodeID(), grid.size, tuple(grid.index_to_lps.ravel())
