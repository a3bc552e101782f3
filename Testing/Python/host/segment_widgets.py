"""Stand-in for ``qMRMLSegmentSelectorWidget``: a segmentation node and one of its segments."""

from __future__ import annotations

import slicer
from PySide6 import QtWidgets
from PySide6.QtCore import Property, Signal

from .mrml_widgets import qMRMLWidget
from .node_combo_box import qMRMLNodeComboBox
from .ui_classes import Observations, ui_class

_SEGMENT_EVENTS = (
    slicer.vtkSegmentation.SegmentAdded,
    slicer.vtkSegmentation.SegmentRemoved,
    slicer.vtkSegmentation.SegmentModified,
)


@ui_class
class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """Two rows, or one with ``horizontalLayout``. A segment that goes gives way to the first one that is left, also
    where None is offered; the ID of the last one stays while there is no segment. Selecting several is not supported.
    """

    currentNodeChanged = Signal(object)
    currentSegmentChanged = Signal(str)
    nodeAboutToBeEdited = Signal(object)
    signal_names = {  # noqa: RUF012 - a constant table
        **qMRMLWidget.signal_names,
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "nodeAboutToBeEdited(vtkMRMLNode*)": "nodeAboutToBeEdited",
    }

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._selector, self._segments = qMRMLNodeComboBox(), QtWidgets.QComboBox()
        self._selector.setNodeTypes(["vtkMRMLSegmentationNode"])
        self._selector.setAddEnabled(False)
        self._selector.setRemoveEnabled(False)
        self._segment_id = ""
        self._node: slicer.vtkMRMLSegmentationNode | None = None
        self._observations = Observations(self)
        self._label, self._message = QtWidgets.QLabel("Segment: "), QtWidgets.QLabel()
        self._frame = QtWidgets.QFrame()
        frame_layout = QtWidgets.QGridLayout(self._frame)
        frame_layout.setContentsMargins(4, 0, 0, 0)
        frame_layout.addWidget(self._label, 0, 0)
        frame_layout.addWidget(self._segments, 0, 1)
        frame_layout.addWidget(self._message, 1, 0, 1, 2)
        self._layout = QtWidgets.QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._selector, 0, 0)
        self._layout.addWidget(self._frame, 1, 0)
        self._selector.currentNodeChanged.connect(self._on_node_changed)
        self._segments.currentIndexChanged.connect(self._on_segment_changed)
        self._fill()

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        super().setMRMLScene(scene)
        self._selector.setMRMLScene(scene)

    def currentNode(self) -> slicer.vtkMRMLSegmentationNode | None:
        return self._selector.currentNode()

    def currentNodeID(self) -> str:
        return self._selector.currentNodeID

    def setCurrentNode(self, node: slicer.vtkMRMLNode | None) -> None:
        self._selector.setCurrentNode(node)

    def setCurrentNodeID(self, node_id: str) -> None:
        self._selector.setCurrentNodeID(node_id)

    def currentSegmentID(self) -> str:
        return self._segment_id

    def segmentIDs(self) -> list[str]:
        return list(self._node.GetSegmentation().GetSegmentIDs()) if self._node is not None else []

    def setCurrentSegmentID(self, segment_id: str) -> None:
        row = self._segments.findData(segment_id or "None")
        if row >= 0:
            self._segments.setCurrentIndex(row)

    def _on_node_changed(self, node: slicer.vtkMRMLSegmentationNode | None) -> None:
        self._observations.clear()
        self._node = node
        for event in _SEGMENT_EVENTS if node is not None else ():
            self._observations.add(node, event, self._fill)
        self._fill()
        self.currentNodeChanged.emit(node)

    def _fill(self) -> None:
        self._segments.blockSignals(True)
        self._segments.clear()
        ids = self.segmentIDs()
        self._show_message("" if ids else "No segments in segmentation" if self._node else "No node is selected")
        for widget in (self._label, self._segments):
            widget.setVisible(bool(ids))
        if self.noneEnabled and ids:
            self._segments.addItem("None", "None")
        for segment_id in ids:
            self._segments.addItem(self._node.GetSegmentation().GetSegment(segment_id).GetName(), segment_id)
        keeps = self._segment_id in ids or (self.noneEnabled and not self._segment_id)
        self._segments.setCurrentIndex(self._segments.findData(self._segment_id or "None") if keeps else -1)
        self._segments.blockSignals(False)
        if ids and not keeps:
            self._segments.setCurrentIndex(1 if self.noneEnabled else 0)

    def _show_message(self, text: str) -> None:
        self._message.setVisible(bool(text))
        self._message.setText(text)

    def _on_segment_changed(self, row: int) -> None:
        self._show_message("")
        if self._node is None:
            return
        data = self._segments.itemData(row)
        self._segment_id = "" if data in (None, "None") else data
        self.currentSegmentChanged.emit(self._segment_id)

    def _set_none_enabled(self, enabled: bool) -> None:
        self._selector.setNoneEnabled(enabled)
        self._fill()

    def _set_horizontal(self, horizontal: bool) -> None:
        self._layout.removeWidget(self._frame)
        self._layout.addWidget(self._frame, *((0, 1) if horizontal else (1, 0)))
        self._label.setText("" if horizontal else "Segment: ")

    horizontalLayout = Property(bool, lambda self: self._layout.rowCount() == 1, _set_horizontal)
    noneEnabled = Property(bool, lambda self: self._selector.noneEnabled, _set_none_enabled)
    segmentationNodeSelectorVisible = Property(
        bool, lambda self: not self._selector.isHidden(), lambda self, visible: self._selector.setVisible(visible)
    )
    multiSelection = Property(bool, lambda self: False)
