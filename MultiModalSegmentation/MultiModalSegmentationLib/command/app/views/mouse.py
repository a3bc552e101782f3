"""What the mouse does in all views: place points, adjust window and level, or look around."""

from __future__ import annotations

import enum

import slicer

from ....scene.standalone import StandaloneScene


class MouseMode(enum.Enum):
    """The value is the word that the page knows it by."""

    LOOK = "look"
    SEED = "seed"
    EXCLUDE = "exclude"
    WINDOW_LEVEL = "window"


class Mouse:
    """Slicer's interaction modes, with one of two lists to place points into."""

    def __init__(
        self,
        standalone: StandaloneScene,
        seeds: slicer.vtkMRMLMarkupsFiducialNode,
        exclusion_seeds: slicer.vtkMRMLMarkupsFiducialNode,
    ) -> None:
        self._logic = standalone.logics["vtkSlicerMarkupsLogic"]
        self._interaction = standalone.application_logic.GetInteractionNode()
        self._lists = {MouseMode.SEED: seeds, MouseMode.EXCLUDE: exclusion_seeds}
        self._mode = MouseMode.LOOK

    @property
    def mode(self) -> MouseMode:
        """What a click does. A right click in a view ends placing, as everywhere in Slicer."""
        if self._mode in self._lists and self._interaction.GetCurrentInteractionMode() != self._interaction.Place:
            self._mode = MouseMode.LOOK
        return self._mode

    @mode.setter
    def mode(self, mode: MouseMode) -> None:
        node = self._interaction
        self._mode = mode
        if mode in self._lists:
            self._logic.SetActiveList(self._lists[mode])
            node.SetPlaceModePersistence(1)
            node.SetCurrentInteractionMode(node.Place)
        elif mode is MouseMode.WINDOW_LEVEL:
            node.SetCurrentInteractionMode(node.AdjustWindowLevel)
        else:
            node.SetCurrentInteractionMode(node.ViewTransform)

    def switch(self) -> None:
        """From seeds to exclusion seeds and back; from anything else to seeds."""
        self.mode = MouseMode.EXCLUDE if self.mode is MouseMode.SEED else MouseMode.SEED

    def observe(self, changed: object) -> int:
        """Call ``changed`` whenever the mode may be another one."""
        return self._interaction.AddObserver(self._interaction.InteractionModeChangedEvent, changed)
