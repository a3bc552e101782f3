"""The parameter node at the controls: connected to them while the panel is open, and listened to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import vtk
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from .parameter_node import MultiModalSegmentationParameterNode


class ParameterLink(VTKObservationMixin):
    """Keeps the controls that name a parameter in step with one parameter node, and tells of each change."""

    def __init__(self, ui: Any, onModified: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._onModified = onModified
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._guiTag: Any = None

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Connect the controls to these parameters, or to none."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._guiTag)
        self.removeObservers()
        self._parameters, self._guiTag = parameters, None
        if parameters is not None:
            self._guiTag = parameters.connectGui(self._ui)
            # Not the wrapper: the mixin keeps whatever it has observed, and each wrapper observes the node itself.
            # The low priority lets it read the node first; VTK's order among equals is not that of their coming.
            self.addObserver(
                parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self._onNodeModified, priority=-1.0
            )

    def _onNodeModified(self, _caller: vtk.vtkObject, _event: str) -> None:
        self._onModified()
