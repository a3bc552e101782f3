"""Long work in short steps: a zero-delay timer drives a generator while Qt's other events get their turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import qt

STEP_SECONDS = 0.005
"""How long the timer works before Qt's other events get their turn; one step of the work adds up to 24 ms to it."""


class Stepping:
    """Drives one generator at a time and tells what it returned; it never runs inside whoever starts it."""

    def __init__(self, onDone: Callable[[Any], None], onFailed: Callable[[str], None]) -> None:
        self._onDone = onDone
        self._onFailed = onFailed
        self._work: Generator[float, None, Any] | None = None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self.advance)

    @property
    def isBusy(self) -> bool:
        """Whether there is work that has not come to its end."""
        return self._work is not None

    def start(self, work: Generator[float, None, Any]) -> None:
        """Do this work from now on, and nothing else."""
        self.stop()
        self._work = work
        self._timer.start()

    def stop(self) -> None:
        """Forget the work; nothing is told."""
        self._timer.stop()
        if self._work is not None:
            self._work.close()
        self._work = None

    def advance(self) -> None:
        """Work for a moment; a ``ValueError`` is told as its sentence."""
        until = time.perf_counter() + STEP_SECONDS
        try:
            next(self._work)
            while time.perf_counter() < until:
                next(self._work)
        except StopIteration as end:
            self._work = None
            self._onDone(end.value)
        except ValueError as error:
            self._work = None
            self._onFailed(str(error))
        else:
            self._timer.start()
