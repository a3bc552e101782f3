"""One list of points in the panel: its selector, its place button, and a new list in one click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer

from MultiModalSegmentationLib.scene.nodes import style_points

if TYPE_CHECKING:
    import qt


class PointList:
    """Keeps the place widget on the selected list; place mode stays armed for several points."""

    def __init__(
        self,
        selector: slicer.qMRMLNodeComboBox,
        placeWidget: slicer.qSlicerMarkupsPlaceWidget,
        newButton: qt.QToolButton,
        color: tuple[float, float, float],
        labelFormat: str,
    ) -> None:
        self._selector = selector
        self._placeWidget = placeWidget
        self._color = color
        self._labelFormat = labelFormat
        placeWidget.placeMultipleMarkups = slicer.qSlicerMarkupsPlaceWidget.ForcePlaceMultipleMarkups
        placeWidget.buttonsVisible = False
        placeWidget.placeButton().show()
        placeWidget.deleteButton().show()
        newButton.connect("clicked()", self.createAndPlace)
        selector.connect("nodeAddedByUser(vtkMRMLNode*)", self._onNodeAdded)

    def setColor(self, color: tuple[float, float, float]) -> None:
        """The color of lists that are made from here on."""
        self._color = color

    @property
    def isPlacing(self) -> bool:
        """Whether a click into a view adds a point to this list."""
        return bool(self._placeWidget.placeModeEnabled)

    def setNode(self, node: slicer.vtkMRMLMarkupsNode | None) -> None:
        """Follow this list, or none."""
        if self._placeWidget.currentNode() is not node:
            self._placeWidget.setCurrentNode(node)

    def place(self) -> None:
        """Start placing points, into a new list where none is chosen."""
        if self._placeWidget.currentNode() is None:
            self.createAndPlace()
        else:
            self._placeWidget.placeModeEnabled = True

    def createAndPlace(self) -> None:
        """Make a new list and start placing its points."""
        if self._selector.addNode():
            self._placeWidget.placeModeEnabled = True

    def stopPlacing(self) -> None:
        """Leave place mode; another mouse mode stays as it is."""
        if self.isPlacing:
            self._placeWidget.placeModeEnabled = False

    def _onNodeAdded(self, node: slicer.vtkMRMLMarkupsNode) -> None:
        style_points(node, self._color, self._labelFormat)
