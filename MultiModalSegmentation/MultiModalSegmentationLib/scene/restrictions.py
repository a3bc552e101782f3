"""Where a region may grow: a region of interest and a mask segment, as voxels of the reference.

Both lie where their nodes are in the world, through every parent transform, linear or not. Only the box that they
reach is looked at, so that the cost follows the restriction and not the volume.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import slicer
import vtk

from ..geometry.box import Box
from ..geometry.grid import ArrayImage, Grid
from .volumes import (
    RAS_TO_LPS,
    array_from_matrix,
    grid_of_volume,
    index_transform,
    linear_matrix,
    resample,
    transform_between,
)

Mask = tuple[slicer.vtkMRMLSegmentationNode, str] | slicer.vtkMRMLSegmentationNode
"""A segmentation node and the name or ID of a segment; the name may be left out where there is only one."""

_BENT_SAMPLES = 17


def allowed_voxels(
    reference: slicer.vtkMRMLScalarVolumeNode,
    *,
    roi: slicer.vtkMRMLMarkupsROINode | None = None,
    mask: Mask | None = None,
    mask_inside: bool = True,
) -> ArrayImage | None:
    """uint8 0/1 on the reference's grid: 1 where a region may grow; ``None`` without any restriction.

    Raises ``ValueError`` naming the region of interest or the segment that leaves nothing to grow in.
    """
    if roi is None and mask is None:
        return None
    grid = grid_of_volume(reference)
    box = restricted_box(reference, roi=roi, mask=mask, mask_inside=mask_inside)
    part = np.ones(box.size[::-1], bool)
    if roi is not None:
        part &= _inside_roi(roi, reference, box)
        if not part.any():
            raise ValueError(_outside(f"region of interest '{roi.GetName()}'", reference))
    if mask is not None:
        segmentation, segment_id = mask_segment(mask)
        part &= _inside_segment(segmentation, segment_id, reference, box) == mask_inside
        if not part.any():
            raise ValueError(_nothing_left(segmentation, segment_id, mask_inside, roi))
    # Fresh pages of zeros take no memory until they are written.
    whole = np.zeros(grid.size[::-1], np.uint8)
    whole[box.slices] = part
    return ArrayImage(whole, grid, "allowed voxels")


def restricted_box(
    reference: slicer.vtkMRMLScalarVolumeNode,
    *,
    roi: slicer.vtkMRMLMarkupsROINode | None = None,
    mask: Mask | None = None,
    mask_inside: bool = True,
) -> Box:
    """An index box of the reference that holds every allowed voxel; found without looking at any.

    Raises ``ValueError`` for a region of interest or a segment that cannot be used.
    """
    box = grid_of_volume(reference).box
    if roi is not None:
        box = box.intersection(_box_of_roi(roi, reference))
        if not box.voxel_count:
            raise ValueError(_outside(f"region of interest '{roi.GetName()}'", reference))
    if mask is not None:
        segmentation, segment_id = mask_segment(mask)
        inside = _box_of_segment(segmentation, segment_id, reference)
        if mask_inside:
            box = box.intersection(inside)
            if not box.voxel_count:
                raise ValueError(_nothing_left(segmentation, segment_id, mask_inside, roi))
    return box


def mask_segment(mask: Mask) -> tuple[slicer.vtkMRMLSegmentationNode, str]:
    """A mask as node and segment ID. Raises ``ValueError`` where it names no segment."""
    segmentation, wanted = mask if isinstance(mask, tuple | list) else (mask, None)
    if segmentation is None:
        raise ValueError("No segmentation is chosen for the mask: choose one, or grow without a mask.")
    content = segmentation.GetSegmentation()
    name = segmentation.GetName()
    if not wanted:
        if content.GetNumberOfSegments() != 1:
            raise ValueError(
                f"The segmentation '{name}' has {content.GetNumberOfSegments()} segments: choose the one for the mask."
            )
        return segmentation, content.GetNthSegmentID(0)
    segment_id = wanted if content.GetSegment(wanted) else content.GetSegmentIdBySegmentName(wanted)
    if not segment_id:
        raise ValueError(f"The segmentation '{name}' has no segment called '{wanted}': choose another mask.")
    return segmentation, segment_id


def describe_restrictions(
    roi: slicer.vtkMRMLMarkupsROINode | None, mask: Mask | None, mask_inside: bool
) -> dict[str, Any]:
    """What the recipe tells about them; empty without any."""
    described: dict[str, Any] = {}
    if roi is not None:
        described["roi"] = describe_roi(roi)
    if mask is not None:
        segmentation, segment_id = mask_segment(mask)
        described["mask"] = {
            "segmentation": segmentation.GetName(),
            "id": segmentation.GetID(),
            "segment": segmentation.GetSegmentation().GetSegment(segment_id).GetName(),
            "segmentId": segment_id,
            "inside": mask_inside,
        }
    return described


def describe_roi(roi: slicer.vtkMRMLMarkupsROINode) -> dict[str, Any]:
    """Size in mm and place: its own, and, where no bent transform is above it, in the world (RAS)."""
    object_to_node = array_from_matrix(roi.GetObjectToNodeMatrix())
    to_world = linear_matrix(transform_between(roi, None))
    described = {
        "name": roi.GetName(),
        "id": roi.GetID(),
        "size": list(roi.GetSize()),
        "objectToNode": object_to_node.tolist(),
        "insideOut": bool(roi.GetInsideOut()),
    }
    if to_world is not None:
        described["objectToWorld"] = (to_world @ object_to_node).tolist()
    return described


def _inside_roi(roi: slicer.vtkMRMLMarkupsROINode, reference: slicer.vtkMRMLScalarVolumeNode, box: Box) -> np.ndarray:
    """A region of interest is a single voxel of its size, so resampling finds what lies between its planes."""
    voxel = vtk.vtkImageData()
    voxel.SetDimensions(1, 1, 1)
    voxel.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    voxel.GetPointData().GetScalars().Fill(1)
    inside = np.isfinite(_resampled(voxel, _roi_grid(roi), roi, reference, box))
    return ~inside if roi.GetInsideOut() else inside


def _inside_segment(
    segmentation: slicer.vtkMRMLSegmentationNode,
    segment_id: str,
    reference: slicer.vtkMRMLScalarVolumeNode,
    box: Box,
) -> np.ndarray:
    labelmap = _labelmap(segmentation, segment_id)
    return _resampled(labelmap, _grid_of_oriented(labelmap), segmentation, reference, box) > 0


def _resampled(
    image: vtk.vtkImageData,
    image_grid: Grid,
    node: slicer.vtkMRMLTransformableNode,
    reference: slicer.vtkMRMLScalarVolumeNode,
    box: Box,
) -> np.ndarray:
    """The nearest value at each voxel (z, y, x) of a box of the reference; NaN outside the image."""
    part = _part_of(grid_of_volume(reference), box)
    transform, _ = index_transform(part, image_grid, transform_between(reference, node))
    return resample(image, part.size, transform, linear=False)


def _part_of(grid: Grid, box: Box) -> Grid:
    index_to_lps = grid.index_to_lps.copy()
    index_to_lps[:3, 3] = (grid.index_to_lps @ [*box.start, 1.0])[:3]
    return Grid(box.size, index_to_lps)


def _roi_grid(roi: slicer.vtkMRMLMarkupsROINode) -> Grid:
    """The grid of one voxel that the region of interest is."""
    if not roi.IsA("vtkMRMLMarkupsROINode"):
        raise ValueError(f"'{roi.GetName()}' is a {roi.GetClassName()}: choose a region of interest of the Markups.")
    size = list(roi.GetSize())
    if not min(size) > 0:
        raise ValueError(f"The region of interest '{roi.GetName()}' has no size: place it, or grow without it.")
    object_to_ras = array_from_matrix(roi.GetObjectToNodeMatrix())
    return Grid((1, 1, 1), RAS_TO_LPS @ object_to_ras @ np.diag([*size, 1.0]))


def _grid_of_oriented(image: slicer.vtkOrientedImageData) -> Grid:
    """An oriented image's indices, which need not begin at 0, in its own coordinates."""
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return Grid(tuple(image.GetDimensions()), RAS_TO_LPS @ array_from_matrix(matrix))


