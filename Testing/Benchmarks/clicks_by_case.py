#!/usr/bin/env python3
"""What a click costs, case by case, with the simulated user of ``clicks_comparison``: the library's defaults alone.

    python3 clicks_by_case.py [--cases tuning|held-out|all] [--starts 0,1,2] [--clicks 12] [--crop N]

Prints a Markdown table: first, best and last Dice coefficient, the biggest single drop (means over the starts), how
many clicks cost more than 0.02 (seeds and exclusion seeds apart), and the median time of a click. ``PYTHONPATH`` says
which version of the library is measured.

Needs the data folder beside the checkout (``shared/data``), or in MULTIMODAL_SEGMENTATION_DATA.
"""

from __future__ import annotations

import argparse
import itertools
import json

import numpy as np
from clicks_comparison import DATA, Case, biggest_drop, first_click, library, session

COST = 0.02

TUNING = ("spm white matter", "spm gray matter", "infant white matter", "infant brain stem", "spinal cord")
"""What constants were chosen by, with the starts 0 and 1."""

INFANT = {
    "volumes": ["infant-dcan-T02/T1w_brain.nii.gz", "infant-dcan-T02/T2w_brain.nii.gz"],
    "labels": "infant-dcan-T02/segmentation.nii.gz",
}
FURTHER = (
    {"name": "infant cortex", "values": [3, 42], **INFANT},
    {"name": "infant thalamus", "values": [9, 10, 48, 49], **INFANT},
    {"name": "infant ventricles", "values": [4, 43], **INFANT},
    {
        "name": "spm fluid",
        "volumes": ["spm-avg152/avg152T1.nii.gz", "spm-avg152/avg152T2.nii.gz", "spm-avg152/avg152PD.nii.gz"],
        "labels": "spm-avg152/csf.nii.gz",
    },
    {
        "name": "spinal cord's gray matter",
        "volumes": ["spinalcord-sct-mt/mt0.nii.gz", "spinalcord-sct-mt/mt1.nii.gz"],
        "labels": "spinalcord-sct-mt/mt1_gmseg_goldstandard.nii.gz",
        "values": [1],
    },
)
"""Targets beyond those of ``cases.json``; no constant was chosen by a session on them."""

Session = tuple[list[float], list[str], list[float]]


def chosen_cases(which: str) -> list[dict]:
    every = [*json.loads((DATA / "cases.json").read_text()), *FURTHER]
    return [entry for entry in every if which == "all" or (entry["name"] in TUNING) == (which == "tuning")]


def row(name: str, sessions: list[Session]) -> str:
    traces = [trace for trace, _, _ in sessions]
    figures = [np.mean([f(t) for t in traces]) for f in (lambda t: t[0], max, lambda t: t[-1], biggest_drop)]
    costs = [
        (kind, before - after > COST)
        for trace, kinds, _ in sessions
        for kind, (before, after) in zip(kinds, itertools.pairwise(trace))
    ]
    shares = []
    for wanted in ("seed", "exclusion seed"):
        some = [cost for kind, cost in costs if kind == wanted]
        shares.append(f"{sum(some)} of {len(some)}")
    total = np.mean([cost for _, cost in costs]) if costs else 0.0
    seconds = np.median(np.concatenate([s for _, _, s in sessions]))
    cells = [*(f"{v:.3f}" for v in figures), f"{100 * total:.0f} %", *shares, f"{seconds:.2f} s"]
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", choices=("tuning", "held-out", "all"), default="all")
    parser.add_argument("--starts", default="0,1,2")
    parser.add_argument("--clicks", type=int, default=12)
    parser.add_argument("--crop", type=int, default=None, help="voxels around the target; whole volumes without")
    options = parser.parse_args()
    starts = [int(number) for number in options.starts.split(",")]
    print(
        f"| case | first | best | last | biggest drop | clicks that cost over {COST} | seeds | exclusion seeds | time |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    every = []
    for entry in chosen_cases(options.cases):
        case = Case(entry, 0.0, options.crop)
        sessions = [
            session(case, library, True, first_click(case, np.random.default_rng(number)), options.clicks)
            for number in starts
        ]
        print(row(entry["name"], sessions), flush=True)
        every += sessions
    print(row("**all**", every))


if __name__ == "__main__":
    main()
