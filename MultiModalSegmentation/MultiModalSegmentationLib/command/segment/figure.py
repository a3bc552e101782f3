"""The pictures of a run in one: originals, smoothed volumes and results, with seeds and regions, and the leak curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ...files.images import channels_from_files
from ...geometry.numbers import significant
from ...parameters.colors import UNIMODAL_COLORS
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


def draw_figure(run: Run, slice_number: int) -> Canvas:
    """Rows: original, smoothed, result; a column a volume and one for all together.

    A volume's result is its uni-modal one where the run compared, otherwise the multi-modal one on that volume.
    """
    names = run.segmentation.segmenter.names
    view = SliceView.fitting(run.segmentation.segmenter.grid, slice_number, PANEL)
    layout = Layout(len(run.inputs.volumes) + 1, view.size, run.curve is not None)
    canvas = Canvas(layout.width, layout.height, BACKGROUND)
    _draw_heads(canvas, layout, names)
    for row, pictures in enumerate(_pictures(run, view)):
        for column, picture in enumerate(pictures):
            _draw_picture(canvas, layout, picture, (column, row))
            if ROWS[row] == "Result":
                _draw_result(canvas, layout, run, view, column)
            _draw_marks(canvas, layout.place(column, row), run, view)
    _draw_foot(canvas, layout, run, view)
    if run.curve is not None:
        used = (run.segmentation.result.effective_multiplier, run.segmentation.result.volume_ml)
        area = (layout.left, layout.foot + _FOOT, layout.width - _MARGIN, layout.height - _MARGIN // 2)
        draw_curve(canvas, run.curve, used, area, CurveColors(TEXT, FAINT, REGION, EXCLUSION_SEED))
    return canvas


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


def _draw_result(canvas: Canvas, layout: Layout, run: Run, view: SliceView, column: int) -> None:
    result, color, how = _shown_result(run, column)
    left, top = layout.place(column, ROWS.index("Result"))
    canvas.blend(
        overlay(view.plane_pixels(whole_slice(result.mask, result.box, view.grid, view.number))), color, left, top
    )
    caption = f"{how}: {significant(result.volume_ml)} mL"
    middle = left + layout.picture[0] / 2
    canvas.text(caption, middle, top + layout.picture[1] + 10, color, anchor=0.5)


def _shown_result(run: Run, column: int) -> tuple[GrowingResult | UniModalResult, Color, str]:
    results = run.segmentation
    if column == len(run.inputs.volumes):
        return results.result, REGION, "multi-modal"
    if results.unimodal:
        return results.unimodal[column], UNIMODAL_COLORS[column], "uni-modal"
    return results.result, REGION, "multi-modal region"


def _draw_marks(canvas: Canvas, place: tuple[int, int], run: Run, view: SliceView) -> None:
    """Orientation letters, and the seeds of this slice."""
    left, top = place
    to_left, to_top = view.letters
    for letter, x, y in ((to_left, 12, view.size[1] / 2), (to_top, view.size[0] / 2, 12)):
        canvas.disc(left + x, top + y, 9, BLACK, opacity=0.5)
        canvas.text(letter, left + x, top + y - 4.5, TEXT, height=9, anchor=0.5)
    for points, draw in (
        (run.segmentation.points.exclusion_seeds, _draw_exclusion_seed),
        (run.segmentation.points.seeds, _draw_seed),
    ):
        for point in points:
            if point.ijk[2] == view.number:
                x, y = view.place(point.ijk)
                draw(canvas, left + x, top + y)


def _draw_seed(canvas: Canvas, x: float, y: float) -> None:
    canvas.disc(x, y, 6.2, BLACK)
    canvas.disc(x, y, 4.6, SEED)


def _draw_exclusion_seed(canvas: Canvas, x: float, y: float) -> None:
    for width, color in ((6.0, BLACK), (3.2, EXCLUSION_SEED)):
        for way in (-1, 1):
            canvas.line([(x - 5, y - 5 * way), (x + 5, y + 5 * way)], color, width=width)


def _draw_foot(canvas: Canvas, layout: Layout, run: Run, view: SliceView) -> None:
    """What the marks mean, and which slice this is."""
    x, y, height = float(layout.left), layout.foot + 12, 9.0
    marks = [
        (_draw_seed, "seeds", run.segmentation.points.seeds),
        (_draw_exclusion_seed, "exclusion seeds", run.segmentation.points.exclusion_seeds),
    ]
    for draw, kind, points in marks:
        if points:
            here = sum(point.ijk[2] == view.number for point in points)
            text = f"{kind}: {here} of {len(points)} in this slice"
            draw(canvas, x + 8, y + height / 2)
            canvas.text(text, x + 20, y, FAINT, height=height)
            x += 44 + text_width(text, height)
    grown = run.segmentation.result
    facts = f"{view.plane} slice {view.number}    multiplier {grown.effective_multiplier:.3g}"
    canvas.text(facts, layout.width - _MARGIN, y, FAINT, height=height, anchor=1)


def _light(color: Color) -> Color:
    return tuple(0.35 + 0.65 * value for value in color)
