"""Other modules, other scenes, the module loaded again, and a user who rests."""

from __future__ import annotations

import time
from collections import Counter

from .registry import action
from .world import World

REST_SECONDS = 0.5
"""Longer than the panel waits before it draws charts and looks at the volumes."""


@action(1.5, in_panel=True)
def leave(world: World) -> str:
    world.host.leave_panel()
    world.is_entered = False
    return ""


@action(25)
def enter(world: World) -> str | None:
    if world.is_entered:
        return None
    world.panel = world.host.open_panel()
    world.is_entered = True
    return ""


@action(0.3)
def close_scene(world: World) -> str:
    world.host.close_scene()
    world.expected.is_other_scene = True
    world.made.clear()
    return ""


@action(0.4)
def save_and_reload(world: World) -> str:
    path = world.folder / "reloaded.mrb"
    path.unlink(missing_ok=True)
    world.host.save_scene(path)
    world.expected.nodes = Counter(world.inventory().values())
    before = world.segments()
    world.host.load_scene(path)
    world.expected.is_other_scene = True
    assert sorted(map(_in_any_order, world.segments().values())) == sorted(map(_in_any_order, before.values()))
    return f"{sum(world.expected.nodes.values())} nodes"


def _in_any_order(states: dict) -> list:
    return sorted(states.items())


@action(0.05)
def reload_module(world: World) -> str:
    hidden = [child for child in world.panel.parent.children() if child.isWidgetType()]
    world.panel = world.host.reload_panel()
    # Slicer's Reload only hides the old widgets, which go on observing the scene; deleted, they must leave nothing.
    for child in hidden:
        child.delete()
    world.host.process_events()
    return ""


@action(0.3, in_panel=True)
def rest(world: World) -> str:
    """Charts and the look at the volumes come after a while."""
    world.settle()
    until = time.monotonic() + REST_SECONDS
    world.host.process_events(until=lambda: time.monotonic() > until)
    return ""
