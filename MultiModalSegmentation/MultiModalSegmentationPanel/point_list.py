"""One list of points in the panel: its selector, its place button, and a new list in one click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import slicer
import vtk
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    import qt


class PointList(VTKObservationMixin):
    """Keeps the place widget on the selected list and tells when its points change."""

    def __init__(
        self,
        selector: slicer.qMRMLNodeComboBox,
        placeWidget: slicer.qSlicerMarkupsPlaceWidget,
        newButton: qt.QToolButton,
        color: tuple[float, float, float],
        onChanged: Callable[[], None],
    ) -> None:
        VTKObservationMixin.__init__(self)
        self._selector = selector
        self._placeWidget = placeWidget
        self._color = color
        self._onChanged = onChanged
        self._node: slicer.vtkMRMLMarkupsNode | None = None
        placeWidget.placeMultipleMarkups = slicer.qSlicerMarkupsPlaceWidget.ForcePlaceMultipleMarkups
        placeWidget.buttonsVisible = False
        placeWidget.placeButton().show()
        placeWidget.deleteButton().show()
        newButton.connect("clicked(bool)", self._onNewClicked)
        selector.connect("nodeAddedByUser(vtkMRMLNode*)", self._onNodeAdded)

    def setNode(self, node: slicer.vtkMRMLMarkupsNode | None) -> None:
        """Follow this list, or none."""
        if node is self._node:
            return
        self.removeObservers()
        self._node = node
        self._placeWidget.setCurrentNode(node)
        if node:
            for event in _POINT_EVENTS:
                self.addObserver(node, event, self._onPointsChanged)

    def stopPlacing(self) -> None:
        """Leave place mode."""
        self._placeWidget.placeModeEnabled = False

    def _onNewClicked(self, _checked: bool = False) -> None:
        node = self._selector.addNode()
        if node:
            self._placeWidget.placeModeEnabled = True

    def _onNodeAdded(self, node: slicer.vtkMRMLMarkupsNode) -> None:
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetColor(self._color)
        display.SetSelectedColor(self._color)

    def _onPointsChanged(self, _caller: vtk.vtkObject, _event: Any) -> None:
        self._onChanged()


_POINT_EVENTS = (
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionUndefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointRemovedEvent,
    slicer.vtkMRMLMarkupsNode.PointModifiedEvent,
)
