"""The leak curve as a diagram: volume of the region against multiplier, its jumps, and the multiplier used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .raster import Canvas, Color

if TYPE_CHECKING:
    from ..engine.leaks import LeakCurve

SMALLEST_VOLUME_ML = 1e-6
_SPACE = (76, 48, 12, 56)
"""Pixels around the diagram for its labels: left, above, right, below."""


@dataclass(frozen=True)
class CurveColors:
    """Colors of the diagram."""

    title: Color
    axes: Color
    line: Color
    jump: Color


@dataclass(frozen=True)
class _Axes:
    """A linear axis from 0 to the right, and a logarithmic one upward; ``area`` is left, top, right, bottom."""

    area: tuple[int, int, int, int]
    x_ticks: list[float]
    y_ticks: list[float]

    def place(self, multiplier: float, volume: float) -> tuple[float, float]:
        left, top, right, bottom = self.area
        low, high = math.log10(self.y_ticks[0]), math.log10(self.y_ticks[-1])
        up = (math.log10(max(volume, SMALLEST_VOLUME_ML)) - low) / (high - low)
        return left + (right - left) * multiplier / self.x_ticks[-1], bottom + (top - bottom) * up


def draw_curve(
    canvas: Canvas, curve: LeakCurve, used: tuple[float, float], area: tuple[int, int, int, int], colors: CurveColors
) -> None:
    """Draw the curve into ``area`` (left, top, right, bottom); ``used`` are the multiplier and mL of the run."""
    left, above, right, below = _SPACE
    inner = (area[0] + left, area[1] + above, area[2] - right, area[3] - below)
    volumes = [max(float(volume), SMALLEST_VOLUME_ML) for volume in (*curve.volumes_ml, used[1])]
    axes = _Axes(inner, _even_ticks(max(curve.multipliers[-1], used[0])), _decade_ticks(min(volumes), max(volumes)))
    canvas.text("Leak curve: volume of the region (mL) against the multiplier", inner[0], area[1] + 14, colors.title)
    _draw_axes(canvas, axes, colors.axes)
    for multiplier in curve.jumps:
        x, _ = axes.place(multiplier, 1.0)
        for y in range(inner[1], inner[3], 10):
            canvas.line([(x, y), (x, y + 4)], colors.jump, width=1.4)
    points = [axes.place(*point) for point in zip(curve.multipliers, curve.volumes_ml)]
    canvas.line(points, colors.line, width=2.2)
    for point in points:
        canvas.disc(*point, 2.8, colors.line)
    canvas.disc(*axes.place(*used), 6, colors.title)
    canvas.disc(*axes.place(*used), 3.6, colors.line)
    legend = f"ring: this run    {_told(curve)}"
    canvas.text(legend, inner[2], inner[3] + 34, colors.axes, height=9, anchor=1)


def _told(curve: LeakCurve) -> str:
    if not curve.jumps:
        return "the volume does not jump"
    return f"dashed: the volume jumps    largest multiplier before that: {curve.suggested:.3g}"


def _draw_axes(canvas: Canvas, axes: _Axes, color: Color) -> None:
    left, _, right, bottom = axes.area
    for tick in axes.y_ticks:
        _, y = axes.place(0.0, tick)
        canvas.line([(left, y), (right, y)], color, width=1, opacity=0.3)
        canvas.text(f"{tick:g}", left - 10, y - 4, color, height=9, anchor=1)
    for tick in axes.x_ticks:
        x, _ = axes.place(tick, axes.y_ticks[0])
        canvas.line([(x, bottom), (x, bottom + 5)], color, width=1)
        canvas.text(f"{tick:g}", x, bottom + 11, color, height=9, anchor=0.5)


def _even_ticks(high: float) -> list[float]:
    """Up to nine round numbers from 0, the last one not below ``high``."""
    power = 10.0 ** math.floor(math.log10(high / 8))
    step = next(factor * power for factor in (1, 2, 5, 10) if high <= 8 * factor * power)
    return [n * step for n in range(math.ceil(high / step - 1e-9) + 1)]


def _decade_ticks(low: float, high: float) -> list[float]:
    """Powers of ten around ``low`` and ``high``, at least two."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**n for n in range(first, max(last, first + 1) + 1)]
