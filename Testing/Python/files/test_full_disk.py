"""A full disk is an error whatever library writes, and leaves nothing: on a small file system of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command_line_helpers import seed_options, write_two_volumes

SCRIPT = """
disk=$1 filled=$2
shift 2
mount -t tmpfs -o size=4m none "$disk" || exit 99
head -c "$filled" /dev/zero > "$disk/filler"
"$@" > "$disk.out"
status=$?
ls -A "$disk"
exit $status
"""
"""Prints what lies on the disk after the command, whose exit status it has."""


FULL = 2**22 - 2**12


@pytest.mark.parametrize(
    ("name", "filled", "status"),
    [("region.nii", 0, 0), ("region.nii", FULL, 2), ("region.nii.gz", FULL, 2), ("region.seg.nrrd", FULL, 2)],
)
def test_a_full_disk_is_told_and_nothing_stays(tmp_path, name, filled, status):
    if name.endswith(".seg.nrrd"):
        pytest.importorskip("slicer", reason="needs the extra [mrml]")
    disk = tmp_path / "disk"
    disk.mkdir()
    volumes = write_two_volumes(tmp_path)
    segment = [sys.executable, "-m", "MultiModalSegmentationLib", "segment", *volumes, *seed_options()]
    command = [
        "unshare",
        "-rm",
        "sh",
        "-c",
        SCRIPT,
        "sh",
        str(disk),
        str(filled),
        *segment,
        "--output",
        str(disk / name),
    ]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("makes a small file system by Linux's unshare")
    if run.returncode == 99 or "unshare" in run.stderr:
        pytest.skip("this machine lets nobody mount a small file system")
    assert run.returncode == status, run.stderr
    assert run.stdout.split() == ["filler"] + ([name] if status == 0 else [])
    if status:
        assert "No space left on device" in run.stderr and str(disk / name) in run.stderr
