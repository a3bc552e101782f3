"""The page: toolbar, views, and the panel beside them."""

from __future__ import annotations

from typing import Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html
from trame.widgets import rca as rca_widgets
from trame.widgets import vuetify3 as v

from ....parameters.colors import TISSUE_COLOR, color_to_hex
from .panel import add_foot, add_panel

TITLE = "Multi-modal segmentation"
SLICES = {"Red": "#f34a33", "Green": "#6eb04b", "Yellow": "#c8a200"}
VIEWS = (*SLICES, "ThreeD")
LOST = (
    "<div class='lost' role='alert'>The connection to the program is lost: it has ended, or the computer slept. "
    "Load this page again; if that does not help, start the program again and open the address that it prints.</div>"
)
MODES = (
    ("look", "mdi-cursor-move", "Look", "Scroll, pan (Shift + drag) and zoom (right drag); drag points. Esc."),
    ("seed", "mdi-plus-circle", "Seed", "A click places a seed in the tissue that you want. X switches, Esc leaves."),
    ("exclude", "mdi-minus-circle", "Exclude", "A click places a seed that must stay out. X switches, Esc leaves."),
    ("window", "mdi-contrast-circle", "Window", "Drag: across changes the window, up and down the level."),
)


def first_state() -> dict[str, Any]:
    """What the page knows before anything has been told."""
    return {
        "trame__title": TITLE,
        "trame__template_error": LOST,
        "dark": False,
        "layout": "four",
        "live": True,
        "fade": 0,
        "mouse": "look",
        "field_errors": {},
        "error": "",
        "message": "",
        "progress": 0,
        "leak_open": False,
        "scatter_open": False,
        "leak_chart": None,
        "scatter_chart": None,
        "suggested": None,
        "download_error": "",
        "load_error": "",
        "loading": 0,
        "segment": None,
        "segment_color": color_to_hex(TISSUE_COLOR),
        "unsaved": False,
        **{f"range_{name}": [0, 1, 1] for name in SLICES},
        **{f"offset_{name}": 0 for name in SLICES},
    }


def build(server: Any) -> None:
    """Make the page of a server. What its controls call are triggers, added with the desk."""
    server.state.update(first_state())
    with VAppLayout(server) as layout:
        layout.root.theme = ("dark ? 'dark' : 'light'",)
        _add_toolbar()
        with v.VNavigationDrawer(permanent=True, location="right", width=400, classes="panel", tag="aside"):
            add_panel()
            with v.Template(v_slot_append=True), html.Div(classes="foot"):
                add_foot()
        with v.VMain(classes="fill"):
            _add_views()


def _add_toolbar() -> None:
    with v.VAppBar(density="compact", flat=True, border=True):
        v.VAppBarTitle(TITLE, classes="title")
        with v.VBtnToggle(v_model=("mouse",), mandatory=True, density="compact", variant="outlined", divided=True):
            for mode, icon, text, tip in MODES:
                v.VBtn(text, value=mode, prepend_icon=icon, title=tip, size="small", raw_attrs=[f'data-mode="{mode}"'])
        html.Span("Fade", classes="ml-4 mr-2 text-body-2")
        v.VSlider(
            v_model=("fade",),
            min=0,
            max=100,
            step=1,
            hide_details=True,
            density="compact",
            style="max-width: 140px",
            raw_attrs=['aria-label="Fade between the first two volumes"'],
            title="Left: the reference volume; right: the second volume.",
        )
        v.VSpacer()
        with v.VBtnToggle(v_model=("layout",), mandatory=True, density="compact", variant="outlined", classes="mr-2"):
            v.VBtn(icon="mdi-view-grid", value="four", title="All four views", size="small")
            for name, letter in (("Red", "R"), ("Green", "G"), ("Yellow", "Y"), ("ThreeD", "3D")):
                v.VBtn(letter, value=name, title=f"Only this view: {letter}", size="small")
        v.VBtn(
            icon="mdi-theme-light-dark",
            click="dark = !dark",
            title="Light or dark",
            size="small",
            raw_attrs=['aria-label="Light or dark"'],
        )


def _add_views() -> None:
    with html.Div(classes=("'views ' + layout",)):
        for name in VIEWS:
            with html.Div(
                v_show=f"layout == 'four' || layout == '{name}'", classes="view", raw_attrs=[f'data-view="{name}"']
            ):
                if name in SLICES:
                    _add_slider(name)
                with html.Div(classes="area"):
                    rca_widgets.RemoteControlledArea(
                        name=name,
                        display="image",
                        send_mouse_move=True,
                        event_throttle_ms=(15,),
                        resize_throttle_ms=(100,),
                        image_style=({"width": "100%", "height": "100%"},),
                    )


def _add_slider(name: str) -> None:
    with html.Div(classes="slice", style=f"--color: {SLICES[name]}"):
        html.Input(
            type="range",
            v_model_number=(f"offset_{name}",),
            min=(f"range_{name}[0]",),
            max=(f"range_{name}[1]",),
            step=(f"range_{name}[2]",),
            raw_attrs=[f'aria-label="Slice of the {name} view in mm"'],
            title="The slice, in mm; also by the wheel over the view.",
        )
        html.Span(f"{{{{ Number(offset_{name}).toFixed(1) }}}} mm")
