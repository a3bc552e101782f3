"""Slicer's main window, as far as a panel meets it: module panel, module selector, status bar, shortcuts."""

from __future__ import annotations

import slicer
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Property, Signal

from .pythonqt import stand_in


@stand_in
class qSlicerModuleSelectorToolBar(QtWidgets.QToolBar):
    """Leaves the open panel and enters the chosen module's, if that is the module under test."""

    moduleSelected = Signal(str)

    def __init__(self, panels: QtWidgets.QLayout) -> None:
        super().__init__()
        self._panels = panels
        self._selected = "Welcome"

    def selectModule(self, name: str) -> None:
        left = self._panel_of(self._selected)
        if left is not None and left.isEntered:
            left.exit()
            left.hide()
        self._selected = name
        chosen = self._panel_of(name)
        if chosen is not None:
            self._panels.addWidget(chosen)
            chosen.enter()
            chosen.show()
        self.moduleSelected.emit(name)

    def _panel_of(self, name: str) -> QtWidgets.QWidget | None:
        module = getattr(slicer.modules, name.lower(), None)
        return module.widgetRepresentation() if hasattr(module, "widgetRepresentation") else None

    selectedModule = Property(str, lambda self: self._selected)


@stand_in
class qSlicerMainWindow(QtWidgets.QMainWindow):
    """Shows the entered panel in a scroll area, as Slicer's module panel does."""

    PANEL_SIZE = QtCore.QSize(520, 900)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        contents = QtWidgets.QWidget()
        self._selector = qSlicerModuleSelectorToolBar(QtWidgets.QVBoxLayout(contents))
        self.addToolBar(self._selector)
        scroll_area = QtWidgets.QScrollArea()
        scroll_area.setWidgetResizable(True)
        scroll_area.setWidget(contents)
        self.setCentralWidget(scroll_area)
        self.statusBar()
        self.resize(self.PANEL_SIZE)

    def moduleSelector(self) -> qSlicerModuleSelectorToolBar:
        return self._selector
