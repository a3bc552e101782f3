"""The tutorial's steps, worked in the real panel as a person would, with a picture after each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import host
import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from host.chart_view import ctkVTKChartView
from host.host import Host
from PySide6 import QtCore, QtGui
from scipy import ndimage
from screenshot_pictures import PictureSize, beside, png, widget_pixels

from MultiModalSegmentationLib.command.demo.model import SEGMENT
from MultiModalSegmentationLib.command.demo.pictures import LOOK_FROM, ZOOM
from MultiModalSegmentationLib.phantom.head import Tissue, make_phantom
from MultiModalSegmentationLib.pictures.layout import FourUp
from MultiModalSegmentationLib.scene.nodes import world_position

GROUPS = ("inputs", "smoothing", "growing", "where", "cleanup", "output", "compare", "results", "applied")
CEREBELLUM = (0.5, 0.775, 0.155)
"""Of the sample data's size along i, j, k."""
OPACITY_2D_ALONE, OPACITY_3D_ALONE = 0.5, 0.1
ZOOM_ON_SEEDS, ZOOM_ON_HEAD = 0.8, 1.3
BESIDE_FALX = 14.0
"""mm, RAS."""


def tutorial_screenshots(size: PictureSize) -> dict[str, bytes]:
    """PNG files by name."""
    started = host.start()
    started.new_scene()
    ctkVTKChartView.draws = True
    with FourUp(slicer.app.applicationLogic(), size.view) as views:
        tutorial = Tutorial(started, views, size)
        return {name: png(picture) for name, picture in tutorial.steps()}


class Tutorial:
    """The panel, the views and the person."""

    def __init__(self, started: Host, views: FourUp, size: PictureSize) -> None:
        self._host = started
        self._views = views
        self._size = size
        self._widget: Any = started.open_panel()
        self._ui = self._widget.ui
        views.threed.node.SetBoxVisible(False)
        views.threed.node.SetAxisLabelsVisible(False)

    @property
    def _parameters(self) -> Any:
        return self._widget.logic.getParameterNode()

    def steps(self) -> Iterator[tuple[str, np.ndarray]]:
        """Each step's file name and picture."""
        self._load_sample_data()
        yield "step-1-inputs.png", self._picture("inputs", "growing", "output")
        self._look_at_preview()
        yield "step-2-preview.png", self._picture("inputs", "results")
        self._exclude_cerebellum()
        yield "step-3-exclusion.png", self._picture("inputs", "results")
        self._draw_charts()
        yield "step-4-charts.png", self._picture("results")
        self._apply()
        yield "step-5-apply.png", self._picture("output", "compare", "results", "applied")
        self._add_tissues()
        yield "step-6-tissues.png", self._picture("inputs", "results")

    def _load_sample_data(self) -> None:
        logic = self._widget.logic
        make = logic.loadSampleData
        logic.loadSampleData = lambda: make(self._size.voxels)
        self._ui.loadSampleDataButton.click()
        self._widget._panel.preview.stop()
        self._views.show(self._parameters.referenceVolume, self._parameters.secondVolume, 0.0)
        self._views.move_to(self._parameters.seeds.GetNthControlPointPositionWorld(0))
        self._views.threed.look_from(LOOK_FROM, ZOOM_ON_SEEDS)

    def _look_at_preview(self) -> None:
        self._ui.preview3dCheckBox.checked = True
        self._settle()
        self._views.threed.look_from(LOOK_FROM, ZOOM)

    def _exclude_cerebellum(self) -> None:
        self._host.press("X")
        self._host.press("X")
        index = [round(share * voxels) for share, voxels in zip(CEREBELLUM, self._size.voxels)]
        position = world_position(self._parameters.referenceVolume, index)
        self._parameters.exclusionSeeds.AddControlPointWorld(vtk.vtkVector3d(*position))
        self._views.move_to(position)
        self._views.yellow.move_to((BESIDE_FALX, 0.0, 0.0))
        self._settle()

    def _draw_charts(self) -> None:
        self._ui.leakCurveButton.checked = True
        self._ui.scatterButton.checked = True
        self._settle()

    def _apply(self) -> None:
        self._ui.leakCurveButton.checked = False
        self._ui.scatterButton.checked = False
        self._ui.segmentNameLineEdit.text = SEGMENT.name
        self._ui.segmentColorButton.color = QtGui.QColor.fromRgbF(*SEGMENT.color)
        self._ui.compareCheckBox.checked = True
        self._ui.show3dCheckBox.checked = True
        self._host.process_events()
        self._ui.applyButton.click()
        self._settle()
        self._show_through_leaks()
        self._views.move_to(self._parameters.seeds.GetNthControlPointPositionWorld(0))
        self._views.yellow.move_to((BESIDE_FALX, 0.0, 0.0))

    def _add_tissues(self) -> None:
        """White matter and CSF beside the gray matter, all in the preview."""
        self._ui.inputsCollapsibleButton.collapsed = False
        self._parameters.segmentation.GetDisplayNode().SetVisibility(False)
        self._parameters.exclusionSeeds.GetDisplayNode().SetVisibility(False)
        self._parameters.exclusionSeeds = None
        truth = sitk.GetArrayFromImage(make_phantom(self._size.voxels).truth)
        for name, tissue in (("White matter", Tissue.WHITE_MATTER), ("CSF", Tissue.CSF)):
            self._ui.addTissueButton.click()
            self._ui.segmentNameLineEdit.text = name
            self._host.process_events()
            depth = ndimage.distance_transform_edt(truth == tissue)
            index = [int(v) for v in np.unravel_index(depth.argmax(), depth.shape)[::-1]]
            position = world_position(self._parameters.referenceVolume, index)
            self._parameters.seeds.AddControlPointWorld(vtk.vtkVector3d(*position))
        self._host.press("Escape")
        self._ui.seedsPlaceWidget.placeModeEnabled = False
        self._ui.preview3dCheckBox.checked = False
        self._settle()

    def _show_through_leaks(self) -> None:
        """Each volume alone leaks all around the gray matter, and would hide it."""
        display = self._parameters.segmentation.GetDisplayNode()
        content = self._parameters.segmentation.GetSegmentation()
        for segment_id in list(content.GetSegmentIDs())[1:]:
            display.SetSegmentOpacity2DFill(segment_id, OPACITY_2D_ALONE)
            display.SetSegmentOpacity2DOutline(segment_id, OPACITY_2D_ALONE)
            display.SetSegmentOpacity3D(segment_id, OPACITY_3D_ALONE)
        self._views.threed.look_from(LOOK_FROM, ZOOM_ON_HEAD)

    def _settle(self) -> None:
        self._host.process_events()
        self._host.process_events(until=lambda: not self._widget._panel.isBusy, timeout=300)

    def _picture(self, *expanded: str) -> np.ndarray:
        """The panel with these groups open, from the first of them on, and the views."""
        for group in GROUPS:
            getattr(self._ui, f"{group}CollapsibleButton").collapsed = group not in expanded
        window = self._host.main_window
        area = window.centralWidget()
        for _ in range(2):
            spare = window.height - area.height
            window.resize(self._size.panel[0], self._size.panel[1] + spare)
            self._host.process_events()
        first = getattr(self._ui, f"{expanded[0]}CollapsibleButton")
        area.verticalScrollBar().setValue(first.mapTo(area.widget(), QtCore.QPoint(0, 0)).y() - 8)
        self._host.process_events()
        return beside(widget_pixels(area), self._views.render())
