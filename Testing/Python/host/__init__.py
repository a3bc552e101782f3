"""Lets the real module file and its ``.ui`` run in plain Python: real MRML and VTK, real Qt, few stand-ins.

``start()`` once makes ``slicer``, ``qt`` and ``ctk`` what a scripted module expects; the ``Host`` that it returns loads
the module, opens its panel and reports what a user would see. Importing this package itself imports no Qt.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .host import Host

MISSING_LIBRARIES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"


def missing_qt() -> str | None:
    """Why the panel cannot run here, in one line that names the Debian packages; None if it can."""
    try:
        from PySide6 import QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt cannot be loaded ({error}): apt-get install {MISSING_LIBRARIES}, and pip install '.[test]'."
    return None


@functools.cache
def start() -> Host:
    """The host of this process, started at the first call."""
    from .host import Host

    return Host()
