"""Options that several commands have, what their values must be, and the exit statuses of all of them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...parameters.presets import PRESETS, Parameters
from ...parameters.settings import (
    DEFAULT_MULTIPLIER,
    AlignmentMode,
    BiasCorrection,
    Edge,
    SeedStatistics,
    UniModalParameters,
)

PROGRAM = "multimodal-segmentation"
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

POINT_OPTIONS = ("--seed", "--exclude")
AUTO = "auto"
"""What has the multiplier found."""

_LONGEST_NAME_SHOWN = 100
LARGEST_INDEX = 2**31

_WITH_COMMAS = re.compile(r"[-+\d.]*(,[-+\d.]*)+")
_INDEX = re.compile(r"[-+]?\d+")
_DECIMAL_COMMA = re.compile(r"([-+]?\d*),(\d+)")


class UsageError(ValueError):
    """Options that cannot be understood."""


def file_problem(error: OSError) -> str:
    """What no command foresaw, such as a name that is too long for the file system."""
    reason = error.strerror or "it fails"
    if not isinstance(error.filename, str):
        return f"A file, the disk or the terminal cannot be used ({reason}): check them and run this again."
    is_long = len(error.filename) > _LONGEST_NAME_SHOWN
    shown = f"{error.filename[:_LONGEST_NAME_SHOWN]}…" if is_long else error.filename
    return f"The file '{shown}' cannot be used ({reason}): choose another name or folder."


def add_parameter_options(parser: argparse.ArgumentParser) -> None:
    """Smoothing, growing, comparison and cleanup: what the commands and the table's columns have in common."""
    group = parser.add_argument_group("parameters", "each one given replaces the preset's")
    group.add_argument("--preset", choices=sorted(PRESETS), default="default")
    group.add_argument(
        "--align",
        choices=[choice.value for choice in AlignmentMode],
        help="move the further volumes onto the first one (none)",
    )
    group.add_argument(
        "--bias", choices=[choice.value for choice in BiasCorrection], help="take the coil's shading out (none)"
    )
    group.add_argument(
        "--multiplier",
        type=number_or_auto,
        metavar="X|auto",
        help="largest Mahalanobis distance accepted; auto: from the curve of volume against it",
    )
    group.add_argument("--iterations", type=whole_number, metavar="N", help="passes after the first")
    group.add_argument("--radius", type=whole_number, metavar="N", help="of the box around a seed, in voxels")
    group.add_argument("--statistics", choices=[choice.value for choice in SeedStatistics])
    group.add_argument(
        "--edge",
        choices=[choice.value for choice in Edge],
        help="where the region ends: half way between the tissue and what is around it (with pooled statistics), or "
        "where the multiplier is exceeded",
    )
    group.add_argument("--max-volume", type=number, metavar="ML", help="stop where the region gets larger")
    group.add_argument(
        "--smoothing-iterations", type=whole_number, metavar="N", help="of curvature flow; 0: no smoothing"
    )
    group.add_argument("--time-step", type=number, metavar="X", help="of curvature flow")
    group.add_argument("--no-time-step-limit", action="store_true", help="use the time step where it is unstable too")
    group.add_argument("--compare", action="store_true", help="also grow on each volume alone")
    group.add_argument("--fill-holes", action="store_true", help="fill what the region encloses")
    group.add_argument("--close-gaps", type=number, metavar="MM", help="close gaps by a ball of this radius")
    group.add_argument("--drop-islands", type=number, metavar="ML", help="drop smaller parts that hold no seed")


def add_place_options(parser: argparse.ArgumentParser) -> None:
    """Where the region may grow."""
    group = parser.add_argument_group("where it may grow")
    group.add_argument("--roi", type=Path, metavar="FILE.mrk.json", help="a region of interest saved by Slicer")
    group.add_argument("--mask", type=Path, metavar="FILE", help="a label image or .seg.nrrd to stay inside")
    group.add_argument("--mask-outside", type=Path, metavar="FILE", help="one to stay outside of")
    group.add_argument("--mask-segment", metavar="NAME", help="the segment of a .seg.nrrd with several")


