"""Three slice views and one in 3D on one scene."""

from __future__ import annotations

from collections.abc import Sequence

import slicer

from ....pictures.offscreen import SLICE_ORIENTATIONS, SliceView, ThreeDView
from ....scene.standalone import StandaloneScene
from .area import ViewArea

FIRST_SIZE = (400, 300)
"""Pixels, until the page says how large an area is."""
SLICE_SAMPLES, THREED_SAMPLES = 0, 4
"""A pixel; more of them look smoother and take twice as long in software."""

THREED = "ThreeD"


class FourUp:
    """The views by their names: ``Red``, ``Green``, ``Yellow`` and ``ThreeD``; made while the event loop runs."""

    def __init__(self, standalone: StandaloneScene) -> None:
        logic = standalone.application_logic
        self.slices = {
            name: ViewArea(SliceView(logic, name, FIRST_SIZE, SLICE_SAMPLES), name) for name in SLICE_ORIENTATIONS
        }
        self.three_d = ViewArea(ThreeDView(logic, FIRST_SIZE, THREED_SAMPLES), THREED)
        self.three_d.view.look_from((-0.6, 1.0, 0.4))

    @property
    def areas(self) -> list[ViewArea]:
        """All four."""
        return [*self.slices.values(), self.three_d]

    def show(self, volumes: Sequence[slicer.vtkMRMLScalarVolumeNode], fade: float) -> None:
        """The first two volumes in the slices; ``fade`` is the second one's opacity, 0 to 1."""
        for area in self.slices.values():
            composite = area.view.logic.GetSliceCompositeNode()
            background, foreground = [*volumes[:2], None, None][:2]
            composite.SetBackgroundVolumeID(background.GetID() if background else None)
            composite.SetForegroundVolumeID(foreground.GetID() if foreground else None)
            composite.SetForegroundOpacity(fade if foreground else 0.0)

    def fit(self, volume: slicer.vtkMRMLScalarVolumeNode | None) -> None:
        """Fit a volume into the slices and all that is visible into the 3D view."""
        for area in self.slices.values():
            width, height, _ = area.view.node.GetDimensions()
            area.view.logic.FitSliceToVolume(volume, width, height)
            area.view.logic.SnapSliceOffsetToIJK()
        self.three_d.view.renderer.ResetCamera()
        self.render_soon()

    def jump(self, position: tuple[float, float, float]) -> None:
        """Show the slices through a position (mm, RAS)."""
        for area in self.slices.values():
            area.view.move_to(position)

    def offset(self, name: str) -> float:
        """Where a slice is along its normal, in mm."""
        return self.slices[name].view.logic.GetSliceOffset()

    def set_offset(self, name: str, offset: float) -> None:
        """Move a slice along its normal, in mm."""
        self.slices[name].view.logic.SetSliceOffset(offset)

    def offset_range(self, name: str) -> tuple[float, float, float]:
        """The first and the last offset of a slice through the volumes, and the step from one to the next, in mm."""
        logic = self.slices[name].view.logic
        bounds, spacing = [0.0] * 6, logic.GetLowestVolumeSliceSpacing()
        logic.GetSliceBounds(bounds)
        low, high = sorted(bounds[4:6])
        step = spacing[2] or 1.0
        return (low + step / 2, high - step / 2, step) if high - low > step else (low, high, step)

    def render_soon(self) -> None:
        """Ask for new pictures of all views."""
        for area in self.areas:
            area.render_soon()

    async def close(self) -> None:
        """Stop all views."""
        for area in self.areas:
            await area.close()
