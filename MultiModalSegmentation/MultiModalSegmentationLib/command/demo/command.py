"""The command ``demo``: the whole story without Slicer, on a phantom with truth and on real MRML."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ...files.atomic import check_writable
from ...scene.packages import require_mrml

SIZES = {"small": (120, 144, 120), "full": (181, 217, 181)}


def run(options: argparse.Namespace) -> int:
    """Run the demo with ``options.output`` (a folder) and ``options.size`` (a key of ``SIZES``); the exit status.

    Raises ``ValueError`` where the folder cannot be written or Slicer's packages are not installed.
    """
    started = time.monotonic()
    require_mrml("The demo")
    from .model import segment_phantom
    from .story import score_table, scores, write_files

    folder = _make_folder(options.output)
    demo = segment_phantom(SIZES[options.size])
    rows = scores(demo)
    print(score_table(rows), end="\n\n")
    for line in write_files(demo, folder, rows):
        print(line, flush=True)
    print(f"\nWritten to '{folder}' in {time.monotonic() - started:.0f} s.")
    return 0


def _make_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"The folder '{folder}' cannot be made ({error.strerror}): choose another one by --output."
        ) from error
    check_writable(folder / "scene.mrb")
    return folder
