"""Where the region may grow: the region of interest, and the selector of the mask, which knows no parameter node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import slicer
from slicer.util import VTKObservationMixin

from MultiModalSegmentationLib.scene.roi import fit_roi

if TYPE_CHECKING:
    from MultiModalSegmentationLib import Box

    from ..choices.parameter_node import MultiModalSegmentationParameterNode


class Where(VTKObservationMixin):
    """Keeps the mask selector in step with the parameters, both ways, and shows the ROI while it restricts.

    ``shownBox`` tells the box of the region shown, if there is one: a new ROI is fitted to it.
    """

    def __init__(self, ui: Any, shownBox: Callable[[], Box | None]) -> None:
        VTKObservationMixin.__init__(self)
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._maskSelector = ui.maskSelector
        self._shownBox = shownBox
        self._shownRoi = ""
        self._observedMask: slicer.vtkMRMLSegmentationNode | None = None
        self._maskSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._onMaskNodeChanged)
        self._maskSelector.connect("currentSegmentChanged(QString)", self._onMaskSegmentChanged)
        ui.roiSelector.connect("nodeAddedByUser(vtkMRMLNode*)", self._onRoiAdded)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Show these parameters, or none."""
        self._parameters = parameters
        self._shownRoi = ""
        if parameters is None:
            self._observe(None)

    def update(self) -> None:
        """Show what is chosen."""
        self._observe(self._parameters.maskSegmentation)
        self._showMask()
        self._showRoi()

    def _showMask(self) -> None:
        segmentation, segment = self._parameters.maskSegmentation, self._parameters.maskSegment
        blocked = self._maskSelector.blockSignals(True)
        if self._maskSelector.currentNode() is not segmentation:
            self._maskSelector.setCurrentNode(segmentation)
        if self._maskSelector.currentSegmentID() != segment:
            self._maskSelector.setCurrentSegmentID(segment)
        self._maskSelector.blockSignals(blocked)

    def _showRoi(self) -> None:
        roi = self._parameters.roi
        roiId = roi.GetID() if roi else ""
        if roi and roiId != self._shownRoi:
            roi.CreateDefaultDisplayNodes()
            roi.GetDisplayNode().SetVisibility(True)
        self._shownRoi = roiId

    def _onRoiAdded(self, roi: slicer.vtkMRMLMarkupsROINode) -> None:
        """A new ROI has no size: without one it could neither restrict nor be seen or grasped."""
        if self._parameters and self._parameters.referenceVolume:
            fit_roi(roi, self._parameters.referenceVolume, self._shownBox())
        roi.CreateDefaultDisplayNodes()
        roi.GetDisplayNode().SetVisibility(True)
        roi.GetDisplayNode().SetHandlesInteractive(True)

    def _observe(self, segmentation: slicer.vtkMRMLSegmentationNode | None) -> None:
        if segmentation is self._observedMask:
            return
        self.removeObservers()
        self._observedMask = segmentation
        if segmentation:
            # Before the selector hears of it: that would choose another segment in place of a removed one.
            self.addObserver(segmentation, slicer.vtkSegmentation.SegmentRemoved, self._onSegmentRemoved, priority=1.0)

    def _onSegmentRemoved(self, segmentation: slicer.vtkMRMLSegmentationNode, _event: str) -> None:
        segment = self._parameters.maskSegment
        if segment and not segmentation.GetSegmentation().GetSegment(segment):
            self._parameters.maskSegment = ""
            self._showMask()

    def _onMaskNodeChanged(self, node: slicer.vtkMRMLSegmentationNode | None) -> None:
        if self._parameters:
            self._parameters.maskSegmentation = node
            self._parameters.maskSegment = self._maskSelector.currentSegmentID() if node else ""

    def _onMaskSegmentChanged(self, segmentId: str) -> None:
        if self._parameters:
            self._parameters.maskSegment = segmentId or ""
