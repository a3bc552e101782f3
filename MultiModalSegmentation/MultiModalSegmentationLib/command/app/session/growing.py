"""Growing while the page stays alive: short steps of the work between what else the event loop has to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from typing import TypeVar

from ....geometry.errors import Cancelled
from ....workflow.request import SceneSegmentation
from ....workflow.workflow import growing_steps
from .session import Session

STEP_SECONDS = 0.015
"""How long work goes on before pictures and clicks get their turn; one step adds up to 20 ms to it."""

Result = TypeVar("Result")


async def drained_kindly(
    steps: Generator[float, None, Result],
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] = lambda: False,
) -> Result:
    """Do all the steps. Raises what they raise, and ``Cancelled`` where ``should_cancel`` answers True."""
    try:
        while True:
            until = time.perf_counter() + STEP_SECONDS
            fraction = next(steps)
            while time.perf_counter() < until:
                fraction = next(steps)
            if on_progress:
                on_progress(fraction)
            await asyncio.sleep(0)
            if should_cancel():
                raise Cancelled
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


class LiveRegion:
    """Keeps the region up to date with the session's choices: one run at a time, and the newest choices after it.

    ``on_grown`` gets each region, ``None`` where there is nothing to grow; ``on_failed`` a sentence.
    """

    def __init__(
        self,
        session: Session,
        on_started: Callable[[], None],
        on_grown: Callable[[SceneSegmentation | None], None],
        on_failed: Callable[[str], None],
    ) -> None:
        self._session = session
        self._on_started = on_started
        self._on_grown = on_grown
        self._on_failed = on_failed
        self._is_asked = False
        self._is_stopped = False
        self._task: asyncio.Task | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a region is being grown, or waits for it."""
        return self._task is not None and not self._task.done()

    def ask(self) -> None:
        """Something has changed: grow soon."""
        self._is_asked = True
        if not self.is_busy:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Give up what is being grown."""
        self._is_asked = False
        if self.is_busy:
            self._is_stopped = True
            await self._task
            self._is_stopped = False

    async def _run(self) -> None:
        while self._is_asked:
            self._is_asked = False
            if self._session.missing():
                self._on_grown(None)
                continue
            self._on_started()
            steps = growing_steps(self._session.request(), self._session.cache)
            try:
                grown = await drained_kindly(steps, should_cancel=lambda: self._is_stopped)
            except Cancelled:
                return
            except ValueError as error:
                self._on_failed(str(error))
            else:
                self._on_grown(grown)
