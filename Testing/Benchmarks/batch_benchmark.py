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
from pathlib import Path

import psutil
from batch_cohort import write_cohort

SIZE = (128, 128, 96)
TASKS = 2000

_SEGMENT_LOOP = """
import csv, sys
from pathlib import Path
from MultiModalSegmentationLib.command_line import main
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
from MultiModalSegmentationLib.batch_case import run_case
from MultiModalSegmentationLib.batch_cases import read_cases
from MultiModalSegmentationLib.batch_folder import CohortFolder
from MultiModalSegmentationLib.command_line import parse
options = parse(["batch", sys.argv[1], "--output", sys.argv[2]])
folder = CohortFolder(options.output)
folder.prepare()
for case in read_cases(options.cases, options):
    outcome = run_case(case, folder, resume=False, threads=THREADS)
    assert outcome.error is None, outcome.error
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


def run(command: list[str]) -> tuple[float, float]:
    """Seconds, and the largest peak memory in MB of any process that the command started (or of its own)."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        for one in _workers(process.pid):
            peak = max(peak, _peak_memory(one))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{command} failed with status {process.returncode}.")
    return time.perf_counter() - started, peak


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
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for number in range(options.rounds):
            for name, command in commands.items():
                figures[name].append(run(command(table.parent / f"{number}-{len(figures[name])}-{abs(hash(name))}")))
                print(name, figures[name][-1], os.getloadavg(), file=sys.stderr)
        sizes = [path.stat().st_size for path in (table.parent / "done" / "cases").glob("*/*")]
        inputs = [path.stat().st_size for path in table.parent.glob("*-T?.nii.gz")]
    print(f"| {options.cases} cases of 2 x {' x '.join(map(str, SIZE))} | seconds | a case | peak MB of a worker |")
    print("| --- | --- | --- | --- |")
    for name, found in figures.items():
        seconds = statistics.median(seconds for seconds, _ in found)
        print(f"| {name} | {seconds:.1f} | {seconds / options.cases:.3f} | {max(peak for _, peak in found):.0f} |")
    print(f"\nA task that does nothing: {scheduler_milliseconds():.2f} ms.")
    print(
        f"A case reads {sum(inputs) / options.cases / 1e6:.1f} MB and writes {sum(sizes) / options.cases / 1e6:.1f} MB."
    )
    print(f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}.")


if __name__ == "__main__":
    main()
