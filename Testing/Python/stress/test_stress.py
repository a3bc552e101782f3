"""Thousands of random user actions on real MRML and real Qt; 20,000 with MULTIMODAL_SEGMENTATION_STRESS=20000."""

import json
import os
import subprocess
import sys
from pathlib import Path

import host
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

ACTIONS = int(os.environ.get("MULTIMODAL_SEGMENTATION_STRESS", "2000"))
SEED = int(os.environ.get("MULTIMODAL_SEGMENTATION_STRESS_SEED", "1"))
MEMORY_GROWTH = 1.05
"""Between the actions 500 and 2,000."""


def test_random_actions(capsys, tmp_path):
    """In a process of its own, whose memory is that of these actions only."""
    reason = host.missing_qt()
    if reason is not None:
        pytest.skip(reason)
    with capsys.disabled():
        print(f" [stress seed {SEED}, {ACTIONS} actions]", end="", flush=True)
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "stress", f"--seed={SEED}", f"--actions={ACTIONS}", f"--report={report}"]
    run = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(report.read_text())
    counts, memory = found["counts"], {int(number): size for number, size in found["memory"].items()}
    with capsys.disabled():
        print(f" {counts} {[round(size / 1e6) for size in memory.values()]} MB", end="", flush=True)
    assert counts["segment"] >= ACTIONS / 25
    assert counts["undone or redone"] >= ACTIONS / 100
    assert counts["previews compared"] >= ACTIONS / 30
    assert counts["repeated"] == counts["repeatable"] >= 0.25 * counts["recipes"]
    assert counts["as ITK"] > 0
    assert counts["several tissues"] >= ACTIONS / 500
    assert counts["previews of several tissues"] >= ACTIONS / 200
    if {500, 2000} <= memory.keys():
        assert memory[2000] < MEMORY_GROWTH * memory[500]
