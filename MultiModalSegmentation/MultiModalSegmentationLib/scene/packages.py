"""Whether Slicer's own classes are there: the packages of the extra ``[mrml]``."""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def require_mrml(what: str) -> None:
    """Import Slicer's classes and VTK. Raises ``ValueError`` saying what needs them where they cannot be imported."""
    try:
        with _interrupts_later():
            importlib.import_module("slicer")
            importlib.import_module("vtk")
    except ImportError as error:
        raise ValueError(
            f"{what} needs the packages slicer-core and vtk ({error}): "
            "install them by pip install 'multimodal-segmentation[mrml]', or choose another format."
        ) from error


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Let Ctrl+C wait: slicer-core takes an interrupted import for a package that is missing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts:
        raise KeyboardInterrupt
