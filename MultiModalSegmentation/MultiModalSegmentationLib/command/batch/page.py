"""``index.html``: the cases of a cohort in one page that needs no network, the suspicious ones first.

Table and histogram are Bokeh's, whose scripts are written into the page; ``batch_page.html`` has the rest. Pictures
and recipes stay in the cases' folders beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.models import (
    CDSView,
    ColumnDataSource,
    CustomJS,
    CustomJSFilter,
    DataTable,
    HoverTool,
    HTMLTemplateFormatter,
    InlineStyleSheet,
    NumberFormatter,
    RadioButtonGroup,
    Select,
    Span,
    StringFormatter,
    TableColumn,
    TapTool,
    TextInput,
)
from bokeh.plotting import figure
from bokeh.resources import INLINE
from jinja2 import Environment, FileSystemLoader

from ...geometry.numbers import decimals, significant
from .cohort import suspicious_first
from .folder import OVERVIEW, RECIPE, THUMBNAIL
from .measures import Outcome

ROW_HEIGHT = 74
FEWEST_BINS, MOST_BINS = 24, 60
USUAL, SUSPICIOUS, FAILED = "#2f7f8f", "#e08a1e", "#c8402f"
SHOWN = ("All", "To look at", "Failed")
ALL_TISSUES = "All tissues"

_THUMBNAIL = (
    '<% if (failed) { %><span class="none">no picture</span><% } else { %>'
    f'<img alt="" loading="lazy" src="cases/<%= encodeURIComponent(name) %>/{THUMBNAIL}"><% }} %>'
)
_REASONS = (
    '<% look.split("\\n").filter(Boolean).forEach(function (text) { %>'
    '<span class="badge <%= failed ? "failed" : "" %>"><%- text %></span><% }) %>'
    '<% if (failed) { %><span class="error" title="<%- error %>"><%- error %></span><% } %>'
)
_TABLE_STYLE = """
:host { font: 14px/1.4 system-ui, sans-serif; border: none; }
.slick-header, .slick-header-columns { background: #eef1f4; border: none; }
.slick-header { border-bottom: 1px solid #ccd3da; }
.slick-header-column { background: none; border: none; padding: 8px 10px; font-weight: 600; color: #37424d; }
.slick-header-column:nth-child(n + 4) .slick-column-name { float: right; margin-right: 6px; }
.slick-row, .slick-row.odd { background: #fff; border: none; border-bottom: 1px solid #e6eaee; cursor: pointer; }
.slick-row:hover { background: #f2f7f9; }
.slick-cell { border: none; padding: 4px 10px; display: flex; align-items: center; flex-wrap: wrap; gap: 4px; }
.slick-cell.selected { background: #e3f0f3; }
.slick-cell img { height: 64px; max-width: 84px; object-fit: contain; border-radius: 4px; background: #000; }
.slick-cell > div { flex: 1; }
.none { color: #98a3ad; font-size: 12px; }
.badge { background: #fdeed6; color: #84500a; border-radius: 10px; padding: 1px 9px; font-size: 12.5px; }
.badge.failed { background: #fbe0dc; color: #922a1c; }
.error { color: #5a6570; font-size: 12.5px; line-height: 1.25; max-height: 34px; overflow: hidden;
  white-space: normal; }
"""


def write_page(outcomes: Sequence[Outcome], reasons: Sequence[Sequence[str]], path: Path) -> None:
    """Write the page; ``reasons`` say for each case why somebody should look at it."""
    order = suspicious_first(outcomes, reasons)
    columns = _columns([outcomes[n] for n in order], [reasons[n] for n in order])
    source = ColumnDataSource(columns, name="cases")
    bars = ColumnDataSource(_bars(columns))
    search = TextInput(placeholder="Find a case or a reason", width=260, name="search")
    shown = RadioButtonGroup(labels=list(SHOWN), active=0, name="shown")
    tissues = list(dict.fromkeys(outcome.tissue for outcome in outcomes if outcome.tissue))
    tissue = Select(options=[ALL_TISSUES, *tissues], value=ALL_TISSUES, width=180, visible=bool(tissues), name="tissue")
    has_truth = any(outcome.measures and "dice" in outcome.measures for outcome in outcomes)
    table = _table(source, {"bars": bars, "search": search, "shown": shown, "tissue": tissue}, has_truth)
    document = Document(title="Cohort")
    for root in (search, shown, tissue, _histogram(bars, columns), table):
        document.add_root(root)
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=False)
    html = file_html(
        document,
        INLINE,
        template=environment.get_template("page.html"),
        template_variables={"facts": _facts(columns), "recipe": RECIPE, "overview": OVERVIEW},
        suppress_callback_warning=True,
    )
    path.write_text(html, encoding="utf-8")


def _columns(outcomes: Sequence[Outcome], reasons: Sequence[Sequence[str]]) -> dict[str, list[Any]]:
    """What the page knows of the cases, by column; not a number where there is none."""
    measures = [outcome.measures or {} for outcome in outcomes]
    numbers = {
        "volume": "volumeMl",
        "dice": "dice",
        "distance": "surfaceDistanceMm",
        "coverage": "coverage",
        "multiplier": "effectiveMultiplier",
        "seconds": "seconds",
    }
    return {
        "name": [outcome.name for outcome in outcomes],
        "tissue": [outcome.tissue for outcome in outcomes],
        "failed": [outcome.error is not None for outcome in outcomes],
        "error": [outcome.error or "" for outcome in outcomes],
        "look": ["\n".join(why) for why in reasons],
        "warnings": ["\n".join(one.get("warnings", ())) for one in measures],
        "channels": ["\n".join(map(_channel_text, one.get("channels", ()))) for one in measures],
        **{name: [_finite(one.get(key)) for one in measures] for name, key in numbers.items()},
    }


def _finite(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _channel_text(channel: dict[str, Any]) -> str:
    return f"{channel['name']}: {channel['mean']:.4g} \u00b1 {channel['spread']:.3g}"


def _facts(columns: dict[str, list[Any]]) -> list[tuple[str, str, str]]:
    """The numbers on top of the page: value, what it is, and its kind."""
    failed = sum(columns["failed"])
    suspicious = sum(bool(look) for look in columns["look"]) - failed
    volumes = [volume for volume in columns["volume"] if math.isfinite(volume)]
    median = f"{significant(float(np.median(volumes)))} mL" if volumes else "none"
    return [
        (f"{len(set(columns['name'])):,}", "cases", ""),
        (f"{suspicious:,}", "to look at", "suspicious" if suspicious else ""),
        (f"{failed:,}", "failed", "failed" if failed else ""),
        (median, "median volume", ""),
    ]


def _bars(columns: dict[str, list[Any]]) -> dict[str, Any]:
    """The histogram of the volumes: usual cases, and suspicious ones on top of them."""
    volumes = np.array(columns["volume"], float)
    finished = np.isfinite(volumes)
    if not finished.any():
        return {"left": [], "right": [], "usual": [], "top": [], "suspicious": []}
    suspicious = np.array([bool(look) for look in columns["look"]])
    edges = np.histogram_bin_edges(volumes[finished], "auto")
    bins = min(max(len(edges) - 1, FEWEST_BINS), MOST_BINS)
    edges = np.histogram_bin_edges(volumes[finished], bins)
    usual, odd = (np.histogram(volumes[finished & which], edges)[0] for which in (~suspicious, suspicious))
    return {"left": edges[:-1], "right": edges[1:], "usual": usual, "top": usual + odd, "suspicious": odd}


def _histogram(bars: ColumnDataSource, columns: dict[str, list[Any]]) -> figure:
    plot = figure(
        name="histogram",
        height=190,
        sizing_mode="stretch_width",
        toolbar_location=None,
        tools="",
        x_axis_label="volume (mL)",
        y_axis_label="cases",
        y_range=(0, 1.1 * max([1, *bars.data["top"]])),
        **({} if len(bars.data["top"]) else {"x_range": (0, 1)}),
    )
    for bottom, top, color in ((0, "usual", USUAL), ("usual", "top", SUSPICIOUS)):
        plot.quad(
            left="left",
            right="right",
            bottom=bottom,
            top=top,
            source=bars,
            color=color,
            line_color="white",
            nonselection_fill_alpha=0.35,
        )
    volumes = [volume for volume in columns["volume"] if math.isfinite(volume)]
    if volumes:
        median = Span(location=float(np.median(volumes)), dimension="height", line_color="#37424d", line_dash="dashed")
        plot.add_layout(median)
    form = _format(volumes)
    tooltips = [
        ("mL", f"@left{{{form}}} to @right{{{form}}}"),
        ("cases", "@top"),
        ("of these to look at", "@suspicious"),
    ]
    plot.add_tools(HoverTool(tooltips=tooltips, renderers=plot.renderers[:1] + plot.renderers[1:2]), TapTool())
    plot.grid.grid_line_color = "#e6eaee"
    plot.xgrid.visible = False
    plot.outline_line_color = None
    plot.axis.axis_label_text_font_style = "normal"
    plot.axis.minor_tick_line_color = None
    plot.yaxis.ticker.desired_num_ticks = 4
    return plot


def _table(source: ColumnDataSource, chosen_by: Mapping[str, Any], has_truth: bool) -> DataTable:
    """The table, filtered by text, buttons, tissue and the selected bars; a click on a row opens the case."""
    chosen = CustomJSFilter(
        args=dict(chosen_by),
        code="return chosenCases(source.data, search.value_input, shown.active, bars, tissue)",
    )
    refresh = CustomJS(args={"source": source}, code="source.change.emit()")
    chosen_by["search"].js_on_change("value_input", refresh)
    chosen_by["shown"].js_on_change("active", refresh)
    chosen_by["tissue"].js_on_change("value", refresh)
    chosen_by["bars"].selected.js_on_change("indices", refresh)
    source.selected.js_on_change("indices", CustomJS(code="openSelected(cb_obj)"))
    return DataTable(
        name="table",
        source=source,
        view=CDSView(filter=chosen),
        columns=_table_columns(source.data, has_truth),
        row_height=ROW_HEIGHT,
        index_position=None,
        autosize_mode="none",
        reorderable=False,
        sizing_mode="stretch_both",
        stylesheets=[InlineStyleSheet(css=_TABLE_STYLE)],
    )


def _format(values: Sequence[float]) -> str:
    """What shows three significant digits of the smallest value."""
    smallest = min((abs(value) for value in values if value and math.isfinite(value)), default=1.0)
    return "0,0." + "0" * max(decimals(smallest), 2)


def _table_columns(columns: Mapping[str, Sequence[float]], has_truth: bool) -> list[TableColumn]:
    truth = [("dice", "Dice", "0.000"), ("distance", "Surface (mm)", _format(columns["distance"]))] if has_truth else []
    numbers = [("volume", "Volume (mL)", _format(columns["volume"])), *truth, ("coverage", "Coverage", "0.0 %")]
    numbers += [("multiplier", "Multiplier", "0.00"), ("seconds", "Seconds", "0.0")]
    return [
        TableColumn(
            field="failed", title="", width=100, sortable=False, formatter=HTMLTemplateFormatter(template=_THUMBNAIL)
        ),
        TableColumn(field="name", title="Case", width=150, formatter=StringFormatter(font_style="bold")),
        *([TableColumn(field="tissue", title="Tissue", width=120)] if any(columns["tissue"]) else []),
        TableColumn(field="look", title="Look at", width=460, formatter=HTMLTemplateFormatter(template=_REASONS)),
        *(
            TableColumn(
                field=field,
                title=title,
                width=106,
                formatter=NumberFormatter(format=form, nan_format="\u2013", text_align="right"),
            )
            for field, title, form in numbers
        ),
    ]
