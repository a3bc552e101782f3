"""Leak curve and scatter plot, drawn by Bokeh in the page."""

from __future__ import annotations

import math
from typing import Any

from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, Span
from bokeh.plotting import figure

from ....controls.results import ellipse_points
from ....engine.leaks import LeakCurve
from ....explaining.scatter import Scatter
from ....pipeline.segmentation import Segmentation

HEIGHT = 260
REGION, AROUND, SEEDS, EXCLUDED, LINE = "#1d9a50", "#9aa4ad", "#111111", "#d43a2f", "#2f6fb3"

_PICK = """
if (cb_obj.x > 0) window.trame.trigger("pick_multiplier", [cb_obj.x]);
"""


def leak_chart(curve: LeakCurve, multiplier: float, dark: bool) -> dict[str, Any]:
    """Volume against multiplier; a click picks the multiplier there. For ``Bokeh.embed.embed_item``."""
    chart = _chart("Multiplier", "Volume (mL)", dark)
    source = ColumnDataSource({"x": list(curve.multipliers), "y": list(curve.volumes_ml)})
    chart.line("x", "y", source=source, color=LINE, line_width=2)
    points = chart.scatter("x", "y", source=source, color=LINE, size=6)
    chart.add_tools(HoverTool(renderers=[points], tooltips=[("multiplier", "@x{0.00}"), ("mL", "@y{0.0}")]))
    for jump in curve.jumps:
        chart.add_layout(Span(location=jump, dimension="height", line_color=EXCLUDED, line_dash="dotted"))
    if curve.jumps:
        chart.add_layout(Span(location=curve.suggested, dimension="height", line_color=REGION, line_dash="dashed"))
    chart.add_layout(Span(location=multiplier, dimension="height", line_color=LINE))
    chart.js_on_event("tap", CustomJS(code=_PICK))
    return json_item(chart)


def scatter_chart(segmentation: Segmentation, dark: bool) -> dict[str, Any]:
    """Region and surroundings on the first two volumes, the seeds, and the ellipses of the multiplier."""
    scatter: Scatter = segmentation.scatter()
    names = segmentation.segmenter.names
    chart = _chart(names[0], names[1], dark)
    groups = (
        (scatter.surroundings, AROUND, 3, "Around"),
        (scatter.region, REGION, 3, "Region"),
        (scatter.seeds, "#ffffff" if dark else SEEDS, 8, "Seeds"),
        (scatter.exclusion_seeds, EXCLUDED, 8, "Exclusion seeds"),
    )
    for points, color, size, label in groups:
        finite = [(x, y) for x, y in points.tolist() if math.isfinite(x) and math.isfinite(y)]
        if finite:
            xs, ys = zip(*finite)
            chart.scatter(list(xs), list(ys), color=color, size=size, line_color=None, legend_label=label)
    for mean, covariance in zip(scatter.means, scatter.covariances):
        ellipse = ellipse_points(mean, covariance, scatter.multiplier)
        chart.line(ellipse[:, 0].tolist(), ellipse[:, 1].tolist(), color=LINE, legend_label="Multiplier")
    legend = chart.legend[0]
    chart.add_layout(legend, "above")
    legend.update(
        orientation="horizontal", ncols=3, label_text_font_size="11px", padding=0, margin=2, border_line_color=None
    )
    if dark:
        legend.update(background_fill_color="#212121", label_text_color="#dddddd")
    return json_item(chart)


def _chart(x: str, y: str, dark: bool) -> figure:
    chart = figure(height=HEIGHT, sizing_mode="stretch_width", tools="", toolbar_location=None)
    chart.xaxis.axis_label, chart.yaxis.axis_label = x, y
    if dark:
        chart.background_fill_color = chart.border_fill_color = "#212121"
        for axis in chart.axis:
            axis.major_label_text_color = axis.axis_label_text_color = axis.axis_line_color = "#dddddd"
            axis.major_tick_line_color = axis.minor_tick_line_color = "#dddddd"
        chart.grid.grid_line_color = "#444444"
    return chart
