"""The parameters as controls: what each is called, what it does, and the values that it offers."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..parameters.presets import Parameters


@dataclass(frozen=True)
class Field:
    """One parameter: ``group`` and ``name`` are those of ``Parameters``, ``least`` to ``most`` what a control offers.

    A field without ``most`` is a check box, or a choice where the parameter is an enumeration. Where the parameter may
    be ``None``, ``none`` is the number that stands for it, or ``automatic`` says that a check box of its own does.
    """

    group: str
    name: str
    label: str
    tip: str
    least: float = 0.0
    most: float | None = None
    step: float = 1.0
    unit: str = ""
    none: float | None = None
    automatic: str = ""
    """What the check box does that leaves the choice to the program."""

    @property
    def key(self) -> str:
        """One word for both names."""
        return f"{self.group}_{self.name}"

    @property
    def automatic_key(self) -> str:
        """The same for the check box."""
        return f"{self.key}_automatic"


FIELDS = (
    Field(
        "preparation",
        "bias",
        "Bias correction",
        "N4 takes the coil's shading out of MR volumes before anything is grown; takes some seconds once.",
    ),
    Field("smoothing", "iterations", "Smoothing iterations", "Steps of the curvature flow; 0: no smoothing.", 0, 50),
    Field(
        "smoothing",
        "time_step",
        "Time step",
        "Size of one step of the curvature flow. Steps over 0.25 x (smallest voxel spacing)² are unstable.",
        0.0001,
        10,
        0.0125,
        "mm²",
    ),
    Field(
        "smoothing",
        "limit_time_step",
        "Limit the time step to stable ones",
        "On fine grids a large time step makes noise explode instead of smoothing it.",
    ),
    Field(
        "growing",
        "multiplier",
        "Multiplier",
        "The largest Mahalanobis distance from the seeds' statistics that is still accepted. Larger takes in more.",
        0.05,
        15,
        0.05,
        automatic="Find the multiplier where the volume of the region is stable before it leaks.",
    ),
    Field(
        "growing",
        "iterations",
        "Iterations",
        "Passes after the first one: before each, the statistics are estimated anew from the region.",
        0,
        50,
    ),
    Field(
        "growing",
        "initial_neighborhood_radius",
        "Seed radius",
        "The first statistics come from a box of this many voxels to each side of every seed.",
        0,
        10,
        unit="voxels",
    ),
    Field(
        "growing",
        "seed_statistics",
        "Seed statistics",
        "Pooled: the spread between the seeds counts, and the multiplier is used as it is. ITK: as ITK's vector "
        "confidence-connected filter; the multiplier is raised to the farthest seed.",
    ),
    Field(
        "growing",
        "max_volume_ml",
        "Maximum volume",
        "Growing stops as soon as the region is larger than this. 0 mL: no limit.",
        0,
        100000,
        10,
        "mL",
        none=0.0,
    ),
    Field("cleanup", "fill_holes", "Fill holes", "Fill cavities that the region encloses on all sides."),
    Field(
        "cleanup",
        "closing_mm",
        "Close gaps",
        "Close gaps and notches up to this radius. 0 mm: none.",
        0,
        50,
        0.5,
        "mm",
    ),
    Field(
        "cleanup",
        "minimum_island_ml",
        "Drop islands below",
        "Drop separate parts smaller than this that hold no seed. 0 mL: none.",
        0,
        1000,
        0.1,
        "mL",
    ),
)


KEYS = tuple(key for field in FIELDS for key in (field.key, *([field.automatic_key] if field.automatic else [])))


def shown_values(parameters: Parameters) -> dict[str, Any]:
    """Each field's value as a control shows it: a number, a truth value, or the value of an enumeration."""
    shown = {}
    for field in FIELDS:
        value = _value(parameters, field)
        if field.automatic:
            shown[field.automatic_key] = value is None
            value = _value(Parameters(), field) if value is None else value
        value = value.value if isinstance(value, enum.Enum) else value
        shown[field.key] = field.none if value is None else value
    return shown


def choices_of(field: Field) -> tuple[enum.Enum, ...]:
    """The values of a field that is a choice; none of another."""
    choice = _type_of(field)
    return tuple(choice) if isinstance(choice, type) and issubclass(choice, enum.Enum) else ()


def changed(parameters: Parameters, values: Mapping[str, Any]) -> Parameters:
    """The parameters with those that these controls show, by their keys.

    Raises ``ValueError`` naming a field whose value is none of those that it offers.
    """
    for field in FIELDS:
        if field.key in values:
            parameters = _with(parameters, field, _taken(field, values[field.key]))
        if field.automatic and field.automatic_key in values:
            is_none = bool(values[field.automatic_key])
            if is_none != (_value(parameters, field) is None):
                parameters = _with(parameters, field, None if is_none else _value(Parameters(), field))
    return parameters


def _value(parameters: Parameters, field: Field) -> Any:
    return getattr(getattr(parameters, field.group), field.name)


def _with(parameters: Parameters, field: Field, value: Any) -> Parameters:
    group = replace(getattr(parameters, field.group), **{field.name: value})
    return replace(parameters, **{field.group: group})


def _taken(field: Field, value: Any) -> Any:
    if choices_of(field):
        return _type_of(field)(value)
    if field.most is None:
        return bool(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{field.label} is '{value}': give a number.") from None
    if field.none is not None and number == field.none:
        return None
    if not field.least <= number <= field.most:
        unit = f" {field.unit}" if field.unit else ""
        raise ValueError(f"{field.label} is {number:g}{unit}: give {field.least:g} to {field.most:g}{unit}.")
    if _type_of(field) is not int:
        return number
    if number != int(number):
        raise ValueError(f"{field.label} is {number:g}: give a whole number.")
    return int(number)


def _type_of(field: Field) -> Any:
    """The type of a parameter, without the ``None`` that it may be."""
    group = type(getattr(Parameters(), field.group))
    hint = typing.get_type_hints(group)[field.name]
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    return hint
