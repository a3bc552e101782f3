"""Keys that work while the module is open."""

from __future__ import annotations

from collections.abc import Callable

import qt
import slicer


class Shortcuts:
    """Installs keys on the main window and removes them again."""

    def __init__(self, slots: dict[str, Callable[[], None]]) -> None:
        self._slots = slots
        self._installed: dict[str, qt.QShortcut] = {}

    def install(self) -> None:
        """Make the keys work; does nothing where they do, or where there is no main window."""
        window = slicer.util.mainWindow()
        if self._installed or window is None:
            return
        for keys, slot in self._slots.items():
            shortcut = qt.QShortcut(qt.QKeySequence(keys), window)
            shortcut.connect("activated()", slot)
            self._installed[keys] = shortcut

    def setEnabled(self, keys: str, enabled: bool) -> None:
        """Take these keys while they are installed, or leave them to the views."""
        if keys in self._installed:
            self._installed[keys].setEnabled(enabled)

    def remove(self) -> None:
        """Give the keys back to Slicer."""
        for shortcut in self._installed.values():
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._installed.clear()
