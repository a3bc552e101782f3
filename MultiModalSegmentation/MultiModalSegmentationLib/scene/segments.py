"""From a region to a segment, and back: segmentation nodes of the scene.

A segment is written only after everything was computed, so that an error leaves the segmentation as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..geometry.grid import Grid
from ..geometry.region import Region
from ..parameters.colors import TISSUE_COLOR, TISSUE_TERMINOLOGY
from ..parameters.settings import OverwriteMode
from ..recipes.recipe import TAG, Recipe
from .volumes import RAS_TO_LPS, array_from_matrix, matrix_from_array, transform_between

BINARY_LABELMAP = "Binary labelmap"
REFERENCE_GEOMETRY = "Reference image geometry"


@dataclass(frozen=True)
class SegmentLook:
    """How a segment is called and shown. ``None`` keeps what an existing segment has, or takes the default."""

    name: str
    color: tuple[float, float, float] | None = None
    terminology: str | None = None


def check_segmentation(segmentation: slicer.vtkMRMLSegmentationNode | None) -> None:
    """Raise ``ValueError`` where a region cannot be written to the node."""
    if segmentation is None:
        raise ValueError("No segmentation is chosen: choose or create an output segmentation.")
    content = segmentation.GetSegmentation()
    source = content.GetSourceRepresentationName()
    if content.GetNumberOfSegments() and source != BINARY_LABELMAP:
        raise ValueError(
            f"The segmentation '{segmentation.GetName()}' is stored as '{source}': "
            "make the binary label map its source representation, or choose another segmentation."
        )


def fit_region(
    segmentation: slicer.vtkMRMLSegmentationNode, reference: slicer.vtkMRMLScalarVolumeNode, region: Region
) -> slicer.vtkOrientedImageData:
    """A region of the reference's grid as a label map that the segmentation can take; nothing is changed yet.

    A segmentation without segments or geometry will take over the reference's; another keeps its own, and the region
    is resampled to it, nearest neighbor, through both transforms. Raises ``ValueError`` where that cannot be done.
    """
    check_segmentation(segmentation)
    labelmap = oriented_image(region)
    geometry = None if _has_no_geometry(segmentation) else _reference_geometry(segmentation)
    same_place = segmentation.GetParentTransformNode() is reference.GetParentTransformNode()
    matches = slicer.vtkOrientedImageDataResample.DoGeometriesMatch
    if geometry is None or (same_place and matches(geometry, labelmap)):
        return labelmap
    between = None if same_place else transform_between(reference, segmentation)
    fitted = _resample(labelmap, geometry, between, pad=True)
    if not np.any(vtk_to_numpy(fitted.GetPointData().GetScalars())):
        raise ValueError(
            f"The region falls between the voxels of the segmentation '{segmentation.GetName()}': "
            "choose a new segmentation."
        )
    return _crop_to_content(fitted)


def write_labelmap(
    segmentation: slicer.vtkMRMLSegmentationNode,
    reference: slicer.vtkMRMLScalarVolumeNode,
    labelmap: slicer.vtkOrientedImageData,
    look: SegmentLook,
    *,
    overwrite: OverwriteMode = OverwriteMode.ALLOW_OVERLAP,
    tags: dict[str, str] | None = None,
) -> str:
    """Write a fitted label map as the segment of this name; its ID.

    A segment of that name keeps its ID, terminology and color unless others are given.
    """
    with slicer.util.NodeModify(segmentation):
        if _has_no_geometry(segmentation):
            _adopt_reference(segmentation, reference)
        segment_id = _set_voxels(segmentation, labelmap, look, overwrite)
        segment = segmentation.GetSegmentation().GetSegment(segment_id)
        for tag, value in (tags or {}).items():
            segment.SetTag(tag, value)
        _erase_others(segmentation, segment_id, labelmap, overwrite)
    if not segmentation.GetDisplayNode():
        segmentation.CreateDefaultDisplayNodes()
    return segment_id


def oriented_image(region: Region) -> slicer.vtkOrientedImageData:
    """The region's box as an oriented image: indices are those of the grid."""
    image = slicer.vtkOrientedImageData()
    (i, j, k), (i_stop, j_stop, k_stop) = region.box.start, region.box.stop
    image.SetExtent(i, i_stop - 1, j, j_stop - 1, k, k_stop - 1)
    values = np.ascontiguousarray(region.mask, dtype=np.uint8).ravel()
    scalars = numpy_to_vtk(values, deep=True, array_type=vtk.VTK_UNSIGNED_CHAR)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    image.SetGeometryFromImageToWorldMatrix(matrix_from_array(RAS_TO_LPS @ region.grid.index_to_lps))
    return image


