"""The recipe of a segment: everything needed to make it again, as JSON.

The recipe travels with the segment as one tag. ``.seg.nrrd`` files join tags with ``|`` and split name from value at
``:``, so neither character occurs inside a text of the tag: they are written as JSON escapes.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np

from .. import __version__
from ..geometry.points import SeedPoint
from ..parameters.settings import (
    SCHEMA_VERSION,
    CleanupParameters,
    GrowingParameters,
    SmoothingParameters,
    UniModalParameters,
)

TAG = "MultiModalSegmentation"
# Private-use characters stand in for the separators while the JSON is made: its encoder cannot escape ASCII.
_STAND_INS = {"|": "\ue07c", ":": "\ue03a"}


def make_recipe(
    *,
    volumes: Sequence[Mapping[str, Any]],
    seeds: Sequence[SeedPoint],
    exclusion_seeds: Sequence[SeedPoint] = (),
    smoothing: SmoothingParameters,
    time_step_used: float | None,
    parameters: GrowingParameters | UniModalParameters,
    result: Any,
    restrictions: Mapping[str, Any] | None = None,
    cleanup: CleanupParameters | None = None,
) -> dict[str, Any]:
    """The recipe of a ``GrowingResult`` or a ``UniModalResult``.

    ``volumes`` describe the channels (name, ID, path, checksum: whatever identifies them); ``restrictions`` where the
    region was allowed to grow, ``cleanup`` what was done to it afterwards.
    """
    kind = "growing" if isinstance(parameters, GrowingParameters) else "unimodal"
    recipe = {
        "schemaVersion": SCHEMA_VERSION,
        "volumes": [dict(volume) for volume in volumes],
        "seeds": [dataclasses.asdict(seed) for seed in seeds],
        "exclusionSeeds": [dataclasses.asdict(seed) for seed in exclusion_seeds],
        "smoothing": {**plain(smoothing), "timeStepUsed": time_step_used},
        kind: plain(parameters),
        "result": result_summary(result),
        "versions": versions(),
    }
    if restrictions:
        recipe["restrictions"] = dict(restrictions)
    if cleanup and not cleanup.does_nothing:
        recipe["cleanup"] = plain(cleanup)
    return recipe


def result_summary(result: Any) -> dict[str, Any]:
    """The numbers of a result without its voxels; lengths in mm, volumes in mL, statistics in the input's units."""
    skipped = {"mask", "grid"}
    return {
        _camel(field.name): plain(getattr(result, field.name))
        for field in dataclasses.fields(result)
        if field.name not in skipped
    }


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if dataclasses.is_dataclass(value):
        return {_camel(f.name): plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def versions() -> dict[str, str]:
    """Versions of what the result depends on."""
    packages = ("numpy", "scipy", "SimpleITK")
    return {
        "MultiModalSegmentation": __version__,
        "Python": platform.python_version(),
        **{package: metadata.version(package) for package in packages},
    }


def to_tag(recipe: Mapping[str, Any]) -> str:
    """The recipe as the value of a segment tag, on one line of ASCII."""
    text = json.dumps(_replace(recipe, _STAND_INS), sort_keys=True)
    for character, stand_in in _STAND_INS.items():
        text = text.replace(f"\\u{ord(stand_in):04x}", f"\\u{ord(character):04x}")
    return text


def from_tag(text: str) -> dict[str, Any]:
    """A recipe from a segment tag. Raises ``ValueError`` where the text is none, or of a later schema."""
    recipe = json.loads(text)
    if not isinstance(recipe, dict) or "schemaVersion" not in recipe:
        raise ValueError("The segment's tag is no recipe of this module.")
    if recipe["schemaVersion"] > SCHEMA_VERSION:
        raise ValueError("The segment was made by a later version of this module: update the extension to read it.")
    return recipe


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _replace(value: Any, pairs: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in pairs.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, Mapping):
        return {_replace(key, pairs): _replace(item, pairs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(item, pairs) for item in value]
    return value
