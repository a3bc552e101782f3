"""What the page's controls call, and what happens when its state changes."""

from __future__ import annotations

import asyncio
from typing import Any

from ....controls.fields import KEYS
from .desk import Desk
from .layout import SLICES

MULTIPLIER = "growing_multiplier"


def connect(server: Any, desk: Desk) -> None:
    """Connect the page with the desk."""
    state, views = server.state, desk.views
    tasks: set[asyncio.Task] = set()

    def begin(work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def pick(multiplier: float) -> None:
        desk.set_fields({MULTIPLIER: round(float(multiplier), 2)})

    def key(name: str) -> None:
        actions = {
            "x": desk.mouse.switch,
            "z": desk.writing.undo,
            "y": desk.writing.redo,
            "escape": lambda: escape(desk),
        }
        actions[name]()
        desk.refresh_soon()

    triggers = {
        "choose": desk.choose,
        "remove": desk.remove,
        "sample": desk.sample,
        "point": desk.on_point,
        "preset": desk.use_preset,
        "apply": lambda: begin(desk.writing.apply()),
        "cancel": desk.writing.cancel,
        "undo": desk.writing.undo,
        "redo": desk.writing.redo,
        "restore": desk.restore,
        "download": desk.writing.download,
        "text": desk.writing.text,
        "pick_multiplier": pick,
        "key": key,
    }
    for name, slot in triggers.items():
        server.controller.trigger(name)(slot)

    @state.change(*KEYS)
    def on_fields(**_: Any) -> None:
        desk.set_fields({name: state[name] for name in KEYS if name in state.modified_keys})

    state.change("fade")(lambda fade, **_: desk.set_fade(float(fade)))
    state.change("mouse")(lambda mouse, **_: mouse == desk.mouse.mode.value or desk.set_mouse(mouse))
    state.change("segment_name", "segment_color")(
        lambda segment_name, segment_color, **_: desk.set_look(segment_name or "", segment_color)
    )
    state.change("overwrite")(lambda overwrite, **_: desk.set_overwrite(overwrite))
    state.change("compare")(lambda compare, **_: desk.session.compare(bool(compare)))
    state.change("live")(lambda live, **_: desk.set_live(bool(live)))
    state.change("leak_open", "scatter_open", "dark")(lambda **_: desk.charts.draw())
    for name in SLICES:
        state.change(f"offset_{name}")(lambda name=name, **changed: move(desk, name, changed[f"offset_{name}"]))
    views.render_soon()


def escape(desk: Desk) -> None:
    """Stop what runs, or else leave placing."""
    desk.writing.cancel()
    desk.set_mouse("look")


def move(desk: Desk, name: str, offset: Any) -> None:
    """Move a slice where the page's slider is, unless it is there."""
    if abs(float(offset) - desk.views.offset(name)) > 1e-3:
        desk.views.set_offset(name, float(offset))
