"""Pictures made of pixels: a canvas with text, markers and lines, drawn and written as PNG by Pillow."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .fonts import CAPITAL_SHARE, pieces

Color = tuple[float, float, float]

ELLIPSIS = "…"

_SUPERSAMPLING = 4
"""Pillow's shapes have hard edges: they are drawn larger by this factor."""
_ABOVE, _WHOLE = 1.4, 2.0
"""From the top of a line of text to its base line and to its end, in heights of a capital letter."""


class Canvas:
    """An RGB picture; coordinates are pixels (x to the right, y down), colors and opacities 0..1."""

    def __init__(self, width: int, height: int, color: Color) -> None:
        self.image = Image.new("RGB", (width, height), _bytes(color))

    @property
    def pixels(self) -> np.ndarray:
        """A copy of the picture: uint8 (rows, columns, 3)."""
        return np.asarray(self.image)

    def paste(self, picture: np.ndarray, x: int, y: int) -> None:
        """Copy a picture (rows, columns, 3) with values 0..1 to a place inside the canvas."""
        self.image.paste(Image.fromarray(_levels(picture)), (x, y))

    def blend(self, coverage: np.ndarray, color: Color, x: int, y: int) -> None:
        """Lay a color over the canvas where ``coverage`` (rows, columns), 0..1, says so; what lies outside is cut."""
        self._lay(Image.fromarray(_levels(coverage)), color, x, y)

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
        mask = _text_mask(text, height)
        above = round((_ABOVE - 1) * height)
        if upright:
            self._lay(mask, color, round(x - anchor * mask.width), round(y) - above)
        else:
            self._lay(mask.transpose(Image.Transpose.ROTATE_90), color, round(x) - above, round(y - mask.width / 2))

    def line(
        self, points: Sequence[tuple[float, float]], color: Color, *, width: float = 1.5, opacity: float = 1
    ) -> None:
        """Draw lines from point to point, with round ends."""

        def draw(brush: ImageDraw.ImageDraw, place: Callable[[float, float], tuple[float, float]]) -> None:
            places = [place(*point) for point in points]
            brush.line(places, fill=255, width=max(1, round(width * _SUPERSAMPLING)), joint="curve")
            for end in (places[0], places[-1]):
                brush.circle(end, width * _SUPERSAMPLING / 2, fill=255)

        self._shape(points, width, color, opacity, draw)

    def disc(self, x: float, y: float, radius: float, color: Color, *, opacity: float = 1) -> None:
        """Draw a filled circle."""
        self._shape(
            [(x, y)],
            radius,
            color,
            opacity,
            lambda brush, place: brush.circle(place(x, y), radius * _SUPERSAMPLING, fill=255),
        )

    def _shape(
        self,
        points: Sequence[tuple[float, float]],
        reach: float,
        color: Color,
        opacity: float,
        draw: Callable[[ImageDraw.ImageDraw, Callable[[float, float], tuple[float, float]]], None],
    ) -> None:
        left, top = (math.floor(low - reach - 1) for low in np.min(points, axis=0))
        right, bottom = (math.ceil(high + reach + 2) for high in np.max(points, axis=0))
        mask = Image.new("L", ((right - left) * _SUPERSAMPLING, (bottom - top) * _SUPERSAMPLING))
        draw(ImageDraw.Draw(mask), lambda x, y: tuple((v + 0.5) * _SUPERSAMPLING - 0.5 for v in (x - left, y - top)))
        self._lay(mask.reduce(_SUPERSAMPLING).point(lambda value: value * opacity), color, left, top)

    def _lay(self, mask: Image.Image, color: Color, x: int, y: int) -> None:
        self.image.paste(_bytes(color), (x, y, x + mask.width, y + mask.height), mask)


def text_width(text: str, height: float) -> int:
    """The width of a line of text in pixels; ``height`` is that of a capital letter."""
    return math.ceil(sum(font.getlength(part) for part, font in pieces(text, height / CAPITAL_SHARE)))


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
    canvas.image.save(path, format="PNG")


def _text_mask(text: str, height: float) -> Image.Image:
    mask = Image.new("L", (max(1, text_width(text, height)), math.ceil(_WHOLE * height)))
    brush, x = ImageDraw.Draw(mask), 0.0
    for part, font in pieces(text, height / CAPITAL_SHARE):
        brush.text((x, round(_ABOVE * height)), part, fill=255, font=font, anchor="ls")
        x += font.getlength(part)
    return mask


def _levels(values: np.ndarray) -> np.ndarray:
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def _bytes(color: Color) -> tuple[int, int, int]:
    return tuple(round(255 * value) for value in color)
