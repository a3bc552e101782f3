"""Fading between two volumes in the slice views, put back when the module is left."""

from __future__ import annotations

import slicer


class ViewLayers:
    """Shows two volumes as background and foreground; ``restore`` gives every view back what it had."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[str | None, str | None, float]] = {}

    def fade(self, background: slicer.vtkMRMLVolumeNode, foreground: slicer.vtkMRMLVolumeNode, share: float) -> None:
        """Show the background at share 0, the foreground at share 1, and a mixture between. Links are not touched."""
        for composite in compositeNodes():
            self._before.setdefault(composite.GetID(), _layersOf(composite))
            composite.SetBackgroundVolumeID(background.GetID())
            composite.SetForegroundVolumeID(foreground.GetID())
            composite.SetForegroundOpacity(share)

    def restore(self) -> None:
        """Put back layers and opacity; volumes that have gone meanwhile are left out."""
        for composite in compositeNodes():
            before = self._before.get(composite.GetID())
            if before:
                background, foreground, opacity = before
                composite.SetBackgroundVolumeID(_existing(background))
                composite.SetForegroundVolumeID(_existing(foreground))
                composite.SetForegroundOpacity(opacity)
        self.forget()

    def forget(self) -> None:
        """Keep what the views show now."""
        self._before.clear()


def compositeNodes() -> list[slicer.vtkMRMLSliceCompositeNode]:
    """The layers of every slice view."""
    scene, name = slicer.mrmlScene, "vtkMRMLSliceCompositeNode"
    return [scene.GetNthNodeByClass(n, name) for n in range(scene.GetNumberOfNodesByClass(name))]


def _layersOf(composite: slicer.vtkMRMLSliceCompositeNode) -> tuple[str | None, str | None, float]:
    return composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID(), composite.GetForegroundOpacity()


def _existing(node_id: str | None) -> str | None:
    return node_id if node_id and slicer.mrmlScene.GetNodeByID(node_id) else None
