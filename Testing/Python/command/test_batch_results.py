"""What ``batch`` writes: the same as ``segment`` case by case, the same whatever the number of workers, and why a case
failed."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
import SimpleITK as sitk
from batch_helpers import assert_whole, batch, measures, write_cohort, write_table, write_volumes
from command_line_helpers import SEED, SPACING, ball, image, read_array

from MultiModalSegmentationLib.command.batch.case import run_case
from MultiModalSegmentationLib.command.batch.cohort import reasons_to_look, suspicious_first, volume_scores
from MultiModalSegmentationLib.command.batch.folder import CohortFolder
from MultiModalSegmentationLib.command.batch.measures import Outcome
from MultiModalSegmentationLib.command.batch.progress import BatchProgress
from MultiModalSegmentationLib.command.batch.resources import crew_for, memory_of
from MultiModalSegmentationLib.command.batch.table import read_cases
from MultiModalSegmentationLib.command.common.progress import Progress
from MultiModalSegmentationLib.command.main import main, parse
from MultiModalSegmentationLib.explaining.comparison import dice
from MultiModalSegmentationLib.explaining.surface_distance import surface_distance


@pytest.fixture(scope="module")
def a_cohort(tmp_path_factory):
    """Six cases that end well, one whose seed lies outside and one whose file is no image; run by one worker."""
    folder = tmp_path_factory.mktemp("cohort")
    rows = write_cohort(folder, 8)
    rows[3]["seeds"] = "12,11,9; 500,11,9"
    (folder / "P6-t2.nrrd").write_text("no image\n")
    table = write_table(folder / "cases.csv", rows)
    return table, folder / "one", batch(table, folder / "one", "--workers=1")


@pytest.fixture
def a_folder(tmp_path) -> CohortFolder:
    folder = CohortFolder(tmp_path / "out")
    folder.prepare()
    return folder


def case_of(tmp_path, row, *options):
    parsed = parse(["batch", str(write_table(tmp_path / "cases.csv", [row])), "--output", "unused", *options])
    (case,) = read_cases(parsed.cases, parsed)
    return case


def test_failed_cases_do_not_stop_the_others(a_cohort):
    _, output, finished = a_cohort
    assert finished.returncode == 1
    assert finished.stderr == ""
    lines = finished.stdout.splitlines()
    assert len(lines) == 9
    assert sorted(line.split()[1].rstrip(":") for line in lines[:8]) == [f"P{n}" for n in range(1, 9)]
    assert lines[0].startswith("[1/8] P1: ")
    assert " mL in " in lines[0]
    assert "8 cases: 6 done, 0 kept, 2 failed." in lines[8]
    assert_whole(output, ["P1", "P2", "P3", "P5", "P7", "P8"])
    rows = measures(output)
    assert list(rows) == [f"P{n}" for n in range(1, 9)]
    assert rows["P4"]["status"] == rows["P6"]["status"] == "failed"
    assert "'500,11,9' lies outside the volume 'P4-t1'" in rows["P4"]["error"]
    assert "P6-t2.nrrd' cannot be read as an image" in rows["P6"]["error"]
    assert rows["P4"]["volume_ml"] == ""


def test_measures_are_those_of_the_region(a_cohort):
    table, output, _ = a_cohort
    row = measures(output)["P1"]
    region = read_array(output / "cases" / "P1" / "P1.nii.gz") > 0
    truth = read_array(table.parent / "P1-truth.nrrd") > 0
    t1 = read_array(table.parent / "P1-t1.nrrd")[region]
    assert int(row["voxels"]) == np.count_nonzero(region)
    assert float(row["volume_ml"]) == pytest.approx(np.count_nonzero(region) * math.prod(SPACING) / 1000, rel=1e-5)
    assert float(row["volume1_mean"]) == pytest.approx(t1.mean(), rel=1e-5)
    assert float(row["volume1_spread"]) == pytest.approx(t1.std(), rel=1e-5)
    assert float(row["dice"]) == pytest.approx(dice(region, truth), rel=1e-5)
    assert float(row["dice"]) > 0.75
    assert float(row["surface_distance_mm"]) == pytest.approx(surface_distance(region, truth, SPACING), rel=1e-5)
    assert float(row["effective_multiplier"]) == 3.5
    assert float(row["seconds"]) > 0
    assert row["touches_border"] == "no"


def test_label_images_are_the_same_whatever_the_number_of_workers(a_cohort):
    table, *_ = a_cohort
    assert batch(table, table.parent / "two", "--workers=2").returncode == 1
    for name in ("P1", "P2", "P3", "P5", "P7", "P8"):
        for file in (f"{name}.nii.gz", f"{name}.seg.nrrd", "recipe.json", "overview.png", "thumbnail.png"):
            one, two = (table.parent / folder / "cases" / name / file for folder in ("one", "two"))
            assert one.read_bytes() == two.read_bytes(), file


def test_a_case_is_what_segment_makes_of_it(a_cohort):
    table, output, _ = a_cohort
    folder = table.parent
    seeds = ["--seed=12,11,9", "--seed=13,11,9", "--seed=12,12,10"]
    volumes = [str(folder / "P2-t1.nrrd"), str(folder / "P2-t2.nrrd")]
    outputs = ["--output", str(folder / "P2.nii.gz"), "--report", str(folder / "s.json")]
    assert main(["segment", *volumes, *seeds, *outputs]) == 0
    case = output / "cases" / "P2"
    assert (folder / "P2.nii.gz").read_bytes() == (case / "P2.nii.gz").read_bytes()
    assert json.loads((folder / "s.json").read_text()) == json.loads((case / "recipe.json").read_text())


def test_markups_columns_and_comparison_reach_the_case(tmp_path, a_folder):
    row = write_volumes(tmp_path, "P1") | {"multiplier": "2.5", "compare": "yes", "exclusion_seeds": "2,2,2"}
    point = {"label": "F-1", "position": image(ball(SEED, 1).astype(np.uint8)).TransformIndexToPhysicalPoint(SEED)}
    markups = {"markups": [{"type": "Fiducial", "controlPoints": [point]}]}
    (tmp_path / "F.mrk.json").write_text(json.dumps(markups))
    outcome = run_case(case_of(tmp_path, row | {"seeds": "F.mrk.json"}), a_folder, resume=False, threads=1)
    assert outcome.error is None
    assert outcome.measures["effectiveMultiplier"] == 2.5
    recipe = json.loads((a_folder.of_case("P1") / "recipe.json").read_text())
    assert recipe["seeds"][0]["label"] == "F-1"
    assert tuple(recipe["seeds"][0]["ijk"]) == SEED
    assert recipe["exclusionSeeds"][0]["ijk"] == [2, 2, 2]
    assert len(recipe["comparison"]) == 2
    assert (a_folder.of_case("P1") / "P1-P1-t1.nii.gz").exists()


def test_truth_on_another_grid(tmp_path, a_folder):
    """Shifted by a voxel and cut: Dice is that of the truth where it belongs."""
    row = write_volumes(tmp_path, "P1")
    whole = sitk.ReadImage(str(tmp_path / row["truth"]))
    sitk.WriteImage(whole[3:, 2:, 1:] * 7, str(tmp_path / "cut.nrrd"))
    cut = run_case(case_of(tmp_path, row | {"truth": "cut.nrrd"}), a_folder, resume=False, threads=1)
    same = run_case(case_of(tmp_path, row), a_folder, resume=False, threads=1)
    assert cut.measures["dice"] == same.measures["dice"] > 0.75
    assert cut.measures["surfaceDistanceMm"] == same.measures["surfaceDistanceMm"]


def test_empty_truth_is_an_error_of_the_case(tmp_path, a_folder):
    row = write_volumes(tmp_path, "P1")
    sitk.WriteImage(image(np.zeros((20, 24, 26), np.uint8)), str(tmp_path / row["truth"]))
    outcome = run_case(case_of(tmp_path, row), a_folder, resume=False, threads=1)
    assert "P1-truth.nrrd' has no voxel but 0" in outcome.error
    assert not a_folder.of_case("P1").exists()
    assert list((a_folder.path / ".unfinished").iterdir()) == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory of the worker was not enough"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (RuntimeError("first\nsecond"), "RuntimeError: first second"),
    ],
)
def test_whatever_goes_wrong_in_a_case_is_its_error(tmp_path, a_folder, monkeypatch, error, words):
    def fail(*_, **__):
        raise error

    case = case_of(tmp_path, write_volumes(tmp_path, "P1"))
    assert run_case(case, a_folder, resume=False, threads=1).error is None
    before = sorted(a_folder.of_case("P1").iterdir())
    monkeypatch.setattr("MultiModalSegmentationLib.command.batch.case.write_record", fail)
    assert words in run_case(case, a_folder, resume=False, threads=1).error
    assert sorted(a_folder.of_case("P1").iterdir()) == before
    assert list((a_folder.path / ".unfinished").iterdir()) == []


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="nothing is unwritable for root, nor on Windows")
def test_folder_that_a_worker_cannot_write(tmp_path, a_folder):
    (a_folder.path / ".unfinished").chmod(0o500)
    outcome = run_case(case_of(tmp_path, write_volumes(tmp_path, "P1")), a_folder, resume=False, threads=1)
    assert "every worker must see it under this name" in outcome.error


def test_folder_that_a_worker_does_not_see(tmp_path):
    case = case_of(tmp_path, write_volumes(tmp_path, "P1"))
    outcome = run_case(case, CohortFolder(tmp_path / "elsewhere"), resume=False, threads=1)
    assert "every worker must see it under this name" in outcome.error


def test_surface_distance_of_known_shapes():
    one, other = np.zeros((2, 12, 12, 12), bool)
    one[4:8, 4:8, 4:8] = True
    assert surface_distance(one, one, (1, 1, 1)) == 0
    other[6:10, 4:8, 4:8] = True
    # Two slices of 2.5 mm apart along k: faces 0 to 5 mm away, by symmetry the same both ways.
    surface = [(k, j, i) for k in range(4) for j in range(4) for i in range(4) if {k, j, i} & {0, 3}]
    expected = [min(math.dist((2.5 * k, j, i), (2.5 * (c + 2), b, a)) for c, b, a in surface) for k, j, i in surface]
    assert surface_distance(one, other, (1, 1, 2.5)) == pytest.approx(np.mean(expected), rel=1e-12)
    assert math.isnan(surface_distance(one, np.zeros_like(one), (1, 1, 1)))


def outcome_of(name: str, volume: float, **changes) -> Outcome:
    measured = {"volumeMl": volume, "touchesBorder": False, "oddSeeds": [], "stoppedBy": None, "channels": []}
    return Outcome(name, {**measured, **changes})


def test_suspicious_cases_come_first():
    outcomes = [outcome_of(f"P{n}", 100 + n) for n in range(6)]
    outcomes += [
        outcome_of("border", 103, touchesBorder=True),
        outcome_of("large", 180),
        outcome_of("small", 40, oddSeeds=["F-2"]),
        Outcome("failed", error="It failed."),
    ]
    reasons = reasons_to_look(outcomes)
    assert reasons[:6] == [[]] * 6
    assert reasons[6:] == [
        ["touches the border"],
        ["volume far over the cohort's"],
        ["volume far under the cohort's", "odd seed F-2"],
        ["failed"],
    ]
    order = [outcomes[n].name for n in suspicious_first(outcomes, reasons)]
    assert order == ["failed", "small", "border", "large", "P0", "P1", "P2", "P3", "P4", "P5"]


def test_volumes_of_a_small_or_even_cohort_are_never_far():
    assert volume_scores([1.0, 100.0, None, 1.0]) == [0.0] * 4
    assert max(map(abs, volume_scores([100.0] * 9 + [110.0]))) < 3.5
    assert volume_scores([100.0] * 9 + [200.0])[-1] == pytest.approx(math.log(2) / 0.05)


def test_workers_fit_cores_memory_and_cases(tmp_path, monkeypatch):
    large = tmp_path / "large.mhd"
    large.write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 512 512 400\nElementType = MET_SHORT\n"
        "ElementSpacing = 1 1 1\nElementDataFile = large.raw\n"
    )
    (tmp_path / "large.raw").write_bytes(b"")
    row = write_volumes(tmp_path, "P1")
    small, big = case_of(tmp_path, row), case_of(tmp_path, row | {"volume1": "large.mhd"})
    voxels = 512 * 512 * 400
    assert memory_of(big) - memory_of(small) > 2 * voxels
    for module, name, value in (
        ("command.batch.resources", "CPU_COUNT", 8),
        ("command.batch.resources", "MEMORY_LIMIT", memory_of(big) * 3),
    ):
        monkeypatch.setattr(f"MultiModalSegmentationLib.{module}.{name}", value)
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 10**15}))
    assert crew_for([small] * 20, None).workers == 8
    assert crew_for([small, small], None).workers == 2
    assert crew_for([small, small], None).threads == 4
    assert crew_for([small] * 20 + [big], None).workers == 3
    assert crew_for([big] * 20, 5).workers == 5
    assert crew_for([big] * 20, 5).needed > crew_for([big] * 20, 5).memory


class Terminal:
    """What Progress asks of a terminal, and what it was told."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_terminal_shows_a_bar_with_the_time_left(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    terminal = Terminal()
    progress = BatchProgress(4, Progress(terminal), True)
    assert terminal.text.endswith("[..............................] 0 of 4 cases, starting")
    clock[0] += 1800
    progress.add(outcome_of("P1", 10))
    assert terminal.text.endswith("[#######.......................] 1 of 4 cases, 1:30:00 left")
    progress.add(Outcome("P2", error="It failed."))
    assert terminal.text.endswith("2 of 4 cases, 1 failed, 0:30:00 left")
    assert capsys.readouterr().out == "[2/4] P2: failed: It failed.\n"
    assert progress.summary() == "4 cases: 1 done, 0 kept, 1 failed."
