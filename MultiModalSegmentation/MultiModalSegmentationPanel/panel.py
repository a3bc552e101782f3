"""What the panel's controls do: the parts of the panel, and what goes back and forth between them."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib import Cancelled, SeedStatistics
from MultiModalSegmentationLib.parameters.colors import EXCLUSION_SEED_COLOR, SEED_COLOR

from .choices import choices
from .choices.choice_texts import translateChoices
from .choices.parameter_link import ParameterLink
from .choices.tissues import tissues
from .inputs.appearance import Appearance
from .inputs.input_buttons import InputButtons
from .inputs.inputs_watch import InputsWatch
from .inputs.point_list import PointList
from .inputs.shortcuts import Shortcuts
from .inputs.tissues import KEYS, Tissues
from .inputs.where import Where
from .results.further import Further
from .results.point_tables import PointTable
from .results.results import Results
from .results.shown import Shown
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
        self._tissues = Tissues(ui, self._onTissueAdded)
        self._applying = Applying(logic, self._onProgress)
        self._results = Results(ui, self._onMultiplierPicked)
        self._shown = Shown(
            self._results, self._tissues, (PointTable(ui.seedsTable), PointTable(ui.exclusionSeedsTable))
        )
        self._preview = Preview(logic, self._makeRequest, self._results.hold, self._onGrown, self._onFailed)
        self._watch = InputsWatch(self._onInputsChanged)
        self._inputButtons = InputButtons(ui, logic, self._showMessage, self._showError)
        self._aligning = Aligning(ui, self._showMessage, self._showError)
        self._further = Further(ui, self._showMessage, self._showError)
        self._shortcuts = Shortcuts(
            {"Z": self.onUndo, "Y": self.onRedo, "X": self.onSwitchPlacing, "Escape": self.onCancel}
            | {key: partial(self._tissues.choose, number) for number, key in enumerate(KEYS)}
        )
        self._link = ParameterLink(ui, self.update)
        self._parts = (
            *(self._appearance, self._where, self._tissues, self._inputButtons),
            *(self._aligning, self._further),
        )
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
        for part in (*self._parts, self._link):
            part.setParameterNode(parameters)
        self._shortcuts.install()
        translateChoices(self._ui)
        self._selectDefaults()
        self.update()

    def _letGo(self) -> None:
        self._parameters = None
        for part in self._parts:
            part.setParameterNode(None)
        self._applying.cancel()
        self._applying.forget()
        self._preview.remove()
        self._watch.watch(())
        self._shortcuts.remove()
        self._shown.show(None, [])
        self._showMessage("")
        for points in (self._seeds, self._exclusionSeeds):
            points.stopPlacing()
            points.setNode(None)
        self._link.setParameterNode(None)

    def release(self) -> None:
        """Let go of what lives as long as the panel."""
        self._results.release()

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
        known = tissues(parameters)
        chosen = known[parameters.chosenTissue]
        self._seeds.setColor(chosen.shownColor(parameters.chosenTissue) if len(known) > 1 else SEED_COLOR)
        self._seeds.setNode(parameters.seeds)
        self._exclusionSeeds.setNode(parameters.exclusionSeeds)
        self._appearance.update()
        self._where.update()
        seeds = [one.seeds for one in known]
        watched = (*seeds, parameters.exclusionSeeds, parameters.roi, parameters.maskSegmentation)
        self._watch.watch((*volumes, *watched))
        self._ui.timeStepUsedLabel.text = timeStepText(choices.smoothing(parameters), volumes)
        self._updateGrowing(len(volumes))
        self._shown.choose(self._parameters)
        self._updateButtons()
        self._askForPreview()

    def _updateGrowing(self, channelCount: int) -> None:
        isAutomatic = self._parameters.automaticMultiplier
        self._ui.multiplierSlider.enabled = not isAutomatic
        self._ui.edgeComboBox.enabled = self._parameters.seedStatistics is SeedStatistics.POOLED
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
        self._tissues.update(isRunning=isRunning)
        several = len(tissues(self._parameters))
        for number, key in enumerate(KEYS):
            self._shortcuts.setEnabled(key, several > 1 and number < several)
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
            self._shown.show(self._parameters, [])

    def _makeRequest(self) -> Request | None:
        parameters = self._parameters
        if parameters is None or not parameters.livePreview or choices.whatPreviewMisses(parameters):
            self._shown.show(self._parameters, [])
            return None
        return choices.previewRequest(parameters)

    def _onGrown(self, grown: list[SceneSegmentation]) -> None:
        if self._parameters is not None:
            if self._ui.statusLabel.styleSheet == ERROR_STYLE:
                self._showMessage("")
            self._shown.show(self._parameters, grown)

    def _onFailed(self, sentence: str) -> None:
        self._shown.show(self._parameters, [])
        self._showError(sentence)

    def _shownBox(self) -> Box | None:
        grown = self._results.grown
        return grown.result.box if grown else None

    def _onTissueAdded(self) -> None:
        self.update()
        self._seeds.createAndPlace()

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
        parameters, names = self._parameters, [one.name for one in tissues(self._parameters)]
        self._hasChangedInRun = False
        self._preview.hide()
        self._results.hold()
        self._showMessage("")
        try:
            results = self._applying.run(parameters)
            self._showMessage("\n".join(resultText(name, one.growing) for name, one in zip(names, results)))
            self._shown.show(self._parameters, self._logic.lastTissues)
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
