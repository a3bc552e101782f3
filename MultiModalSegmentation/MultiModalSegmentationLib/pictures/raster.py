"""Pictures made of pixels: a canvas with text, markers and lines, written as PNG by SimpleITK."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .glyphs import margin, text_mask

Color = tuple[float, float, float]

ELLIPSIS = "..."


class Canvas:
    """An RGB picture; coordinates are pixels (x to the right, y down), colors and opacities 0..1."""

    def __init__(self, width: int, height: int, color: Color) -> None:
        self.pixels = np.empty((height, width, 3), np.float32)
        self.pixels[:] = color

    def paste(self, picture: np.ndarray, x: int, y: int) -> None:
        """Copy a picture (rows, columns, 3) to a place inside the canvas."""
        rows, columns = picture.shape[:2]
        self.pixels[y : y + rows, x : x + columns] = picture

    def blend(self, coverage: np.ndarray, color: Color, x: int, y: int) -> None:
        """Lay a color over the canvas where ``coverage`` (rows, columns) says so; what lies outside is cut off."""
        rows, columns = coverage.shape
        top, left = max(y, 0), max(x, 0)
        bottom, right = min(y + rows, self.pixels.shape[0]), min(x + columns, self.pixels.shape[1])
        if top >= bottom or left >= right:
            return
        share = coverage[top - y : bottom - y, left - x : right - x, None]
        area = self.pixels[top:bottom, left:right]
        area += share * (np.asarray(color, np.float32) - area)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        color: Color,
        *,
        height: float = 11,
        anchor: float = 0.0,
        upright: bool = True,
    ) -> None:
        """Write a line whose capitals begin at ``y``; ``anchor`` 0 puts its left end at ``x``, 0.5 its middle, 1 its
        right end. Text that is not upright runs upward, its middle at ``y``, its capitals beginning at ``x``."""
        mask = text_mask(text, height)
        if upright:
            self.blend(mask, color, round(x - anchor * mask.shape[1]), round(y) - margin(height))
        else:
            self.blend(np.rot90(mask), color, round(x) - margin(height), round(y - mask.shape[1] / 2))

    def line(
        self, points: Sequence[tuple[float, float]], color: Color, *, width: float = 1.5, opacity: float = 1
    ) -> None:
        """Draw lines from point to point."""
        points = [np.asarray(point, float) for point in points]
        low = np.floor(np.min(points, axis=0) - width - 1).astype(int)
        high = np.ceil(np.max(points, axis=0) + width + 1).astype(int)
        y, x = np.mgrid[low[1] : high[1] + 1, low[0] : high[0] + 1]
        nearest = np.full(x.shape, np.inf)
        for start, end in pairwise(points):
            nearest = np.minimum(nearest, _distance(x, y, start, end))
        self.blend(opacity * _edge(nearest, width / 2), color, int(low[0]), int(low[1]))

    def disc(self, x: float, y: float, radius: float, color: Color, *, opacity: float = 1) -> None:
        """Draw a filled circle."""
        size = int(np.ceil(radius)) + 2
        left, top = round(x) - size, round(y) - size
        rows, columns = np.mgrid[top : top + 2 * size + 1, left : left + 2 * size + 1]
        self.blend(opacity * _edge(np.hypot(columns - x, rows - y), radius), color, left, top)


def text_width(text: str, height: float) -> int:
    """The width of a line of text in pixels."""
    return text_mask(text, height).shape[1]


def shortened(text: str, width: float, height: float) -> str:
    """The text, its middle left out where it is wider than that many pixels."""
    if text_width(text, height) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = text[: (kept + 1) // 2] + ELLIPSIS + text[len(text) - kept // 2 :]
        if text_width(short, height) <= width:
            return short
    return text[:1]


def write_png(canvas: Canvas, path: Path) -> None:
    """Write the picture as PNG."""
    values = np.rint(255 * np.clip(canvas.pixels, 0, 1)).astype(np.uint8)
    sitk.WriteImage(sitk.GetImageFromArray(values, isVector=True), str(path), useCompression=True)


def _edge(distance: np.ndarray, radius: float) -> np.ndarray:
    """Coverage of pixels by a shape that reaches ``radius`` far, with a soft edge one pixel wide."""
    return np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)


def _distance(x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    dx, dy = end - start
    along = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    return np.hypot(x - start[0] - along * dx, y - start[1] - along * dy)
