#!/usr/bin/env python3
"""How fluid the app is: from a click to the pixels of the new region, in a real browser on the same machine.

    python3 Testing/Benchmarks/app_benchmark.py [--repeats 7]

The phantom with 256 x 256 x 160 voxels from files, four views in a window of 1500 x 1000, software rendering. A click
places the only seed; the time ends when the picture arrives that shows the whole region. The browser draws and decodes
on the same cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).parents[1] / "Python"))

from app_browser import AppPage
from app_helpers import App

from MultiModalSegmentationLib.phantom.head import make_phantom

SIZE = (256, 256, 160)
TARGETS = {"sample data": 1.0, "50 mL": 0.5}
SETTLED_SECONDS = 1.5
SAME = 0.02
DRAG_SECONDS = 4.0

_WATCH = """
window.frames = [];
document.addEventListener("pointerdown", () => { window.pressed = performance.now(); }, true);
document.addEventListener("load", (event) => {
  const image = event.target;
  if (image.tagName !== "IMG" || !image.closest('[data-view="Red"]')) return;
  const t = performance.now();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let yellow = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i] > 60 && data[i] - data[i + 2] > 35) yellow += 1;
  window.frames.push([t, yellow]);
}, true);
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        volumes, seed = write_phantom(Path(folder))
        app = App(volumes, Path(folder))
        page = AppPage(Path(folder), Path(folder))
        try:
            began = time.monotonic()
            page.open(app.address)
            opened = time.monotonic() - began
            measure(app, page, seed, options.repeats)
            print(f"\nStart: {app.seconds_to_start:.1f} s until the address is printed (files of 2 x 20 MB included), ")
            print(f"{opened:.1f} s more until all views have drawn. Memory: {peak(app.process.pid):.0f} MB at most.")
        finally:
            page.close()
            app.stop()


def write_phantom(folder: Path) -> tuple[list[Path], np.ndarray]:
    """T1 and T2 as files, and the position (RAS, mm) of the first suggested seed."""
    phantom = make_phantom(SIZE)
    paths = [folder / "T1.nrrd", folder / "T2.nrrd"]
    for image, path in zip((phantom.t1, phantom.t2), paths):
        sitk.WriteImage(image, str(path))
    seed = tuple(int(v) for v in phantom.seeds[0])
    return paths, np.array(phantom.t1.TransformIndexToPhysicalPoint(seed)) * [-1, -1, 1]


def measure(app: App, page: AppPage, seed: np.ndarray, repeats: int) -> None:
    page.browser.execute_script(_WATCH)
    page.browser.execute_script("window.trame.state.set('offset_Red', arguments[0])", float(seed[2]))
    page.until(f"Math.abs(get('offset_Red') - {seed[2]}) < 1")
    x, y = place_of(page, seed)
    print(
        "| region | mL | first click | median | slowest | sent | target |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    for name, limit in (("sample data", "0"), ("50 mL", "50")):
        page.write("growing_max_volume_ml", limit)
        time.sleep(0.5)
        seconds, sent = [], []
        for _ in range(repeats):
            took, size = click(page, x, y)
            seconds.append(took)
            sent.append(size)
            volume = page.get("facts")[0]["value"]
            delete(page)
        first, median = seconds[0], statistics.median(seconds[1:])
        verdict = f"{TARGETS[name]} s, {'met' if median <= TARGETS[name] else 'missed'}"
        print(
            f"| {name} | {volume.split()[0]} | {first:.2f} s | {median:.2f} s | {max(seconds[1:]):.2f} s "
            f"| {statistics.median(sent) / 1024:.0f} kB | {verdict} |",
            flush=True,
        )
    print(f"\nDragging a seed of the 50 mL region: {frames_a_second(page, x, y):.1f} pictures a second in the slice.")


def place_of(page: AppPage, position: np.ndarray) -> tuple[float, float]:
    """Where a position of the slice is in the view, from three points placed there."""
    page.mode("seed")
    shares = np.array([(0.0, 0.0), (0.3, 0.0), (0.0, 0.3)])
    for number, (x, y) in enumerate(shares):
        page.click("Red", x, y)
        page.until(f"get('seed_rows').length === {number + 1}")
    rows = page.get("seed_rows")
    origin, right, down = (np.array([float(v) for v in row["position"].split(",")])[:2] for row in rows)
    while page.get("seed_rows"):
        delete(page)
    steps = np.stack([(right - origin) / 0.3, (down - origin) / 0.3], axis=1)
    x, y = np.linalg.solve(steps, position[:2] - origin)
    return float(x), float(y)


def click(page: AppPage, x: float, y: float) -> tuple[float, int]:
    """Seconds from the click to the picture that shows the whole region, and the bytes that came until all rested."""
    page.browser.get_log("performance")
    page.browser.execute_script("window.frames = []")
    page.click("Red", x, y)
    page.until("get('seed_rows').length === 1 && get('facts')?.length && !get('is_growing')")
    time.sleep(SETTLED_SECONDS)
    pressed, frames = page.browser.execute_script("return [window.pressed, window.frames]")
    final = frames[-1][1]
    shown = next(t for t, yellow in frames if t > pressed and abs(yellow - final) <= SAME * final)
    return (shown - pressed) / 1000, bytes_received(page)


def bytes_received(page: AppPage) -> int:
    """Of the connection, since the log was last read."""
    messages = [json.loads(one["message"])["message"] for one in page.browser.get_log("performance")]
    received = [one["params"]["response"] for one in messages if one["method"] == "Network.webSocketFrameReceived"]
    return sum(len(one["payloadData"]) * 3 // 4 for one in received)


def delete(page: AppPage) -> None:
    count = len(page.get("seed_rows"))
    page.browser.execute_script("window.trame.trigger('point', ['delete', 'seeds', 0])")
    page.until(f"get('seed_rows').length === {count - 1} && !get('is_growing')")
    time.sleep(0.6)


def frames_a_second(page: AppPage, x: float, y: float) -> float:
    page.click("Red", x, y)
    page.until("get('seed_rows').length === 1 && get('facts')?.length")
    page.mode("look")
    page.browser.execute_script("window.frames = []")
    began = time.monotonic()
    ends = [(x + 0.04, y), (x, y)]
    while time.monotonic() - began < DRAG_SECONDS:
        page.drag("Red", ends[1], ends[0], steps=20)
        ends.reverse()
    times = [t for t, _ in page.browser.execute_script("return window.frames")]
    return (len(times) - 1) / (times[-1] - times[0]) * 1000


def peak(process: int) -> float:
    """The largest resident memory of a process in MB."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
