"""The results group: what the region is in numbers and words, its charts, and what to do with it next."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from MultiModalSegmentationLib.explaining.findings import FindingKind
from MultiModalSegmentationLib.geometry.numbers import significant

from .charts import ScatterChart
from .explaining import findingText
from .further import canRegister
from .leak_curve import LeakCurveView
from .texts import shortName

if TYPE_CHECKING:
    from MultiModalSegmentationLib.explaining.findings import Finding
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation

GAP = 6
"""Pixels between the warnings and the numbers."""
LONGEST_NAME = 20
"""Characters of a volume's name beside its number."""
SLOW_DELAY_MS = 400
"""Charts and the look at the volumes take longer than a preview: they wait until the region rests for so long."""


class Results:
    """Shows a grown region; the charts are drawn only while they are wanted."""

    def __init__(self, ui: Any, onMultiplier: Callable[[float], None]) -> None:
        self._ui = ui
        self._grown: SceneSegmentation | None = None
        self._volumeFindings: list[Finding] = []
        self._leakCurve = LeakCurveView(ui, onMultiplier)
        self._scatterChart = ScatterChart(ui.scatterChart)
        self._slowTimer = qt.QTimer()
        self._slowTimer.setSingleShot(True)
        self._slowTimer.setInterval(SLOW_DELAY_MS)
        self._slowTimer.connect("timeout()", self._showSlow)
        ui.scatterButton.connect("toggled(bool)", lambda _checked: self._showScatter())
        for comboBox in (ui.scatterFirstComboBox, ui.scatterSecondComboBox):
            comboBox.connect("currentIndexChanged(int)", lambda _index: self._showScatter())

    @property
    def grown(self) -> SceneSegmentation | None:
        """The region shown."""
        return self._grown

    @property
    def isBusy(self) -> bool:
        """Whether something about the region shown is still to be computed."""
        return self._slowTimer.isActive() or self._leakCurve.isBusy

    def show(self, grown: SceneSegmentation | None) -> None:
        """Show a region, or none."""
        sameVolumes = bool(grown and self._grown and grown.segmenter is self._grown.segmenter)
        self._grown = grown
        self._volumeFindings = self._volumeFindings if sameVolumes else []
        self._showSummary()
        self._fillChannelChoices()
        self._leakCurve.setGrown(grown)
        if grown:
            self._slowTimer.start()
        else:
            self._slowTimer.stop()
            self._showSlow()

    def hold(self) -> None:
        """Compute nothing more about the region shown: it is about to be another one."""
        self._slowTimer.stop()
        self._leakCurve.stop()

    def release(self) -> None:
        """Stop listening to the charts."""
        self._slowTimer.stop()
        self._leakCurve.release()

    def _showSummary(self) -> None:
        findings = [*self._grown.region_findings(), *self._volumeFindings] if self._grown else []
        self._ui.resultsLabel.text = _summary(self._grown, findings) if self._grown else ""
        self._ui.resultsLabel.visible = self._grown is not None
        isShifted = any(finding.kind is FindingKind.SHIFTED for finding in self._volumeFindings)
        self._ui.registrationButton.setVisible(isShifted and canRegister())

    def _showSlow(self) -> None:
        found = self._grown.volume_findings() if self._grown else []
        if found != self._volumeFindings:
            self._volumeFindings = found
            self._showSummary()
        self._leakCurve.update()
        self._showScatter()

    def _fillChannelChoices(self) -> None:
        names = list(self._grown.segmenter.names) if self._grown else []
        for comboBox, chosen in ((self._ui.scatterFirstComboBox, 0), (self._ui.scatterSecondComboBox, 1)):
            shown = [comboBox.itemText(index) for index in range(comboBox.count)]
            if shown == names:
                continue
            blocked = comboBox.blockSignals(True)
            comboBox.clear()
            comboBox.addItems(names)
            comboBox.currentIndex = min(chosen, len(names) - 1)
            comboBox.blockSignals(blocked)

    def _showScatter(self) -> None:
        wanted = self._ui.scatterButton.checked and self._grown is not None
        self._ui.scatterChart.setVisible(wanted)
        self._ui.scatterFirstComboBox.enabled = self._ui.scatterSecondComboBox.enabled = wanted
        channels = (self._ui.scatterFirstComboBox.currentIndex, self._ui.scatterSecondComboBox.currentIndex)
        if not wanted or min(channels) < 0:
            self._scatterChart.show(None, ())
            return
        names = [self._grown.segmenter.names[channel] for channel in channels]
        self._scatterChart.show(self._grown.scatter(channels), names)


def _summary(grown: SceneSegmentation, findings: list[Any]) -> str:
    result = grown.result
    size = _("{volume} mL").format(volume=significant(result.volume_ml))
    voxels = _("{count} voxels").format(count=f"{result.voxel_count:,}")
    coverage = _("coverage {percent:.1f} %").format(percent=100 * result.coverage)
    rows = [
        (_("Volume"), f"<b>{escape(size)}</b> ({escape(voxels)})"),
        *((shortName(name, LONGEST_NAME), escape(share)) for name, share in _shares(grown)),
        (_("Effective multiplier"), f"{result.effective_multiplier:.3g} ({escape(coverage)})"),
        (_("Passes"), str(len(result.passes))),
    ]
    cell = "<tr><td>{name}:&nbsp; </td><td style='white-space: nowrap'>{value}</td></tr>"
    cells = "".join(cell.format(name=escape(name), value=value) for name, value in rows)
    warning = "<p>\u26a0 <b>{text}</b></p>"
    warnings = "".join(warning.format(text=escape(findingText(finding))) for finding in findings)
    gap = GAP if findings else 0
    return f"{warnings}<table cellspacing='0' cellpadding='1' style='margin-top: {gap}px'>{cells}</table>"


def _shares(grown: SceneSegmentation) -> list[tuple[str, str]]:
    text = _("{percent:.2g} % of its field of view")
    return [
        (name, text.format(percent=100 * share)) for name, share in zip(grown.segmenter.names, grown.shares_of_view())
    ]
