"""``QUiLoader`` as Slicer has it: it knows Slicer's widget classes and the signals and slots between them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from PySide6 import QtCore, QtUiTools, QtWidgets

from .ui_classes import UI_CLASSES

_held: dict[int, QtWidgets.QWidget] = {}
"""PySide6 forgets the Python side of a widget made in ``createWidget`` unless someone holds it."""


class QUiLoader(QtUiTools.QUiLoader):
    """Refuses a class that neither Qt nor the stand-ins have, where Slicer falls back to a bare ``QWidget``."""

    def createWidget(
        self, class_name: str, parent: QtWidgets.QWidget | None = None, name: str = ""
    ) -> QtWidgets.QWidget:
        widget_class = UI_CLASSES.get(class_name)
        if widget_class is None:
            return super().createWidget(class_name, parent, name)
        widget = widget_class(parent)
        widget.setObjectName(name)
        key = id(widget)
        _held[key] = widget
        widget.destroyed.connect(lambda *_: _held.pop(key, None))
        return widget

    def load(self, file: QtCore.QFile, parent: QtWidgets.QWidget | None = None) -> QtWidgets.QWidget:
        file.close()
        tree = ElementTree.parse(Path(file.fileName()))
        root = tree.getroot()
        self._check_classes(root)
        connections = root.find("connections")
        if connections is not None:
            root.remove(connections)
        for promoted in root.findall("customwidgets"):
            root.remove(promoted)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        for connection in connections if connections is not None else ():
            _make_connection(widget, connection)
        return widget

    def _check_classes(self, root: ElementTree.Element) -> None:
        known = {*self.availableWidgets(), *UI_CLASSES}
        unknown = {each.get("class") for each in root.iter("widget")} - known
        if unknown:
            raise ValueError(f"The .ui file names classes that are unknown here: {unknown}. See ui_classes.py.")


def _make_connection(top: QtWidgets.QWidget, connection: ElementTree.Element) -> None:
    sender = _named(top, connection.findtext("sender"))
    receiver = _named(top, connection.findtext("receiver"))
    slot = connection.findtext("slot").split("(")[0]
    sender.connect(connection.findtext("signal"), getattr(receiver, slot))


def _named(top: QtWidgets.QWidget, name: str) -> QtCore.QObject:
    found = top if top.objectName == name else top.findChild(QtCore.QObject, name)
    if found is None:
        raise ValueError(f"The .ui file connects '{name}', but has no such widget.")
    return found
