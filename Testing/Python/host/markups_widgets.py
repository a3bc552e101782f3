"""Stand-ins for Slicer's markups widgets: placing points of a list, and the list's table."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk
from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .ctk_values import ctkColorPickerButton
from .mrml_widgets import color_of_vtk, qSlicerWidget
from .node_combo_box import qMRMLNodeComboBox
from .ui_classes import Observations, changing_property, ui_class

_NODE_EVENTS = (
    vtk.vtkCommand.ModifiedEvent,
    slicer.vtkMRMLMarkupsNode.PointAddedEvent,
    slicer.vtkMRMLMarkupsNode.PointRemovedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionUndefinedEvent,
    slicer.vtkMRMLMarkupsNode.FixedNumberOfControlPointsModifiedEvent,
    slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent,
)
_TABLE_COLUMNS = ("Label", "R", "A", "S", "Position")


@ui_class
class qSlicerMarkupsPlaceWidget(qSlicerWidget):
    """Place button, delete button and color of the current list.

    Place mode is on while the list is the active one and the interaction node's mode is ``Place``.
    """

    ShowPlaceMultipleMarkupsOption, HidePlaceMultipleMarkupsOption = 0, 1
    ForcePlaceSingleMarkup, ForcePlaceMultipleMarkups = 2, 3

    activeMarkupsPlaceModeChanged = Signal(bool)
    activeMarkupsFiducialPlaceModeChanged = Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: slicer.vtkMRMLMarkupsNode | None = None
        self._selection_node: slicer.vtkMRMLSelectionNode | None = None
        self._interaction_node: slicer.vtkMRMLInteractionNode | None = None
        self._multiple = self.ShowPlaceMultipleMarkupsOption
        self._default_color = QtGui.QColor(0, 1, 0)
        self._signaled_place_mode = self._updating = False
        self._buttons_visible = self._delete_all_visible = True
        self._singleton_observations = Observations(self)
        self._node_observations = Observations(self)
        self._color_button = ctkColorPickerButton()
        self._color_button.displayColorName = False
        self._place_button, self._delete_button = QtWidgets.QToolButton(), QtWidgets.QToolButton()
        self._place_button.setText("Place")
        self._place_button.setCheckable(True)
        self._delete_button.setText("Delete")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (self._color_button, self._place_button, self._delete_button):
            layout.addWidget(button)
        self._place_button.toggled.connect(self.setPlaceModeEnabled)
        self._delete_button.clicked.connect(lambda *_: self.deleteLastPoint())
        self._color_button.colorChanged.connect(self.setNodeColor)
        self.updateWidget()

    def placeButton(self) -> QtWidgets.QToolButton:
        return self._place_button

    def deleteButton(self) -> QtWidgets.QToolButton:
        return self._delete_button

    # Scene and node

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        super().setMRMLScene(scene)
        self._singleton_observations.clear()
        self._selection_node = scene and scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        self._interaction_node = scene and scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        for node in (self._selection_node, self._interaction_node):
            if node is not None:
                self._singleton_observations.add(node, vtk.vtkCommand.ModifiedEvent, self.updateWidget)
        self.updateWidget()

    def selectionNode(self) -> slicer.vtkMRMLSelectionNode | None:
        return self._selection_node

    def interactionNode(self) -> slicer.vtkMRMLInteractionNode | None:
        return self._interaction_node

    def currentNode(self) -> slicer.vtkMRMLMarkupsNode | None:
        return self._node

    currentMarkupsNode = currentNode

    def setCurrentNode(self, node: slicer.vtkMRMLNode | None) -> None:
        node = node if isinstance(node, slicer.vtkMRMLMarkupsNode) else None
        if node is self._node:
            return
        self._node_observations.clear()
        self._node = node
        for event in _NODE_EVENTS if node is not None else ():
            self._node_observations.add(node, event, self.updateWidget)
        self.updateWidget()

    def _is_usable(self) -> bool:
        return None not in (self._scene, self._node, self._interaction_node) and self._node.GetScene() is not None

    # Place mode

    @property
    def _node_active(self) -> bool:
        if not self._is_usable():
            return False
        logic = slicer.modules.markups.logic()
        same_class = self._selection_node.GetActivePlaceNodeClassName() == self._node.GetClassName()
        return same_class and logic.GetActiveListID() == self._node.GetID()

    @property
    def _place_mode(self) -> bool:
        mode = self._interaction_node and self._interaction_node.GetCurrentInteractionMode()
        return self._node_active and mode == slicer.vtkMRMLInteractionNode.Place

    def setCurrentNodeActive(self, active: bool) -> None:
        if self._is_usable() and active != self._node_active:
            slicer.modules.markups.logic().SetActiveList(self._node if active else None)
            if not active:
                self._interaction_node.SetCurrentInteractionMode(slicer.vtkMRMLInteractionNode.ViewTransform)

    def setPlaceModeEnabled(self, enabled: bool) -> None:
        if not self._is_usable():
            return
        if not enabled:
            self._interaction_node.SetCurrentInteractionMode(slicer.vtkMRMLInteractionNode.ViewTransform)
            return
        self.setCurrentNodeActive(True)
        self._force_persistence()
        self._interaction_node.SetCurrentInteractionMode(slicer.vtkMRMLInteractionNode.Place)

    def _force_persistence(self) -> None:
        if self._multiple in (self.ForcePlaceSingleMarkup, self.ForcePlaceMultipleMarkups):
            self.setPlaceModePersistency(self._multiple == self.ForcePlaceMultipleMarkups)

    @property
    def _persistent(self) -> bool:
        return bool(self._interaction_node and self._interaction_node.GetPlaceModePersistence())

    def setPlaceModePersistency(self, persistent: bool) -> None:
        if self._interaction_node is not None:
            self._interaction_node.SetPlaceModePersistence(persistent)

    def setPlaceMultipleMarkups(self, option: int) -> None:
        self._multiple = int(option)
        if self._place_mode:
            self._force_persistence()

    # Points

    def deleteLastPoint(self) -> None:
        if self._node is not None and self._node.GetNumberOfControlPoints() > 0:
            self._node.RemoveNthControlPoint(self._node.GetNumberOfControlPoints() - 1)

    def deleteAllPoints(self) -> None:
        if self._node is not None:
            self._node.RemoveAllControlPoints()

    def unsetAllPoints(self) -> None:
        if self._node is not None:
            self._node.UnsetAllControlPoints()

    # Look

    @property
    def _color(self) -> QtGui.QColor:
        return self._color_button.color

    def setNodeColor(self, color: QtGui.QColor) -> None:
        if self._node is not None and self._node.GetDisplayNode() is not None:
            self._node.GetDisplayNode().SetSelectedColor(color.redF(), color.greenF(), color.blueF())

    def setDefaultNodeColor(self, color: QtGui.QColor) -> None:
        self._default_color = QtGui.QColor(color)
        self.updateWidget()

    def setButtonsVisible(self, visible: bool) -> None:
        self._buttons_visible = visible
        for button in (self._color_button, self._place_button, self._delete_button):
            button.setVisible(visible)

    def setDeleteAllControlPointsOptionVisible(self, visible: bool) -> None:
        self._delete_all_visible = visible

    def updateWidget(self) -> None:
        """Show the node's state, and signal a change of place mode."""
        if self._updating:
            return
        self._updating = True
        usable = self._is_usable()
        self._place_button.setEnabled(usable and not self._node.GetControlPointPlacementComplete())
        self._delete_button.setEnabled(usable and self._node.GetNumberOfControlPoints() > 0)
        self._color_button.setEnabled(usable)
        self._show_color(usable)
        self._place_button.blockSignals(True)
        self._place_button.setChecked(self._place_mode)
        self._place_button.blockSignals(False)
        self._updating = False
        if self._place_mode != self._signaled_place_mode:
            self._signaled_place_mode = self._place_mode
            self.activeMarkupsFiducialPlaceModeChanged.emit(self._signaled_place_mode)
            self.activeMarkupsPlaceModeChanged.emit(self._signaled_place_mode)

    def _show_color(self, usable: bool) -> None:
        display = self._node.GetDisplayNode() if usable else None
        self._color_button.blockSignals(True)
        self._color_button.setColor(color_of_vtk(display.GetSelectedColor()) if display else self._default_color)
        self._color_button.blockSignals(False)

    currentNodeActive = changing_property(bool, "_node_active", "setCurrentNodeActive")
    placeModeEnabled = changing_property(bool, "_place_mode", "setPlaceModeEnabled")
    placeModePersistency = changing_property(bool, "_persistent", "setPlaceModePersistency")
    placeMultipleMarkups = changing_property(int, "_multiple", "setPlaceMultipleMarkups")
    nodeColor = changing_property(QtGui.QColor, "_color", "setNodeColor")
    defaultNodeColor = changing_property(QtGui.QColor, "_default_color", "setDefaultNodeColor")
    buttonsVisible = changing_property(bool, "_buttons_visible", "setButtonsVisible")
    deleteAllControlPointsOptionVisible = changing_property(
        bool, "_delete_all_visible", "setDeleteAllControlPointsOptionVisible"
    )


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
        for event in (*_NODE_EVENTS, slicer.vtkMRMLMarkupsNode.PointModifiedEvent) if node is not None else ():
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
