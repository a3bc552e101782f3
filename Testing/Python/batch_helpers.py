"""Small cohorts on disk, and the command line ``batch`` run on them, for its tests."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from command_line_helpers import SEED, SIZE, ball, image

SECONDS = 100
"""No test waits longer for a command."""

SEEDS = "12,11,9; 13,11,9; 12,12,10"
FILES = ("measures.json", "overview.png", "recipe.json", "thumbnail.png")


def write_volumes(folder: Path, name: str, *, radius: float = 5.0, noise_seed: int = 0) -> dict[str, str]:
    """A ball in two volumes and its truth, as the cells of a row."""
    random = np.random.default_rng(noise_seed)
    tissue = ball(SEED, radius)
    t1 = np.where(tissue, 300, 100) + random.normal(0, 12, tissue.shape)
    t2 = np.where(tissue, 5.0, 1.0) + random.normal(0, 0.3, tissue.shape)
    images = {"t1": t1.astype(np.int16), "t2": t2.astype(np.float32), "truth": tissue.astype(np.uint8)}
    for kind, array in images.items():
        sitk.WriteImage(image(array), str(folder / f"{name}-{kind}.nrrd"))
    return {
        "case": name,
        "volume1": f"{name}-t1.nrrd",
        "volume2": f"{name}-t2.nrrd",
        "seeds": SEEDS,
        "truth": f"{name}-truth.nrrd",
    }


def write_table(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_cohort(folder: Path, count: int) -> list[dict[str, str]]:
    """``P1``, ``P2`` … with balls of slightly different sizes; their rows."""
    return [write_volumes(folder, f"P{n}", radius=4.6 + 0.1 * n, noise_seed=n) for n in range(1, count + 1)]


def command(table: Path, output: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "MultiModalSegmentationLib", "batch", str(table), "--output", str(output), *options]


def batch(table: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(table, output, *options), capture_output=True, text=True, timeout=SECONDS)


@contextmanager
def started(table: Path, output: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process group of its own, as a terminal would start it."""
    with subprocess.Popen(
        command(table, output, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[str, str, int]:
    """What it wrote to stdout and stderr, and its exit status."""
    out, err = process.communicate(timeout=SECONDS)
    return out, err, process.returncode


def measures(output: Path) -> dict[str, dict[str, str]]:
    """The rows of ``measures.csv`` by case; no case may have two."""
    with (output / "measures.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_case = {row["case"]: row for row in rows}
    assert len(by_case) == len(rows)
    return by_case


def assert_whole(output: Path, names: Sequence[str]) -> None:
    """Exactly these cases are there, each with all its files, and nothing unfinished."""
    assert sorted(folder.name for folder in (output / "cases").iterdir()) == sorted(names)
    for name in names:
        folder = output / "cases" / name
        expected = sorted((*FILES, f"{name}.nii.gz", f"{name}.seg.nrrd"))
        assert sorted(file.name for file in folder.iterdir()) == expected
        assert json.loads((folder / "recipe.json").read_text())["result"]["voxelCount"] > 100
        assert sitk.ReadImage(str(folder / f"{name}.nii.gz")).GetSize() == SIZE
    assert not (output / ".unfinished").exists()


def wait_for(condition: Callable[[], object], what: str, seconds: float = SECONDS) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


class Gate:
    """A pipe in the place of a file: whoever reads the file stands still there, until it is killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._real = path.with_suffix(".kept")
        path.rename(self._real)
        os.mkfifo(path)
        self._ends: list[int] = []

    def wait_for_reader(self) -> int:
        """The id of the process that stands still at the gate."""
        self._ends.append(wait_for(self._opened, "a reader"))
        return wait_for(self._reader, "the reader's id")

    def kill_reader(self) -> int:
        """Wait for the process that stands still here, kill it as the system would, and return its id."""
        process = self.wait_for_reader()
        os.kill(process, signal.SIGKILL)
        wait_for(lambda: not Path(f"/proc/{process}").exists(), "the killed process to go")
        return process

    def open(self) -> None:
        """Put the file back."""
        self._real.replace(self.path)

    def close(self) -> None:
        for end in self._ends:
            os.close(end)

    def _opened(self) -> int | None:
        try:
            # Refused as long as nobody reads.
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    def _reader(self) -> int | None:
        for link in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                if link.readlink() == self.path and int(link.parts[2]) != os.getpid():
                    return int(link.parts[2])
            except OSError:
                continue
        return None
