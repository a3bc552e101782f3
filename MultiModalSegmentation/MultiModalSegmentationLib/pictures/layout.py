"""Pictures of several views: captions, rows and columns, and Slicer's four-up layout.

It needs the package ``slicer-core`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import slicer
from PIL import Image

from ..files.atomic import replacing
from .offscreen import SLICE_COLORS, Position, Size, SliceView, ThreeDView
from .raster import Canvas, Color

GAP = 4
BAR_HEIGHT = 22
DARK = (0.13, 0.13, 0.15)
WHITE = (1.0, 1.0, 1.0)
BLACK = (0.0, 0.0, 0.0)


class FourUp:
    """Slicer's four-up layout: axial (red), 3D, coronal (green) and sagittal (yellow), each ``size`` pixels."""

    def __init__(self, application_logic: slicer.vtkMRMLApplicationLogic, size: Size) -> None:
        self.red, self.green, self.yellow = (
            SliceView(application_logic, name, size) for name in ("Red", "Green", "Yellow")
        )
        self.threed = ThreeDView(application_logic, size)

    def __enter__(self) -> FourUp:
        return self

    def __exit__(self, *_: object) -> None:
        for view in (*self.slices, self.threed):
            view.close()

    @property
    def slices(self) -> tuple[SliceView, SliceView, SliceView]:
        return self.red, self.green, self.yellow

    def show(
        self,
        background: slicer.vtkMRMLVolumeNode,
        foreground: slicer.vtkMRMLVolumeNode | None = None,
        opacity: float = 0.5,
    ) -> None:
        """Choose the volumes of all slice views and fit them in."""
        for view in self.slices:
            view.show(background, foreground, opacity)
            view.fit()

    def move_to(self, ras: Position) -> None:
        """Show the slices through this position (mm)."""
        for view in self.slices:
            view.move_to(ras)

    def render(self) -> np.ndarray:
        """The layout as the scene is now: uint8 (height, width, 3)."""
        return grid(
            [
                [_with_slice_bar(self.red), _with_threed_bar(self.threed)],
                [_with_slice_bar(self.green), _with_slice_bar(self.yellow)],
            ]
        )


def grid(rows: Sequence[Sequence[np.ndarray]], gap: int = GAP, color: Color = DARK) -> np.ndarray:
    """Pictures side by side and above each other; those of a row have one height, the rows one width."""
    return _stack([_stack(row, 1, gap, color) for row in rows], 0, gap, color)


def caption(
    text: str, width: int, height: int = BAR_HEIGHT, *, color: Color = WHITE, background: Color = DARK
) -> np.ndarray:
    """One line of text in the middle of a bar, or at its left where it starts with a space."""
    bar = Canvas(width, height, background)
    letters = 0.41 * height
    is_left = text.strip() != text
    x = height / 2 if is_left else width / 2
    bar.text(text.strip(), x, (height - letters) / 2, color, height=letters, anchor=0.0 if is_left else 0.5)
    return bar.pixels


def write_png(pixels: np.ndarray, path: Path) -> None:
    """Write uint8 (height, width, 3), the top row first. Raises ``ValueError`` where that cannot be done."""
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG")


def slice_position(node: slicer.vtkMRMLSliceNode) -> str:
    """Where an axial, coronal or sagittal slice is, as ``R: 37.0 mm`` or, on the other side of 0, ``L: 37.0 mm``."""
    axis = ("Sagittal", "Coronal", "Axial").index(node.GetOrientation())
    position = node.GetSliceToRAS().GetElement(axis, 3)
    return f"{'RAS'[axis] if position >= 0 else 'LPI'[axis]}: {abs(position):.1f} mm"


def _with_slice_bar(view: SliceView) -> np.ndarray:
    name = view.node.GetLayoutName()
    return _with_bar(view.render(), f"  {name[0]}    {slice_position(view.node)}", SLICE_COLORS[name])


def _with_threed_bar(view: ThreeDView) -> np.ndarray:
    return _with_bar(view.render(), f"  {view.node.GetLayoutName()}", view.node.GetLayoutColor())


def _with_bar(picture: np.ndarray, text: str, color: Color) -> np.ndarray:
    return np.concatenate([caption(text, picture.shape[1], color=BLACK, background=color), picture])


def _stack(pictures: Sequence[np.ndarray], axis: int, gap: int, color: Color) -> np.ndarray:
    shape = list(pictures[0].shape)
    shape[axis] = gap
    space = np.empty(shape, np.uint8)
    space[:] = np.round(np.array(color) * 255)
    parts = [part for picture in pictures for part in (space, picture)][1:]
    return np.concatenate(parts, axis)
