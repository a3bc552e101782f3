"""What the panel's controls do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib import PRESETS, Cancelled, OverwriteMode, Preset, SeedStatistics
from MultiModalSegmentationLib.parameters import EXCLUSION_SEED_COLOR, SEED_COLOR

from . import choices
from .appearance import Appearance
from .point_list import PointList
from .texts import coverageText, resultText, timeStepText

if TYPE_CHECKING:
    from MultiModalSegmentation import MultiModalSegmentationLogic, MultiModalSegmentationParameterNode


class Panel:
    """Connects the controls with the logic. Every choice lives in the parameter node."""

    def __init__(self, ui: Any, logic: MultiModalSegmentationLogic) -> None:
        self._ui = ui
        self._logic = logic
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._isRunning = False
        self._isCancelled = False
        self._appearance = Appearance(ui.segmentColorButton, ui.terminologyButton)
        self._seeds = PointList(ui.seedsSelector, ui.seedsPlaceWidget, ui.newSeedsButton, SEED_COLOR, self.update)
        self._exclusionSeeds = PointList(
            ui.exclusionSeedsSelector,
            ui.exclusionSeedsPlaceWidget,
            ui.newExclusionSeedsButton,
            EXCLUSION_SEED_COLOR,
            self.update,
        )
        self._connectButtons()

    def _connectButtons(self) -> None:
        slots = {
            self._ui.applyButton: self.onApply,
            self._ui.cancelButton: self.onCancel,
            self._ui.loadSampleDataButton: self.onLoadSampleData,
            self._ui.showSmoothedButton: self.onShowSmoothed,
            self._ui.defaultPresetButton: lambda: self.onPreset(PRESETS["default"]),
            self._ui.tutorialPresetButton: lambda: self.onPreset(PRESETS["tutorial"]),
        }
        for button, slot in slots.items():
            button.connect("clicked()", slot)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Show these parameters; without any, let go of every node and stop what runs."""
        self._parameters = parameters
        self._appearance.setParameterNode(parameters)
        if parameters is None:
            self.onCancel()
            for points in (self._seeds, self._exclusionSeeds):
                points.stopPlacing()
                points.setNode(None)
            return
        self._translateChoices()
        self._selectDefaults()
        self.update()

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
        self._seeds.setNode(self._parameters.seeds)
        self._exclusionSeeds.setNode(self._parameters.exclusionSeeds)
        self._appearance.update()
        volumes = choices.inputVolumes(self._parameters)
        self._ui.timeStepUsedLabel.text = timeStepText(choices.smoothing(self._parameters), volumes)
        self._ui.coverageLabel.text = coverageText(self._parameters.multiplier, max(len(volumes), 1))
        self._updateButtons(volumes)

    def _updateButtons(self, volumes: list[slicer.vtkMRMLScalarVolumeNode]) -> None:
        missing = choices.whatIsMissing(self._parameters)
        self._ui.applyButton.enabled = not missing and not self._isRunning
        self._ui.applyButton.toolTip = missing or _("Grow the region and write it as a segment.")
        self._ui.cancelButton.enabled = self._isRunning
        self._ui.progressBar.visible = self._isRunning
        self._ui.loadSampleDataButton.enabled = not self._isRunning
        canSmooth = bool(volumes) and self._parameters.smoothingEnabled and not self._isRunning
        self._ui.showSmoothedButton.enabled = canSmooth

    def onPreset(self, preset: Preset) -> None:
        """Take over a preset's values."""
        with slicer.util.NodeModify(self._parameters.parameterNode):
            choices.applyPreset(self._parameters, preset)

    def onLoadSampleData(self) -> None:
        """Load the phantom and choose its volumes and seeds."""
        with slicer.util.tryWithErrorDisplay(_("The sample data could not be made."), waitCursor=True):
            sample = self._logic.loadSampleData()
            self._parameters.referenceVolume = sample.t1
            self._parameters.secondVolume = sample.t2
            self._parameters.thirdVolume = self._parameters.fourthVolume = None
            self._parameters.seeds = sample.seeds
            slicer.util.setSliceViewerLayers(
                background=sample.t1, foreground=sample.t2, foregroundOpacity=0.0, fit=True
            )

    def onShowSmoothed(self) -> None:
        """Add the smoothed volumes to the scene."""
        volumes = choices.inputVolumes(self._parameters)
        try:
            added = self._logic.addSmoothedVolumes(volumes, choices.smoothing(self._parameters))
        except ValueError as error:
            self._showError(str(error))
            return
        self._showMessage(_("Added: {names}").format(names=", ".join(volume.GetName() for volume in added)))

    def onCancel(self) -> None:
        """Stop the run at its next step."""
        self._isCancelled = True

    def onApply(self) -> None:
        """Segment, with progress and a way to stop; the segment is there when this returns."""
        if self._isRunning or self._parameters is None or choices.whatIsMissing(self._parameters):
            return
        self._isRunning, self._isCancelled = True, False
        self._showMessage("")
        self.update()
        created = self._createSegmentation()
        try:
            self._showResult(self._process())
            created = None
        except Cancelled:
            self._showMessage(_("Cancelled; nothing was changed."))
        except ValueError as error:
            self._showError(str(error))
        finally:
            self._isRunning = False
            if created and created.GetScene():
                created.GetScene().RemoveNode(created)
            self.update()

    def _createSegmentation(self) -> slicer.vtkMRMLSegmentationNode | None:
        if self._parameters.segmentation:
            return None
        name = slicer.mrmlScene.GenerateUniqueName(_("Segmentation"))
        self._parameters.segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
        return self._parameters.segmentation

    def _process(self) -> Any:
        parameters = self._parameters
        volumes, seeds, segmentation = choices.inputVolumes(parameters), parameters.seeds, parameters.segmentation
        result = self._logic.process(
            volumes,
            seeds,
            segmentation,
            **choices.processArguments(parameters),
            onProgress=self._onProgress,
            shouldCancel=lambda: (
                self._isCancelled or any(n.GetScene() is None for n in (*volumes, seeds, segmentation))
            ),
        )
        if parameters.show3d:
            segmentation.CreateClosedSurfaceRepresentation()
            segmentation.GetDisplayNode().SetVisibility3D(True)
        return result

    def _onProgress(self, fraction: float) -> None:
        self._ui.progressBar.value = round(100 * fraction)
        slicer.app.processEvents()

    def _showResult(self, result: Any) -> None:
        self._showMessage(resultText(self._parameters.segmentName.strip(), result.growing))

    def _showMessage(self, text: str) -> None:
        self._ui.statusLabel.styleSheet = ""
        self._ui.statusLabel.text = text

    def _showError(self, text: str) -> None:
        logging.error(text)
        self._ui.statusLabel.styleSheet = "font-weight: bold"
        self._ui.statusLabel.text = text
