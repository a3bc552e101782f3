"""Two pictures inside the panel: volume against multiplier, and two volumes against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ctk
import numpy as np
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from MultiModalSegmentationLib.controls.results import ellipse_points

from .texts import shortName

if TYPE_CHECKING:
    from MultiModalSegmentationLib import LeakCurve

BLUE, GREEN, RED, GRAY, BLACK = (31, 119, 180), (44, 160, 44), (214, 39, 40), (150, 150, 150), (20, 20, 20)
LEGEND_SIZE = 10


class LeakChart:
    """Volume against multiplier; a click sets the multiplier."""

    def __init__(self, view: ctk.ctkVTKChartView, onMultiplier: Callable[[float], None]) -> None:
        self._view = view
        self._onMultiplier = onMultiplier
        _nameAxes(view, _("Multiplier"), _("Volume (mL)"))
        self._interactor = view.renderWindow().GetInteractor()
        self._tag = self._interactor.AddObserver(vtk.vtkCommand.LeftButtonPressEvent, self._onPressed)

    def show(self, curve: LeakCurve | None, multiplier: float) -> None:
        """Draw the curve with its jumps and the current multiplier."""
        self._view.removeAllPlots()
        if curve is None:
            return
        highest = max(float(np.max(curve.volumes_ml)), 1e-6)
        _addPlot(self._view, curve.multipliers, curve.volumes_ml, BLUE, _("Volume"))
        for jump in curve.jumps:
            _addPlot(self._view, [jump, jump], [0, highest], RED, _("Jump"), width=1, dashed=True)
        _addPlot(self._view, [multiplier, multiplier], [0, highest], BLACK, _("Now"), width=2)
        self._view.chart().RecalculateBounds()

    def release(self) -> None:
        """Stop listening to clicks."""
        self._interactor.RemoveObserver(self._tag)

    def _onPressed(self, _caller: vtk.vtkObject, _event: str) -> None:
        if self._view.chart().GetNumberOfPlots():
            multiplier = valueAt(self._view.chart().GetAxis(vtk.vtkAxis.BOTTOM), self._interactor.GetEventPosition()[0])
            if multiplier > 0:
                self._onMultiplier(multiplier)


class ScatterChart:
    """Voxels of region and surroundings on two volumes, with the seeds and the ellipse of the statistics."""

    def __init__(self, view: ctk.ctkVTKChartView) -> None:
        self._view = view

    def show(self, scatter: Any, names: Sequence[str]) -> None:
        """Draw an ``explanation.Scatter``, or nothing."""
        self._view.removeAllPlots()
        if scatter is None:
            return
        _nameAxes(self._view, *map(shortName, names))
        _addPoints(self._view, scatter.surroundings, GRAY, _("Around"))
        _addPoints(self._view, scatter.region, GREEN, _("Region"))
        _addPoints(self._view, scatter.seeds, BLACK, _("Seeds"), size=8)
        _addPoints(self._view, scatter.exclusion_seeds, RED, _("Exclusion seeds"), size=8)
        for number, (mean, covariance) in enumerate(zip(scatter.means, scatter.covariances)):
            ellipse = ellipse_points(mean, covariance, scatter.multiplier)
            _addPlot(self._view, ellipse[:, 0], ellipse[:, 1], BLUE, _("Multiplier"), width=1, inLegend=number == 0)
        self._view.chart().SetShowLegend(True)
        self._view.chart().GetLegend().SetLabelSize(LEGEND_SIZE)
        self._view.chart().RecalculateBounds()


def valueAt(axis: vtk.vtkAxis, pixel: float) -> float:
    """The axis value at a horizontal pixel of the view."""
    first, last = axis.GetPoint1()[0], axis.GetPoint2()[0]
    share = (pixel - first) / max(last - first, 1e-6)
    return axis.GetMinimum() + min(max(share, 0.0), 1.0) * (axis.GetMaximum() - axis.GetMinimum())


def _nameAxes(view: ctk.ctkVTKChartView, bottom: str, left: str) -> None:
    view.chart().GetAxis(vtk.vtkAxis.BOTTOM).SetTitle(bottom)
    view.chart().GetAxis(vtk.vtkAxis.LEFT).SetTitle(left)


def _table(x: Sequence[float], y: Sequence[float], name: str) -> vtk.vtkTable:
    table = vtk.vtkTable()
    for values, title in ((x, "x"), (y, name)):
        column = numpy_to_vtk(np.ascontiguousarray(values, float), deep=True)
        column.SetName(title)
        table.AddColumn(column)
    return table


def _addPlot(
    view: ctk.ctkVTKChartView,
    x: Sequence[float],
    y: Sequence[float],
    color: tuple[int, int, int],
    name: str,
    *,
    width: float = 2,
    dashed: bool = False,
    inLegend: bool = True,
) -> None:
    plot = vtk.vtkPlotLine()
    plot.SetInputData(_table(x, y, name), 0, 1)
    plot.SetColor(*color, 255)
    plot.SetWidth(width)
    plot.SetLegendVisibility(inLegend)
    plot.GetPen().SetLineType(vtk.vtkPen.DASH_LINE if dashed else vtk.vtkPen.SOLID_LINE)
    view.addPlot(plot)


def _addPoints(
    view: ctk.ctkVTKChartView, points: np.ndarray, color: tuple[int, int, int], name: str, size: float = 3
) -> None:
    if len(points) == 0:
        return
    plot = vtk.vtkPlotPoints()
    plot.SetInputData(_table(points[:, 0], points[:, 1], name), 0, 1)
    plot.SetColor(*color, 255)
    plot.SetMarkerStyle(vtk.vtkPlotPoints.CIRCLE)
    plot.SetMarkerSize(size)
    view.addPlot(plot)
