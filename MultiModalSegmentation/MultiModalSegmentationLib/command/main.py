"""The command ``multimodal-segmentation``: its options, and how errors reach the user.

Every error a user can cause is one sentence on stderr and exit status 2, errors in the options as well. The commands
themselves are imported when they run, so that ``--help`` needs neither numpy nor SimpleITK.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .. import __version__
from ..parameters.presets import PRESETS
from ..parameters.settings import MAXIMUM_CHANNELS, SeedStatistics

PROGRAM = "multimodal-segmentation"
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

_COMMANDS = {name: f"{name}.command" for name in ("segment", "batch", "demo")}
_POINT_OPTIONS = ("--seed", "--exclude")
_LOOKS_LIKE_POINT = re.compile(r"[-+]?\d[-+\d.,]*")


class UsageError(ValueError):
    """Options that cannot be understood."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, 2 on a user's error, 130 when interrupted."""
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
        return importlib.import_module(f".{_COMMANDS[options.command]}", __package__).run(options)
    except ValueError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return EXIT_USER_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options of a command line. Raises ``UsageError`` for those that cannot be understood."""
    options, rest = _parser().parse_known_args(_bind_points(argv))
    unknown = [argument for argument in rest if argument.startswith("-") or options.command != "segment"]
    if unknown:
        name = unknown[0].partition("=")[0]
        raise UsageError(f"The option '{name}' is unknown: '{PROGRAM} {options.command} --help' lists the options.")
    if options.command == "segment":
        # argparse stops collecting volumes at the first option between them.
        options.volumes = [*options.volumes, *map(Path, rest)]
    return options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:].rstrip(".")
        raise UsageError(f"{sentence} (see '{self.prog} --help').")


def _bind_points(argv: Sequence[str]) -> list[str]:
    """Join ``--seed`` with each point after it by "=": argparse would take -1,2,3 for an option, and a volume after
    the last point for one more."""
    bound: list[str] = []
    option = None
    for argument in argv:
        if option and _LOOKS_LIKE_POINT.fullmatch(argument):
            if bound[-1] == option:
                bound.pop()
            bound.append(f"{option}={argument}")
        else:
            bound.append(argument)
            name = argument.partition("=")[0]
            option = name if name in _POINT_OPTIONS else None
    return bound


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Segment a tissue from a few seed points on several volumes at once.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_segment(commands)
    _add_batch(commands)
    _add_demo(commands)
    return parser


def _add_segment(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "segment",
        help="segment image files",
        description=f"Grow a region from seeds on 2 to {MAXIMUM_CHANNELS} volumes together. Volumes on other grids "
        "are resampled to the first one's.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "volumes", nargs="*", type=Path, metavar="VOLUME", help="image file that SimpleITK reads, or a DICOM folder"
    )
    _add_seed_options(parser)
    _add_parameter_options(parser)
    _add_output_options(parser)


def _add_batch(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "batch",
        help="segment the same tissue in many cases",
        description="Run every case of a table as 'segment' does, on all cores or on a cluster, and measure them all.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "cases",
        type=Path,
        metavar="CASES.csv",
        help="a row a case: case, volume1 to volume4, seeds, exclusion_seeds, truth, and any parameter below",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where the results go")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (as many as fit cores and memory)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that runs already: tcp://host:8786")
    parser.add_argument("--resume", action="store_true", help="run only what is missing or has changed")
    _add_parameter_options(parser)


def parameter_parser() -> argparse.ArgumentParser:
    """A parser of the parameters alone, for those given elsewhere; raises ``argparse.ArgumentError``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    _add_parameter_options(parser)
    return parser


def _add_seed_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("seeds", "points in the tissue, and points that must stay out")
    group.add_argument(
        "--seed", action="append", default=[], type=_voxel, metavar="I,J,K", help="a voxel of the first volume"
    )
    group.add_argument("--seeds", type=Path, metavar="FILE.mrk.json", help="point lists saved by Slicer")
    group.add_argument(
        "--exclude", action="append", default=[], type=_voxel, metavar="I,J,K", help="a voxel that must stay out"
    )
    group.add_argument("--exclude-seeds", type=Path, metavar="FILE.mrk.json", help="points that must stay out")


def _add_parameter_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("parameters", "each one given replaces the preset's")
    group.add_argument("--preset", choices=sorted(PRESETS), default="default")
    group.add_argument("--multiplier", type=float, metavar="X", help="largest Mahalanobis distance accepted")
    group.add_argument("--iterations", type=int, metavar="N", help="passes after the first")
    group.add_argument("--radius", type=int, metavar="N", help="of the box around a seed, in voxels")
    group.add_argument("--statistics", choices=[choice.value for choice in SeedStatistics])
    group.add_argument("--max-volume", type=float, metavar="ML", help="stop where the region gets larger")
    group.add_argument("--smoothing-iterations", type=int, metavar="N", help="of curvature flow; 0: no smoothing")
    group.add_argument("--time-step", type=float, metavar="X", help="of curvature flow")
    group.add_argument("--compare", action="store_true", help="also grow on each volume alone")


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("outputs")
    group.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="label image (.mhd, .mha, .nrrd, .nii.gz, .nii) or segmentation for Slicer (.seg.nrrd)",
    )
    group.add_argument("--label", type=int, metavar="N", help="value of the region in the label image (1)")
    group.add_argument("--smoothed", type=Path, metavar="FOLDER", help="where to write the smoothed volumes")
    group.add_argument("--figure", type=Path, metavar="FILE.png", help="pictures of originals and results")
    group.add_argument("--slice", type=int, metavar="K", help="the slice of the pictures (the first seed's)")
    group.add_argument("--surface", type=Path, metavar="FILE", help="surface in mm, LPS (.stl, .obj, .vtp)")
    group.add_argument("--report", type=Path, metavar="FILE.json", help="everything needed to repeat this run")
    group.add_argument("--leak-curve", type=Path, metavar="FILE.csv", help="volume of the region against multiplier")


def _add_demo(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "demo",
        help="the whole story on a made head",
        description="Make a head phantom, segment its gray matter, compare with the truth, and write a Slicer scene.",
        allow_abbrev=False,
    )
    parser.add_argument("--output", type=Path, default=Path("demo-output"), metavar="FOLDER")
    parser.add_argument("--size", choices=("small", "full"), default="full")


def _voxel(text: str) -> tuple[int, int, int]:
    try:
        i, j, k = (int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no voxel: give three whole numbers as I,J,K") from None
    return i, j, k
