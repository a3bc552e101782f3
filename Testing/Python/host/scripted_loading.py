"""How Slicer loads a scripted module from its file, makes its panel, and enters, leaves, reloads and unloads it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
from PySide6 import QtWidgets
from PySide6.QtCore import Property

from .mrml_widgets import qSlicerWidget
from .pythonqt import stand_in


def load_source(path: Path) -> ModuleType:
    """Run the file as the module of its name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@stand_in
class qSlicerScriptedLoadableModuleWidget(qSlicerWidget):
    """The Qt widget that a scripted panel fills: the ``parent`` of its Python class."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        QtWidgets.QVBoxLayout(self)
        self._path = path
        self._entered = False
        self._python: Any = None

    def instantiate(self) -> None:
        """Make the Python class of the panel, as ``slicer.modules.<Name>Widget``."""
        class_name = f"{self._path.stem}Widget"
        self._python = getattr(sys.modules[self._path.stem], class_name)(self)
        setattr(slicer.modules, class_name, self._python)

    def self(self) -> Any:
        return self._python

    def setup(self) -> None:
        self._python.setup()

    def enter(self) -> None:
        self._entered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self) -> None:
        self._entered = False
        if hasattr(self._python, "exit"):
            self._python.exit()

    def reload(self) -> None:
        self.instantiate()
        self.setup()

    isEntered = Property(bool, lambda self: self._entered)


class qSlicerScriptedLoadableModule:
    """``slicer.modules.<name>``: what the module's Python class writes about itself, and the panel."""

    __slots__ = (
        "_representation", "acknowledgementText", "associatedNodeTypes", "categories", "contributors", "dependencies",
        "helpText", "hidden", "icon", "index", "name", "path", "title", "widgetRepresentationCreationEnabled",
    )  # fmt: skip

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.name = path.stem
        self.hidden = False
        self._representation: qSlicerScriptedLoadableModuleWidget | None = None

    def widgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        """The panel, made and set up at the first call."""
        if self._representation is None:
            self._representation = qSlicerScriptedLoadableModuleWidget(Path(self.path))
            self._representation.instantiate()
            self._representation.setMRMLScene(slicer.mrmlScene)
            self._representation.setup()
        return self._representation

    def close_panel(self) -> None:
        """Unload the panel: leave it, let it clean up, delete its Qt widget."""
        if self._representation is None:
            return
        if self._representation.isEntered:
            self._representation.exit()
        slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(self.name)
        self._representation.delete()
        self._representation = None
        delattr(slicer.modules, f"{self.name}Widget")


def register_module(path: Path) -> ModuleType:
    """Load the file and register its module as Slicer does at start-up; the loaded Python module."""
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    python_module = load_source(path)
    module = qSlicerScriptedLoadableModule(path)
    setattr(slicer.modules, path.stem.lower(), module)
    setattr(slicer.modules, f"{path.stem}Instance", getattr(python_module, path.stem)(module))
    return python_module
