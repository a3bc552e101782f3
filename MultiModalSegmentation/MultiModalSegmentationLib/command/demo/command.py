"""The command ``demo``: the whole story without Slicer, on a phantom with truth and on real MRML."""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

SIZES = {"small": (120, 144, 120), "full": (181, 217, 181)}


def run(options: argparse.Namespace) -> int:
    """Run the demo with ``options.output`` (a folder) and ``options.size`` (a key of ``SIZES``); the exit status.

    Raises ``ValueError`` where the folder cannot be written or Slicer's packages are not installed.
    """
    started = time.monotonic()
    story = _story()
    folder = _make_folder(options.output)
    demo = story.segment_phantom(SIZES[options.size])
    rows = story.scores(demo)
    print(story.score_table(rows), end="\n\n")
    for line in story.write_files(demo, folder, rows):
        print(line, flush=True)
    print(f"\nWritten to '{folder}' in {time.monotonic() - started:.0f} s.")
    return 0


def _story() -> object:
    try:
        importlib.import_module("slicer")
        importlib.import_module("vtk")
    except ImportError as error:
        raise ValueError(
            f"The demo needs the packages slicer-core and vtk ({error}): "
            "install them by pip install 'multimodal-segmentation[mrml]'."
        ) from error
    return importlib.import_module(".story", __package__)


def _make_folder(folder: Path) -> Path:
    from ...files.atomic import check_writable

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"The folder '{folder}' cannot be made ({error.strerror}): choose another one by --output."
        ) from error
    check_writable(folder / "scene.mrb")
    return folder