def _labelmap(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str) -> slicer.vtkOrientedImageData:
    labelmap = slicer.vtkOrientedImageData()
    segmentation.GetBinaryLabelmapRepresentation(segment_id, labelmap)
    return labelmap


def _box_of_roi(roi: slicer.vtkMRMLMarkupsROINode, reference: slicer.vtkMRMLScalarVolumeNode) -> Box:
    grid = _roi_grid(roi)
    if roi.GetInsideOut():
        return grid_of_volume(reference).box
    return _reached_box(grid, [(-0.5, 0.5)] * 3, roi, reference)


def _box_of_segment(
    segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, reference: slicer.vtkMRMLScalarVolumeNode
) -> Box:
    labelmap = _labelmap(segmentation, segment_id)
    extent = [0, -1] * 3
    is_filled = not labelmap.IsEmpty() and slicer.vtkOrientedImageDataResample.CalculateEffectiveExtent(
        labelmap, extent
    )
    if not is_filled:
        name = segmentation.GetSegmentation().GetSegment(segment_id).GetName()
        raise ValueError(
            f"The mask segment '{name}' of '{segmentation.GetName()}' is empty: choose another, or grow without it."
        )
    bounds = [(a - 0.5, b + 0.5) for a, b in zip(extent[::2], extent[1::2])]
    return _reached_box(_grid_of_oriented(labelmap), bounds, segmentation, reference)


