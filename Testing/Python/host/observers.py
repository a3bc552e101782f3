"""Counting Python observers, to find those that a panel leaves behind."""

from __future__ import annotations

import slicer
import vtk


def observer_count(caller: vtk.vtkObject) -> int:
    """How many observers written in Python the object has, over all events.

    VTK numbers an object's observers as they come, so a new one's tag tells how many there can be.
    """
    newest = caller.AddObserver("AnyEvent", lambda *_: None)
    caller.RemoveObserver(newest)
    commands = (caller.GetCommand(tag) for tag in range(newest))
    return sum(command is not None and command.IsA("vtkPythonCommand") for command in commands)


def observer_counts(scene: slicer.vtkMRMLScene) -> dict[str, int]:
    """Python observers of the scene and of each node in it, by ID; those without any are left out."""
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    counts = {"scene": observer_count(scene)} | {node.GetID(): observer_count(node) for node in nodes}
    return {name: count for name, count in counts.items() if count}
