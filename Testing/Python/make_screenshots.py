"""Makes the README's pictures: the panel beside Slicer's own views at each step of the tutorial, and the demo's.

    python Testing/Python/make_screenshots.py [--output FOLDER]

It needs the extra [test] and offscreen OpenGL. Nothing is written before all the pictures are there.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import host

RESOURCES = Path(__file__).parents[2] / "MultiModalSegmentation" / "Resources"
THUMBNAIL = "MultiModalHead.png"


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures; the exit status."""
    options = _parse(arguments)
    reason = host.missing_qt() or _missing_opengl()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    from screenshot_demo import demo_screenshots
    from screenshot_pictures import FULL, SMALL
    from screenshot_steps import tutorial_screenshots

    size = {"full": FULL, "small": SMALL}[options.size]
    pictures = {**tutorial_screenshots(size), **demo_screenshots(size)}
    _write(pictures, options.output)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="folder for all the pictures; by default where the README's are")
    parser.add_argument("--size", choices=("full", "small"), default="full", help="small: quick, for tests")
    return parser.parse_args(arguments)


def _missing_opengl() -> str | None:
    from MultiModalSegmentationLib.pictures.offscreen import OpenGLUnavailableError, require_offscreen_opengl

    try:
        require_offscreen_opengl()
    except OpenGLUnavailableError as error:
        return str(error)
    return None


def _write(pictures: dict[str, bytes], folder: Path | None) -> None:
    from MultiModalSegmentationLib.files.atomic import replacing

    for name, data in pictures.items():
        path = (folder or RESOURCES / ("Icons" if name == THUMBNAIL else "Screenshots")) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(data)
        print(f"{path}  {len(data) / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Qt, VTK and the scene hold each other: without Slicer's own shutdown, Python may take them down in a bad order.
    os._exit(status)
