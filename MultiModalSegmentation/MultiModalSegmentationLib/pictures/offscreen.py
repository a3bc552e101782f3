"""Slicer's slice and 3D views drawn without a window: its own displayable managers on a real scene.

What qMRMLSliceView and qMRMLThreeDView do around them with Qt is done here with a plain offscreen render window. The
markups' displayable manager needs the markups logic registered with the application logic as "Markups".

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``), and EGL, OSMesa or a display.
"""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

Size = tuple[int, int]
Position = tuple[float, float, float]

SLICE_ORIENTATIONS = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}
SLICE_COLORS = {
    "Red": slicer.vtkMRMLSliceNode.GetRedColor(),
    "Green": slicer.vtkMRMLSliceNode.GetGreenColor(),
    "Yellow": slicer.vtkMRMLSliceNode.GetYellowColor(),
}
SLICE_MANAGERS = (
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
)
THREED_NAME = "1"
THREED_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
)
MULTI_SAMPLES = 8

_PROBE = """
import vtk
window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(True)
window.AddRenderer(vtk.vtkRenderer())
window.Render()
raise SystemExit(0 if window.SupportsOpenGL() else 1)
"""
_PROBE_SECONDS = 60


class OpenGLUnavailableError(RuntimeError):
    """This machine cannot render offscreen."""


@functools.cache
def has_offscreen_opengl() -> bool:
    """Whether this machine can render offscreen. Tried in a process of its own: without OpenGL, VTK crashes."""
    command = [sys.executable, "-c", _PROBE]
    try:
        return subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def require_offscreen_opengl() -> None:
    """Raise ``OpenGLUnavailableError`` where nothing can be rendered."""
    if not has_offscreen_opengl():
        raise OpenGLUnavailableError(
            "This machine has no offscreen OpenGL (EGL, OSMesa): install it to draw Slicer's views "
            "(Debian: libegl1 and libegl-mesa0)."
        )


class _View:
    """An offscreen render window of ``size`` (width, height) with the displayable managers of one view node.

    Whoever wants a view to be used, not only looked at, takes ``window``, ``interactor`` and ``group``, the displayable
    managers, and sets an interactor style.
    """

    def __init__(
        self,
        application_logic: slicer.vtkMRMLApplicationLogic,
        node: slicer.vtkMRMLAbstractViewNode,
        managers: Sequence[str],
        size: Size,
        image: vtk.vtkActor2D | None = None,
        multi_samples: int = MULTI_SAMPLES,
    ) -> None:
        require_offscreen_opengl()
        self.node = node
        self.renderer = vtk.vtkRenderer()
        if image:
            # Before the managers add theirs: what is translucent blends with what was drawn before it.
            self.renderer.AddViewProp(image)
        vtk.vtkMapper.SetResolveCoincidentTopologyToPolygonOffset()
        with quiet():
            self.window, self.interactor = _offscreen_window(self.renderer, size, multi_samples)
            self.group = slicer.vtkMRMLDisplayableManagerGroup()
            self.group.SetRenderer(self.renderer)
            for name in managers:
                manager = getattr(slicer, name)()
                manager.SetMRMLApplicationLogic(application_logic)
                self.group.AddDisplayableManager(manager)
            self.group.SetMRMLDisplayableNode(node)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def render(self) -> np.ndarray:
        """The view as the scene is now: uint8 (height, width, 3), the top row first."""
        with quiet():
            self.window.Render()
        return _pixels(self.window)

    def resize(self, width: int, height: int) -> None:
        """Another size in pixels."""
        self.window.SetSize(width, height)
        self.interactor.UpdateSize(width, height)

    def close(self) -> None:
        """Stop following the scene, and free the graphics memory."""
        with quiet():
            self.group.SetMRMLDisplayableNode(None)
            self.window.Finalize()


