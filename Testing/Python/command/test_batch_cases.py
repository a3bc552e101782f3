"""The table of ``batch``: what it may hold, and that all that is wrong with it is told before a case runs."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from batch_helpers import write_table, write_volumes
from command_line_helpers import seed_options, write_two_volumes

from MultiModalSegmentationLib.command.batch.checksum import case_checksum
from MultiModalSegmentationLib.command.batch.table import read_cases
from MultiModalSegmentationLib.command.main import main, parse
from MultiModalSegmentationLib.parameters.presets import PRESETS
from MultiModalSegmentationLib.parameters.settings import SeedStatistics


@pytest.fixture
def a_row(tmp_path) -> dict[str, str]:
    return write_volumes(tmp_path, "P1")


def cases_of(table: Path, *options: str):
    parsed = parse(["batch", str(table), "--output", "unused", *options])
    return read_cases(parsed.cases, parsed)


def refusal(capfd, table: Path, *options: str) -> list[str]:
    """The lines on stderr of a command that was refused and wrote nothing."""
    output = table.parent / "out"
    assert main(["batch", str(table), "--output", str(output), *options]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert not output.exists()
    return captured.err.splitlines()


def test_row_becomes_a_case(tmp_path, a_row):
    (case,) = cases_of(write_table(tmp_path / "cases.csv", [a_row]))
    assert case.name == "P1"
    assert case.sources.volumes == (tmp_path / "P1-t1.nrrd", tmp_path / "P1-t2.nrrd")
    assert case.sources.seed_voxels == ((12, 11, 9), (13, 11, 9), (12, 12, 10))
    assert case.sources.seeds_file is None
    assert case.truth == tmp_path / "P1-truth.nrrd"
    assert case.parameters.growing == PRESETS["default"].growing
    assert case.parameters.unimodal is None


def test_paths_are_relative_to_the_table(tmp_path, monkeypatch):
    (tmp_path / "table").mkdir()
    (tmp_path / "data").mkdir()
    row = write_volumes(tmp_path / "data", "P1")
    row |= {column: f"../data/{row[column]}" for column in ("volume1", "volume2")} | {"truth": ""}
    write_table(tmp_path / "table" / "cases.csv", [row])
    monkeypatch.chdir(tmp_path / "table")
    (case,) = cases_of(Path("cases.csv"))
    assert case.sources.volumes[0] == tmp_path / "data" / "P1-t1.nrrd"
    assert case.truth is None


def test_columns_override_the_command(tmp_path, a_row):
    changed = {
        "multiplier": "2.5",
        "max_volume": "7",
        "Statistics": "itk",
        "compare": "yes",
        "smoothing-iterations": "0",
    }
    table = write_table(tmp_path / "cases.csv", [a_row | changed, write_volumes(tmp_path, "P2")])
    first, second = cases_of(table, "--multiplier=4", "--iterations=2")
    assert first.parameters.growing.multiplier == 2.5
    assert first.parameters.growing.max_volume_ml == 7
    assert first.parameters.growing.seed_statistics is SeedStatistics.ITK
    assert first.parameters.growing.iterations == 2
    assert first.parameters.smoothing.iterations == 0
    assert first.parameters.unimodal is not None
    assert second.parameters.growing.multiplier == 4
    assert second.parameters.growing.max_volume_ml is None
    assert second.parameters.smoothing.iterations == 5
    assert second.parameters.unimodal is None


def test_markups_files_and_exclusion_seeds(tmp_path, a_row):
    (tmp_path / "F.mrk.json").write_text("{}")
    row = a_row | {"seeds": "F.mrk.json", "exclusion_seeds": "1,2,3;"}
    (case,) = cases_of(write_table(tmp_path / "cases.csv", [row]))
    assert (case.sources.seed_voxels, case.sources.seeds_file) == ((), tmp_path / "F.mrk.json")
    assert (case.sources.exclusion_voxels, case.sources.exclusion_file) == (((1, 2, 3),), None)


def test_spreadsheet_habits_are_understood(tmp_path, a_row):
    """A byte order mark, capitals and spaces around the names, empty rows."""
    table = write_table(tmp_path / "cases.csv", [a_row])
    text = table.read_text().replace("case,volume1", "Case , Volume1") + ",,,,\n\n"
    table.write_text("\ufeff" + text, encoding="utf-8")
    assert [case.name for case in cases_of(table)] == ["P1"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"volume1": "nowhere.nrrd"}, "the volume 'nowhere.nrrd' does not exist"),
        ({"volume2": ""}, "the column 'volume2' is empty"),
        ({"volume2": "P1-t1.nrrd"}, "'P1-t1.nrrd' is given twice"),
        ({"volume3": "P1-t2.nrrd"}, "'P1-t2.nrrd' is given twice"),
        ({"seeds": ""}, "the column 'seeds' is empty"),
        ({"seeds": "1,2"}, "'1,2' in 'seeds' is no seed"),
        ({"seeds": "1,2,x; 3,4,5"}, "is no seed"),
        ({"seeds": "F.mrk.json"}, "'F.mrk.json' of 'seeds' does not exist"),
        ({"exclusion_seeds": "G.mrk.json"}, "'G.mrk.json' of 'exclusion_seeds' does not exist"),
        ({"exclusion_seeds": "here"}, "'here' in 'exclusion_seeds' is no seed"),
        ({"truth": "T.nrrd"}, "the truth 'T.nrrd' does not exist"),
        ({"case": ""}, "the column 'case' is empty"),
        ({"case": "a/b"}, "'a/b' cannot name a folder"),
        ({"case": ".."}, "'..' cannot name a folder"),
        ({"case": "x" * 101}, "cannot name a folder"),
        ({"case": "p0"}, "'p0' is that of row 2 already"),
        ({"multiplier": "much"}, "in the column 'multiplier', 'much' is no number"),
        ({"multiplier": "-1"}, "the multiplier is -1.0: it must be over 0"),
        ({"iterations": "1.5"}, "in the column 'iterations', '1.5' is no whole number"),
        ({"preset": "best"}, "in the column 'preset', invalid choice: 'best'"),
        ({"compare": "perhaps"}, "'perhaps' is neither yes nor no"),
    ],
)
def test_wrong_cell_is_named_with_its_row(capfd, tmp_path, a_row, changes, words):
    rows = [write_volumes(tmp_path, "P0"), a_row | changes]
    (line,) = refusal(capfd, write_table(tmp_path / "cases.csv", rows))
    assert line.startswith("Row 3: ")
    assert words in line


def test_all_problems_are_told_at_once(capfd, tmp_path, a_row):
    rows = [a_row | {"volume1": "a.nrrd", "truth": "b.nrrd"}, a_row, a_row | {"case": "P2", "radius": "-1"}]
    lines = refusal(capfd, write_table(tmp_path / "cases.csv", rows))
    assert [line.split(":")[0] for line in lines] == ["Row 2", "Row 2", "Row 3", "Row 4"]
    assert "'a.nrrd'" in lines[0]
    assert "'b.nrrd'" in lines[1]
    assert "'P1' is that of row 2" in lines[2]
    assert "seed radius is -1" in lines[3]


def test_seeds_without_quotes(capfd, tmp_path, a_row):
    table = write_table(tmp_path / "cases.csv", [a_row])
    table.write_text(table.read_text().replace('"', ""))
    (line,) = refusal(capfd, table)
    assert line.startswith("Row 2: there are 11 cells for 5 columns")
    assert "double quotes" in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("case,volume1,volume2,seeds\n", "has no case"),
        ("case,volume1,volume2\n", "Row 1: the column 'seeds' is missing"),
        ("case,volume1,volume2,seeds,color\n", "Row 1: the column 'color' is unknown"),
        ("case,volume1,volume2,seeds,Case\n", "Row 1: the column 'case' is there twice"),
        ("case,volume1,volume2,seeds,max_volume,max-volume\n", "'max-volume' is there twice"),
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "not in UTF-8"),
    ],
)
def test_table_that_is_none(capfd, tmp_path, text, words):
    table = tmp_path / "cases.csv"
    if text is not None:
        table.write_bytes(text if isinstance(text, bytes) else text.encode())
    (line,) = refusal(capfd, table)
    assert words in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers=0"], "number of workers is 0"),
        (["--workers=2", "--scheduler=tcp://127.0.0.1:1"], "leave out --workers or --scheduler"),
        (["--multiplier=x"], "--multiplier"),
        (["--seed=1,2,3"], "'--seed' is unknown"),
    ],
)
def test_options_that_cannot_be(capfd, tmp_path, a_row, options, words):
    (line,) = refusal(capfd, write_table(tmp_path / "cases.csv", [a_row]), *options)
    assert words in line


def test_output_that_cannot_be_written(capfd, tmp_path, a_row):
    table = write_table(tmp_path / "cases.csv", [a_row])
    for output in (tmp_path / "missing" / "out", table):
        assert main(["batch", str(table), "--output", str(output)]) == 2
        (line,) = capfd.readouterr().err.splitlines()
        assert f"The folder '{output}' cannot be written" in line
    with table.open() as file:
        assert len(list(csv.reader(file))) == 2


def test_missing_packages_are_named(capfd, tmp_path, a_row, monkeypatch):
    monkeypatch.setattr("MultiModalSegmentationLib.command.batch.command.PACKAGES", ("numpy", "no_such_package"))
    (line,) = refusal(capfd, write_table(tmp_path / "cases.csv", [a_row]))
    assert "needs the package no_such_package" in line
    assert "multimodal-segmentation[batch]" in line


def test_checksum_follows_contents_not_names(tmp_path, a_row):
    table = write_table(tmp_path / "cases.csv", [a_row])
    (case,) = cases_of(table)
    before = case_checksum(case)
    (tmp_path / "P1-t1.nrrd").rename(tmp_path / "renamed.nrrd")
    (case,) = cases_of(write_table(table, [a_row | {"volume1": "renamed.nrrd"}]))
    assert case_checksum(case) == before
    others = [cases_of(table, "--multiplier=3.4"), cases_of(table, "--compare"), cases_of(table, "--time-step=0.1")]
    write_volumes(tmp_path, "renamed", noise_seed=1)
    (tmp_path / "renamed-t1.nrrd").replace(tmp_path / "renamed.nrrd")
    others.append(cases_of(table))
    assert len({before, *(case_checksum(one) for (one,) in others[:3]), case_checksum(others[3][0])}) == 5


def test_checksum_follows_the_voxels_of_a_detached_header(tmp_path, a_row):
    import SimpleITK as sitk

    sitk.WriteImage(sitk.ReadImage(str(tmp_path / "P1-t1.nrrd")), str(tmp_path / "v.mhd"))
    (case,) = cases_of(write_table(tmp_path / "cases.csv", [a_row | {"volume1": "v.mhd"}]))
    before = case_checksum(case)
    voxels = bytearray((tmp_path / "v.raw").read_bytes())
    voxels[100] ^= 1
    (tmp_path / "v.raw").write_bytes(bytes(voxels))
    assert case_checksum(case) != before


def test_other_commands_do_not_import_dask(tmp_path):
    volumes = write_two_volumes(tmp_path)
    arguments = ["segment", *volumes, *seed_options(), "--output", str(tmp_path / "o.nrrd")]
    code = (
        "import sys\n"
        "from MultiModalSegmentationLib.command.main import main\n"
        f"status = main({arguments!r})\n"
        "import MultiModalSegmentationLib.workflow.workflow, MultiModalSegmentationLib.command.demo.command\n"
        "print(status, [m for m in ('dask', 'distributed', 'bokeh', 'tornado') if m in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert finished.stdout.splitlines()[-1] == "0 []"
