"""The demo's own pictures, and the thumbnail of the sample data."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from screenshot_pictures import PictureSize, png, smaller_png

from MultiModalSegmentationLib.command.demo.model import Demo, segment_phantom
from MultiModalSegmentationLib.command.demo.story import scores, write_files
from MultiModalSegmentationLib.pictures.offscreen import SliceView

OVERLAY_WIDTH = 1086
"""Of the demo's 1448: the README shows about 900."""
NAMES = ("overlay.png", "surface.png")
THUMBNAIL = "MultiModalHead.png"
THUMBNAIL_SIZE = (260, 280)
THUMBNAIL_FIELD = 172.0
"""mm along the shorter side."""


def demo_screenshots(size: PictureSize) -> dict[str, bytes]:
    """PNG files by name."""
    demo = segment_phantom(size.voxels)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _line in write_files(demo, folder, scores(demo)):
            pass
        pictures = {file: smaller_png(folder / file, OVERLAY_WIDTH) for file in NAMES}
    return pictures | {THUMBNAIL: png(_thumbnail(demo))}


def _thumbnail(demo: Demo) -> np.ndarray:
    """The left half T1, the right half T2, with the gray matter."""
    demo.seeds.GetDisplayNode().SetVisibility(False)
    with SliceView(demo.standalone.application_logic, "Red", THUMBNAIL_SIZE) as view:
        halves = []
        for volume in demo.volumes:
            view.show(volume)
            view.fit(THUMBNAIL_FIELD)
            view.move_to(demo.seed_positions[0])
            halves.append(view.render())
    middle = THUMBNAIL_SIZE[0] // 2
    return np.concatenate([halves[0][:, :middle], halves[1][:, middle:]], axis=1)
