"""From a segment's recipe back to the nodes and parameters that it was made with.

Nodes are looked for by ID, DICOM UID and name, in this order. Points and regions of interest that are gone, or have
been moved since, are made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import slicer

from ..files.images import name_of
from ..files.labels import read_label_image
from ..geometry.box import Index
from ..geometry.errors import SeedError
from ..geometry.grid import SAME_GRID_TOLERANCE, Grid
from ..geometry.points import SeedPoint
from ..geometry.region import Region
from ..parameters.colors import EXCLUSION_SEED_COLOR, SEED_COLOR
from ..parameters.presets import Parameters
from ..parameters.settings import OverwriteMode
from ..recipes.recipe import Recipe, check_repeatable
from ..scene.nodes import add_points, world_position
from ..scene.restrictions import Mask, describe_roi
from ..scene.segments import BINARY_LABELMAP, SegmentLook, oriented_image
from ..scene.volumes import RAS_TO_LPS, grid_of_volume, matrix_from_array, seed_points
from .recipe import describe_volume
from .request import TissueNodes


@dataclass(frozen=True, eq=False)
class Restored:
    """What a segment was made with. ``segmentation`` is ``None`` where it is gone.

    ``tissues`` are all that it was grown together with, in their order; ``seeds`` are its own.
    """

    volumes: list[slicer.vtkMRMLScalarVolumeNode]
    seeds: slicer.vtkMRMLMarkupsFiducialNode
    exclusion_seeds: slicer.vtkMRMLMarkupsFiducialNode | None
    parameters: Parameters
    roi: slicer.vtkMRMLMarkupsROINode | None
    mask: Mask | None
    mask_inside: bool
    segment_name: str
    segmentation: slicer.vtkMRMLSegmentationNode | None
    overwrite: OverwriteMode
    tissues: tuple[TissueNodes, ...]


def restore(recipe: Recipe | None, scene: slicer.vtkMRMLScene) -> Restored:
    """The nodes and parameters of a recipe.

    Raises ``ValueError`` naming the volume or mask that is not in the scene any more; then nothing was added.
    """
    check_repeatable(recipe)
    volumes = [find_volume(scene, described) for described in recipe.volumes]
    mask, segment = recipe.restrictions.get("mask"), recipe.segment
    found_mask = find_mask(scene, mask) if mask else None
    roi = find_roi(scene, recipe.restrictions["roi"]) if "roi" in recipe.restrictions else None
    # Nothing is missing from here on: points can be made again.
    tissues = [_tissue(scene, volumes[0], described) for described in recipe.tissues]
    own = [tissue for tissue in tissues if tissue.look.name == segment.get("name")]
    return Restored(
        volumes=volumes,
        mask=found_mask,
        mask_inside=mask["inside"] if mask else True,
        roi=roi,
        seeds=(own or tissues)[0].seeds,
        tissues=tuple(tissues),
        exclusion_seeds=(
            find_points(scene, volumes[0], **recipe.points("exclusionSeeds"), color=EXCLUSION_SEED_COLOR)
            if recipe.get("exclusionSeeds")
            else None
        ),
        parameters=recipe.parameters,
        segment_name=segment.get("name", ""),
        segmentation=_find(
            scene, "vtkMRMLSegmentationNode", segment.get("segmentationId"), segment.get("segmentation")
        ),
        overwrite=recipe.overwrite,
    )


def _tissue(
    scene: slicer.vtkMRMLScene, reference: slicer.vtkMRMLScalarVolumeNode, described: Mapping[str, Any]
) -> TissueNodes:
    color = described["color"] and tuple(described["color"])
    look = SegmentLook(described["name"], color, described["terminology"])
    return TissueNodes(look, find_points(scene, reference, **described["points"], color=color or SEED_COLOR))


def find_volume(scene: slicer.vtkMRMLScene, described: Mapping[str, Any]) -> slicer.vtkMRMLScalarVolumeNode:
    """The volume that a recipe describes by ``name`` and, where known, ``id`` and DICOM UIDs.

    Raises ``ValueError`` where it is not in the scene.
    """
    volumes = _nodes(scene, "vtkMRMLScalarVolumeNode")
    uids = ("dicomSeriesInstanceUid", "dicomSopInstanceUids")
    wanted = {uid: described[uid] for uid in uids if uid in described}
    same_id = [v for v in volumes if v.GetID() == described.get("id")]
    same_series = [v for v in volumes if wanted and wanted.items() <= describe_volume(v).items()]
    same_name = [v for v in volumes if v.GetName() == described["name"]]
    # In another scene the ID may be that of any other volume.
    candidates = [v for v in same_id if v in same_series or v in same_name] + same_series + same_name + same_id
    if not candidates:
        raise ValueError(f"The volume '{described['name']}' is not in the scene: load it and try again.")
    return candidates[0]


def find_points(
    scene: slicer.vtkMRMLScene,
    reference: slicer.vtkMRMLScalarVolumeNode,
    points: Sequence[tuple[str, Sequence[float], Index]],
    name: str = "Seeds",
    id: str | None = None,
    color: tuple[float, float, float] = SEED_COLOR,
    ijk_to_ras: Sequence[Sequence[float]] | None = None,
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """A list of these points: label, position (RAS, mm), voxel of the reference.

    The list of this ID or name if its points still lie in these voxels, otherwise a new one. ``ijk_to_ras`` is the
    grid that the voxels were counted on: Slicer counts the slices of a left-handed volume the other way round once it
    was saved and loaded.
    """
    points = [(label, ras, _voxel_now(ijk, ijk_to_ras, reference)) for label, ras, ijk in points]
    node = _find(scene, "vtkMRMLMarkupsFiducialNode", id, name)
    if node and _voxels(node, reference) == [(label, tuple(ijk)) for label, _, ijk in points]:
        return node
    node = add_points(scene, scene.GenerateUniqueName(name) if node else name, [ras for _, ras, _ in points], color)
    for number, (label, _, ijk) in enumerate(points):
        node.SetNthControlPointLabel(number, label)
        if _voxel(node, number, reference) != tuple(ijk):
            node.SetNthControlPointPositionWorld(number, *world_position(reference, ijk))
    return node


def find_roi(scene: slicer.vtkMRMLScene, described: Mapping[str, Any]) -> slicer.vtkMRMLMarkupsROINode:
    """The region of interest that a recipe describes if it is still there and unchanged, otherwise a new one.

    Raises ``ValueError`` where it is gone and a bent transform had its share in it.
    """
    roi = _find(scene, "vtkMRMLMarkupsROINode", described.get("id"), described["name"])
    if roi and _is_at(roi, described):
        return roi
    if "objectToWorld" not in described:
        raise ValueError(
            f"The region of interest '{described['name']}' has changed or is gone, and was under a bent transform: "
            "place it again."
        )
    name = scene.GenerateUniqueName(described["name"]) if roi else described["name"]
    new = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", name)
    new.CreateDefaultDisplayNodes()
    new.SetSize(*described["size"])
    new.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(described["objectToWorld"]))
    new.SetInsideOut(described["insideOut"])
    new.UpdateControlPointsFromROI()
    return new


def unchanged_roi(scene: slicer.vtkMRMLScene, described: Mapping[str, Any]) -> slicer.vtkMRMLMarkupsROINode | None:
    """The region of interest that a recipe describes where it is still there as it was."""
    roi = _find(scene, "vtkMRMLMarkupsROINode", described.get("id"), described["name"])
    return roi if roi and _is_at(roi, described) else None


def find_mask(scene: slicer.vtkMRMLScene, described: Mapping[str, Any]) -> tuple[slicer.vtkMRMLSegmentationNode, str]:
    """The segmentation and segment ID of a mask; one that was a file is loaded where the scene has none of its name.

    Raises ``ValueError`` where it is not to be found.
    """
    if "path" in described:
        return _mask_from_file(scene, described)
    segmentation = _find(scene, "vtkMRMLSegmentationNode", described["id"], described["segmentation"])
    content = segmentation.GetSegmentation() if segmentation else None
    if content and content.GetSegment(described["segmentId"]):
        return segmentation, described["segmentId"]
    segment_id = content.GetSegmentIdBySegmentName(described["segment"]) if content else ""
    if not segment_id:
        raise ValueError(
            f"The mask segment '{described['segment']}' of '{described['segmentation']}' is not in the scene: "
            "load it and try again."
        )
    return segmentation, segment_id


def _mask_from_file(
    scene: slicer.vtkMRMLScene, described: Mapping[str, Any]
) -> tuple[slicer.vtkMRMLSegmentationNode, str]:
    path = Path(described["path"])
    name = name_of(path)
    segmentation = _find(scene, "vtkMRMLSegmentationNode", None, name)
    if segmentation and segmentation.GetSegmentation().GetNumberOfSegments():
        content = segmentation.GetSegmentation()
        wanted = content.GetSegmentIdBySegmentName(described["segment"]) if described["segment"] else ""
        return segmentation, wanted or content.GetNthSegmentID(0)
    labels = read_label_image(path, "mask", described["segment"] or None)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    whole = Region(Grid.of(labels), Grid.of(labels).box, sitk.GetArrayFromImage(labels))
    content = segmentation.GetSegmentation()
    content.SetSourceRepresentationName(BINARY_LABELMAP)
    segment = slicer.vtkSegment()
    segment.SetName(described["segment"] or name)
    segment.AddRepresentation(BINARY_LABELMAP, oriented_image(whole))
    content.AddSegment(segment)
    segmentation.CreateDefaultDisplayNodes()
    return segmentation, content.GetNthSegmentID(0)


def _find(
    scene: slicer.vtkMRMLScene, class_name: str, node_id: str | None, name: str | None
) -> slicer.vtkMRMLNode | None:
    nodes = _nodes(scene, class_name)
    same_id = [node for node in nodes if node.GetID() == node_id]
    same_name = [node for node in nodes if name and node.GetName() == name]
    candidates = [node for node in same_id if node in same_name] + same_name + same_id
    return candidates[0] if candidates else None


def _nodes(scene: slicer.vtkMRMLScene, class_name: str) -> list[slicer.vtkMRMLNode]:
    return [scene.GetNthNodeByClass(n, class_name) for n in range(scene.GetNumberOfNodesByClass(class_name))]


def _voxels(
    node: slicer.vtkMRMLMarkupsNode, reference: slicer.vtkMRMLScalarVolumeNode
) -> list[tuple[str, Index]] | None:
    try:
        found: list[SeedPoint] = seed_points(node, reference)
    except SeedError:
        return None
    return [(point.label, point.ijk) for point in found]


def _voxel_now(
    ijk: Index, ijk_to_ras: Sequence[Sequence[float]] | None, reference: slicer.vtkMRMLScalarVolumeNode
) -> Index:
    """The voxel that lies where this one of the same volume lay; the same indices where that is none."""
    if ijk_to_ras is None:
        return ijk
    grid = grid_of_volume(reference)
    index = np.linalg.solve(RAS_TO_LPS @ grid.index_to_lps, np.asarray(ijk_to_ras) @ [*ijk, 1.0])[:3]
    voxel = tuple(int(v) for v in index.round())
    return voxel if np.allclose(index, voxel, atol=SAME_GRID_TOLERANCE) and grid.contains(voxel) else ijk


def _voxel(node: slicer.vtkMRMLMarkupsNode, number: int, reference: slicer.vtkMRMLScalarVolumeNode) -> Index | None:
    try:
        return seed_points(node, reference)[number].ijk
    except SeedError:
        return None


def _is_at(roi: slicer.vtkMRMLMarkupsROINode, described: Mapping[str, Any]) -> bool:
    now = describe_roi(roi)
    place = "objectToWorld" if "objectToWorld" in described else "objectToNode"
    return (
        now["insideOut"] == described["insideOut"]
        and np.allclose(now["size"], described["size"])
        and (place in now and np.allclose(now[place], described[place]))
    )
