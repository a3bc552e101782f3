"""The classes that a ``.ui`` file may name beyond Qt's own, and what all of them need.

To add one: write it like its neighbors in ``ctk_widgets.py`` or ``mrml_widgets.py`` and decorate it ``@ui_class``.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable

import vtk
from PySide6 import QtCore, QtWidgets

from .pythonqt import stand_in

UI_CLASSES: dict[str, type[QtWidgets.QWidget]] = {}


def ui_class(widget_class: type) -> type:
    """Decorator: this class stands in for Slicer's or CTK's class of the same name."""
    UI_CLASSES[widget_class.__name__] = stand_in(widget_class)
    return widget_class


def absent_class(name: str) -> type:
    """A class that scripts can name and compare with, but of which there is no stand-in to make."""

    def refuse(self: object, *_: object) -> None:
        raise NotImplementedError(f"The test host has no stand-in for {name}: add one in Testing/Python/host.")

    return stand_in(type(name, (QtWidgets.QWidget,), {"__init__": refuse}))


class Observations:
    """Observers on VTK objects that call a widget's methods, and end with the widget."""

    def __init__(self, widget: QtCore.QObject) -> None:
        self._tags: list[tuple[vtk.vtkObject, int]] = []
        widget.destroyed.connect(lambda *_: self.clear())

    def add(self, caller: vtk.vtkObject, event: int | str, method: Callable[[], None]) -> None:
        """Call ``method`` without arguments at each such event."""
        reference = weakref.WeakMethod(method)

        def call(*_: object) -> None:
            method = reference()
            if method is not None:
                method()

        self._tags.append((caller, caller.AddObserver(event, call)))

    def clear(self) -> None:
        """Remove all observers."""
        for caller, tag in self._tags:
            caller.RemoveObserver(tag)
        self._tags.clear()


def changing_property(kind: type | str, attribute: str, setter: str) -> QtCore.Property:
    """A Qt property that reads ``self.<attribute>``, which may have dots, and calls ``self.<setter>(value)``."""
    read = operator.attrgetter(attribute)
    return QtCore.Property(kind, read, lambda self, value: getattr(self, setter)(value))
