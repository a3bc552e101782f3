"""What fills or shows the inputs: sample data, presets, smoothed volumes, and the fade between two volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib import PRESETS, Preset

from ..choices import choices
from .sample_data import showSampleData
from .view_layers import ViewLayers

if TYPE_CHECKING:
    from ..choices.parameter_node import MultiModalSegmentationParameterNode
    from ..choices.segmentation_logic import SegmentationLogic


class InputButtons:
    """The controls that work on the chosen volumes before anything is segmented."""

    def __init__(
        self,
        ui: Any,
        logic: SegmentationLogic,
        showMessage: Callable[[str], None],
        showError: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._logic = logic
        self._showMessage = showMessage
        self._showError = showError
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._layers = ViewLayers()
        slots = {
            ui.loadSampleDataButton: self.onLoadSampleData,
            ui.showSmoothedButton: self.onShowSmoothed,
            ui.defaultPresetButton: lambda: self.onPreset(PRESETS["default"]),
            ui.tutorialPresetButton: lambda: self.onPreset(PRESETS["tutorial"]),
        }
        for button, slot in slots.items():
            button.connect("clicked()", slot)
        ui.fadeSlider.connect("valueChanged(int)", self.onFade)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Work on these parameters; without any, give the views back."""
        self._parameters = parameters
        if parameters is None:
            self._layers.restore()

    def update(self, *, isRunning: bool) -> None:
        """Enable what can be done with the chosen volumes."""
        volumes = choices.inputVolumes(self._parameters)
        self._ui.fadeSlider.enabled = len(volumes) > 1
        self._ui.loadSampleDataButton.enabled = not isRunning
        self._ui.showSmoothedButton.enabled = bool(volumes) and self._parameters.smoothingEnabled and not isRunning

    def onPreset(self, preset: Preset) -> None:
        """Take over a preset's values."""
        with slicer.util.NodeModify(self._parameters.parameterNode):
            choices.applyPreset(self._parameters, preset)

    def onLoadSampleData(self) -> None:
        """Load the phantom and choose its volumes and seeds."""
        with slicer.util.tryWithErrorDisplay(_("The sample data could not be made."), waitCursor=True):
            sample = self._logic.loadSampleData()
            with slicer.util.NodeModify(self._parameters.parameterNode):
                self._parameters.referenceVolume = sample.t1
                self._parameters.secondVolume = sample.t2
                self._parameters.thirdVolume = self._parameters.fourthVolume = None
                self._parameters.seeds = sample.seeds
            showSampleData(sample)
            self._layers.forget()

    def onShowSmoothed(self) -> None:
        """Add the smoothed volumes to the scene."""
        volumes = choices.inputVolumes(self._parameters)
        try:
            added = self._logic.addSmoothedVolumes(volumes, choices.smoothing(self._parameters))
        except ValueError as error:
            self._showError(str(error))
            return
        self._showMessage(_("Added: {names}").format(names=", ".join(volume.GetName() for volume in added)))

    def onFade(self, percent: int) -> None:
        """Fade between the first two volumes in the slice views."""
        volumes = choices.inputVolumes(self._parameters) if self._parameters else []
        if len(volumes) > 1:
            self._layers.fade(volumes[0], volumes[1], percent / 100)
