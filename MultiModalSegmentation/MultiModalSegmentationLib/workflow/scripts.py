"""A segment's recipe as a Python script for Slicer's console."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pprint import pformat
from typing import Any

from ..recipes.recipe import Recipe, check_repeatable

_WIDTH = 100
_VOLUME_KEYS = ("name", "id", "dicomSeriesInstanceUid", "dicomSopInstanceUids")


def python_script(recipe: Recipe | None) -> str:
    """The call of the logic's ``process`` that makes the segment again.

    Raises ``ValueError`` for a recipe that it cannot repeat.
    """
    check_repeatable(recipe)
    restrictions, segment, parameters = recipe.restrictions, recipe.segment, recipe.parameters
    several = len(recipe.tissues) > 1
    arguments = {} if several else {"segmentName": repr(segment.get("name", "Tissue"))}
    arguments |= {
        "smoothing": _constructed(parameters.smoothing),
        "growing": _constructed(parameters.growing),
        "overwriteMode": str(recipe.overwrite),
    }
    helpers = ["find_points", "find_volume"]
    lines = ["volumes = ["]
    for described in recipe.volumes:
        kept = {key: described[key] for key in _VOLUME_KEYS if key in described}
        lines.append(f"    find_volume(scene, {_literal(kept)}),")
    lines.append("]")
    lines += _tissues(recipe.tissues) if several else _seeds(recipe)
    if recipe.get("exclusionSeeds"):
        excluded = _literal(recipe.points("exclusionSeeds"))
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
        arguments["cleanup"] = _constructed(parameters.cleanup)
    return "\n".join([*_imports(arguments, helpers), *lines, *_output(segment), *_call(arguments, several), ""])


def _imports(arguments: Mapping[str, str], helpers: list[str]) -> list[str]:
    names = ["Edge", "GrowingParameters", "OverwriteMode", "SeedStatistics", "SmoothingParameters"]
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


def _seeds(recipe: Recipe) -> list[str]:
    return [f"seeds = find_points(scene, volumes[0], **{_literal(recipe.points('seeds'))})"]


def _tissues(tissues: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["tissues = ["]
    for one in tissues:
        color = tuple(one["color"])
        points = f"find_points(scene, volumes[0], **{_literal(one['points'])}, color={color!r})"
        lines.append(f"    ({one['name']!r}, {points}, {color!r}, {one['terminology']!r}),")
    return [*lines, "]"]


def _call(arguments: Mapping[str, str], several: bool) -> list[str]:
    return [
        f"result = MultiModalSegmentationLogic().{'processTissues' if several else 'process'}(",
        "    volumes,",
        "    tissues," if several else "    seeds,",
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
    inside = ", ".join(f"{name}={v if isinstance(v, enum.Enum) else repr(v)}" for name, v in values)
    return f"{type(parameters).__name__}({inside})"