def parameter_parser() -> argparse.ArgumentParser:
    """A parser of the parameters alone, for those given elsewhere; raises ``argparse.ArgumentError``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    add_parameter_options(parser)
    return parser


def parameters_from(options: argparse.Namespace) -> Parameters:
    """The preset with every parameter given in its place.

    The uni-modal parameters are the tutorial's own for its preset, otherwise those of the multi-modal run.
    """
    preset = PRESETS[options.preset]
    smoothing = _with(
        preset.smoothing,
        time_step=options.time_step,
        iterations=options.smoothing_iterations,
        limit_time_step=False if options.no_time_step_limit else None,
    )
    growing = _with(
        preset.growing,
        multiplier=None if options.multiplier == AUTO else options.multiplier,
        iterations=options.iterations,
        initial_neighborhood_radius=options.radius,
        seed_statistics=SeedStatistics(options.statistics) if options.statistics else None,
        max_volume_ml=options.max_volume,
        edge=Edge(options.edge) if options.edge else None,
    )
    if options.multiplier == AUTO:
        growing = replace(growing, multiplier=None)
    unimodal = preset.unimodal
    if options.preset != "tutorial":
        unimodal = UniModalParameters(
            growing.multiplier or DEFAULT_MULTIPLIER, growing.iterations, growing.initial_neighborhood_radius
        )
    cleanup = _with(
        preset.cleanup,
        fill_holes=options.fill_holes or None,
        closing_mm=options.close_gaps,
        minimum_island_ml=options.drop_islands,
    )
    preparation = _with(
        preset.preparation,
        alignment=AlignmentMode(options.align) if options.align else None,
        bias=BiasCorrection(options.bias) if options.bias else None,
    )
    return Parameters(smoothing, growing, unimodal if options.compare else None, cleanup, preparation)


def number(text: str) -> float:
    """A finite number; a comma may stand for the point, as spreadsheets of many countries write it."""
    try:
        return float(_DECIMAL_COMMA.sub(r"\1.\2", text) if _DECIMAL_COMMA.fullmatch(text.strip()) else text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number") from None


def number_or_auto(text: str) -> float | str:
    """A finite number, or the word that has it found."""
    return AUTO if text.strip().lower() == AUTO else number(text)


def whole_number(text: str) -> int:
    """A number without a fraction."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None


def voxel_index(text: str) -> int:
    """One of the three numbers of a voxel."""
    index = whole_number(text)
    if abs(index) >= LARGEST_INDEX:
        raise argparse.ArgumentTypeError(f"'{text}' is no index of a voxel")
    return index


class AppendVoxel(argparse.Action):
    """Collects voxels, each a tuple of three numbers."""

    def __call__(self, parser: object, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), tuple(values)])


def separated_points(argv: Sequence[str]) -> list[str]:
    """``I,J,K`` after ``--seed`` and ``--exclude``, also several and also joined by "=", as three arguments each.

    Raises ``UsageError`` for what is no voxel.
    """
    separated: list[str] = []
    option = ""
    for argument in argv:
        name, joined, text = argument.partition("=")
        is_first = bool(option) and separated[-1] == option
        if name in POINT_OPTIONS:
            option = name
            separated += [name, *_three(text)] if joined else [name]
        elif option and _WITH_COMMAS.fullmatch(argument):
            separated += [*([] if is_first else [option]), *_three(argument)]
        elif is_first and not argument.startswith("--") and not _INDEX.fullmatch(argument):
            raise _no_voxel(argument)
        else:
            option = option if _INDEX.fullmatch(argument) else ""
            separated.append(argument)
    return separated


def _three(text: str) -> list[str]:
    indices = text.split(",")
    if len(indices) != 3 or not all(map(_INDEX.fullmatch, indices)):
        raise _no_voxel(text)
    return indices


def _no_voxel(text: str) -> UsageError:
    return UsageError(f"'{text}' is no voxel: give three whole numbers as I J K, or as I,J,K.")


def _with(parameters: Any, **given: Any) -> Any:
    return replace(parameters, **{name: value for name, value in given.items() if value is not None})
