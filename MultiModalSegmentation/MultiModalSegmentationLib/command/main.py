"""The command ``multimodal-segmentation``: its options, and how errors reach the user.

Every error a user can cause is one sentence on stderr and exit status 2, errors in the options as well. The commands
themselves are imported when they run, so that ``--help`` needs neither numpy nor SimpleITK.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .. import __version__
from ..parameters.settings import MAXIMUM_CHANNELS
from .common.options import (
    EXIT_INTERRUPTED,
    EXIT_USER_ERROR,
    PROGRAM,
    AppendVoxel,
    UsageError,
    add_parameter_options,
    add_place_options,
    file_problem,
    separated_points,
    voxel_index,
    whole_number,
)

_COMMANDS = {name: f"{name}.command" for name in ("segment", "batch", "demo", "app")}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, 2 on a user's error, 130 when interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # Names of files and points may hold letters that a terminal does not know.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
        return importlib.import_module(f".{_COMMANDS[options.command]}", __package__).run(options)
    except ValueError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return EXIT_USER_ERROR
    except MemoryError:
        print("The memory of this machine is not enough for these volumes: crop them.", file=sys.stderr)
        return EXIT_USER_ERROR
    except OSError as error:
        print(file_problem(error), file=sys.stderr)
        return EXIT_USER_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options of a command line. Raises ``UsageError`` for those that cannot be understood."""
    parser, commands = _parser()
    if not argv or argv[0] not in commands.choices:
        return parser.parse_args(argv)
    command, given = argv[0], argparse.Namespace(command=argv[0])
    options, rest = commands.choices[command].parse_known_intermixed_args(separated_points(argv[1:]), given)
    if rest:
        unknown = next((argument for argument in rest if argument.startswith("-")), rest[0]).partition("=")[0]
        what = "option" if unknown.startswith("-") else "argument"
        raise UsageError(f"The {what} '{unknown}' is unknown: '{PROGRAM} {command} --help' lists the options.")
    return options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:].rstrip(".")
        raise UsageError(f"{sentence} (see '{self.prog} --help').")


def _parser() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction]:
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
    _add_app(commands)
    return parser, commands


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
    parser.add_argument(
        "--transform",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="what brings a further volume onto the first one (.tfm, .h5); once for each, in order",
    )
    _add_seed_options(parser)
    add_place_options(parser)
    add_parameter_options(parser)
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
    parser.add_argument("--workers", type=whole_number, metavar="N", help="processes (as many as fit cores and memory)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that runs already: tcp://host:8786")
    parser.add_argument("--resume", action="store_true", help="run only what is missing or has changed")
    add_parameter_options(parser)


def _add_seed_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("seeds", "points in the tissue, and points that must stay out")
    for name, of_what in (("seed", "of the first volume"), ("exclude", "that must stay out")):
        group.add_argument(
            f"--{name}",
            action=AppendVoxel,
            default=[],
            nargs=3,
            type=voxel_index,
            metavar=("I", "J", "K"),
            help=f"a voxel {of_what}; also I,J,K",
        )
    group.add_argument("--seeds", type=Path, metavar="FILE", help="point lists saved by Slicer (.mrk.json, .fcsv)")
    group.add_argument(
        "--tissue",
        action="append",
        default=[],
        metavar="NAME=SEEDS",
        help="one of several tissues: I,J,K;I,J,K or FILE; a .mrk.json alone: one tissue a list, by its name",
    )
    group.add_argument("--exclude-seeds", type=Path, metavar="FILE", help="points that must stay out")


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("outputs")
    group.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="label image (.mhd, .mha, .nrrd, .nii.gz, .nii), one value a tissue; or segmentation with their names "
        "for Slicer (.seg.nrrd) or as DICOM SEG (.dcm)",
    )
    group.add_argument("--label", type=whole_number, metavar="N", help="value of the region in the label image (1)")
    group.add_argument("--smoothed", type=Path, metavar="FOLDER", help="where to write the smoothed volumes")
    group.add_argument("--figure", type=Path, metavar="FILE.png", help="pictures of originals and results")
    group.add_argument("--slice", type=whole_number, metavar="K", help="the slice of the pictures (the first seed's)")
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


def _add_app(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "app",
        help="the same tool in a browser",
        description="Serve a page with Slicer's own views to a browser on this machine: load volumes, click seeds, "
        "watch the region, download the segment. Without volumes it opens on the sample data.",
        allow_abbrev=False,
    )
    parser.add_argument("volumes", nargs="*", type=Path, metavar="VOLUME", help="image file or DICOM folder")
    parser.add_argument("--seeds", type=Path, metavar="FILE.mrk.json", help="point lists saved by Slicer")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; any but the default can be reached by others"
    )
    parser.add_argument("--port", type=whole_number, default=0, metavar="N", help="0: any that is free")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
