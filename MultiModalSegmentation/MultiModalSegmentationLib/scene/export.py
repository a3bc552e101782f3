"""Segments as label image files, segmentations and scenes as Slicer's own."""

from __future__ import annotations

from pathlib import Path

import slicer

from ..files.atomic import LABEL_IMAGE_ENDINGS, ending_of, replacing, write_image
from .segments import reference_grid, segment_region


def export_labelmap(segmentation: slicer.vtkMRMLSegmentationNode, segment_name: str, path: str | Path) -> None:
    """Write one segment as a label image on the segmentation's reference grid, transforms not applied.

    Raises ``ValueError`` for a segment that does not exist, an unknown ending or a file that cannot be written.
    """
    path = Path(path)
    if ending_of(path, LABEL_IMAGE_ENDINGS) is None:
        raise ValueError(f"The file '{path}' must end in one of {', '.join(LABEL_IMAGE_ENDINGS)}.")
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName(segment_name)
    grid = reference_grid(segmentation)
    if not segment_id or grid is None:
        raise ValueError(f"The segmentation '{segmentation.GetName()}' has no segment called '{segment_name}'.")
    mask = segment_region(segmentation, segment_id, grid, None)
    write_image(grid.image(mask), path)


def write_segmentation_file(segmentation: slicer.vtkMRMLSegmentationNode, path: Path) -> None:
    """Write a segmentation as ``.seg.nrrd``. Raises ``OSError`` where Slicer's writer fails."""
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    if not storage.WriteData(segmentation):
        raise OSError(storage.GetUserMessages().GetAllMessagesAsString() or "Slicer's writer failed")


def write_scene(scene: slicer.vtkMRMLScene, path: Path) -> None:
    """Write the scene as a bundle (``.mrb``). Raises ``ValueError`` where that cannot be done."""
    messages = slicer.vtkMRMLMessageCollection()
    with replacing(path) as temporary:
        if not scene.WriteToMRB(str(temporary), None, messages):
            raise OSError(messages.GetAllMessagesAsString())
