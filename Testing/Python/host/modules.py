"""``slicer.modules``: Slicer's own modules with their logics, and the scripted module under test."""

from __future__ import annotations

import types

import slicer
import vtk


class LoadableModule:
    """A module of Slicer's own: ``slicer.modules.<name>.logic()``."""

    def __init__(self, name: str, logic: vtk.vtkObject) -> None:
        self.name = name
        self.title = name
        self._logic = logic

    def logic(self) -> vtk.vtkObject:
        return self._logic


def make_modules(logics: dict[str, vtk.vtkObject]) -> types.ModuleType:
    """The module object ``slicer.modules`` with an attribute for each of Slicer's own modules."""
    modules = types.ModuleType("slicer.modules")
    for name, logic in logics.items():
        setattr(modules, name.lower(), LoadableModule(name, logic))
    slicer.modules = modules
    return modules
