"""Where the region may grow: the mask's selector, which the parameter node cannot be connected to, and the ROI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer

if TYPE_CHECKING:
    from ..choices.parameter_node import MultiModalSegmentationParameterNode


class Where:
    """Keeps the mask selector in step with the parameters, both ways, and shows the ROI while it restricts."""

    def __init__(self, maskSelector: slicer.qMRMLSegmentSelectorWidget) -> None:
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._maskSelector = maskSelector
        self._shownRoi = ""
        maskSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._onMaskNodeChanged)
        maskSelector.connect("currentSegmentChanged(QString)", self._onMaskSegmentChanged)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Show these parameters, or none."""
        self._parameters = parameters
        self._shownRoi = ""

    def update(self) -> None:
        """Show what is chosen."""
        segmentation, segment = self._parameters.maskSegmentation, self._parameters.maskSegment
        blocked = self._maskSelector.blockSignals(True)
        if self._maskSelector.currentNode() is not segmentation:
            self._maskSelector.setCurrentNode(segmentation)
        if segmentation and segment and self._maskSelector.currentSegmentID() != segment:
            self._maskSelector.setCurrentSegmentID(segment)
        self._maskSelector.blockSignals(blocked)
        self._showRoi()

    def _showRoi(self) -> None:
        roi = self._parameters.roi
        roiId = roi.GetID() if roi else ""
        if roi and roiId != self._shownRoi:
            roi.CreateDefaultDisplayNodes()
            roi.GetDisplayNode().SetVisibility(True)
        self._shownRoi = roiId

    def _onMaskNodeChanged(self, node: slicer.vtkMRMLSegmentationNode | None) -> None:
        if self._parameters:
            self._parameters.maskSegmentation = node
            self._parameters.maskSegment = self._maskSelector.currentSegmentID() or ""

    def _onMaskSegmentChanged(self, segmentId: str) -> None:
        if self._parameters:
            self._parameters.maskSegment = segmentId or ""
