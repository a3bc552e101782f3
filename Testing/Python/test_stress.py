"""Thousands of random user actions on real MRML and real Qt; 20,000 with MULTIMODAL_SEGMENTATION_STRESS=20000."""

import os

import host
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

ACTIONS = int(os.environ.get("MULTIMODAL_SEGMENTATION_STRESS", "2000"))
SEED = int(os.environ.get("MULTIMODAL_SEGMENTATION_STRESS_SEED", "1"))
MEMORY_GROWTH = 1.05
"""Between the actions 500 and 2,000."""


def test_random_actions(capsys):
    reason = host.missing_qt()
    if reason is not None:
        pytest.skip(reason)
    from stress.runner import Runner

    with capsys.disabled():
        print(f" [stress seed {SEED}, {ACTIONS} actions]", end="", flush=True)
    report = Runner(SEED).run(ACTIONS)
    counts, memory = report.counts, report.memory
    with capsys.disabled():
        print(f" {dict(counts)} {[round(size / 1e6) for size in memory.values()]} MB", end="", flush=True)
    assert counts["segment"] >= ACTIONS / 25
    assert counts["undone or redone"] >= ACTIONS / 100
    assert counts["previews compared"] >= ACTIONS / 25
    assert counts["repeated"] == counts["repeatable"] >= 0.25 * counts["recipes"]
    assert counts["as ITK"] > 0
    if {500, 2000} <= memory.keys():
        assert memory[2000] < MEMORY_GROWTH * memory[500]
