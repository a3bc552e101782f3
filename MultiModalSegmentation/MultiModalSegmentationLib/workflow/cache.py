"""The channels and restrictions of the last run, kept for the next one as long as their nodes are the same."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Sequence

import slicer

from ..engine.segmenter import Segmenter
from ..engine.work.steps import drained
from ..explaining.findings import Finding
from ..geometry.grid import ArrayImage
from ..parameters.settings import PreparationParameters, SmoothingParameters
from ..pipeline.preparation import Prepared, preparation_steps
from ..scene.restrictions import Mask, allowed_voxels, mask_segment
from ..scene.segments import BINARY_LABELMAP
from ..scene.volumes import (
    array_from_matrix,
    channels_from_volumes,
    grid_of_volume,
    linear_matrix,
    transform_between,
)


class ChannelCache:
    """One ``Segmenter``, made again when a volume, its place or the smoothing has changed.

    Voxels edited in place count as changed when the image says so (``slicer.util.arrayFromVolumeModified``).
    """

    def __init__(self) -> None:
        self._key: Hashable = None
        self._segmenter: Segmenter | None = None
        self._prepared_key: Hashable = None
        self._prepared: Prepared = ([], [])
        self._allowed_key: Hashable = None
        self._allowed: ArrayImage | None = None

    def segmenter(
        self,
        volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
        smoothing: SmoothingParameters,
        preparation: PreparationParameters = PreparationParameters(),
    ) -> Segmenter:
        """The volumes as channels. Raises ``ValueError`` or a subclass naming the volume."""
        return drained(self.segmenter_steps(volumes, smoothing, preparation))

    def segmenter_steps(
        self,
        volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
        smoothing: SmoothingParameters,
        preparation: PreparationParameters,
    ) -> Generator[float, None, Segmenter]:
        """:meth:`segmenter` in short steps, each of which yields the share done, 0 to 1."""
        places = tuple(_volume_key(volume, volumes[0]) for volume in volumes)
        key = (smoothing, preparation, *places)
        if self._segmenter is None or key != self._key:
            self._key = self._segmenter = None
            channels = yield from self._prepared_steps(volumes, preparation, places)
            self._segmenter = Segmenter(channels, smoothing)
            self._key = key
        return self._segmenter

    @property
    def preparation_findings(self) -> Sequence[Finding]:
        """What the volumes' preparation left as it was."""
        return self._prepared[1]

    def _prepared_steps(
        self,
        volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
        preparation: PreparationParameters,
        places: Hashable,
    ) -> Generator[float, None, list[ArrayImage]]:
        """The channels; corrected ones are kept for other smoothing, as correcting takes far longer than all else."""
        key = (preparation, places)
        if key != self._prepared_key or preparation.does_nothing:
            self._prepared_key, self._prepared = None, ([], [])
        if preparation.does_nothing:
            return channels_from_volumes(volumes)
        if self._prepared_key is None:
            self._prepared = yield from preparation_steps(channels_from_volumes(volumes), preparation)
            self._prepared_key = key
        return self._prepared[0]

    def allowed(
        self,
        reference: slicer.vtkMRMLScalarVolumeNode,
        *,
        roi: slicer.vtkMRMLMarkupsROINode | None,
        mask: Mask | None,
        mask_inside: bool,
    ) -> ArrayImage | None:
        """Where a region may grow, as ``allowed_voxels``."""
        key = (_grid_key(reference), _roi_key(roi, reference), _mask_key(mask, reference), mask_inside)
        if key != self._allowed_key:
            self._allowed_key, self._allowed = None, None
            self._allowed = allowed_voxels(reference, roi=roi, mask=mask, mask_inside=mask_inside)
            self._allowed_key = key
        return self._allowed

    def clear(self) -> None:
        """Let go of the volumes."""
        self._key = self._segmenter = None
        self._prepared_key, self._prepared = None, ([], [])
        self._allowed_key = self._allowed = None


def _volume_key(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> Hashable:
    image = volume.GetImageData()
    scalars = image.GetPointData().GetScalars()
    place = _place(volume, reference)
    return volume.GetID(), volume.GetName(), image.GetMTime(), scalars.GetMTime(), _grid_key(volume), place


def _roi_key(roi: slicer.vtkMRMLMarkupsROINode | None, reference: slicer.vtkMRMLScalarVolumeNode) -> Hashable:
    if roi is None or not roi.IsA("vtkMRMLMarkupsROINode"):
        return id(roi)
    matrix = array_from_matrix(roi.GetObjectToNodeMatrix())
    return roi.GetID(), roi.GetName(), roi.GetSize(), tuple(matrix.ravel()), roi.GetInsideOut(), _place(roi, reference)


def _mask_key(mask: Mask | None, reference: slicer.vtkMRMLScalarVolumeNode) -> Hashable:
    if mask is None:
        return None
    segmentation, segment_id = mask_segment(mask)
    segment = segmentation.GetSegmentation().GetSegment(segment_id)
    voxels = segment.GetRepresentation(BINARY_LABELMAP)
    times = (segment.GetMTime(), voxels.GetMTime() if voxels else 0, segmentation.GetSegmentation().GetMTime())
    return segmentation.GetID(), segment_id, segment.GetName(), times, _place(segmentation, reference)


def _grid_key(volume: slicer.vtkMRMLScalarVolumeNode) -> Hashable:
    grid = grid_of_volume(volume)
    return grid.size, tuple(grid.index_to_lps.ravel())


def _place(node: slicer.vtkMRMLTransformableNode, reference: slicer.vtkMRMLScalarVolumeNode) -> Hashable:
    """Where a node lies relative to the reference."""
    matrix = linear_matrix(transform_between(reference, node))
    return _transform_times(node, reference) if matrix is None else tuple(matrix.ravel().round(9))


def _transform_times(*nodes: slicer.vtkMRMLTransformableNode) -> tuple:
    parents = [node.GetParentTransformNode() for node in nodes]
    return tuple((parent.GetID(), parent.GetTransformToWorldMTime()) if parent else None for parent in parents)
