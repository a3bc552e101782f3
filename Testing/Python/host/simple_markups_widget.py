"""Stand-in for ``qSlicerSimpleMarkupsWidget``: a list of points with its selector, place buttons and table."""

from __future__ import annotations

from collections.abc import Callable

import slicer
from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .markups_place_widget import NODE_EVENTS, qSlicerMarkupsPlaceWidget
from .mrml_widgets import qSlicerWidget
from .node_combo_box import qMRMLNodeComboBox
from .ui_classes import Observations, changing_property, ui_class

_TABLE_COLUMNS = ("Label", "R", "A", "S", "Position")


def _setter(name: str) -> Callable:
    return lambda self, value: setattr(self, name, value)


@ui_class
class qSlicerSimpleMarkupsWidget(qSlicerWidget):
    """Node selector, place widget and a table of the control points of a list."""

    markupsNodeChanged = Signal()
    updateFinished = Signal()
    currentMarkupsControlPointSelectionChanged = Signal(int)
    activeMarkupsPlaceModeChanged = Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._selector, self._place_widget = qMRMLNodeComboBox(), qSlicerMarkupsPlaceWidget()
        self._selector.setNodeTypes(["vtkMRMLMarkupsNode"])
        self._selector.setNoneEnabled(True)
        self._table = QtWidgets.QTableWidget(0, len(_TABLE_COLUMNS))
        self._table.setHorizontalHeaderLabels(list(_TABLE_COLUMNS))
        self._enter_place_mode = self._jump = True
        self._default_color = QtGui.QColor(0, 0, 255)
        self._view_group = -1
        self._node: slicer.vtkMRMLMarkupsNode | None = None
        self._observations = Observations(self)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._selector, self._place_widget, self._table):
            layout.addWidget(widget)
        self._selector.currentNodeChanged.connect(self._on_node_changed)
        self._selector.nodeAddedByUser.connect(self._on_node_added)
        self._table.cellClicked.connect(self._on_row_clicked)
        self._place_widget.activeMarkupsPlaceModeChanged.connect(self.activeMarkupsPlaceModeChanged)

    def tableWidget(self) -> QtWidgets.QTableWidget:
        return self._table

    def markupsPlaceWidget(self) -> qSlicerMarkupsPlaceWidget:
        return self._place_widget

    def markupsSelectorComboBox(self) -> qMRMLNodeComboBox:
        return self._selector

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        super().setMRMLScene(scene)
        self._selector.setMRMLScene(scene)
        self._place_widget.setMRMLScene(scene)

    def currentNode(self) -> slicer.vtkMRMLMarkupsNode | None:
        return self._selector.currentNode()

    def setCurrentNode(self, node: slicer.vtkMRMLNode | None) -> None:
        self._selector.setCurrentNode(node)

    def setNodeBaseName(self, name: str) -> None:
        self._selector.setBaseName(name)

    def interactionNode(self) -> slicer.vtkMRMLInteractionNode | None:
        return self._place_widget.interactionNode()

    def highlightNthControlPoint(self, index: int) -> None:
        self._table.setCurrentCell(index, 0)

    def _on_node_added(self, node: slicer.vtkMRMLMarkupsNode) -> None:
        node.CreateDefaultDisplayNodes()
        color = self._default_color
        node.GetDisplayNode().SetSelectedColor(color.redF(), color.greenF(), color.blueF())

    def _on_node_changed(self, node: slicer.vtkMRMLMarkupsNode | None) -> None:
        self._observations.clear()
        self._node = node
        self._place_widget.setCurrentNode(node)
        for event in (*NODE_EVENTS, slicer.vtkMRMLMarkupsNode.PointModifiedEvent) if node is not None else ():
            self._observations.add(node, event, self._update_table)
        if node is not None and self._enter_place_mode:
            self._place_widget.setPlaceModeEnabled(True)
        self._update_table()
        self.markupsNodeChanged.emit()

    def _update_table(self) -> None:
        count = self._node.GetNumberOfControlPoints() if self._node is not None else 0
        self._table.setRowCount(count)
        for row in range(count):
            position = self._node.GetNthControlPointPositionWorld(row)
            texts = [self._node.GetNthControlPointLabel(row), *(f"{value:.3f}" for value in position), ""]
            for column, text in enumerate(texts):
                self._table.setItem(row, column, QtWidgets.QTableWidgetItem(text))
        self.updateFinished.emit()

    def _on_row_clicked(self, row: int, column: int) -> None:
        if self._jump and self._node is not None:
            slicer.modules.markups.logic().JumpSlicesToNthPointInMarkup(
                self._node.GetID(), row, False, self._view_group
            )
        self.currentMarkupsControlPointSelectionChanged.emit(row)

    setEnterPlaceModeOnNodeChange = _setter("_enter_place_mode")
    setJumpToSliceEnabled = _setter("_jump")
    setViewGroup = _setter("_view_group")
    setDefaultNodeColor = _setter("_default_color")

    def setNodeSelectorVisible(self, visible: bool) -> None:
        self._selector.setVisible(visible)

    def setOptionsVisible(self, visible: bool) -> None:
        self._place_widget.setVisible(visible)

    enterPlaceModeOnNodeChange = changing_property(bool, "_enter_place_mode", "setEnterPlaceModeOnNodeChange")
    jumpToSliceEnabled = changing_property(bool, "_jump", "setJumpToSliceEnabled")
    viewGroup = changing_property(int, "_view_group", "setViewGroup")
    defaultNodeColor = changing_property(QtGui.QColor, "_default_color", "setDefaultNodeColor")
    nodeColor = Property(
        QtGui.QColor,
        lambda self: self._place_widget.nodeColor,
        lambda self, color: self._place_widget.setNodeColor(color),
    )
    nodeSelectorVisible = Property(
        bool, lambda self: not self._selector.isHidden(), lambda self, visible: self.setNodeSelectorVisible(visible)
    )
    optionsVisible = Property(
        bool, lambda self: not self._place_widget.isHidden(), lambda self, visible: self.setOptionsVisible(visible)
    )
