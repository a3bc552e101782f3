"""What a segment's recipe tells about the nodes of the scene that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import slicer

from ..engine.model.result import GrowingResult
from ..engine.unimodal import UniModalResult
from ..parameters.settings import GrowingParameters, UniModalParameters
from ..recipes.recipe import TAG, make_recipe, to_tag
from ..scene.restrictions import describe_restrictions
from ..scene.volumes import RAS_TO_LPS, grid_of_volume

if TYPE_CHECKING:
    from .workflow import Grown


def recipe_tag(
    grown: Grown,
    name: str,
    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
    parameters: GrowingParameters | UniModalParameters,
    result: GrowingResult | UniModalResult,
) -> dict[str, str]:
    """The recipe of one result as a tag of the segment of this name."""
    request, points = grown.request, grown.points
    is_growing = isinstance(result, GrowingResult)
    recipe = make_recipe(
        volumes=[describe_volume(volume) for volume in volumes],
        seeds=points.seeds,
        exclusion_seeds=points.exclusion_seeds if is_growing else (),
        smoothing=request.smoothing,
        time_step_used=grown.segmenter.time_step,
        parameters=parameters,
        result=result,
        restrictions=describe_restrictions(request.roi, request.mask, request.mask_inside),
        cleanup=request.cleanup if is_growing else None,
    )
    recipe["ijkToRas"] = (RAS_TO_LPS @ grid_of_volume(request.volumes[0]).index_to_lps).tolist()
    recipe["seedLists"] = {
        kind: {"name": node.GetName(), "id": node.GetID()}
        for kind, node in (("seeds", request.seeds), ("exclusionSeeds", request.exclusion_seeds))
        if node is not None
    }
    if is_growing:
        recipe["fieldOfViewShares"] = grown.shares_of_view()
        recipe["findings"] = [finding.as_plain() for finding in grown.findings()]
    recipe["segment"] = {
        "name": name,
        "segmentation": request.segmentation.GetName(),
        "segmentationId": request.segmentation.GetID(),
        "overwriteMode": request.overwrite.value,
    }
    return {TAG: to_tag(recipe)}


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
