"""Notices when what a region depends on has changed: voxels, points, transforms, masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import slicer
import vtk
from slicer.util import VTKObservationMixin

POINT_EVENTS = (
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionUndefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointRemovedEvent,
    slicer.vtkMRMLMarkupsNode.PointModifiedEvent,
)


class InputsWatch(VTKObservationMixin):
    """Calls back after each change of the nodes that it is told to watch."""

    def __init__(self, onChanged: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._onChanged = onChanged
        self._watched: tuple[slicer.vtkMRMLNode, ...] = ()

    def watch(self, nodes: Iterable[slicer.vtkMRMLNode | None]) -> None:
        """Watch these nodes, and no others."""
        nodes = tuple(dict.fromkeys(node for node in nodes if node is not None))
        if nodes == self._watched:
            return
        self.removeObservers()
        self._watched = nodes
        for node in nodes:
            for event in _eventsOf(node):
                self.addObserver(node, event, self._onNodeChanged)

    def _onNodeChanged(self, _caller: vtk.vtkObject, _event: str) -> None:
        self._onChanged()


def _eventsOf(node: slicer.vtkMRMLNode) -> list[int]:
    events = [slicer.vtkMRMLTransformableNode.TransformModifiedEvent]
    if node.IsA("vtkMRMLMarkupsNode"):
        events += POINT_EVENTS
    if node.IsA("vtkMRMLMarkupsROINode"):
        events.append(vtk.vtkCommand.ModifiedEvent)  # Turning it inside out tells of nothing else.
    if node.IsA("vtkMRMLVolumeNode"):
        events += [slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, vtk.vtkCommand.ModifiedEvent]
    if node.IsA("vtkMRMLSegmentationNode"):
        content = slicer.vtkSegmentation
        # Undo and redo, here and in the Segment Editor, tell of a modified segment only.
        events += [content.SourceRepresentationModified, content.SegmentModified, content.SegmentRemoved]
    return events
