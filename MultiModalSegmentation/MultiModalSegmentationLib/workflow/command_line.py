"""A segment's recipe as the command line that makes it again from files."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import slicer

from ..parameters.presets import Parameters
from ..recipes.recipe import Recipe, check_repeatable
from ..scene.volumes import linear_matrix, transform_between
from .restore import find_mask, find_volume, unchanged_roi


def command_line(recipe: Recipe | None, scene: slicer.vtkMRMLScene) -> str:
    """The command that makes the segment again; a node that is in no file yet is called by its name.

    Raises ``ValueError`` for a recipe that files cannot say: a volume, a region of interest or a mask that is moved
    by a transform against the reference, or that has changed since.
    """
    check_repeatable(recipe)
    volumes = [find_volume(scene, described) for described in recipe.volumes]
    for volume in volumes[1:]:
        _check_untransformed("volume", volume, volumes[0])
    words = ["multimodal-segmentation", "segment", *(_path(volume, ".nrrd") for volume in volumes)]
    words += _seed_options(recipe)
    words += _parameter_options(recipe.parameters)
    words += _place_options(recipe.restrictions, scene, volumes[0])
    several = len(recipe.tissues) > 1
    name = recipe.segment.get("segmentation" if several else "name", "Tissue")
    words += ["--output", f"{_file_name(name)}.seg.nrrd"]
    return " ".join(shlex.quote(word) for word in words)


def _seed_options(recipe: Recipe) -> Iterator[str]:
    if len(recipe.tissues) > 1:
        for tissue in recipe.tissues:
            voxels = ";".join(_voxel(ijk) for _, _, ijk in tissue["points"]["points"])
            yield f"--tissue={tissue['name']}={voxels}"
    else:
        yield from (f"--seed={_voxel(point['ijk'])}" for point in recipe.get("seeds", ()))
    yield from (f"--exclude={_voxel(point['ijk'])}" for point in recipe.get("exclusionSeeds", ()))


def _voxel(ijk: Sequence[int]) -> str:
    return ",".join(map(str, ijk))


def _parameter_options(parameters: Parameters) -> Iterator[str]:
    smoothing, growing, cleanup = parameters.smoothing, parameters.growing, parameters.cleanup
    yield f"--multiplier={growing.multiplier or 'auto'}"
    yield f"--iterations={growing.iterations}"
    yield f"--radius={growing.initial_neighborhood_radius}"
    yield f"--statistics={growing.seed_statistics.value}"
    yield f"--edge={growing.edge.value}"
    yield f"--smoothing-iterations={smoothing.iterations}"
    yield f"--time-step={smoothing.time_step!r}"
    if not smoothing.limit_time_step:
        yield "--no-time-step-limit"
    if growing.max_volume_ml is not None:
        yield f"--max-volume={growing.max_volume_ml!r}"
    if cleanup.closing_mm:
        yield f"--close-gaps={cleanup.closing_mm!r}"
    if cleanup.fill_holes:
        yield "--fill-holes"
    if cleanup.minimum_island_ml:
        yield f"--drop-islands={cleanup.minimum_island_ml!r}"


def _place_options(
    restrictions: Mapping[str, Any], scene: slicer.vtkMRMLScene, reference: slicer.vtkMRMLScalarVolumeNode
) -> Iterator[str]:
    if "roi" in restrictions:
        yield f"--roi={_roi_path(restrictions['roi'], scene, reference)}"
    if "mask" not in restrictions:
        return
    mask = restrictions["mask"]
    option = "--mask" if mask["inside"] else "--mask-outside"
    if "path" in mask:
        yield f"{option}={mask['path']}"
        if mask["segment"]:
            yield f"--mask-segment={mask['segment']}"
        return
    segmentation, segment_id = find_mask(scene, mask)
    _check_untransformed("mask", segmentation, reference)
    yield f"{option}={_path(segmentation, '.seg.nrrd')}"
    yield f"--mask-segment={segmentation.GetSegmentation().GetSegment(segment_id).GetName()}"


def _roi_path(
    described: Mapping[str, Any], scene: slicer.vtkMRMLScene, reference: slicer.vtkMRMLScalarVolumeNode
) -> str:
    if "path" in described:
        return described["path"]
    roi = unchanged_roi(scene, described)
    if roi is None:
        raise ValueError(
            f"The region of interest '{described['name']}' has changed or is gone: restore the segment, then save it."
        )
    _check_untransformed("region of interest", roi, reference)
    return _path(roi, ".mrk.json")


def _check_untransformed(
    what: str, node: slicer.vtkMRMLTransformableNode, reference: slicer.vtkMRMLScalarVolumeNode
) -> None:
    matrix = linear_matrix(transform_between(node, reference))
    if matrix is None or not np.allclose(matrix, np.eye(4), atol=1e-6):
        raise ValueError(
            f"The {what} '{node.GetName()}' is moved by a transform, which its file does not hold: "
            "copy the segment's recipe as Python."
        )


def _path(node: slicer.vtkMRMLStorableNode, ending: str) -> str:
    storage = node.GetStorageNode()
    # Without a file name, Slicer takes the scene's own folder for the whole name.
    path = storage.GetFullNameFromFileName() if storage and storage.GetFileName() else ""
    return path or f"{_file_name(node.GetName())}{ending}"


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in " ._-" else "_" for c in name).strip() or "segment"
