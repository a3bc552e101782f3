"""Sizes of the screenshots, the panel as pixels, and PNG files that a repository can carry."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6 import QtGui, QtWidgets

from MultiModalSegmentationLib.pictures.layout import BAR_HEIGHT, GAP, grid

PANEL_WIDTH = 420
GRAYS = 86
"""A step of 3: what is finer is noise, which makes up most of a file."""
NEARLY_GRAY = 6


@dataclass(frozen=True)
class PictureSize:
    """Voxels of the sample data and pixels of one view; the panel is as high as two views with their bars."""

    voxels: tuple[int, int, int]
    view: tuple[int, int]

    @property
    def panel(self) -> tuple[int, int]:
        return PANEL_WIDTH, 2 * (self.view[1] + BAR_HEIGHT) + GAP

    @property
    def step(self) -> tuple[int, int]:
        """A picture of the tutorial, width and height: panel, gap, two views and the gap between them."""
        return PANEL_WIDTH + 2 * self.view[0] + 2 * GAP, self.panel[1]


FULL = PictureSize((181, 217, 181), (340, 420))
SMALL = PictureSize((60, 72, 60), (160, 200))


def widget_pixels(widget: QtWidgets.QWidget) -> np.ndarray:
    """The widget as it is painted now: uint8 (height, width, 3)."""
    image = widget.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB888)
    width, height = image.width(), image.height()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : 3 * width].reshape(height, width, 3).copy()


def beside(panel: np.ndarray, views: np.ndarray) -> np.ndarray:
    """The panel at the left of the views."""
    return grid([[panel, views]])


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of 256 colors: evenly spaced grays, and those that suit this picture's other colors."""
    grays = np.repeat(np.round(np.linspace(0, 255, GRAYS)).astype(np.uint8)[:, None], 3, 1)
    numbers = np.round(pixels.mean(-1) / 255 * (GRAYS - 1)).astype(np.uint8)
    is_color = np.ptp(pixels, -1) > NEARLY_GRAY
    colors = np.zeros((0, 3), np.uint8)
    if is_color.any():
        colored = Image.fromarray(pixels[is_color][None])
        colors = _palette(colored)
        chosen = Image.new("P", (1, 1))
        chosen.putpalette(colors.tobytes())
        numbers[is_color] = GRAYS + np.asarray(colored.quantize(palette=chosen, dither=Image.Dither.NONE))[0]
    image = Image.fromarray(numbers)
    image.putpalette(np.concatenate([grays, colors]).tobytes())
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _palette(image: Image.Image) -> np.ndarray:
    """Colors that are frequent, and colors that are far from these: uint8 (N, 3)."""
    methods, count = (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE), (256 - GRAYS) // 2
    palettes = [image.quantize(count, method).getpalette()[: 3 * count] for method in methods]
    return np.concatenate([np.array(palette, np.uint8).reshape(-1, 3) for palette in palettes])


def smaller_png(path: Path, width: int) -> bytes:
    """The picture of a PNG file as a PNG file of 256 colors, scaled to this width."""
    with Image.open(path) as image:
        height = round(image.height * width / image.width)
        return png(np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)))
