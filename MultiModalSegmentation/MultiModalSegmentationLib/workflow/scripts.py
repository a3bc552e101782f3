"""A segment's recipe as a Python script for Slicer's console, and as a command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import fields
from pprint import pformat
from typing import Any

import numpy as np
import slicer

from ..parameters.settings import (
    CleanupParameters,
    GrowingParameters,
    OverwriteMode,
    SeedStatistics,
    SmoothingParameters,
)
from ..scene.volumes import linear_matrix, transform_between
from .restore import check_repeatable, find_volume, parameters_of, points_of

_WIDTH = 100
_VOLUME_KEYS = ("name", "id", "dicomSeriesInstanceUid", "dicomSopInstanceUids")


def python_script(recipe: Mapping[str, Any]) -> str:
    """The call of the logic's ``process`` that makes the segment again.

    Raises ``ValueError`` for a recipe that it cannot repeat.
    """
    check_repeatable(recipe)
    restrictions = recipe.get("restrictions", {})
    segment = recipe.get("segment", {})
    arguments = {
        "segmentName": repr(segment.get("name", "Tissue")),
        "smoothing": _constructed(parameters_of(SmoothingParameters, recipe["smoothing"])),
        "growing": _constructed(parameters_of(GrowingParameters, recipe["growing"])),
        "overwriteMode": str(OverwriteMode(segment.get("overwriteMode", OverwriteMode.ALLOW_OVERLAP.value))),
    }
    helpers = ["find_points", "find_volume"]
    lines = ["volumes = ["]
    for described in recipe["volumes"]:
        kept = {key: described[key] for key in _VOLUME_KEYS if key in described}
        lines.append(f"    find_volume(scene, {_literal(kept)}),")
    lines += ["]", f"seeds = find_points(scene, volumes[0], **{_literal(points_of(recipe, 'seeds'))})"]
    if recipe.get("exclusionSeeds"):
        excluded = _literal(points_of(recipe, "exclusionSeeds"))
        lines.append(f"exclusionSeeds = find_points(scene, volumes[0], **{excluded}, color=EXCLUSION_SEED_COLOR)")
        arguments["exclusionSeeds"] = "exclusionSeeds"
    if "roi" in restrictions:
        lines.append(f"roi = find_roi(scene, {_literal(restrictions['roi'])})")
        arguments["roi"] = "roi"
        helpers.append("find_roi")
    if "mask" in restrictions:
        lines.append(f"mask = find_mask(scene, {_literal(restrictions['mask'])})")
        arguments |= {"mask": "mask", "maskInside": repr(restrictions["mask"]["inside"])}
        helpers.append("find_mask")
    if "cleanup" in recipe:
        arguments["cleanup"] = _constructed(parameters_of(CleanupParameters, recipe["cleanup"]))
    return "\n".join([*_imports(arguments, helpers), *lines, *_output(segment), *_call(arguments), ""])


def command_line(recipe: Mapping[str, Any], scene: slicer.vtkMRMLScene) -> str:
    """The command that makes the segment again from files; a volume that is in no file yet is called by its name.

    Raises ``ValueError`` where files and options cannot say what the recipe does.
    """
    check_repeatable(recipe)
    if "restrictions" in recipe or "cleanup" in recipe:
        raise ValueError(
            "The command line knows no region of interest, mask or cleanup: copy the segment's recipe as Python."
        )
    volumes = [find_volume(scene, described) for described in recipe["volumes"]]
    _check_untransformed(volumes)
    words = ["multimodal-segmentation", "segment", *map(_path, volumes)]
    for kind, option in (("seeds", "seed"), ("exclusionSeeds", "exclude")):
        words += [f"--{option}={','.join(map(str, point['ijk']))}" for point in recipe.get(kind, ())]
    words += _parameter_options(recipe)
    name = recipe.get("segment", {}).get("name", "Tissue")
    words += ["--output", f"{_file_name(name)}.seg.nrrd"]
    return " ".join(shlex.quote(word) for word in words)


def _imports(arguments: Mapping[str, str], helpers: list[str]) -> list[str]:
    names = ["GrowingParameters", "OverwriteMode", "SeedStatistics", "SmoothingParameters"]
    if "cleanup" in arguments:
        names.append("CleanupParameters")
    lines = [
        "import slicer",
        "from MultiModalSegmentation import MultiModalSegmentationLogic",
        f"from MultiModalSegmentationLib import {', '.join(sorted(names))}",
    ]
    if "exclusionSeeds" in arguments:
        lines.append("from MultiModalSegmentationLib.parameters import EXCLUSION_SEED_COLOR")
    return [
        *lines,
        f"from MultiModalSegmentationLib.restore import {', '.join(sorted(helpers))}",
        "",
        "scene = slicer.mrmlScene",
    ]


def _output(segment: Mapping[str, Any]) -> list[str]:
    name = segment.get("segmentation", "Segmentation")
    return [
        f"segmentation = scene.GetFirstNode({name!r}, 'vtkMRMLSegmentationNode')",
        f"segmentation = segmentation or scene.AddNewNodeByClass('vtkMRMLSegmentationNode', {name!r})",
    ]


def _call(arguments: Mapping[str, str]) -> list[str]:
    return [
        "result = MultiModalSegmentationLogic().process(",
        "    volumes,",
        "    seeds,",
        "    segmentation,",
        *(f"    {name}={value}," for name, value in arguments.items()),
        ")",
    ]


def _literal(value: Any) -> str:
    """A value as Python writes it, later lines indented."""
    return pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n    ")


def _constructed(parameters: Any) -> str:
    """Parameters as the call that makes them."""
    values = ((field.name, getattr(parameters, field.name)) for field in fields(parameters))
    inside = ", ".join(f"{name}={v if isinstance(v, SeedStatistics) else repr(v)}" for name, v in values)
    return f"{type(parameters).__name__}({inside})"


def _parameter_options(recipe: Mapping[str, Any]) -> list[str]:
    growing = parameters_of(GrowingParameters, recipe["growing"])
    smoothing = parameters_of(SmoothingParameters, recipe["smoothing"])
    options = [] if smoothing.limit_time_step else ["--preset=tutorial"]
    options += [
        f"--multiplier={growing.multiplier!r}",
        f"--iterations={growing.iterations}",
        f"--radius={growing.initial_neighborhood_radius}",
        f"--statistics={growing.seed_statistics.value}",
        f"--smoothing-iterations={smoothing.iterations}",
        f"--time-step={smoothing.time_step!r}",
    ]
    if growing.max_volume_ml is not None:
        options.append(f"--max-volume={growing.max_volume_ml!r}")
    return options


def _check_untransformed(volumes: list[slicer.vtkMRMLScalarVolumeNode]) -> None:
    for volume in volumes[1:]:
        matrix = linear_matrix(transform_between(volume, volumes[0]))
        if matrix is None or not np.allclose(matrix, np.eye(4), atol=1e-6):
            raise ValueError(
                f"The volume '{volume.GetName()}' is moved by a transform, which its file does not hold: "
                "copy the segment's recipe as Python."
            )


def _path(volume: slicer.vtkMRMLScalarVolumeNode) -> str:
    storage = volume.GetStorageNode()
    path = storage.GetFullNameFromFileName() if storage else ""
    return path or f"{_file_name(volume.GetName())}.nrrd"


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in " ._-" else "_" for c in name).strip() or "segment"