def _reached_box(
    grid: Grid,
    bounds: list[tuple[float, float]],
    node: slicer.vtkMRMLTransformableNode,
    reference: slicer.vtkMRMLScalarVolumeNode,
) -> Box:
    """A box of the reference around what lies within index bounds of another grid; empty where nothing does."""
    target = grid_of_volume(reference)
    transform, matrix = index_transform(grid, target, transform_between(node, reference))
    count = 2 if matrix is not None else _BENT_SAMPLES
    ticks = [np.linspace(a, b, count) for a, b in bounds]
    points = np.array([transform.TransformPoint(p) for p in itertools.product(*ticks)]).reshape(*[count] * 3, 3)
    # Between samples a bent shape strays by less than the samples lie apart.
    slack = 1e-3 if matrix is not None else max(np.abs(np.diff(points, axis=a)).max() for a in range(3))
    if not np.isfinite(points).all():
        return target.box
    low, high = points.min(axis=(0, 1, 2)) - slack, points.max(axis=(0, 1, 2)) + slack
    start = tuple(max(0, math.ceil(v)) for v in low)
    return Box(start, tuple(max(a, min(n, math.floor(v) + 1)) for a, v, n in zip(start, high, target.size)))


def _outside(what: str, reference: slicer.vtkMRMLScalarVolumeNode) -> str:
    return f"The {what} holds no voxel of the volume '{reference.GetName()}': move it onto the volume or enlarge it."


def _nothing_left(
    segmentation: slicer.vtkMRMLSegmentationNode,
    segment_id: str,
    mask_inside: bool,
    roi: slicer.vtkMRMLMarkupsROINode | None,
) -> str:
    name = segmentation.GetSegmentation().GetSegment(segment_id).GetName()
    where = "inside" if mask_inside else "outside"
    within = f"the region of interest '{roi.GetName()}'" if roi else "the reference volume"
    return (
        f"No voxel of {within} lies {where} the mask segment '{name}' of '{segmentation.GetName()}': "
        "choose another mask."
    )
