"""Stand-in for ``qSlicerMarkupsPlaceWidget``: the buttons that place and delete points of a list."""

from __future__ import annotations

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Signal

from .ctk_values import ctkColorPickerButton
from .mrml_widgets import color_of_vtk, qSlicerWidget
from .ui_classes import Observations, changing_property, ui_class

NODE_EVENTS = (
    vtk.vtkCommand.ModifiedEvent,
    slicer.vtkMRMLMarkupsNode.PointAddedEvent,
    slicer.vtkMRMLMarkupsNode.PointRemovedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionUndefinedEvent,
    slicer.vtkMRMLMarkupsNode.FixedNumberOfControlPointsModifiedEvent,
    slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent,
)


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
        self._place_button.setIcon(_point_icon(self.fontMetrics().height()))
        self._place_button.setCheckable(True)
        self._delete_button.setIcon(self.style().standardIcon(QtWidgets.QStyle.StandardPixmap.SP_TrashIcon))
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
        for event in NODE_EVENTS if node is not None else ():
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


def _point_icon(size: int) -> QtGui.QIcon:
    """A point, for Slicer's own icon of a point list."""
    pixmap = QtGui.QPixmap(size, size)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setBrush(QtGui.QColor(200, 60, 60))
    painter.drawEllipse(QtCore.QRectF(size * 0.25, size * 0.25, size * 0.5, size * 0.5))
    painter.end()
    return QtGui.QIcon(pixmap)
