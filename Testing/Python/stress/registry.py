"""The list of all actions, each with its weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .world import World

Perform = Callable[["World"], "str | None"]
"""Does something and tells what; ``None``: there was nothing to do it to."""


@dataclass(frozen=True)
class Action:
    """One thing a user may do."""

    name: str
    weight: float
    in_panel: bool
    """Whether the panel has to be open for it."""
    perform: Perform


ACTIONS: list[Action] = []


def action(weight: float, *, in_panel: bool = False) -> Callable[[Perform], Perform]:
    """Add a function to the list."""

    def add(perform: Perform) -> Perform:
        ACTIONS.append(Action(perform.__name__, weight, in_panel, perform))
        return perform

    return add
