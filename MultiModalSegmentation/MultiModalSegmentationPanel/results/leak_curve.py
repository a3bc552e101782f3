"""The leak curve in the panel: computed in short steps while it is wanted, drawn, and what it suggests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from MultiModalSegmentationLib.engine.leaks import LeakCurve
from MultiModalSegmentationLib.geometry.numbers import significant

from ..running.stepping import Stepping
from .charts import LeakChart

if TYPE_CHECKING:
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation


class LeakCurveView:
    """The curve's button, its chart, and the button that takes its suggestion."""

    def __init__(self, ui: Any, onMultiplier: Callable[[float], None]) -> None:
        self._ui = ui
        self._onMultiplier = onMultiplier
        self._grown: SceneSegmentation | None = None
        self._curve: LeakCurve | None = None
        self._chart = LeakChart(ui.leakChart, onMultiplier)
        self._work = Stepping(self._onDone, logging.warning)
        ui.leakCurveButton.connect("toggled(bool)", lambda _checked: self.update())
        ui.suggestedButton.connect("clicked()", self._onSuggestedClicked)

    @property
    def isBusy(self) -> bool:
        """Whether a curve is being computed."""
        return self._work.isBusy

    def setGrown(self, grown: SceneSegmentation | None) -> None:
        """Whose curve it is from now on."""
        self._work.stop()
        self._grown, self._curve = grown, None

    def update(self) -> None:
        """Show the curve if it is wanted; the one before stays until it is computed."""
        wanted = self._ui.leakCurveButton.checked and self._grown is not None
        self._ui.leakChart.setVisible(wanted)
        if not wanted:
            self._work.stop()
        elif self._curve is None and not self._work.isBusy:
            self._work.start(self._grown.leak_curve_steps())
        if not wanted:
            self._chart.show(None, 0.0)
        elif self._curve is not None:
            self._chart.show(self._curve, self._grown.result.effective_multiplier)
        self._showSuggestion(self._curve if wanted else None)

    def stop(self) -> None:
        """Forget what is being computed: its region is about to be another one."""
        self._work.stop()

    def release(self) -> None:
        """Stop, and listen to no click."""
        self._work.stop()
        self._chart.release()

    def _onDone(self, curve: LeakCurve) -> None:
        self._curve = curve
        self.update()

    def _showSuggestion(self, curve: LeakCurve | None) -> None:
        """Without a jump there is nothing to suggest: the largest multiplier tried is no advice."""
        text = _("Computing the curve...") if self._work.isBusy else _("Use the suggested multiplier")
        if curve is not None and curve.jumps:
            text = _("Use the suggested multiplier ({multiplier})").format(multiplier=significant(curve.suggested))
        elif curve is not None:
            text = _("No jump up to {multiplier}").format(multiplier=significant(curve.suggested))
        self._ui.suggestedButton.text = text
        self._ui.suggestedButton.enabled = curve is not None and bool(curve.jumps)

    def _onSuggestedClicked(self) -> None:
        if self._curve is not None:
            self._onMultiplier(self._curve.suggested)
