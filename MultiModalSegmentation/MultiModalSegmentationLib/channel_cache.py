"""The channels of the last run, kept for the next one as long as the volumes are the same."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import slicer

from .parameters import SmoothingParameters
from .scene import channels_from_volumes, check_volumes, grid_of_volume, index_transform, transform_between
from .segmenter import Segmenter


class ChannelCache:
    """One ``Segmenter``, made again when a volume, its place or the smoothing has changed.

    Voxels edited in place count as changed when the image says so (``slicer.util.arrayFromVolumeModified``).
    """

    def __init__(self) -> None:
        self._key: Hashable = None
        self._segmenter: Segmenter | None = None

    def segmenter(self, volumes: Sequence[slicer.vtkMRMLScalarVolumeNode], smoothing: SmoothingParameters) -> Segmenter:
        """The volumes as channels. Raises ``ValueError`` or a subclass naming the volume."""
        check_volumes(volumes)
        key = (smoothing, *(_volume_key(volume, volumes[0]) for volume in volumes))
        if self._segmenter is None or key != self._key:
            self.clear()
            self._segmenter = Segmenter(channels_from_volumes(volumes), smoothing)
            self._key = key
        return self._segmenter

    def clear(self) -> None:
        """Let go of the volumes."""
        self._key = self._segmenter = None


def _volume_key(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> Hashable:
    image = volume.GetImageData()
    scalars = image.GetPointData().GetScalars()
    grid = grid_of_volume(volume)
    _, matrix = index_transform(grid_of_volume(reference), grid, transform_between(reference, volume))
    place = _transform_times(volume, reference) if matrix is None else tuple(matrix.ravel().round(9))
    index_to_lps = tuple(grid.index_to_lps.ravel())
    return volume.GetID(), volume.GetName(), image.GetMTime(), scalars.GetMTime(), index_to_lps, place


def _transform_times(*volumes: slicer.vtkMRMLScalarVolumeNode) -> tuple:
    parents = [volume.GetParentTransformNode() for volume in volumes]
    return tuple((parent.GetID(), parent.GetTransformToWorldMTime()) if parent else None for parent in parents)
