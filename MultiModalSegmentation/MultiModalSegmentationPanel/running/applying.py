"""Apply with progress, Cancel, and undo: one run at a time, which ends cleanly whatever happens to the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib.workflow.history import SegmentHistory

from ..choices import choices

if TYPE_CHECKING:
    from ..choices.parameter_node import MultiModalSegmentationParameterNode
    from ..choices.segmentation_logic import SegmentationLogic, SegmentationResult


class Applying:
    """Runs the logic's ``processTissues`` on the parameters, and takes it back."""

    def __init__(self, logic: SegmentationLogic, onProgress: Callable[[float], None]) -> None:
        self._logic = logic
        self._onProgress = onProgress
        self._isCancelled = False
        self._history: SegmentHistory | None = None
        self.isRunning = False

    def cancel(self) -> None:
        """Stop the run at its next step."""
        self._isCancelled = True

    def run(self, parameters: MultiModalSegmentationParameterNode) -> list[SegmentationResult]:
        """Segment; the segment of each tissue is there when this returns.

        Raises ``ValueError`` or ``Cancelled``; nothing is changed then.
        """
        self.isRunning, self._isCancelled = True, False
        self._onProgress(0.0)
        created = self._createSegmentation(parameters)
        try:
            results = self._process(parameters)
            created = None
            return results
        finally:
            self.isRunning = False
            if created and created.GetScene():
                created.GetScene().RemoveNode(created)

    def _process(self, parameters: MultiModalSegmentationParameterNode) -> list[SegmentationResult]:
        volumes, segmentation = choices.inputVolumes(parameters), parameters.segmentation
        tissues = choices.tissueArguments(parameters)
        seeds = [seeds for _name, seeds, *_look in tissues]
        nodes = [node for node in (*volumes, *seeds, segmentation, parameters.exclusionSeeds) if node]
        show3d = parameters.show3d
        history = self._historyOf(segmentation)
        history.about_to_change()
        results = self._logic.processTissues(
            volumes,
            tissues,
            segmentation,
            **choices.processArguments(parameters),
            onProgress=self._report,
            shouldCancel=lambda: self._isCancelled or any(node.GetScene() is None for node in nodes),
        )
        history.changed()
        if show3d:
            segmentation.CreateClosedSurfaceRepresentation()
            segmentation.GetDisplayNode().SetVisibility3D(True)
        return results

    def _report(self, fraction: float) -> None:
        self._onProgress(fraction)
        slicer.app.processEvents()

    @staticmethod
    def _createSegmentation(
        parameters: MultiModalSegmentationParameterNode,
    ) -> slicer.vtkMRMLSegmentationNode | None:
        if parameters.segmentation:
            return None
        name = slicer.mrmlScene.GenerateUniqueName(_("Segmentation"))
        parameters.segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
        return parameters.segmentation

    def _historyOf(self, segmentation: slicer.vtkMRMLSegmentationNode) -> SegmentHistory:
        if self._history is None or self._history.segmentation is not segmentation:
            self.forget()
            self._history = SegmentHistory(segmentation)
        return self._history

    @property
    def canUndo(self) -> bool:
        """Whether the last Apply can be taken back."""
        return self._history is not None and self._history.can_undo

    @property
    def canRedo(self) -> bool:
        """Whether what was taken back can be applied again."""
        return self._history is not None and self._history.can_redo

    def undo(self) -> None:
        """Take back the last Apply; does nothing where somebody else has changed the segmentation since."""
        if self.canUndo and not self.isRunning:
            self._history.undo()

    def redo(self) -> None:
        """Apply again what was taken back."""
        if self.canRedo and not self.isRunning:
            self._history.redo()

    def forget(self) -> None:
        """Let go of the segmentation."""
        if self._history is not None:
            self._history.release()
        self._history = None
