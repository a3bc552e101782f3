"""``slicer.app`` and what hangs on it: the parts of Slicer's application that a module panel talks to."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Property, QObject, Signal

from .pythonqt import stand_in
from .scene import ApplicationScene


@stand_in
class ModuleManager(QObject):
    """``slicer.app.moduleManager()``: modules by name, and the signal before one is unloaded."""

    moduleAboutToBeUnloaded = Signal(str)

    def module(self, name: str) -> Any:
        return getattr(slicer.modules, name.lower(), None)


class SliceWidget:
    """``layoutManager().sliceWidget(name)``: the nodes and logic of a slice view, without the view."""

    def __init__(self, logic: slicer.vtkMRMLSliceLogic) -> None:
        self._logic = logic

    def sliceLogic(self) -> slicer.vtkMRMLSliceLogic:
        return self._logic

    def mrmlSliceNode(self) -> slicer.vtkMRMLSliceNode:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> slicer.vtkMRMLSliceCompositeNode:
        return self._logic.GetSliceCompositeNode()


class LayoutManager:
    """``slicer.app.layoutManager()``: three slice views and no other."""

    threeDViewCount = 0
    tableViewCount = 0
    plotViewCount = 0

    def __init__(self, logics: ApplicationScene) -> None:
        self._slice_logics = logics.application_logic.GetSliceLogics()

    def mrmlSliceLogics(self) -> Any:
        return self._slice_logics

    def _logics(self) -> list[slicer.vtkMRMLSliceLogic]:
        return [self._slice_logics.GetItemAsObject(i) for i in range(self._slice_logics.GetNumberOfItems())]

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(logic.GetSliceNode().GetName() for logic in self._logics())

    def sliceWidget(self, name: str) -> SliceWidget | None:
        return next((SliceWidget(each) for each in self._logics() if each.GetSliceNode().GetName() == name), None)

    def resetSliceViews(self) -> None:
        for logic in self._logics():
            logic.FitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """There is no 3D view."""


@stand_in
class Application(QObject):
    """``slicer.app``: Qt's application together with Slicer's scene, logics and settings."""

    startupCompleted = Signal()
    aboutToQuit = Signal()

    def __init__(self, qt_application: QtWidgets.QApplication, logics: ApplicationScene) -> None:
        super().__init__()
        self._qt_application = qt_application
        self._logics = logics
        self._module_manager = ModuleManager(self)
        self._layout_manager = LayoutManager(logics)
        self._settings = QtCore.QSettings()
        self._language = "en-US"
        self._render_pauses = 0

    def mrmlScene(self) -> slicer.vtkMRMLScene:
        return self._logics.scene

    def applicationLogic(self) -> slicer.vtkSlicerApplicationLogic:
        return self._logics.application_logic

    def moduleManager(self) -> ModuleManager:
        return self._module_manager

    def layoutManager(self) -> LayoutManager:
        return self._layout_manager

    def settings(self) -> QtCore.QSettings:
        return self._settings

    userSettings = settings

    def processEvents(self) -> None:
        self._qt_application.processEvents()

    def testingEnabled(self) -> bool:
        """False: the panel acts as for a user, and what it would show is recorded (``dialogs.py``)."""
        return False

    def commandOptions(self) -> None:
        """No command line was given."""

    def topLevelWidgets(self) -> list[QtWidgets.QWidget]:
        return self._qt_application.topLevelWidgets()

    def translate(self, context: str, text: str) -> str:
        return QtCore.QCoreApplication.translate(context, text)

    def setOverrideCursor(self, cursor: Any) -> None:
        self._qt_application.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        self._qt_application.restoreOverrideCursor()

    def clipboard(self) -> Any:
        return self._qt_application.clipboard()

    def keyboardModifiers(self) -> Any:
        return self._qt_application.keyboardModifiers()

    def palette(self) -> Any:
        return self._qt_application.palette

    def pauseRender(self) -> None:
        self._render_pauses += 1

    def resumeRender(self) -> None:
        self._render_pauses -= 1

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"https://slicer.readthedocs.io/en/latest/user_guide/modules/{name.lower()}.html"

    def restart(self) -> None:
        raise RuntimeError("A test does not restart the application.")

    applicationName = Property(str, lambda self: "Slicer")
    applicationVersion = Property(str, lambda self: f"{self.majorVersion}.{self.minorVersion}.0")
    majorVersion = Property(int, lambda self: 5)
    minorVersion = Property(int, lambda self: 12)
    temporaryPath = Property(str, lambda self: tempfile.gettempdir())
    slicerHome = Property(str, lambda self: str(Path(slicer.__file__).parent))