def segment_region(
    segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, grid: Grid, between: vtk.vtkAbstractTransform | None
) -> np.ndarray:
    """A segment's voxels on a whole grid, nearest neighbor, as uint8 0/1 (z, y, x).

    ``between`` leads from the segmentation's own coordinates to the grid's; ``None`` where they are the same.
    """
    labelmap = slicer.vtkOrientedImageData()
    segmentation.GetBinaryLabelmapRepresentation(segment_id, labelmap)
    whole = oriented_image(Region(grid, grid.box, np.zeros(grid.size[::-1], np.uint8)))
    output = _resample(labelmap, whole, between, pad=False)
    return vtk_to_numpy(output.GetPointData().GetScalars()).reshape(grid.size[::-1]).astype(np.uint8)


def recipe_of(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str) -> Recipe | None:
    """The recipe of a segment that this module made; ``None`` for any other."""
    segment = segmentation.GetSegmentation().GetSegment(segment_id)
    tag = vtk.reference("")
    if segment is None or not segment.GetTag(TAG, tag):
        return None
    try:
        return Recipe.from_tag(str(tag))
    except ValueError:
        return None


def reference_grid(segmentation: slicer.vtkMRMLSegmentationNode) -> Grid | None:
    """The segmentation's reference geometry, or ``None`` where it has none."""
    geometry = _reference_geometry(segmentation)
    if geometry is None:
        return None
    matrix = vtk.vtkMatrix4x4()
    geometry.GetImageToWorldMatrix(matrix)
    extent = np.array(geometry.GetExtent()).reshape(3, 2)
    index_to_lps = RAS_TO_LPS @ array_from_matrix(matrix)
    index_to_lps[:3, 3] += index_to_lps[:3, :3] @ extent[:, 0]
    return Grid(tuple(int(n) for n in extent[:, 1] - extent[:, 0] + 1), index_to_lps)


def other_segments(
    segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, overwrite: OverwriteMode
) -> Sequence[str]:
    """The IDs of the segments that a new one may erase."""
    others = [other for other in segmentation.GetSegmentation().GetSegmentIDs() if other != segment_id]
    display = segmentation.GetDisplayNode()
    if overwrite is OverwriteMode.OVERWRITE_ALL:
        return others
    if overwrite is OverwriteMode.OVERWRITE_VISIBLE and display:
        return [other for other in others if display.GetSegmentVisibility(other)]
    return []


def _reference_geometry(segmentation: slicer.vtkMRMLSegmentationNode) -> slicer.vtkOrientedImageData | None:
    content = segmentation.GetSegmentation()
    text = content.GetConversionParameter(REFERENCE_GEOMETRY)
    if not text and _is_drawn(content):
        text = content.DetermineCommonLabelmapGeometry(content.EXTENT_UNION_OF_SEGMENTS, None)
    geometry = slicer.vtkOrientedImageData()
    if not text or not slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, geometry, False):
        return None
    return geometry


def _has_no_geometry(segmentation: slicer.vtkMRMLSegmentationNode) -> bool:
    content = segmentation.GetSegmentation()
    return not content.GetConversionParameter(REFERENCE_GEOMETRY) and not _is_drawn(content)


