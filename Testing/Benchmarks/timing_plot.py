"""Two diagrams with logarithmic axes side by side, drawn with the library's own canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from MultiModalSegmentationLib.pictures.raster import Canvas, write_png

WIDTH, HEIGHT = 460, 360
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 46, 46
INK, GRID = (0.2, 0.2, 0.2), (0.87, 0.87, 0.87)
COLORS = ((0.80, 0.25, 0.15), (0.10, 0.45, 0.70), (0.45, 0.45, 0.45))


@dataclass(frozen=True)
class Series:
    """A named line through (x, seconds) points."""

    name: str
    points: list[tuple[float, float]]


def draw_times(diagrams: dict[str, list[Series]], path: Path) -> None:
    """Write a PNG with one diagram of seconds against each titled quantity."""
    canvas = Canvas(WIDTH * len(diagrams), HEIGHT, (1.0, 1.0, 1.0))
    for number, (title, series) in enumerate(diagrams.items()):
        _draw_diagram(canvas, number * WIDTH, title, series)
    write_png(canvas, path)


def _draw_diagram(canvas: Canvas, left: int, title: str, series: list[Series]) -> None:
    points = [point for line in series for point in line.points]
    x_range = _decades([x for x, _ in points])
    y_range = _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x_range[0]) / (x_range[1] - x_range[0])
        up = (math.log10(y) - y_range[0]) / (y_range[1] - y_range[0])
        return left + LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    for power in range(x_range[0], x_range[1] + 1):
        x, bottom = place(10.0**power, 10.0 ** y_range[0])
        canvas.line([(x, TOP), (x, bottom)], GRID, width=1)
        canvas.text(f"1e{power}", x, bottom + 8, INK, anchor=0.5)
    for power in range(y_range[0], y_range[1] + 1):
        x, y = place(10.0 ** x_range[0], 10.0**power)
        canvas.line([(x, y), (left + WIDTH - RIGHT, y)], GRID, width=1)
        canvas.text(f"{10.0**power:g}", x - 6, y - 4, INK, anchor=1.0)
    canvas.text(f"seconds against {title}", left + WIDTH / 2, HEIGHT - 18, INK, anchor=0.5)
    for number, (line, color) in enumerate(zip(series, COLORS)):
        places = [place(x, y) for x, y in line.points]
        canvas.line(places, color, width=2)
        for x, y in places:
            canvas.disc(x, y, 3.5, color)
        canvas.text(line.name, left + LEFT + 110 * number, 16, color)


def _decades(values: list[float]) -> tuple[int, int]:
    """Powers of ten around all values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)
