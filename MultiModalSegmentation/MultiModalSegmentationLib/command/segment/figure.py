"""The pictures of a run in one: originals, smoothed volumes and results, with seeds and regions, and the leak curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ...files.images import channels_from_files
from ...geometry.numbers import significant
from ...parameters.colors import UNIMODAL_COLORS, tissue_color
from ...pictures.curve import CurveColors, draw_curve
from ...pictures.raster import Canvas, Color, shortened, text_width
from ...pictures.slices import SliceView, blended, gray, overlay, whole_slice, window_of, windowed
from .run import Run

if TYPE_CHECKING:
    from ...engine.model.result import GrowingResult
    from ...engine.unimodal import UniModalResult

PANEL = 400
"""Pixels of a picture's longer side."""

BACKGROUND: Color = (0.075, 0.085, 0.1)
TEXT: Color = (0.93, 0.94, 0.96)
FAINT: Color = (0.64, 0.68, 0.74)
REGION: Color = (0.05, 0.85, 0.58)
SEED: Color = (1.0, 0.93, 0.2)
EXCLUSION_SEED: Color = (1.0, 0.27, 0.22)
BLACK: Color = (0.0, 0.0, 0.0)
BLENDS = {
    2: ((1.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    3: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    4: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.5, 0.5)),
}
"""The colors in which that many volumes are laid over each other."""

ROWS = ("Original", "Smoothed", "Result")
_GAP, _MARGIN, _HEAD, _ROW_LABEL, _CAPTION, _FOOT, _CURVE = 12, 22, 60, 30, 28, 36, 330


