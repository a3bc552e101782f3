"""``batch`` when workers are killed, the command is killed or interrupted, and on a cluster that runs already."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from batch_helpers import (
    Gate,
    assert_whole,
    batch,
    ended,
    measures,
    started,
    wait_for,
    write_cohort,
    write_table,
    write_volumes,
)

from MultiModalSegmentationLib.command.main import main

needs_pipes = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in Linux's /proc")
NAMES = [f"P{n}" for n in range(1, 6)]


@pytest.fixture
def a_table(tmp_path) -> Path:
    return write_table(tmp_path / "cases.csv", write_cohort(tmp_path, 5))


@pytest.fixture
def a_gate(tmp_path, a_table) -> Iterator[Gate]:
    """Whoever runs P2 stands still at its truth, when the region is computed and nothing written."""
    gate = Gate(tmp_path / "P2-truth.nrrd")
    yield gate
    gate.close()


def finished_cases(output: Path) -> list[str]:
    folder = output / "cases"
    return sorted(case.name for case in folder.iterdir()) if folder.exists() else []


@needs_pipes
def test_killed_worker_loses_nothing(tmp_path, a_table, a_gate):
    output = tmp_path / "out"
    with started(a_table, output, "--workers=2") as process:
        victim = a_gate.wait_for_reader()
        a_gate.open()
        os.kill(victim, signal.SIGKILL)
        out, err, status = ended(process)
    assert (status, err) == (0, "")
    assert sorted(line.split()[1] for line in out.splitlines()[:-1]) == [f"{name}:" for name in NAMES]
    assert_whole(output, NAMES)
    assert {name: row["status"] for name, row in measures(output).items()} == dict.fromkeys(NAMES, "done")


@needs_pipes
def test_case_that_kills_its_workers_is_given_up_after_three(tmp_path, a_table, a_gate):
    output = tmp_path / "out"
    with started(a_table, output, "--workers=2") as process:
        victims = {a_gate.kill_reader() for _ in range(3)}
        _, err, status = ended(process)
    assert len(victims) == 3
    assert (status, err) == (1, "")
    assert_whole(output, [name for name in NAMES if name != "P2"])
    rows = measures(output)
    assert "worker was lost 3 times" in rows["P2"]["error"]
    assert [row["status"] for row in rows.values()].count("done") == 4


@needs_pipes
def test_killed_command_is_resumed(tmp_path, a_table, a_gate):
    output = tmp_path / "out"
    with started(a_table, output, "--workers=2") as process:
        stuck = a_gate.wait_for_reader()
        wait_for(lambda: len(finished_cases(output)) == 4, "the other cases")
        process.kill()
        ended(process)
    wait_for(lambda: not Path(f"/proc/{stuck}").exists(), "its workers to go")
    assert finished_cases(output) == [name for name in NAMES if name != "P2"]
    assert not (output / "measures.csv").exists()
    before = {path: path.stat().st_mtime_ns for path in (output / "cases").glob("*/*")}
    a_gate.open()
    resumed = batch(a_table, output, "--workers=1", "--resume")
    assert resumed.returncode == 0
    assert "5 cases: 1 done, 4 kept, 0 failed." in resumed.stdout
    assert_whole(output, NAMES)
    assert len(measures(output)) == 5
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())


@needs_pipes
def test_interrupt_leaves_finished_cases_whole(tmp_path, a_table, a_gate):
    """And until then nobody but this machine could have reached the cluster."""
    output = tmp_path / "out"
    with started(a_table, output, "--workers=2") as process:
        stuck = a_gate.wait_for_reader()
        addresses = listening_addresses(process.pid)
        wait_for(lambda: process.stdout.readline().startswith("[4/5]"), "the other cases")
        # A terminal sends Ctrl+C to every process of the group.
        os.killpg(process.pid, signal.SIGINT)
        _, err, status = ended(process)
    assert status == 130
    assert err.splitlines() == [
        "Interrupted when 4 of 5 cases had ended: the same command with --resume runs the others."
    ]
    assert_whole(output, [name for name in NAMES if name != "P2"])
    assert not Path(f"/proc/{stuck}").exists()
    assert addresses == {"127.0.0.1"}


def listening_addresses(process: int) -> set[str]:
    family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    connections = [connection for one in family for connection in one.net_connections("tcp")]
    return {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}


def test_resume_runs_what_is_missing_or_has_changed(tmp_path, a_table):
    """And a case that fails now leaves no results of the run before."""
    output = tmp_path / "out"
    assert batch(a_table, output, "--workers=1").returncode == 0
    table = write_table(
        a_table,
        [
            write_volumes(tmp_path, "P1", radius=4.7, noise_seed=1),  # the same bytes, written again
            write_volumes(tmp_path, "P2", radius=4.8, noise_seed=2) | {"seeds": "900,1,1"},
            write_volumes(tmp_path, "P3", radius=4.9, noise_seed=33) | {"multiplier": "3"},
            write_volumes(tmp_path, "P4", radius=5.0, noise_seed=4) | {"multiplier": "3.5"},  # the default
            write_volumes(tmp_path, "P5", radius=5.1, noise_seed=5),
            write_volumes(tmp_path, "P6"),
        ],
    )
    (output / "cases" / "P5" / "P5.seg.nrrd").unlink()
    resumed = batch(table, output, "--workers=1", "--resume")
    assert resumed.returncode == 1
    kept = {line.split()[1].rstrip(":") for line in resumed.stdout.splitlines() if line.endswith(": kept")}
    assert kept == {"P1", "P4"}
    assert_whole(output, ["P1", "P3", "P4", "P5", "P6"])
    rows = measures(output)
    assert rows["P3"]["effective_multiplier"] == "3"
    assert rows["P2"]["status"] == "failed"
    assert len(rows) == 6


def test_scheduler_that_runs_already(tmp_path, a_table):
    """Two workers of a cluster on loopback that this test started; the command starts none of its own."""
    distributed = pytest.importorskip("distributed")
    output = tmp_path / "out"
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        finished = batch(a_table, output, "--scheduler", cluster.scheduler_address)
        ran = client.run(lambda dask_worker: len(dask_worker.state.task_counter.current_count()) >= 0)
        tasks = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
    assert (finished.returncode, finished.stderr) == (0, "")
    assert_whole(output, NAMES)
    assert len(measures(output)) == 5
    assert len(ran) == 2
    assert tasks == 0


def test_scheduler_that_does_not_answer(capfd, tmp_path, a_table, monkeypatch):
    monkeypatch.setattr("MultiModalSegmentationLib.command.batch.run.SECONDS_TO_CONNECT", 1)
    output = tmp_path / "out"
    assert main(["batch", str(a_table), "--output", str(output), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert "No Dask scheduler answers at 'tcp://127.0.0.1:9'" in line
    assert finished_cases(output) == []


@needs_pipes
def test_scheduler_that_is_lost(tmp_path, a_table, a_gate):
    """Killed while a case runs; what is finished stays, and one sentence tells how to go on."""
    output, file = tmp_path / "out", tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
    with dask_process("scheduler", *options) as scheduler:
        address = json.loads(wait_for(lambda: file.exists() and file.read_text(), "the scheduler's address"))["address"]
        with dask_process("worker", address, "--nthreads=1", "--no-dashboard", "--no-nanny") as worker:
            with started(a_table, output, "--scheduler", address) as process:
                a_gate.wait_for_reader()
                scheduler.kill()
                _, err, status = ended(process)
            worker.kill()
    assert status == 2
    assert err == "The Dask scheduler was lost: start it again, and this command with --resume.\n"
    assert_whole(output, ["P1"])


def dask_process(kind: str, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_workers_that_do_not_start(tmp_path, a_table):
    """Python cannot start in them."""
    code = (
        "import sys\n"
        "from MultiModalSegmentationLib.command.batch import run\n"
        "from MultiModalSegmentationLib.command.main import main\n"
        f"run._LOCAL['distributed.nanny.pre-spawn-environ']['PYTHONHOME'] = {str(tmp_path / 'nowhere')!r}\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    output = tmp_path / "out"
    command = [sys.executable, "-c", code, "batch", str(a_table), "--output", str(output), "--workers=1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Not all workers (1) did start (") and last.endswith("): try fewer by --workers.")
    assert finished_cases(output) == []
