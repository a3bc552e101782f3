"""Values as JSON knows them, and parameters back from it. Names are camelCase there."""

from __future__ import annotations

import dataclasses
import enum
import math
import platform
import re
import typing
from collections.abc import Mapping
from importlib import metadata
from typing import Any, TypeVar

import numpy as np

from .. import __version__

Parameters = TypeVar("Parameters")


def plain(value: Any) -> Any:
    """A value as JSON knows it, which has no number that is not finite: ``None`` stands for these."""
    if dataclasses.is_dataclass(value):
        return {camel(f.name): plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {camel(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def parameters_of(kind: type[Parameters], described: Mapping[str, Any]) -> Parameters:
    """Parameters from their names and values in a recipe; names that are none of theirs are left out."""
    types = typing.get_type_hints(kind)
    named = {re.sub("([A-Z])", lambda m: "_" + m[0].lower(), name): value for name, value in described.items()}
    values = {name: value for name, value in named.items() if name in types}
    for name, value in values.items():
        if isinstance(types[name], type) and issubclass(types[name], enum.Enum):
            values[name] = types[name](value)
    return kind(**values)


def versions() -> dict[str, str]:
    """Versions of what the result depends on."""
    packages = ("numpy", "scipy", "SimpleITK")
    return {
        "MultiModalSegmentation": __version__,
        "Python": platform.python_version(),
        **{package: metadata.version(package) for package in packages},
    }


def camel(name: str) -> str:
    """A name of Python's in JSON's style."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
