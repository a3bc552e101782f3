"""Undo and redo of what this module writes into a segmentation, and of nothing else.

Slicer's own history restores all segments of a node. It is used here only while the segmentation is still as this
module left it: whatever anyone else has done since stays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import slicer
import vtk

from ..recipes.recipe import TAG
from ..scene.segments import BINARY_LABELMAP

DEPTH = 10
"""Changes that can be taken back."""

CLOSED_SURFACE = "Closed surface"


class SegmentHistory:
    """The changes of one segmentation node, each between ``about_to_change`` and ``changed``.

    A change that was begun and given up without a trace needs no ``changed``. ``release`` lets go of the segmentation.
    """

    def __init__(self, segmentation: slicer.vtkMRMLSegmentationNode) -> None:
        self.segmentation = segmentation
        self._history = slicer.vtkSegmentationHistory()
        self._history.SetMaximumNumberOfStates(DEPTH + 1)
        self._history.SetSegmentation(segmentation.GetSegmentation())
        self._left: Hashable = None

    def about_to_change(self) -> None:
        """Remember the segmentation as it is; forget everything if somebody else has changed it."""
        self._forget_if_changed()
        self._left = _state(self.segmentation)
        self._history.SaveState()

    def changed(self) -> None:
        """Take the segmentation as this module's own work."""
        self._left = _state(self.segmentation)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back, and nobody else has changed the segmentation since."""
        self._forget_if_changed()
        return bool(self._history.IsRestorePreviousStateAvailable())

    @property
    def can_redo(self) -> bool:
        """Whether there is a change that was taken back, and nobody else has changed the segmentation since."""
        self._forget_if_changed()
        return bool(self._history.IsRestoreNextStateAvailable())

    def undo(self) -> bool:
        """Take back the last change; whether there was one."""
        return self.can_undo and self._restore(self._history.RestorePreviousState)

    def redo(self) -> bool:
        """Make the change again that was taken back last; whether there was one."""
        return self.can_redo and self._restore(self._history.RestoreNextState)

    def release(self) -> None:
        """Forget all changes and let go of the segmentation."""
        self._history.SetSegmentation(None)
        self._left = None

    def _forget_if_changed(self) -> None:
        if self._history.GetNumberOfStates() and self._left != _state(self.segmentation):
            self._history.RemoveAllStates()

    def _restore(self, restore: Callable[[], bool]) -> bool:
        content = self.segmentation.GetSegmentation()
        has_surfaces = content.ContainsRepresentation(CLOSED_SURFACE)
        with slicer.util.NodeModify(self.segmentation):
            restored = restore()
            if has_surfaces and content.GetNumberOfSegments():
                # A state saved before somebody asked for surfaces has none.
                self.segmentation.CreateClosedSurfaceRepresentation()
        self._left = _state(self.segmentation)
        return bool(restored)


def _state(segmentation: slicer.vtkMRMLSegmentationNode) -> Hashable:
    """What changes whenever segments are edited, added, removed, renamed, recolored or reordered."""
    content = segmentation.GetSegmentation()
    return tuple(_segment_state(content.GetSegment(i), i) for i in content.GetSegmentIDs())


def _segment_state(segment: slicer.vtkSegment, segment_id: str) -> Hashable:
    recipe = vtk.reference("")
    segment.GetTag(TAG, recipe)
    look = (segment.GetName(), segment.GetColor(), segment.GetTerminology(), str(recipe))
    voxels = segment.GetRepresentation(BINARY_LABELMAP)
    if voxels is None:
        return segment_id, look
    scalars = voxels.GetPointData().GetScalars()
    times = (voxels.GetMTime(), scalars.GetMTime() if scalars else 0)
    return segment_id, look, voxels.GetAddressAsString(""), times, segment.GetLabelValue()