@dataclass(frozen=True)
class Layout:
    """Where everything goes, in pixels. Panels are at least as wide as their captions need."""

    columns: int
    picture: tuple[int, int]
    has_curve: bool

    @property
    def panel_width(self) -> int:
        return max(self.picture[0], PANEL * 3 // 4)

    @property
    def left(self) -> int:
        return _MARGIN + _ROW_LABEL

    @property
    def width(self) -> int:
        return self.left + self.columns * (self.panel_width + _GAP) - _GAP + _MARGIN

    @property
    def foot(self) -> int:
        return self.panel(0, len(ROWS))[1] - _GAP + _CAPTION

    @property
    def height(self) -> int:
        return self.foot + _FOOT + (_CURVE if self.has_curve else 0) + _MARGIN // 2

    def panel(self, column: int, row: int) -> tuple[int, int]:
        """Left and top of a panel."""
        return self.left + column * (self.panel_width + _GAP), _MARGIN + _HEAD + row * (self.picture[1] + _GAP)

    def place(self, column: int, row: int) -> tuple[int, int]:
        """Left and top of the picture in the middle of a panel."""
        x, y = self.panel(column, row)
        return x + (self.panel_width - self.picture[0]) // 2, y


def draw_figure(runs: Sequence[Run], slice_number: int) -> Canvas:
    """Rows: original, smoothed, result; a column a volume and one for all together.

    A volume's result is its uni-modal one where the run compared, otherwise the multi-modal one on that volume; several
    tissues have their colors. The leak curve is that of a single tissue.
    """
    run = runs[0]
    names = run.segmentation.segmenter.names
    view = SliceView.fitting(run.segmentation.segmenter.grid, slice_number, PANEL)
    has_curve = run.curve is not None and len(runs) == 1
    layout = Layout(len(run.inputs.volumes) + 1, view.size, has_curve)
    canvas = Canvas(layout.width, layout.height, BACKGROUND)
    _draw_heads(canvas, layout, names)
    for row, pictures in enumerate(_pictures(run, view)):
        for column, picture in enumerate(pictures):
            _draw_picture(canvas, layout, picture, (column, row))
            if ROWS[row] == "Result":
                _draw_results(canvas, layout, runs, view, column)
            _draw_marks(canvas, layout.place(column, row), runs, view)
    _draw_foot(canvas, layout, runs, view)
    if has_curve:
        used = (run.segmentation.result.effective_multiplier, run.segmentation.result.volume_ml)
        area = (layout.left, layout.foot + _FOOT, layout.width - _MARGIN, layout.height - _MARGIN // 2)
        draw_curve(canvas, run.curve, used, area, CurveColors(TEXT, FAINT, REGION, EXCLUSION_SEED))
    return canvas


def region_colors(runs: Sequence[Run]) -> list[Color]:
    """The color of each region in pictures."""
    return [REGION] if len(runs) == 1 else [tissue_color(number) for number in range(len(runs))]


def _pictures(run: Run, view: SliceView) -> list[list[np.ndarray]]:
    """RGB pictures row by row; the results lie on the smoothed volumes, the multi-modal one on the second."""
    channels = channels_from_files(run.inputs.volumes)
    windows = [window_of(channel.array) for channel in channels]
    originals = [windowed(view.pixels(channel.array), window) for channel, window in zip(channels, windows)]
    images = [run.segmentation.segmenter.smoothed(number) for number in range(len(channels))]
    smoothed = [windowed(view.pixels(sitk.GetArrayViewFromImage(i)), window) for i, window in zip(images, windows)]
    colors = BLENDS[len(channels)]
    return [
        [*map(gray, originals), blended(originals, colors)],
        [*map(gray, smoothed), blended(smoothed, colors)],
        [*map(gray, smoothed), gray(smoothed[1])],
    ]


def _draw_heads(canvas: Canvas, layout: Layout, names: tuple[str, ...]) -> None:
    for row, label in enumerate(ROWS):
        canvas.text(label, _MARGIN, layout.panel(0, row)[1] + layout.picture[1] / 2, FAINT, upright=False)
    for column, name in enumerate((*names, "Multi-modal")):
        x = layout.panel(column, 0)[0] + layout.panel_width / 2
        color = TEXT if column < len(names) else REGION
        canvas.text(shortened(name, layout.panel_width, 15), x, _MARGIN + 4, color, height=15, anchor=0.5)
    _draw_blend_legend(canvas, layout, names)


def _draw_blend_legend(canvas: Canvas, layout: Layout, names: tuple[str, ...]) -> None:
    """The volumes' names in the colors in which the last column lays them over each other."""
    height, plus = 9.0, "  +  "
    room = (layout.panel_width - (len(names) - 1) * text_width(plus, height)) / len(names)
    texts = [(shortened(name, room, height), _light(color)) for name, color in zip(names, BLENDS[len(names)])]
    words = [word for text in texts for word in ((plus, FAINT), text)][1:]
    x = layout.panel(len(names), 0)[0] + (layout.panel_width - sum(text_width(w, height) for w, _ in words)) / 2
    for word, color in words:
        canvas.text(word, x, _MARGIN + 34, color, height=height)
        x += text_width(word, height)


def _draw_picture(canvas: Canvas, layout: Layout, picture: np.ndarray, panel: tuple[int, int]) -> None:
    black = np.zeros((layout.picture[1], layout.panel_width, 3), np.float32)
    canvas.paste(black, *layout.panel(*panel))
    canvas.paste(picture, *layout.place(*panel))


def _draw_results(canvas: Canvas, layout: Layout, runs: Sequence[Run], view: SliceView, column: int) -> None:
    left, top = layout.place(column, ROWS.index("Result"))
    shown = [_shown_result(run, column, color) for run, color in zip(runs, region_colors(runs))]
    for result, color, _ in shown:
        inside = view.plane_pixels(whole_slice(result.mask, result.box, view.grid, view.number))
        canvas.blend(overlay(inside), color, left, top)
    several = len(runs) > 1
    room = layout.panel_width / len(shown)
    middle = left + layout.picture[0] / 2 - layout.panel_width / 2
    for number, (run, (result, color, how)) in enumerate(zip(runs, shown)):
        caption = f"{run.tissue if several else how}: {significant(result.volume_ml)} mL"
        caption = shortened(caption, room - _GAP, 11) if several else caption
        canvas.text(caption, middle + (number + 0.5) * room, top + layout.picture[1] + 10, color, anchor=0.5)


def _shown_result(run: Run, column: int, color: Color) -> tuple[GrowingResult | UniModalResult, Color, str]:
    results = run.segmentation
    if column == len(run.inputs.volumes):
        return results.result, color, "multi-modal"
    if results.unimodal:
        alone = color if run.is_one_of_several else UNIMODAL_COLORS[column]
        return results.unimodal[column], alone, "uni-modal"
    return results.result, color, "multi-modal region"


def _draw_marks(canvas: Canvas, place: tuple[int, int], runs: Sequence[Run], view: SliceView) -> None:
    """Orientation letters, and the seeds of this slice."""
    left, top = place
    to_left, to_top = view.letters
    for letter, x, y in ((to_left, 12, view.size[1] / 2), (to_top, view.size[0] / 2, 12)):
        canvas.disc(left + x, top + y, 9, BLACK, opacity=0.5)
        canvas.text(letter, left + x, top + y - 4.5, TEXT, height=9, anchor=0.5)
    marks = [(_draw_exclusion_seed, EXCLUSION_SEED, runs[0].inputs.exclusion_seeds)]
    colors = [SEED] if len(runs) == 1 else region_colors(runs)
    marks += [(_draw_seed, color, run.segmentation.points.seeds) for color, run in zip(colors, runs)]
    for draw, color, points in marks:
        for point in points:
            if point.ijk[2] == view.number:
                x, y = view.place(point.ijk)
                draw(canvas, left + x, top + y, color)


def _draw_seed(canvas: Canvas, x: float, y: float, color: Color = SEED) -> None:
    canvas.disc(x, y, 6.2, BLACK)
    canvas.disc(x, y, 4.6, color)


def _draw_exclusion_seed(canvas: Canvas, x: float, y: float, color: Color = EXCLUSION_SEED) -> None:
    for width, drawn in ((6.0, BLACK), (3.2, color)):
        for way in (-1, 1):
            canvas.line([(x - 5, y - 5 * way), (x + 5, y + 5 * way)], drawn, width=width)


def _draw_foot(canvas: Canvas, layout: Layout, runs: Sequence[Run], view: SliceView) -> None:
    """What the marks mean, and which slice this is."""
    x, y, height = float(layout.left), layout.foot + 12, 9.0
    marks = [
        (_draw_seed, "seeds", [seed for run in runs for seed in run.segmentation.points.seeds]),
        (_draw_exclusion_seed, "exclusion seeds", runs[0].inputs.exclusion_seeds),
    ]
    for draw, kind, points in marks:
        if points:
            here = sum(point.ijk[2] == view.number for point in points)
            text = f"{kind}: {here} of {len(points)} in this slice"
            draw(canvas, x + 8, y + height / 2)
            canvas.text(text, x + 20, y, FAINT, height=height)
            x += 44 + text_width(text, height)
    used = dict.fromkeys(f"{run.segmentation.result.effective_multiplier:.3g}" for run in runs)
    facts = f"{view.plane} slice {view.number}    multiplier {', '.join(used)}"
    canvas.text(facts, layout.width - _MARGIN, y, FAINT, height=height, anchor=1)


def _light(color: Color) -> Color:
    return tuple(0.35 + 0.65 * value for value in color)
