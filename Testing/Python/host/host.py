"""The host itself: everything a test does with Slicer around the panel."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if not os.environ.get("DISPLAY"):
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

import slicer
import slicer.util
from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from . import pythonqt
from .dialogs import Messages, load_scene, save_scene
from .main_window import qSlicerMainWindow
from .modules import make_modules
from .observers import observer_counts
from .scene import ApplicationScene

MODULE_FILE = Path(__file__).parents[3] / "MultiModalSegmentation" / "MultiModalSegmentation.py"
SLICER_PYTHON = "MULTIMODAL_SEGMENTATION_SLICER_PYTHON"
"""Names a folder with Slicer's own ``slicer/parameterNodeWrapper`` and ``slicer/ScriptedLoadableModule.py``."""


class Host:
    """One per process: Qt allows one application only. ``new_scene()`` gives each test its own scene."""

    def __init__(self) -> None:
        self.exceptions: list[str] = []
        self.messages = Messages()
        self._temporary_folder = tempfile.TemporaryDirectory(prefix="slicer-host-")
        folder = Path(self._temporary_folder.name)
        QtCore.QSettings.setPath(QtCore.QSettings.Format.NativeFormat, QtCore.QSettings.Scope.UserScope, str(folder))
        QtWidgets.QApplication.setStyle("Fusion")
        self._qt_application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
        self._qt_application.setOrganizationName("host")
        self._qt_application.setApplicationName("Slicer")
        pythonqt.install()
        self._install_modules()
        self._install_util()
        sys.excepthook = self._record_exception
        self.main_window = qSlicerMainWindow()
        self.main_window.show()
        self.new_scene()

    # Start

    def _install_modules(self) -> None:
        from . import qt_modules, sample_data, scripted_loading, translation

        sys.modules["qt"] = qt_modules.make_qt()
        sys.modules["ctk"] = qt_modules.make_ctk()
        sys.modules["SampleData"] = sample_data
        for name, widget_class in qt_modules.slicer_widget_classes().items():
            setattr(slicer, name, widget_class)
        slicer.qSlicerScriptedLoadableModule = scripted_loading.qSlicerScriptedLoadableModule
        slicer.qSlicerScriptedLoadableModuleWidget = scripted_loading.qSlicerScriptedLoadableModuleWidget
        _install_submodule("i18n", translation)
        own_files = os.environ.get(SLICER_PYTHON)
        if own_files:
            slicer.__path__.append(str(Path(own_files) / "slicer"))
        for name, stand_in in (
            ("ScriptedLoadableModule", "scripted_module"),
            ("parameterNodeWrapper", "parameter_node"),
        ):
            if own_files:
                importlib.import_module(f"slicer.{name}")
            else:
                _install_submodule(name, importlib.import_module(f".{stand_in}", __package__))

    def _install_util(self) -> None:
        slicer.util._messageDisplay = lambda *arguments, **options: self.messages.display(*arguments, **options)
        slicer.util.saveScene = save_scene
        slicer.util.loadScene = load_scene

    def _record_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Qt slots and VTK observers have no caller to raise to."""
        self.exceptions.append("".join(traceback.format_exception(kind, error, trace)))
        sys.__excepthook__(kind, error, trace)

    # Scene

    def new_scene(self) -> slicer.vtkMRMLScene:
        """A new empty scene with its logics, as after a start of Slicer; the panel of the old one is closed."""
        from .application import Application

        self.close_panel()
        self.exceptions.clear()
        self.messages.shown.clear()
        self.messages.accept = True
        self._logics = ApplicationScene()
        slicer.mrmlScene = self._logics.scene
        slicer.app = Application(self._qt_application, self._logics)
        make_modules(self._logics.module_logics)
        return slicer.mrmlScene

    def close_scene(self) -> None:
        """File > Close scene."""
        slicer.mrmlScene.Clear(False)
        self.process_events()

    def save_scene(self, path: Path) -> None:
        """File > Save data, as a scene bundle (``.mrb``)."""
        if not save_scene(path):
            raise RuntimeError(f"The scene could not be saved to {path}.")

    def load_scene(self, path: Path) -> None:
        """Close the scene and load another one."""
        load_scene(path, {"clear": True})
        self.process_events()

    # Module and panel

    def load_module(self, path: Path = MODULE_FILE) -> ModuleType:
        """Load the module as Slicer does at start-up; its panel is not made yet."""
        from .scripted_loading import register_module

        python_module = register_module(path)
        self._loaded = path.stem
        slicer.app.startupCompleted.emit()
        return python_module

    def open_panel(self, path: Path = MODULE_FILE) -> Any:
        """Load the module unless it is, select it, and return its ``...Widget`` (set up and entered)."""
        if not hasattr(slicer.modules, path.stem.lower()):
            self.load_module(path)
        slicer.util.selectModule(path.stem)
        self.process_events()
        return getattr(slicer.modules, f"{path.stem}Widget")

    def reload_panel(self, path: Path = MODULE_FILE) -> Any:
        """The developer's Reload button; the new ``...Widget``."""
        slicer.util.reloadScriptedModule(path.stem)
        self.process_events()
        return getattr(slicer.modules, f"{path.stem}Widget")

    def leave_panel(self) -> None:
        """Switch to another module."""
        slicer.util.selectModule("Welcome")
        self.process_events()

    def close_panel(self) -> None:
        """Leave and unload the module under test, if there is one."""
        name = getattr(self, "_loaded", None)
        module = getattr(slicer.modules, name.lower(), None) if name and hasattr(slicer, "modules") else None
        if module is not None:
            self.leave_panel()
            module.close_panel()
            self.process_events()

    # What a test asks

    def process_events(self, until: Callable[[], bool] | None = None, timeout: float = 10.0) -> None:
        """Run Qt's event loop once, or until a condition holds; a ``TimeoutError`` after ``timeout`` seconds."""
        deadline = QtCore.QDeadlineTimer(int(timeout * 1000))
        self._qt_application.processEvents()
        while until is not None and not until():
            if deadline.hasExpired():
                raise TimeoutError(f"{until} did not become true in {timeout} s.")
            self._qt_application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 5)

    def press(self, keys: str, widget: QtWidgets.QWidget | None = None) -> None:
        """Type a key combination such as ``"Ctrl+Z"`` or ``"Escape"`` into the main window, or a widget in it."""
        self.main_window.activateWindow()
        self.process_events(until=lambda: self.main_window.isActiveWindow)
        combination = QtGui.QKeySequence(keys)[0]
        QtTest.QTest.keyClick(widget or self.main_window, combination.key(), combination.keyboardModifiers())
        self.process_events()

    def answer_dialog(self, answer: Callable[[QtWidgets.QWidget], None]) -> None:
        """Call ``answer(dialog)`` once the next modal dialog is open; it must close the dialog."""

        def look() -> None:
            dialog = self._qt_application.activeModalWidget()
            if dialog is None:
                QtCore.QTimer.singleShot(0, look)
            else:
                answer(dialog)

        QtCore.QTimer.singleShot(0, look)

    def observer_counts(self) -> dict[str, int]:
        """Python observers of the scene and each node, by ID: the same before a panel opens and after it closed."""
        self.process_events()
        gc.collect()
        return observer_counts(slicer.mrmlScene)

    def grab(self, widget: QtWidgets.QWidget, path: Path) -> None:
        """Draw the widget into a PNG file."""
        self.process_events()
        if not widget.grab().save(str(path)):
            raise OSError(f"The picture {path} could not be written.")


def _install_submodule(name: str, module: ModuleType) -> None:
    sys.modules[f"slicer.{name}"] = module
    setattr(slicer, name, module)
