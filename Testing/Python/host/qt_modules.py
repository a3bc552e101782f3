"""The modules ``qt`` and ``ctk`` as Slicer's Python has them, made of PySide6 and the stand-ins."""

from __future__ import annotations

import types
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from . import (
    chart_view,
    ctk_values,
    ctk_widgets,
    markups_place_widget,
    mrml_widgets,
    node_combo_box,
    segment_widgets,
    simple_markups_widget,
)
from .pythonqt import stand_in
from .ui_classes import UI_CLASSES, absent_class
from .ui_files import QUiLoader

_PYSIDE_ONLY = ("Signal", "Slot", "Property", "ClassInfo", "QEnum", "QFlag")
_ABSENT_CTK = ("ctkCheckablePushButton", "ctkDirectoryButton", "ctkDoubleRangeSlider", "ctkDoubleSlider",
               "ctkPathLineEdit", "ctkRangeWidget")  # fmt: skip
_ABSENT_SLICER = ("qMRMLRangeWidget",)


@stand_in
class QDialogButtonBox(QtWidgets.QDialogButtonBox):
    """As PythonQt constructs it: ``Ok | Cancel`` is an int there and means an orientation, so no button comes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*(each for each in arguments if isinstance(each, QtWidgets.QWidget)))


def make_qt() -> types.ModuleType:
    """All of QtCore, QtGui and QtWidgets in one namespace, as PythonQt shows them."""
    module = types.ModuleType("qt", "PySide6 with the manners of PythonQt.")
    for part in (QtCore, QtGui, QtWidgets):
        for name in dir(part):
            if not name.startswith("_") and name not in _PYSIDE_ONLY:
                setattr(module, name, getattr(part, name))
    module.QUiLoader = QUiLoader
    module.QDialogButtonBox = QDialogButtonBox
    return module


def make_ctk() -> types.ModuleType:
    """CTK's widget classes."""
    module = types.ModuleType("ctk", "Stand-ins for CTK's widgets.")
    for name in _ABSENT_CTK:
        setattr(module, name, absent_class(name))
    for name, widget_class in UI_CLASSES.items():
        if widget_class.__module__ in (chart_view.__name__, ctk_widgets.__name__, ctk_values.__name__):
            setattr(module, name, widget_class)
    return module


def slicer_widget_classes() -> dict[str, type]:
    """Slicer's widget classes by name, to be set on the package ``slicer``."""
    parts = (markups_place_widget, mrml_widgets, node_combo_box, segment_widgets, simple_markups_widget)
    homes = [part.__name__ for part in parts]
    absent = {name: absent_class(name) for name in _ABSENT_SLICER}
    return absent | {name: cls for name, cls in UI_CLASSES.items() if cls.__module__ in homes}
