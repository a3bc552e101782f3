"""The README's pictures of the page that ``batch`` makes: a cohort of phantoms, photographed in headless Chromium.

Run as ``python Testing/Benchmarks/batch_screenshots.py``; it takes about a minute.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from batch_cohort import write_cohort
from PIL import Image

from MultiModalSegmentationLib.command.main import main
from MultiModalSegmentationLib.geometry.points import LPS_TO_RAS

SCREENSHOTS = Path(__file__).parents[2] / "MultiModalSegmentation" / "Resources" / "Screenshots"
CASES, SIZE = 48, (84, 100, 84)
SLIPPED_CASE = "P024"

# What a real cohort has: a slipped click, a multiplier too high, voxels of another grid.
CELLS = {
    10: {"seeds": "20,50,40; 20,50,400"},
    23: {"seeds": "slipped.mrk.json"},
    37: {"multiplier": "5.5"},
    41: {"seeds": "300,50,40; 20,50,40"},
}


def make() -> None:
    """Write ``batch-page.png``."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is not installed: install it to make the pictures.")
    with tempfile.TemporaryDirectory(prefix="study-") as folder:
        table = write_cohort(Path(folder), CASES, SIZE, CELLS)
        _slip(table.parent, SLIPPED_CASE)
        output = table.parent / "out"
        main(["batch", str(table), "--output", str(output), "--multiplier=1.8"])
        _photograph(browser, (output / "index.html").as_uri(), SCREENSHOTS / "batch-page.png")


def _slip(folder: Path, name: str) -> None:
    """The same points, but the last one in the brightest voxel of its slice: in fat."""
    volume = sitk.ReadImage(str(folder / f"{name}-T1.nii.gz"))
    markups = json.loads((folder / f"{name}.mrk.json").read_text())
    last = markups["markups"][0]["controlPoints"][-1]
    slice_number = volume.TransformPhysicalPointToIndex((LPS_TO_RAS * last["position"]).tolist())[2]
    voxels = sitk.GetArrayViewFromImage(volume)[slice_number]
    j, i = np.unravel_index(int(voxels.argmax()), voxels.shape)
    lps = volume.TransformIndexToPhysicalPoint((int(i), int(j), slice_number))
    last["position"] = (LPS_TO_RAS * lps).tolist()
    (folder / "slipped.mrk.json").write_text(json.dumps(markups))


def _photograph(browser: str, address: str, picture: Path) -> None:
    command = [browser, "--headless=new", "--hide-scrollbars", "--window-size=1440,960", "--virtual-time-budget=6000"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")
    subprocess.run([*command, f"--screenshot={picture}", address], check=True, timeout=120, stderr=subprocess.DEVNULL)
    with Image.open(picture) as image:
        image.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB", file=sys.stderr)


if __name__ == "__main__":
    make()
