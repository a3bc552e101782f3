"""What the panel's controls do: the parts of the panel, and what goes back and forth between them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib import Cancelled, OverwriteMode, SeedStatistics
from MultiModalSegmentationLib.parameters.colors import EXCLUSION_SEED_COLOR, SEED_COLOR

from .choices import choices
from .choices.parameter_link import ParameterLink
from .inputs.appearance import Appearance
from .inputs.input_buttons import InputButtons
from .inputs.inputs_watch import InputsWatch
from .inputs.point_list import PointList
from .inputs.shortcuts import Shortcuts
from .inputs.where import Where
from .results.explaining import pointRows
from .results.further import Further
from .results.point_tables import PointTable
from .results.results import Results
from .results.texts import coverageText, resultText, timeStepText
from .running.aligning import Aligning
from .running.applying import Applying
from .running.preview import Preview

if TYPE_CHECKING:
    from MultiModalSegmentationLib import Box
    from MultiModalSegmentationLib.workflow.request import Request, SceneSegmentation

    from .choices.parameter_node import MultiModalSegmentationParameterNode
    from .choices.segmentation_logic import SegmentationLogic

ERROR_STYLE = "font-weight: bold"


class Panel:
    """Connects the controls with the logic. Every choice lives in the parameter node."""

    def __init__(self, ui: Any, logic: SegmentationLogic) -> None:
        self._ui = ui
        self._logic = logic
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._hasChangedInRun = False
        self._appearance = Appearance(ui.segmentColorButton, ui.terminologyButton)
        self._where = Where(ui, self._shownBox)
        self._seeds = PointList(ui.seedsSelector, ui.seedsPlaceWidget, ui.newSeedsButton, SEED_COLOR, "S-%d")
        self._exclusionSeeds = PointList(
            ui.exclusionSeedsSelector,
            ui.exclusionSeedsPlaceWidget,
            ui.newExclusionSeedsButton,
            EXCLUSION_SEED_COLOR,
            "X-%d",
        )
        self._tables = (PointTable(ui.seedsTable), PointTable(ui.exclusionSeedsTable))
        self._applying = Applying(logic, self._onProgress)
        self._results = Results(ui, self._onMultiplierPicked)
        self._preview = Preview(logic, self._makeRequest, self._results.hold, self._onGrown, self._onFailed)
        self._watch = InputsWatch(self._onInputsChanged)
        self._inputButtons = InputButtons(ui, logic, self._showMessage, self._showError)
        self._aligning = Aligning(ui, self._showMessage, self._showError)
        self._further = Further(ui, self._showMessage, self._showError)
        self._shortcuts = Shortcuts(
            {"Z": self.onUndo, "Y": self.onRedo, "X": self.onSwitchPlacing, "Escape": self.onCancel}
        )
        self._link = ParameterLink(ui, self.update)
        self._connectButtons()

    @property
    def preview(self) -> Preview:
        """The live preview."""
        return self._preview

    @property
    def isBusy(self) -> bool:
        """Whether anything is being computed, or waits for it."""
        return self._applying.isRunning or self._aligning.isBusy or self._preview.isBusy or self._results.isBusy

    def _connectButtons(self) -> None:
        ui = self._ui
        slots = {
            ui.applyButton: self.onApply,
            ui.cancelButton: self.onCancel,
            ui.undoButton: self.onUndo,
            ui.redoButton: self.onRedo,
        }
        for button, slot in slots.items():
            button.connect("clicked()", slot)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Show these parameters; without any, let go of every node, give the views back, and stop what runs."""
        if self._parameters is not None:
            self._letGo()
        if parameters is None:
            return
        self._parameters = parameters
        for part in (self._appearance, self._where, self._inputButtons, self._aligning, self._further, self._link):
            part.setParameterNode(parameters)
        self._shortcuts.install()
        self._translateChoices()
        self._selectDefaults()
        self.update()

    def _letGo(self) -> None:
        self._parameters = None
        for part in (self._appearance, self._where, self._inputButtons, self._aligning, self._further):
            part.setParameterNode(None)
        self._applying.cancel()
        self._applying.forget()
        self._preview.remove()
        self._watch.watch(())
        self._shortcuts.remove()
        self._results.show(None)
        self._showMessage("")
        for points, table in zip((self._seeds, self._exclusionSeeds), self._tables):
            points.stopPlacing()
            points.setNode(None)
            table.show(None, [], [])
        self._link.setParameterNode(None)

    def release(self) -> None:
        """Let go of what lives as long as the panel."""
        self._results.release()

    def _translateChoices(self) -> None:
        texts = {
            self._ui.seedStatisticsComboBox: {
                SeedStatistics.POOLED: _("Pooled"),
                SeedStatistics.ITK: _("ITK"),
            },
            self._ui.overwriteModeComboBox: {
                OverwriteMode.ALLOW_OVERLAP: _("Allow overlap"),
                OverwriteMode.OVERWRITE_ALL: _("Overwrite all"),
                OverwriteMode.OVERWRITE_VISIBLE: _("Overwrite visible"),
            },
        }
        for comboBox, names in texts.items():
            for index, choice in enumerate(type(next(iter(names)))):
                comboBox.setItemText(index, names[choice])

    def _selectDefaults(self) -> None:
        parameters = self._parameters
        if not choices.inputVolumes(parameters):
            volumes = choices.plausibleVolumes(slicer.mrmlScene)
            if len(volumes) == 2:
                parameters.referenceVolume, parameters.secondVolume = volumes
        if not parameters.seeds:
            parameters.seeds = choices.onlyNode(slicer.mrmlScene, "vtkMRMLMarkupsFiducialNode")

    def update(self) -> None:
        """Show the state of the parameters: what is possible, and why something is not."""
        if self._parameters is None:
            return
        parameters = self._parameters
        volumes = choices.inputVolumes(parameters)
        self._seeds.setNode(parameters.seeds)
        self._exclusionSeeds.setNode(parameters.exclusionSeeds)
        self._appearance.update()
        self._where.update()
        watched = (parameters.seeds, parameters.exclusionSeeds, parameters.roi, parameters.maskSegmentation)
        self._watch.watch((*volumes, *watched))
        self._ui.timeStepUsedLabel.text = timeStepText(choices.smoothing(parameters), volumes)
        self._updateMultiplier(len(volumes))
        self._updateButtons()
        self._askForPreview()

    def _updateMultiplier(self, channelCount: int) -> None:
        isAutomatic = self._parameters.automaticMultiplier
        self._ui.multiplierSlider.enabled = not isAutomatic
        isKnown = channelCount and not isAutomatic
        self._ui.coverageLabel.text = coverageText(self._parameters.multiplier, channelCount) if isKnown else ""

    def _updateButtons(self) -> None:
        isRunning = self._applying.isRunning
        missing = choices.whatIsMissing(self._parameters)
        self._ui.applyButton.enabled = not missing and not isRunning
        self._ui.applyButton.toolTip = missing or _("Grow the region and write it as a segment.")
        self._ui.cancelButton.enabled = isRunning
        self._ui.progressBar.visible = isRunning
        self._shortcuts.setEnabled("Escape", isRunning)
        self._ui.undoButton.enabled = self._applying.canUndo and not isRunning
        self._ui.redoButton.enabled = self._applying.canRedo and not isRunning
        self._inputButtons.update(isRunning=isRunning)
        self._aligning.update(isRunning=isRunning)
        self._further.update()

    def _onInputsChanged(self) -> None:
        if self._parameters is not None:
            self._updateButtons()
            self._askForPreview(changed=True)

    def _askForPreview(self, *, changed: bool = False) -> None:
        if self._applying.isRunning:
            self._hasChangedInRun |= changed
            return
        if self._parameters.livePreview:
            self._preview.ask(changed=changed, in3d=self._parameters.preview3d)
        elif self._preview.isShown:
            self._preview.remove()
            self._showGrown(None)

    def _makeRequest(self) -> Request | None:
        parameters = self._parameters
        if parameters is None or not parameters.livePreview or choices.whatIsMissing(parameters):
            self._showGrown(None)
            return None
        return choices.previewRequest(parameters)

    def _onGrown(self, grown: SceneSegmentation) -> None:
        if self._parameters is not None:
            if self._ui.statusLabel.styleSheet == ERROR_STYLE:
                self._showMessage("")
            self._showGrown(grown)

    def _onFailed(self, sentence: str) -> None:
        self._showGrown(None)
        self._showError(sentence)

    def _shownBox(self) -> Box | None:
        grown = self._results.grown
        return grown.result.box if grown else None

    def _showGrown(self, grown: SceneSegmentation | None) -> None:
        self._results.show(grown)
        for table, (node, names, rows) in zip(self._tables, pointRows(self._parameters, grown)):
            table.show(node, names, rows)

    def _onMultiplierPicked(self, multiplier: float) -> None:
        self._parameters.automaticMultiplier = False
        self._parameters.multiplier = min(max(round(multiplier, 2), 0.05), 15.0)

    def onSwitchPlacing(self) -> None:
        """Switch between placing seeds and placing exclusion seeds."""
        first, second = self._seeds, self._exclusionSeeds
        if first.isPlacing:
            first, second = second, first
        second.stopPlacing()
        first.place()

    def onCancel(self) -> None:
        """Stop the run at its next step."""
        self._applying.cancel()

    def onUndo(self) -> None:
        """Take back the last Apply."""
        self._applying.undo()
        self.update()

    def onRedo(self) -> None:
        """Apply again what was taken back."""
        self._applying.redo()
        self.update()

    def onApply(self) -> None:
        """Segment, with progress and a way to stop; the segment is there when this returns."""
        if self._applying.isRunning or self._parameters is None or choices.whatIsMissing(self._parameters):
            return
        parameters, name = self._parameters, self._parameters.segmentName.strip()
        self._hasChangedInRun = False
        self._preview.hide()
        self._results.hold()
        self._showMessage("")
        try:
            self._showMessage(resultText(name, self._applying.run(parameters).growing))
            self._showGrown(self._logic.lastGrown)
        except Cancelled:
            if self._parameters is parameters:
                self._showMessage(_("Cancelled; nothing was changed."))
                self._results.show(self._results.grown)
        except ValueError as error:
            self._onFailed(str(error))
        if self._parameters is not None:
            self._updateButtons()
            self._askForPreview(changed=self._hasChangedInRun)

    def _onProgress(self, fraction: float) -> None:
        if self._parameters is not None and not self._ui.cancelButton.enabled:
            self._updateButtons()
        self._ui.progressBar.value = round(100 * fraction)

    def _showMessage(self, text: str, style: str = "") -> None:
        label = self._ui.statusLabel
        label.styleSheet, label.text, label.visible = style, text, bool(text)

    def _showError(self, text: str) -> None:
        logging.info(text)
        self._showMessage(text, ERROR_STYLE)
