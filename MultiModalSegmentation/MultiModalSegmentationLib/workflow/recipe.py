"""What a segment's recipe tells about the nodes of the scene that it was made from."""

from __future__ import annotations

from typing import Any

import slicer

from ..recipes.recipe import Recipe
from ..scene.restrictions import describe_restrictions
from .request import SceneSegmentation


def scene_recipe(segmentation: SceneSegmentation, name: str, alone: int | None = None) -> Recipe:
    """The recipe of the region, or of that of one volume alone, as the segment of this name."""
    request = segmentation.request
    lists = {"seeds": segmentation.tissue.seeds, "exclusionSeeds": request.exclusion_seeds}
    return Recipe.of(
        segmentation,
        [describe_volume(volume) for volume in request.volumes],
        alone=alone,
        restrictions=describe_restrictions(request.roi, request.mask, request.mask_inside),
        seed_lists={kind: _named(node) for kind, node in lists.items() if node is not None},
        tissue_lists=[_named(tissue.seeds) for tissue in request.tissues],
        segment={
            "name": name,
            "segmentation": request.segmentation.GetName(),
            "segmentationId": request.segmentation.GetID(),
            "overwriteMode": request.overwrite.value,
        },
    )


def _named(node: slicer.vtkMRMLNode) -> dict[str, str]:
    return {"name": node.GetName(), "id": node.GetID()}


def describe_volume(volume: slicer.vtkMRMLScalarVolumeNode) -> dict[str, Any]:
    """What identifies a volume: its name, its ID in the scene and, where known, its DICOM UIDs."""
    description = {"name": volume.GetName(), "id": volume.GetID()}
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(volume.GetScene())
    item = hierarchy.GetItemByDataNode(volume) if hierarchy else 0
    series = hierarchy.GetItemUID(item, "DICOM") if item else ""
    if series:
        description["dicomSeriesInstanceUid"] = series
    instances = volume.GetAttribute("DICOM.instanceUIDs")
    if instances:
        description["dicomSopInstanceUids"] = instances.split()
    return description
