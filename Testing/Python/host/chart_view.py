"""``ctkVTKChartView``: a real ``vtkChartXY`` in a widget, drawn offscreen when the widget is painted."""

from __future__ import annotations

import numpy as np
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from vtk.util.numpy_support import vtk_to_numpy

from .ui_classes import ui_class


@ui_class
class ctkVTKChartView(QtWidgets.QWidget):
    """The methods that CTK documents as invokable from Python; mouse presses reach the render window's interactor."""

    draws = False
    """Whether painting renders the chart; a test that wants the picture, on a machine with OpenGL, sets it."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = vtk.vtkContextView()
        self._chart = vtk.vtkChartXY()
        self._view.GetScene().AddItem(self._chart)
        self._window = self._view.GetRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.Enable()
        self._view.SetInteractor(self._interactor)

    def chart(self) -> vtk.vtkChartXY:
        return self._chart

    def scene(self) -> vtk.vtkContextScene:
        return self._view.GetScene()

    def renderWindow(self) -> vtk.vtkRenderWindow:
        return self._window

    def addPlot(self, plot: vtk.vtkPlot) -> None:
        self._chart.AddPlot(plot)
        self.update()

    def removePlot(self, plot: vtk.vtkPlot) -> None:
        self._chart.RemovePlotInstance(plot)
        self.update()

    def removeAllPlots(self) -> None:
        self._chart.ClearPlots()
        self.update()

    def setAxesToChartBounds(self) -> None:
        self._chart.RecalculateBounds()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        position = event.position()
        self._interactor.SetEventInformation(int(position.x()), self.height - 1 - int(position.y()), 0, 0)
        self._interactor.LeftButtonPressEvent()
        self._interactor.LeftButtonReleaseEvent()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        if not self.draws:
            return
        self._window.SetSize(self.width, self.height)
        self._view.Render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        grabber.Update()
        image = grabber.GetOutput()
        width, height, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[::-1, :, :3]
        data = np.ascontiguousarray(pixels)
        picture = QtGui.QImage(data.data, width, height, 3 * width, QtGui.QImage.Format.Format_RGB888)
        painter = QtGui.QPainter(self)
        painter.drawImage(QtCore.QPoint(0, 0), picture)
        painter.end()
