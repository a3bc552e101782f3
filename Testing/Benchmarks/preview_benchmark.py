#!/usr/bin/env python3
"""How long the live preview takes from a moved seed to the views, and the leak curve, through the panel itself.

    python3 Testing/Benchmarks/preview_benchmark.py [--repeats 9]

Real MRML and real Qt, offscreen, on the phantom with 256 x 256 x 160 voxels. The longest step is the longest time that
Qt's events had to wait meanwhile. Rendering of the views is not part of it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "Python"))

import host

SIZE = (256, 256, 160)
LONGEST_STEP = 0.03
TARGETS = {"lesion": 0.1, "gray matter": 0.5, "gray, white and CSF": 0.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    started = host.start()
    started.new_scene()
    panel = started.open_panel()
    sample = panel.logic.loadSampleData(SIZE)
    parameters = panel.logic.getParameterNode()
    parameters.referenceVolume, parameters.secondVolume = sample.t1, sample.t2
    parameters.seeds = sample.seeds
    settle(started, panel)
    print("| region | mL | median | slowest | longest step | target |\n| --- | --- | --- | --- | --- | --- |")
    for name, change in (("gray matter", lambda: None), ("lesion", lambda: keep_small(parameters))):
        change()
        settle(started, panel)
        print(row(name, started, panel, sample.seeds, options.repeats), flush=True)
    parameters.maximumVolume = 0.0
    add_tissues(parameters)
    settle(started, panel)
    print(row("gray, white and CSF", started, panel, sample.seeds, options.repeats), flush=True)
    keep_the_first(parameters)
    print("\n| leak curve | seconds | longest step | target |\n| --- | --- | --- | --- |")
    for name, change in (
        ("one pass", lambda: None),
        ("two iterations", lambda: setattr(parameters, "iterations", 2)),
        ("an exclusion seed", lambda: add_exclusion_seed(parameters)),
    ):
        change()
        settle(started, panel)
        print(curve_row(name, started, panel), flush=True)
    started.close_panel()


def add_tissues(parameters: Any) -> None:
    """White matter and CSF beside the gray matter: a seed each, well inside."""
    import SimpleITK as sitk
    from scipy import ndimage

    from MultiModalSegmentationLib.phantom.head import Tissue, make_phantom
    from MultiModalSegmentationLib.scene.nodes import add_points, world_position
    from MultiModalSegmentationPanel.choices.tissues import TissueChoice, setTissues, tissues

    truth = sitk.GetArrayFromImage(make_phantom(SIZE).truth)
    known, reference = tissues(parameters), parameters.referenceVolume
    for name, tissue in (("White", Tissue.WHITE_MATTER), ("CSF", Tissue.CSF)):
        depth = ndimage.distance_transform_edt(truth == tissue)
        voxel = [int(v) for v in np.unravel_index(depth.argmax(), depth.shape)[::-1]]
        known.append(
            TissueChoice(name, seeds=add_points(reference.GetScene(), name, [world_position(reference, voxel)]))
        )
    setTissues(parameters, known, 0)


def keep_the_first(parameters: Any) -> None:
    from MultiModalSegmentationPanel.choices.tissues import setTissues, tissues

    setTissues(parameters, tissues(parameters)[:1], 0)


def add_exclusion_seed(parameters: Any) -> None:
    """One in the other half of the brain."""
    from MultiModalSegmentationLib.scene.nodes import add_points

    parameters.iterations = 0
    position = parameters.seeds.GetNthControlPointPositionWorld(0)
    parameters.exclusionSeeds = add_points(
        parameters.referenceVolume.GetScene(), "Out", [(position[0] - 30.0, position[1], position[2])]
    )


def curve_row(name: str, started: Any, panel: Any) -> str:
    """From switching the curve on to its picture."""
    began = time.perf_counter()
    panel.ui.leakCurveButton.checked = True
    longest = time.perf_counter() - began
    while panel._panel.isBusy:
        step = time.perf_counter()
        started.process_events()
        longest = max(longest, time.perf_counter() - step)
    took = time.perf_counter() - began
    panel.ui.leakCurveButton.checked = False
    verdict = f"{1000 * LONGEST_STEP:.0f} ms, {'met' if longest <= LONGEST_STEP else 'missed'}"
    return f"| {name} | {took:.1f} s | {1000 * longest:.0f} ms | {verdict} |"


def keep_small(parameters: Any) -> None:
    """A region of just under 50 mL."""
    parameters.maximumVolume = 50.0


def settle(started: Any, panel: Any) -> None:
    started.process_events()
    started.process_events(until=lambda: not panel._panel.isBusy, timeout=300)


def row(name: str, started: Any, panel: Any, seeds: Any, repeats: int) -> str:
    seconds, longest = [], 0.0
    start = seeds.GetNthControlPointPositionWorld(0)
    for number in range(repeats):
        # To and fro by a fifth of a voxel and more: another box of voxels around the seed each time.
        position = [v + 0.8 * (number % 2) for v in start]
        took, step = timed(started, panel, lambda at=position: seeds.SetNthControlPointPositionWorld(0, at))
        seconds.append(took)
        longest = max(longest, step)
    volume = sum(one.result.volume_ml for one in panel._panel._shown.grown)
    median, target = statistics.median(seconds), TARGETS[name]
    verdict = f"{target} s, {'met' if median <= target else 'missed'}"
    return f"| {name} | {volume:.0f} | {median:.3f} s | {max(seconds):.3f} s | {1000 * longest:.0f} ms | {verdict} |"


def timed(started: Any, panel: Any, change: Callable[[], None]) -> tuple[float, float]:
    """Seconds until the preview shows the change, and the longest that the event loop was busy with one event."""
    began = time.perf_counter()
    change()
    longest = time.perf_counter() - began
    while panel._panel.preview.isBusy:
        step = time.perf_counter()
        started.process_events()
        longest = max(longest, time.perf_counter() - step)
    took = time.perf_counter() - began
    return took, longest


if __name__ == "__main__":
    main()
