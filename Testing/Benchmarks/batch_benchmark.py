#!/usr/bin/env python3
"""``batch`` on one and two workers against the same cases in a plain loop, as Markdown; see ``batch.md``.

    python Testing/Benchmarks/batch_benchmark.py [--cases 64] [--rounds 2]

Each round runs every way once on the same cases, in turn, so that whatever else the machine does falls on all of them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from batch_cohort import write_cohort

SIZE = (128, 128, 96)
LARGE_SIZE = (256, 256, 160)
TASKS = 2000

_SEGMENT_LOOP = """
import csv, sys
from pathlib import Path
from MultiModalSegmentationLib.command.main import main
table, output = map(Path, sys.argv[1:])
output.mkdir()
for row in csv.DictReader(table.open()):
    volumes = [str(table.parent / row[name]) for name in ("volume1", "volume2")]
    stem = str(output / row["case"])
    files = ["--output", stem + ".nii.gz", "--figure", stem + ".png", "--report", stem + ".json"]
    main(["segment", *volumes, "--seeds", str(table.parent / row["seeds"]), *files])
"""
_CASE_LOOP = """
import sys
from MultiModalSegmentationLib.command.batch.case import run_case
from MultiModalSegmentationLib.command.batch.table import read_cases
from MultiModalSegmentationLib.command.batch.folder import CohortFolder
from MultiModalSegmentationLib.command.main import parse
options = parse(["batch", sys.argv[1], "--output", sys.argv[2]])
folder = CohortFolder(options.output)
folder.prepare()
for case in read_cases(options.cases, options):
    outcome = run_case(case, folder, resume=False, threads=THREADS)
    assert outcome.error is None, outcome.error
"""
_ONE_CASE = """
import pickle, resource, sys, time
from MultiModalSegmentationLib.command.batch.case import run_case
from MultiModalSegmentationLib.command.batch.table import read_cases
from MultiModalSegmentationLib.command.batch.folder import CohortFolder
from MultiModalSegmentationLib.command.main import parse
options = parse(["batch", sys.argv[1], "--output", sys.argv[2]])
folder = CohortFolder(options.output)
folder.prepare()
case, = read_cases(options.cases, options)
seconds = []
for _ in range(5):
    started = time.perf_counter()
    outcome = run_case(case, folder, resume=False, threads=1)
    seconds.append(time.perf_counter() - started)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(sorted(seconds)[2], peak, len(pickle.dumps((case, folder))), len(pickle.dumps(outcome)))
"""


def ways(table: Path) -> dict[str, Callable[[Path], list[str]]]:
    """The command of each way, by its name, for an output folder."""
    batch = [sys.executable, "-m", "MultiModalSegmentationLib", "batch", str(table)]
    loops = {
        "plain loop over `segment`": _SEGMENT_LOOP,
        "the batch's cases in a loop without Dask, 2 threads": _CASE_LOOP.replace("THREADS", "2"),
        "the batch's cases in a loop without Dask, 1 thread": _CASE_LOOP.replace("THREADS", "1"),
    }
    commands: dict[str, Callable[[Path], list[str]]] = {
        name: lambda output, code=code: [sys.executable, "-c", code, str(table), str(output)]
        for name, code in loops.items()
    }
    for workers in (1, 2):
        commands[f"`batch --workers {workers}`"] = lambda output, workers=workers: [
            *(*batch, "--output", str(output), f"--workers={workers}"),
        ]
    commands["`batch --resume` with nothing to do, 2 workers"] = lambda _: [
        *(*batch, "--output", str(table.parent / "done"), "--workers=2", "--resume"),
    ]
    return commands


@dataclass(frozen=True)
class Figures:
    """Seconds by the clock, seconds of processor time of all processes, and the largest peak memory of one in MB."""

    clock: float
    processor: float
    memory: float


def run(command: list[str]) -> Figures:
    """Run a command to its end."""
    started, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        for one in _workers(process.pid):
            peak = max(peak, _peak_memory(one))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{command} failed with status {process.returncode}.")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Figures(time.perf_counter() - started, used, peak)


def _workers(process: int) -> list[int]:
    try:
        children = [child.pid for child in psutil.Process(process).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    return children or [process]


def _peak_memory(process: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0.0
    return int(found.group(1)) / 1000 if found else 0.0


def one_case(size: tuple[int, int, int]) -> tuple[float, float, int, int]:
    """Seconds on one thread and peak memory in MB of a case, and the bytes that Dask carries to a worker and back."""
    with tempfile.TemporaryDirectory(prefix="batch-") as folder:
        table = write_cohort(Path(folder), 1, size)
        command = [sys.executable, "-c", _ONE_CASE, str(table), str(table.parent / "out")]
        seconds, peak, there, back = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(peak), int(there), int(back)


def scheduler_milliseconds() -> float:
    """What Dask's scheduler needs for a task that does nothing, with two workers."""
    from distributed import Client, LocalCluster, wait

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        wait(client.map(abs, range(10), pure=False))
        started = time.perf_counter()
        wait(client.map(abs, range(TASKS), pure=False))
        return 1000 * (time.perf_counter() - started) / TASKS


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="batch-") as folder:
        table = write_cohort(Path(folder), options.cases, SIZE)
        commands = ways(table)
        run(commands["`batch --workers 2`"](table.parent / "done"))
        figures: dict[str, list[Figures]] = {name: [] for name in commands}
        for number in range(options.rounds):
            for name, command in commands.items():
                figures[name].append(run(command(table.parent / f"{number}-{len(figures[name])}-{abs(hash(name))}")))
                print(name, figures[name][-1], os.getloadavg(), file=sys.stderr)
        sizes = [path.stat().st_size for path in (table.parent / "done" / "cases").glob("*/*")]
        inputs = [path.stat().st_size for path in table.parent.glob("*-T?.nii.gz")]
    print(
        f"| {options.cases} cases of 2 x {' x '.join(map(str, SIZE))} | s | s a case | processor s a case | peak MB |"
    )
    print("| --- | --- | --- | --- | --- |")
    for name, found in figures.items():
        clock, processor = (statistics.median(getattr(one, kind) for one in found) for kind in ("clock", "processor"))
        a_case = f"{clock / options.cases:.3f} | {processor / options.cases:.3f}"
        print(f"| {name} | {clock:.1f} | {a_case} | {max(one.memory for one in found):.0f} |")
    print(f"\nA task that does nothing: {scheduler_milliseconds():.2f} ms.")
    print(
        f"A case reads {sum(inputs) / options.cases / 1e6:.1f} MB and writes {sum(sizes) / options.cases / 1e6:.1f} MB."
    )
    for size in (SIZE, LARGE_SIZE):
        seconds, peak, there, back = one_case(size)
        print(
            f"A case of 2 x {' x '.join(map(str, size))} on one thread: {seconds:.2f} s, peak {peak:.0f} MB, "
            f"{there} bytes to the worker, {back} back."
        )
    print(f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}.")


if __name__ == "__main__":
    main()
