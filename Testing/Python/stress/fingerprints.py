"""Whether a segment's recipe can still be repeated: what its region depended on, then and now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from MultiModalSegmentationLib.recipes.recipe import TAG
from MultiModalSegmentationLib.scene.restrictions import describe_roi
from MultiModalSegmentationLib.scene.segments import reference_grid
from MultiModalSegmentationLib.scene.volumes import (
    array_from_matrix,
    grid_of_volume,
    transform_between,
    volume_array,
)
from MultiModalSegmentationLib.workflow.restore import find_mask, find_roi, find_volume

Voxels = tuple[tuple[float, ...], np.ndarray]


def digest(*parts: Any) -> str:
    """One short text for arrays, numbers and texts."""
    summary = hashlib.blake2b(digest_size=12)
    for part in parts:
        if isinstance(part, np.ndarray):
            summary.update(repr((part.shape, part.dtype.str)).encode())
            summary.update(np.ascontiguousarray(part).tobytes())
        else:
            summary.update(repr(part).encode())
    return summary.hexdigest()


def rounded(numbers: Any) -> np.ndarray:
    """Numbers as they come back from a file."""
    return np.asarray(numbers, float).round(5) + 0.0


def segment_voxels(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str) -> Voxels | None:
    """Where the first voxel lies (RAS) with the axes' steps, and the voxels; no more than the content, if any."""
    labelmap = slicer.vtkOrientedImageData()
    segmentation.GetBinaryLabelmapRepresentation(segment_id, labelmap)
    extent = [0, -1] * 3
    if labelmap.IsEmpty() or not slicer.vtkOrientedImageDataResample.CalculateEffectiveExtent(labelmap, extent):
        return None
    first = np.array(labelmap.GetExtent())[[4, 2, 0]]
    values = vtk_to_numpy(labelmap.GetPointData().GetScalars()).reshape(labelmap.GetDimensions()[::-1])
    bounds = zip(np.array(extent)[[4, 2, 0]] - first, np.array(extent)[[5, 3, 1]] - first)
    content = values[tuple(slice(a, b + 1) for a, b in bounds)] > 0
    matrix = vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    place = array_from_matrix(matrix)
    place[:3, 3] = (place @ [extent[0], extent[2], extent[4], 1.0])[:3]
    return tuple(rounded(place).ravel()), content


def same_voxels(one: Voxels | None, other: Voxels | None) -> bool:
    """Whether two segments are equal, voxel for voxel."""
    if one is None or other is None:
        return one is other
    return one[0] == other[0] and np.array_equal(one[1], other[1])


def segment_states(segmentation: slicer.vtkMRMLSegmentationNode) -> dict[str, tuple[str, str, str]]:
    """Name, recipe and voxels of each segment by its ID."""
    content = segmentation.GetSegmentation()
    return {
        segment_id: (
            content.GetSegment(segment_id).GetName(),
            tag_of(content.GetSegment(segment_id)),
            digest(*(segment_voxels(segmentation, segment_id) or ())),
        )
        for segment_id in content.GetSegmentIDs()
    }


def tag_of(segment: slicer.vtkSegment) -> str:
    """The recipe as it stands in the segment's tag; empty without one."""
    text = vtk.reference("")
    return str(text) if segment.GetTag(TAG, text) else ""


def fingerprint(recipe: Mapping[str, Any], segmentation: slicer.vtkMRMLSegmentationNode) -> str | None:
    """What the segment depends on as it is now; ``None`` where something is gone. Seeds are in the recipe itself."""
    scene = segmentation.GetScene()
    try:
        volumes = [find_volume(scene, described) for described in recipe["volumes"]]
        restrictions = list(_restrictions(recipe.get("restrictions", {}), scene, volumes[0]))
    except ValueError:
        return None
    if any(volume.GetImageData() is None for volume in volumes):
        return None
    grid = reference_grid(segmentation)
    own = (grid.size, rounded(grid.index_to_lps)) if grid else ()
    parts = [part for volume in volumes for part in _volume(volume, volumes[0])]
    return digest(*parts, *restrictions, *own, between(volumes[0], segmentation))


def mask_voxels(mask: tuple[slicer.vtkMRMLSegmentationNode, str] | None) -> str:
    """The voxels of a mask segment."""
    return digest(*(segment_voxels(*mask) or ())) if mask else ""


def between(node: slicer.vtkMRMLTransformableNode, other: slicer.vtkMRMLTransformableNode | None) -> np.ndarray:
    """Where the transform between two nodes takes a few points."""
    transform = transform_between(node, other)
    ticks = (-25.0, -3.0, 14.0, 30.0)
    return rounded([transform.TransformPoint((x, y, z)) for x in ticks for y in ticks for z in ticks])


def _volume(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> Iterable[Any]:
    yield volume_array(volume)
    yield rounded(grid_of_volume(volume).index_to_lps)
    yield between(reference, volume)


def _restrictions(
    described: Mapping[str, Any], scene: slicer.vtkMRMLScene, reference: slicer.vtkMRMLScalarVolumeNode
) -> Iterable[Any]:
    if "roi" in described:
        yield between(reference, None)
        if "objectToWorld" not in described["roi"]:
            roi = find_roi(scene, described["roi"])
            yield from (between(roi, None), repr(sorted(describe_roi(roi).items())))
    if "mask" in described:
        segmentation, segment_id = find_mask(scene, described["mask"])
        yield from (mask_voxels((segmentation, segment_id)), between(reference, segmentation))
