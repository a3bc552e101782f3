#!/usr/bin/env python3
"""Is the volume right? Every made scene with the defaults, as a Markdown table: Dice and the measured over the true mL.

python Testing/Benchmarks/made_scenes_table.py [--seed 0] [--edge half-way]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "Python"))

from made_scenes import HELD_OUT, SCENES
from made_scenes.judging import Verdict

from MultiModalSegmentationLib import Edge, GrowingParameters, Segmenter


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--edge", choices=[edge.value for edge in Edge], default=Edge.HALF_WAY.value)
    chosen = options.parse_args()
    parameters = GrowingParameters(edge=Edge(chosen.edge))
    verdicts = {}
    print("| scene | used for | Dice | volume / true |\n| --- | --- | --- | --- |")
    for name in sorted(SCENES, key=lambda name: (name in HELD_OUT, name)):
        scene = SCENES[name](chosen.seed)
        verdicts[name] = Verdict.of(Segmenter(scene.images).grow(scene.seeds, parameters), scene)
        group = "report only" if name in HELD_OUT else "tuning"
        print(f"| {name} | {group} | {verdicts[name].dice:.3f} | {verdicts[name].volume:.2f} |", flush=True)
    for group, names in (("tuning", set(SCENES) - set(HELD_OUT)), ("report only", HELD_OUT)):
        dices = [verdicts[name].dice for name in names]
        off = [abs(np.log(verdicts[name].volume)) for name in names]
        print(
            f"| **{group}: mean (worst)** | | {np.mean(dices):.3f} ({min(dices):.3f}) | "
            f"off by {100 * (np.exp(np.mean(off)) - 1):.0f} % ({100 * (np.exp(max(off)) - 1):.0f} %) |"
        )


if __name__ == "__main__":
    main()
