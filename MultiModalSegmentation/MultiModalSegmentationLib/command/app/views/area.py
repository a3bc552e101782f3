"""One of Slicer's views as an area of the page: pictures out, mouse and keys in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import slicer
from trame_rca.schedulers import RcaImageRenderScheduler
from trame_rca.utils import RcaViewAdapter
from vtkmodules.vtkWebCore import vtkRemoteInteractionAdapter

from ....pictures.offscreen import SliceView, ThreeDView, quiet

FRAMES_PER_SECOND = 30.0
MOVING_QUALITY, STILL_QUALITY = 60, 88
"""Of JPEG, while something moves and when all is at rest."""

LARGEST = 1600 * 1200
"""Pixels of a picture: more of them and software rendering is no longer fluid."""

_NOT_FOR_VTK = ("StartInteractionEvent", "EndInteractionEvent")


class ViewWindow:
    """What a remote-controlled area of trame needs of a view."""

    def __init__(self, view: SliceView | ThreeDView, on_rendered: Callable[[], None] = lambda: None) -> None:
        self._view = view
        self._on_rendered = on_rendered

    @property
    def img_cols_rows(self) -> tuple[np.ndarray, int, int]:
        """The view as the scene is now, with its width and height."""
        pixels = self._view.render()
        self._on_rendered()
        return pixels, pixels.shape[1], pixels.shape[0]

    def process_resize_event(self, width: int, height: int) -> None:
        """The area has another size in pixels."""
        self._view.resize(width, height)

    def process_interaction_event(self, event: dict[str, Any]) -> None:
        """A mouse, wheel, touch or key event of the page."""
        if event["type"] not in _NOT_FOR_VTK:
            with quiet():
                vtkRemoteInteractionAdapter.ProcessEvent(self._view.interactor, json.dumps(event))


class ViewArea:
    """A view, its interaction and its pictures; made while the event loop runs.

    Slicer's own interactor styles pass events on to the displayable managers, which ask for rendering in turn.
    """

    def __init__(self, view: SliceView | ThreeDView, name: str) -> None:
        self.view = view
        self.name = name
        self.frames = 0
        self._style = self._make_style()
        window = ViewWindow(view, self._count)
        scheduler = RcaImageRenderScheduler(
            window,
            target_fps=FRAMES_PER_SECOND,
            interactive_quality=MOVING_QUALITY,
            still_quality=STILL_QUALITY,
            rca_encoder="jpeg",
        )
        self.adapter = RcaViewAdapter(window, name, scheduler=scheduler, do_schedule_render_on_interaction=False)
        self.adapter.max_pixel_count = LARGEST
        self._observed = [(view.group, view.group.AddObserver("UpdateEvent", self._on_event))]
        if isinstance(view, SliceView):
            self._observed.append((view.logic, view.logic.AddObserver("ModifiedEvent", self._on_event)))

    def render_soon(self) -> None:
        """Ask for a new picture."""
        self.adapter.schedule_render()

    async def close(self) -> None:
        """Stop rendering, and free the graphics memory."""
        for observed, number in self._observed:
            observed.RemoveObserver(number)
        await self.adapter.close()
        self._style.SetInteractor(None)
        self.view.close()

    def _make_style(self) -> slicer.vtkMRMLViewInteractorStyle:
        view = self.view
        if isinstance(view, SliceView):
            style = slicer.vtkMRMLSliceViewInteractorStyle()
            style.SetSliceLogic(view.logic)
        else:
            style = slicer.vtkMRMLThreeDViewInteractorStyle()
        style.SetDisplayableManagers(view.group)
        style.SetInteractor(view.interactor)
        if isinstance(view, SliceView):
            style.SetActionEnabled(style.AllActionsMask, True)
        else:
            cameras = view.node.GetScene()
            style.SetCameraNode(cameras.GetFirstNodeByClass("vtkMRMLCameraNode"))
        return style

    def _on_event(self, _caller: object, _event: str) -> None:
        self.adapter.schedule_render()

    def _count(self) -> None:
        self.frames += 1
