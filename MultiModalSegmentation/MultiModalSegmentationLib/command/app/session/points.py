"""A list of points that the user places, drags, renames and deletes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import slicer

from ....scene.volumes import defined_points

if TYPE_CHECKING:
    import vtk

Position = tuple[float, float, float]


class Points:
    """One point list of the scene; ``on_changed`` hears of every change of its defined points, and of nothing else.

    Slicer's views move a preview point with the mouse, which the list tells as a change of its own.
    """

    def __init__(self, node: slicer.vtkMRMLMarkupsFiducialNode) -> None:
        self.node = node
        self.on_changed: Callable[[], None] = lambda: None
        self._known: list[tuple[str, Position]] = []
        events = (
            node.PointModifiedEvent,
            node.PointAddedEvent,
            node.PointRemovedEvent,
            node.PointPositionDefinedEvent,
            node.PointPositionUndefinedEvent,
        )
        self._observers = [node.AddObserver(event, self._on_event) for event in events]
        self._known = self.points()

    def numbers(self) -> list[int]:
        """The numbers of the defined points in the list."""
        return defined_points(self.node)

    def points(self) -> list[tuple[str, Position]]:
        """Label and position (mm, RAS) of each defined point."""
        return [(self.node.GetNthControlPointLabel(n), self._position(n)) for n in self.numbers()]

    def position(self, row: int) -> Position:
        """Where a defined point is (mm, RAS). Raises ``IndexError`` where there is none of this number."""
        return self._position(self.numbers()[row])

    def rename(self, row: int, label: str) -> None:
        """Another label for a defined point."""
        self.node.SetNthControlPointLabel(self.numbers()[row], label)
        self._on_event(self.node, "")

    def delete(self, row: int) -> None:
        """Take a defined point out of the list."""
        self.node.RemoveNthControlPoint(self.numbers()[row])

    def take(self, other: slicer.vtkMRMLMarkupsFiducialNode | None) -> None:
        """Hold the points of another list in place of these; that list leaves the scene. ``None``: no points."""
        if other is self.node:
            return
        with slicer.util.NodeModify(self.node):
            self.node.RemoveAllControlPoints()
            for number in defined_points(other) if other is not None else ():
                position = [0.0, 0.0, 0.0]
                other.GetNthControlPointPositionWorld(number, position)
                added = self.node.AddControlPointWorld(*position)
                self.node.SetNthControlPointLabel(added, other.GetNthControlPointLabel(number))
        if other is not None and other.GetScene():
            other.GetScene().RemoveNode(other)
        self._on_event(self.node, "")

    def _position(self, number: int) -> Position:
        position = [0.0, 0.0, 0.0]
        self.node.GetNthControlPointPositionWorld(number, position)
        return tuple(position)

    def _on_event(self, _caller: vtk.vtkObject, _event: str) -> None:
        points = self.points()
        if points != self._known:
            self._known = points
            self.on_changed()