class SliceView(_View):
    """A slice view by its name (``Red``, ``Green`` or ``Yellow``): the scene's own, or a new one in the scene."""

    def __init__(
        self,
        application_logic: slicer.vtkMRMLApplicationLogic,
        name: str,
        size: Size,
        multi_samples: int = MULTI_SAMPLES,
    ) -> None:
        self.logic = slice_logic(application_logic, name)
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._image = vtk.vtkActor2D()
        self._image.SetMapper(self._mapper)
        self._image.GetProperty().SetDisplayLocationToBackground()
        super().__init__(application_logic, self.logic.GetSliceNode(), SLICE_MANAGERS, size, self._image, multi_samples)
        self.node.SetDimensions(*size, 1)

    def resize(self, width: int, height: int) -> None:
        super().resize(width, height)
        self.logic.ResizeSliceNode(width, height)

    def show(
        self,
        background: slicer.vtkMRMLVolumeNode,
        foreground: slicer.vtkMRMLVolumeNode | None = None,
        opacity: float = 0.5,
    ) -> None:
        """Choose the volumes; ``opacity`` is the foreground's."""
        composite = self.logic.GetSliceCompositeNode()
        composite.SetBackgroundVolumeID(background.GetID())
        composite.SetForegroundVolumeID(foreground.GetID() if foreground else None)
        composite.SetForegroundOpacity(opacity)

    def fit(self, field_of_view: float | None = None) -> None:
        """Fit all volumes into the view, or show this many mm along its smaller side."""
        width, height, _ = self.node.GetDimensions()
        self.logic.FitSliceToAll(width, height)
        if field_of_view is not None:
            pixel = field_of_view / min(width, height)
            self.node.SetFieldOfView(pixel * width, pixel * height, self.node.GetFieldOfView()[2])

    def center(self, ras: Position) -> None:
        """Put this position (mm) in the middle of the view."""
        self.node.JumpSliceByCentering(*ras)

    def move_to(self, ras: Position) -> None:
        """Show the slice through this position (mm), without a shift within the slice."""
        self.node.JumpSliceByOffsetting(*ras)

    def render(self) -> np.ndarray:
        connection = self.logic.GetImageDataConnection()
        self._image.SetVisibility(connection is not None)
        if connection is not None:
            self._mapper.SetInputConnection(connection)
        return super().render()


class ThreeDView(_View):
    """The 3D view: the scene's own, or a new one in the scene."""

    def __init__(
        self, application_logic: slicer.vtkMRMLApplicationLogic, size: Size, multi_samples: int = MULTI_SAMPLES
    ) -> None:
        node = _view_node(application_logic.GetMRMLScene())
        super().__init__(application_logic, node, THREED_MANAGERS, size, multi_samples=multi_samples)
        self.renderer.SetGradientBackground(True)

    def look_from(self, direction: Position, zoom: float = 1.0) -> None:
        """Look at all that is visible from this side (a direction in RAS), the patient's head up."""
        towards = np.asarray(direction, float) / np.linalg.norm(direction)
        camera = self.renderer.GetActiveCamera()
        camera.SetFocalPoint(0, 0, 0)
        camera.SetPosition(*towards)
        camera.SetViewUp(0, 0, 1)
        self.renderer.ResetCamera()
        camera.Zoom(zoom)
        self.renderer.ResetCameraClippingRange()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without VTK's warnings: it tries an X server first, and says so wherever there is none."""
    verbosity = vtk.vtkLogger.GetCurrentVerbosityCutoff()
    vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_ERROR)
    try:
        yield
    finally:
        vtk.vtkLogger.SetStderrVerbosity(verbosity)


def _offscreen_window(
    renderer: vtk.vtkRenderer, size: Size, multi_samples: int
) -> tuple[vtk.vtkRenderWindow, vtk.vtkRenderWindowInteractor]:
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(multi_samples)
    window.SetSize(*size)
    window.AddRenderer(renderer)
    interactor = vtk.vtkGenericRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
    return window, interactor


def _pixels(window: vtk.vtkRenderWindow) -> np.ndarray:
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.SetInputBufferTypeToRGB()
    grab.Update()
    image = grab.GetOutput()
    width, height, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1].copy()


def slice_logic(application_logic: slicer.vtkMRMLApplicationLogic, name: str) -> slicer.vtkMRMLSliceLogic:
    """The logic of a slice view by its name, made with the view's nodes where the scene has none. Needs no OpenGL."""
    scene = application_logic.GetMRMLScene()
    logics = application_logic.GetSliceLogics()
    if logics is None:
        logics = vtk.vtkCollection()
        application_logic.SetSliceLogics(logics)
    for number in range(logics.GetNumberOfItems()):
        logic = logics.GetItemAsObject(number)
        if logic.GetSliceNode() and logic.GetSliceNode().GetLayoutName() == name:
            return logic
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLApplicationLogic(application_logic)
    logic.SetMRMLScene(scene)
    node = logic.AddSliceNode(name)
    node.SetOrientation(SLICE_ORIENTATIONS[name])
    node.SetLayoutColor(SLICE_COLORS[name])
    node.SetLayoutLabel(name[0])
    logics.AddItem(logic)
    return logic


def _view_node(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLViewNode:
    logic = slicer.vtkMRMLViewLogic
    node = logic.GetViewNode(scene, THREED_NAME)
    if node is None:
        maker = logic()
        maker.SetMRMLScene(scene)
        node = maker.AddViewNode(THREED_NAME)
    return node