def _is_drawn(content: slicer.vtkSegmentation) -> bool:
    """Whether any segment has voxels."""
    labelmaps = [content.GetSegment(i).GetRepresentation(BINARY_LABELMAP) for i in content.GetSegmentIDs()]
    return any(labelmap is not None and not labelmap.IsEmpty() for labelmap in labelmaps)


def _adopt_reference(segmentation: slicer.vtkMRMLSegmentationNode, reference: slicer.vtkMRMLScalarVolumeNode) -> None:
    # The transform comes first: the geometry is stored relative to it.
    segmentation.SetAndObserveTransformNodeID(reference.GetTransformNodeID())
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(reference)
    place_beside(reference, segmentation)


def place_beside(node: slicer.vtkMRMLNode, other: slicer.vtkMRMLNode) -> None:
    """Put another node under the same parent of the subject hierarchy."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(node.GetScene())
    items = [hierarchy.GetItemByDataNode(one) for one in (node, other)] if hierarchy else [0]
    if all(items):
        hierarchy.SetItemParent(items[1], hierarchy.GetItemParent(items[0]))


def _resample(
    image: slicer.vtkOrientedImageData,
    geometry: slicer.vtkOrientedImageData,
    transform: vtk.vtkAbstractTransform | None,
    *,
    pad: bool,
) -> slicer.vtkOrientedImageData:
    output = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        image, geometry, output, False, pad, transform, 0
    )
    return output


def _crop_to_content(labelmap: slicer.vtkOrientedImageData) -> slicer.vtkOrientedImageData:
    extent = [0, -1] * 3
    slicer.vtkOrientedImageDataResample.CalculateEffectiveExtent(labelmap, extent)
    cropped = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.CopyImage(labelmap, cropped, extent)
    return cropped


def _set_voxels(
    segmentation: slicer.vtkMRMLSegmentationNode,
    labelmap: slicer.vtkOrientedImageData,
    look: SegmentLook,
    overwrite: OverwriteMode,
) -> str:
    content = segmentation.GetSegmentation()
    segment_id = content.GetSegmentIdBySegmentName(look.name)
    if not segment_id:
        return _add_segment(content, labelmap, look)
    segment = content.GetSegment(segment_id)
    if look.color is not None:
        segment.SetColor(look.color)
    if look.terminology is not None:
        segment.SetTerminology(look.terminology)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    erasable = other_segments(segmentation, segment_id, overwrite)
    logic.SetBinaryLabelmapToSegment(labelmap, segmentation, segment_id, logic.MODE_REPLACE, None, False, erasable)
    return segment_id


def _add_segment(content: slicer.vtkSegmentation, labelmap: slicer.vtkOrientedImageData, look: SegmentLook) -> str:
    segment = slicer.vtkSegment()
    segment.SetName(look.name)
    segment.SetColor(look.color or TISSUE_COLOR)
    segment.SetTerminology(look.terminology or TISSUE_TERMINOLOGY)
    segment.AddRepresentation(BINARY_LABELMAP, labelmap)
    content.SetSourceRepresentationName(BINARY_LABELMAP)
    segment_id = content.GenerateUniqueSegmentID(look.name)
    content.AddSegment(segment, segment_id)
    return segment_id


def _erase_others(
    segmentation: slicer.vtkMRMLSegmentationNode,
    segment_id: str,
    labelmap: slicer.vtkOrientedImageData,
    overwrite: OverwriteMode,
) -> None:
    keep = slicer.vtkOrientedImageData()
    keep.DeepCopy(labelmap)
    voxels = vtk_to_numpy(keep.GetPointData().GetScalars())
    voxels[:] = np.where(voxels > 0, 0, 255)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    for other in other_segments(segmentation, segment_id, overwrite):
        logic.SetBinaryLabelmapToSegment(keep, segmentation, other, logic.MODE_MERGE_MIN, keep.GetExtent())
