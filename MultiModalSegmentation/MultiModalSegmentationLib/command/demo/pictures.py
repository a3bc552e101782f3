"""The demo's pictures: each result on its volume, by Slicer's views or, without OpenGL, by SimpleITK.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
import slicer

from ...files.atomic import write_image
from ...pictures.layout import caption, grid, write_png
from ...pictures.offscreen import SliceView, ThreeDView, slice_logic

if TYPE_CHECKING:
    from .model import Demo

WIDTH = 480
AXIAL_SIZE = (WIDTH, 560)
SAGITTAL_SIZE = (WIDTH, 404)
SURFACE_SIZE = (WIDTH, 500)
CAPTION_HEIGHT = 40
FILL_OPACITY = 0.55
SAGITTAL_OFFSET = -12.0
"""mm, RAS: beside the falx, where cortex, skin and fat all show."""
LOOK_FROM = (-1.3, 1.6, 0.5)
ZOOM = 1.5
BRIGHTEST = 99.5
"""Percentile shown white where SimpleITK draws."""
SHORTER_SIDE = 360


@dataclass(frozen=True)
class Panel:
    """One result and the volume it is drawn on."""

    volume: slicer.vtkMRMLScalarVolumeNode
    segment_id: str
    title: str


def write_overlay(demo: Demo, panels: Sequence[Panel], path: Path) -> None:
    """Each result on an axial slice through the seeds and on a sagittal one, drawn by Slicer's slice views.

    Raises ``OpenGLUnavailableError``, or ``ValueError`` where the file cannot be written.
    """
    logic = demo.standalone.application_logic
    axial_seed = list(demo.seed_positions[0])
    with (
        _picture_style(demo),
        SliceView(logic, "Red", AXIAL_SIZE) as axial,
        SliceView(logic, "Yellow", SAGITTAL_SIZE) as sagittal,
    ):
        columns = []
        for panel in panels:
            show_only(demo, panel.segment_id)
            for view in (axial, sagittal):
                view.show(panel.volume)
                view.fit()
            axial.move_to(axial_seed)
            sagittal.move_to([SAGITTAL_OFFSET, 0.0, 0.0])
            columns.append((_title(panel), axial.render(), sagittal.render()))
    write_png(_table(columns), path)


def write_surface(demo: Demo, panels: Sequence[Panel], path: Path) -> None:
    """The closed surface of each result, at one scale, drawn by Slicer's 3D view.

    Raises ``OpenGLUnavailableError``, or ``ValueError`` where the file cannot be written.
    """
    with _picture_style(demo), ThreeDView(demo.standalone.application_logic, SURFACE_SIZE) as view:
        view.node.SetBoxVisible(False)
        view.node.SetAxisLabelsVisible(False)
        demo.segmentation.GetDisplayNode().SetAllSegmentsVisibility(True)
        view.look_from(LOOK_FROM, ZOOM)
        columns = []
        for panel in panels:
            show_only(demo, panel.segment_id)
            columns.append((_title(panel), view.render()))
        view.node.SetBoxVisible(True)
        view.node.SetAxisLabelsVisible(True)
    write_png(_table(columns), path)


def write_plain_overlay(demo: Demo, panels: Sequence[Panel], path: Path) -> None:
    """Each result on the axial slice through the seeds, drawn by SimpleITK: needs no OpenGL.

    Raises ``ValueError`` where the file cannot be written.
    """
    results = (*demo.outcome.unimodal, demo.outcome.growing)
    pictures = [_plain_slice(demo, panel, result.region) for panel, result in zip(panels, results)]
    write_image(sitk.Tile(pictures, [len(pictures), 1]), path)


def show_only(demo: Demo, segment_id: str) -> None:
    """Hide all other segments."""
    display = demo.segmentation.GetDisplayNode()
    for other in demo.segmentation.GetSegmentation().GetSegmentIDs():
        display.SetSegmentVisibility(other, other == segment_id)


def arrange(demo: Demo, panel: Panel) -> None:
    """Leave the scene as someone who opens it in Slicer wants to see it: this result on its volume, in all views."""
    show_only(demo, panel.segment_id)
    for name in ("Red", "Green", "Yellow"):
        logic = slice_logic(demo.standalone.application_logic, name)
        logic.GetSliceCompositeNode().SetBackgroundVolumeID(panel.volume.GetID())
        logic.FitSliceToAll()
        logic.GetSliceNode().JumpSliceByOffsetting(*demo.seed_positions[0])


@contextmanager
def _picture_style(demo: Demo) -> Iterator[None]:
    """A stronger fill, no labels beside the seeds, and no seeds in the 3D view, where a leak would hide them."""
    segments, seeds = demo.segmentation.GetDisplayNode(), demo.seeds.GetDisplayNode()
    fill, labels = segments.GetOpacity2DFill(), seeds.GetPointLabelsVisibility()
    segments.SetOpacity2DFill(FILL_OPACITY)
    seeds.SetPointLabelsVisibility(False)
    seeds.SetVisibility3D(False)
    try:
        yield
    finally:
        segments.SetOpacity2DFill(fill)
        seeds.SetPointLabelsVisibility(labels)
        seeds.SetVisibility3D(True)


def _title(panel: Panel) -> np.ndarray:
    return caption(panel.title, WIDTH, CAPTION_HEIGHT)


def _table(columns: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """The columns' titles over their pictures, without a gap between."""
    pictures = [(np.concatenate(column[:2]), *column[2:]) for column in columns]
    return grid(list(zip(*pictures)))


def _plain_slice(demo: Demo, panel: Panel, region: sitk.Image) -> sitk.Image:
    image = demo.phantom.t1 if panel.volume is demo.volumes[0] else demo.phantom.t2
    k = demo.seed_voxels[0][2]
    voxels = sitk.GetArrayFromImage(image[:, :, k])
    gray = np.clip(voxels / np.percentile(voxels, BRIGHTEST), 0, 1)
    color = demo.segmentation.GetSegmentation().GetSegment(panel.segment_id).GetColor()
    label = sitk.GetImageFromArray(sitk.GetArrayFromImage(region[:, :, k]))
    overlay = sitk.LabelOverlay(
        sitk.GetImageFromArray(np.round(gray * 255).astype(np.uint8)),
        label,
        FILL_OPACITY,
        colormap=[round(255 * part) for part in color],
    )
    return sitk.Expand(overlay, [max(1, round(SHORTER_SIDE / min(overlay.GetSize())))] * 2, sitk.sitkNearestNeighbor)
