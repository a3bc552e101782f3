"""What takes longer than a region: findings about the volumes, leak curve and scatter plot, once the region rests."""

from __future__ import annotations

import asyncio
from typing import Any

from ....controls.results import result_facts
from ....engine.leaks import LeakCurve
from ....workflow.request import SceneSegmentation
from ..session.growing import drained_kindly
from .charts import leak_chart, scatter_chart

REST_SECONDS = 0.4


class Charting:
    """Facts and findings of the region shown, and the charts while they are wanted."""

    def __init__(self, server: Any) -> None:
        self._state = server.state
        self._grown: SceneSegmentation | None = None
        self._curve: LeakCurve | None = None
        self._task: asyncio.Task | None = None
        self.facts: list[dict[str, str]] = []
        self.findings: list[str] = []

    def show(self, grown: SceneSegmentation | None) -> None:
        """A region, or none: its facts at once, the rest when nothing has changed for a moment."""
        self.hold()
        self._grown, self._curve = grown, None
        self.facts = [vars(fact) for fact in result_facts(grown)] if grown else []
        self.findings = [finding.sentence() for finding in grown.region_findings()] if grown else []
        self.draw()

    def hold(self) -> None:
        """Compute nothing more: the region is about to be another one."""
        if self._task is not None:
            self._task.cancel()
        self._task = None

    def draw(self) -> None:
        """Begin anew with what is wanted of the region shown."""
        self.hold()
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        await asyncio.sleep(REST_SECONDS)
        grown, state = self._grown, self._state
        if grown is None:
            with state:
                state.leak_chart = state.scatter_chart = None
            return
        self.findings = [finding.sentence() for finding in grown.findings()]
        with state:
            state.findings = self.findings
            if state.scatter_open:
                state.scatter_chart = scatter_chart(grown, state.dark)
        if state.leak_open:
            if self._curve is None:
                self._curve = await drained_kindly(grown.leak_curve_steps())
            with state:
                state.suggested = round(self._curve.suggested, 2) if self._curve.jumps else None
                state.leak_chart = leak_chart(self._curve, grown.result.effective_multiplier, state.dark)
