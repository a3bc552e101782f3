"""Options that several commands have, what their values must be, and the exit statuses of all of them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

from ...parameters.presets import PRESETS
from ...parameters.settings import SeedStatistics

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

POINT_OPTIONS = ("--seed", "--exclude")
LARGEST_INDEX = 2**31

_WITH_COMMAS = re.compile(r"[-+\d.]*(,[-+\d.]*)+")
_INDEX = re.compile(r"[-+]?\d+")
_DECIMAL_COMMA = re.compile(r"([-+]?\d*),(\d+)")


class UsageError(ValueError):
    """Options that cannot be understood."""


def add_parameter_options(parser: argparse.ArgumentParser) -> list[str]:
    """Add the parameters that the commands and the table's columns have in common; their names without dashes."""
    group = parser.add_argument_group("parameters", "each one given replaces the preset's")
    added = [
        group.add_argument("--preset", choices=sorted(PRESETS), default="default"),
        group.add_argument("--multiplier", type=number, metavar="X", help="largest Mahalanobis distance accepted"),
        group.add_argument("--iterations", type=whole_number, metavar="N", help="passes after the first"),
        group.add_argument("--radius", type=whole_number, metavar="N", help="of the box around a seed, in voxels"),
        group.add_argument("--statistics", choices=[choice.value for choice in SeedStatistics]),
        group.add_argument("--max-volume", type=number, metavar="ML", help="stop where the region gets larger"),
        group.add_argument(
            "--smoothing-iterations", type=whole_number, metavar="N", help="of curvature flow; 0: no smoothing"
        ),
        group.add_argument("--time-step", type=number, metavar="X", help="of curvature flow"),
        group.add_argument("--compare", action="store_true", help="also grow on each volume alone"),
    ]
    return [action.option_strings[0].removeprefix("--") for action in added]


def parameter_parser() -> argparse.ArgumentParser:
    """A parser of the parameters alone, for those given elsewhere; raises ``argparse.ArgumentError``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    add_parameter_options(parser)
    return parser


def parameter_names() -> list[str]:
    """The parameters' options without their dashes."""
    return add_parameter_options(argparse.ArgumentParser(add_help=False))


def number(text: str) -> float:
    """A finite number; a comma may stand for the point, as spreadsheets of many countries write it."""
    try:
        return float(_DECIMAL_COMMA.sub(r"\1.\2", text) if _DECIMAL_COMMA.fullmatch(text.strip()) else text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number") from None


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
