"""Stand-ins for Slicer's simple MRML widgets: the panel's frame, numbers with units, plot views, terminology."""

from __future__ import annotations

import slicer
import vtk
from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .ctk_values import ctkDoubleSpinBox, ctkSliderWidget
from .ui_classes import changing_property, ui_class


class _HasScene:
    """A widget with ``setMRMLScene``; it does not own the scene."""

    mrmlSceneChanged = Signal(object)
    signal_names = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}  # noqa: RUF012 - a constant table
    _scene: slicer.vtkMRMLScene | None = None

    def mrmlScene(self) -> slicer.vtkMRMLScene | None:
        return self._scene

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


@ui_class
class qMRMLWidget(_HasScene, QtWidgets.QWidget):
    """Base of widgets with a scene."""


@ui_class
class qSlicerWidget(_HasScene, QtWidgets.QWidget):
    """Base of module widgets with a scene."""


@ui_class
class qMRMLSliderWidget(_HasScene, ctkSliderWidget):
    """A slider of a quantity such as ``length``; the unit's digits and suffix are not applied here."""

    _quantity = ""

    def setQuantity(self, quantity: str) -> None:
        self._quantity = quantity

    quantity = changing_property(str, "_quantity", "setQuantity")


@ui_class
class qMRMLSpinBox(_HasScene, ctkDoubleSpinBox):
    """A spin box of a quantity such as ``length``; the unit's digits and suffix are not applied here."""

    _quantity = ""

    def setQuantity(self, quantity: str) -> None:
        self._quantity = quantity

    quantity = changing_property(str, "_quantity", "setQuantity")


@ui_class
class qMRMLPlotView(_HasScene, QtWidgets.QWidget):
    """A plot view: holds its view node and reports the points that a user picks; it draws nothing."""

    dataSelected = Signal(object, object)
    signal_names = {  # noqa: RUF012 - a constant table
        **_HasScene.signal_names,
        "dataSelected(vtkStringArray*,vtkCollection*)": "dataSelected",
    }
    _view_node: slicer.vtkMRMLPlotViewNode | None = None

    def mrmlPlotViewNode(self) -> slicer.vtkMRMLPlotViewNode | None:
        return self._view_node

    def setMRMLPlotViewNode(self, node: slicer.vtkMRMLPlotViewNode | None) -> None:
        self._view_node = node

    def fitToContent(self) -> None:
        """Nothing is drawn, so there is nothing to fit."""


@ui_class
class qMRMLPlotWidget(_HasScene, QtWidgets.QWidget):
    """A plot view with its controller bar."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = qMRMLPlotView()
        self._controller = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._controller)
        layout.addWidget(self._view)

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        super().setMRMLScene(scene)
        self._view.setMRMLScene(scene)

    def plotView(self) -> qMRMLPlotView:
        return self._view

    def plotController(self) -> QtWidgets.QWidget:
        return self._controller

    def mrmlPlotViewNode(self) -> slicer.vtkMRMLPlotViewNode | None:
        return self._view.mrmlPlotViewNode()

    def setMRMLPlotViewNode(self, node: slicer.vtkMRMLPlotViewNode | None) -> None:
        self._view.setMRMLPlotViewNode(node)


@ui_class
class qSlicerTerminologySelectorButton(QtWidgets.QPushButton):
    """A button with a terminology; as in Slicer, its terminology is out of a script's reach (a C++ structure)."""

    terminologyChanged = Signal()
    canceled = Signal()


@ui_class
class qSlicerTerminologyNavigatorWidget(QtWidgets.QWidget):
    """Holds a terminology entry that a script sets and reads; it lists no terms."""

    selectionValidityChanged = Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry: slicer.vtkSlicerTerminologyEntry | None = None

    def setTerminologyEntry(self, entry: slicer.vtkSlicerTerminologyEntry) -> bool:
        if not entry.GetTypeObject().GetCodeValue():
            return False
        self._entry = slicer.vtkSlicerTerminologyEntry()
        self._entry.Copy(entry)
        self.selectionValidityChanged.emit(True)
        return True

    def terminologyEntry(self, entry: slicer.vtkSlicerTerminologyEntry) -> bool:
        if self._entry is None:
            return False
        entry.Copy(self._entry)
        return True

    overrideSectionVisible = Property(bool, lambda self: False, lambda self, value: None)


def color_of_vtk(rgb: tuple[float, float, float] | vtk.vtkDoubleArray) -> QtGui.QColor:
    """A QColor of three values from 0 to 1."""
    return QtGui.QColor.fromRgbF(*[min(max(value, 0.0), 1.0) for value in rgb])
