"""Every error a user can cause: one sentence on stderr, exit status 2, no file written and none changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import ORIGIN, SIZE, image, seed_options, segment, two_volumes, write_two_volumes

from MultiModalSegmentationLib.command.main import main, parse
from MultiModalSegmentationLib.command.segment import command as segment_command
from MultiModalSegmentationLib.command.segment import report


@pytest.fixture
def volumes(tmp_path) -> list[str]:
    return write_two_volumes(tmp_path)


@pytest.fixture
def output(tmp_path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "region.nrrd"


def assert_refused(capfd, status: int, output: Path, *words: str) -> None:
    """One line on stderr with these words, none on stdout, status 2, an empty output folder."""
    captured = capfd.readouterr()
    assert status == 2
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1, captured.err
    assert not lines[0].startswith("usage")
    for word in words:
        assert word in lines[0]
    assert list(output.parent.iterdir()) == []


def test_missing_file(capfd, volumes, output):
    status = segment([volumes[0], "nowhere.nii"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "nowhere.nii", "does not exist")


@pytest.mark.parametrize("name", ["text.txt", "text.nii.gz", "text.mhd", "text.nrrd", "text.dcm", "text.h5"])
def test_file_that_is_no_image(capfd, tmp_path, volumes, output, name):
    (tmp_path / name).write_text("no image\n")
    status = segment([volumes[0], tmp_path / name], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, name, "cannot be read as an image")


def test_truncated_image(capfd, tmp_path, volumes, output):
    path = tmp_path / "cut.nrrd"
    path.write_bytes(Path(volumes[0]).read_bytes()[:600])
    assert_refused(capfd, segment([path, volumes[1]], *seed_options(), "--output", output), output, "cut.nrrd")


def test_folder_without_dicom(capfd, tmp_path, volumes, output):
    (tmp_path / "empty").mkdir()
    status = segment([volumes[0], tmp_path / "empty"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "empty", "no DICOM series")


def test_no_volume(capfd, output):
    assert_refused(capfd, segment([], *seed_options(), "--output", output), output, "No volumes are given")


def test_one_volume(capfd, volumes, output):
    status = segment(volumes[:1], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "Only the volume", "T1.nrrd")


def test_five_volumes(capfd, volumes, output):
    status = segment([*volumes, "a", "b", "c"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "5 volumes", "2 to 4")


def test_one_volume_given_twice(capfd, volumes, output):
    status = segment([volumes[0], volumes[0]], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "T1.nrrd", "twice")


def test_two_files_of_one_image(capfd, tmp_path, volumes, output):
    sitk.WriteImage(sitk.ReadImage(volumes[0]), str(tmp_path / "copy.mha"))
    status = segment([volumes[0], tmp_path / "copy.mha"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "T1", "copy", "same image")


@pytest.mark.parametrize("option", ["--seed", "--exclude"])
@pytest.mark.parametrize("point", ["-1,2,3", "26,2,3", "2,2,100"])
@pytest.mark.parametrize("joined", [True, False])
def test_point_outside(capfd, volumes, output, option, point, joined):
    given = [f"{option}={point}"] if joined else [option, point]
    status = segment(volumes, *seed_options(), *given, "--output", output)
    assert_refused(capfd, status, output, point, "outside", "T1")


@pytest.mark.parametrize("point", ["1,2", "1,2,3,4", "1.5,2,3", "a,b,c", ""])
def test_point_that_is_no_voxel(capfd, volumes, output, point):
    status = segment(volumes, "--seed", point, "--output", output)
    assert_refused(capfd, status, output, f"'{point}' is no voxel")


def test_no_seed(capfd, volumes, output):
    assert_refused(capfd, segment(volumes, "--output", output), output, "No seed is given")


def test_exclusion_seed_on_a_seed(capfd, volumes, output):
    status = segment(volumes, "--seed=12,11,9", "--exclude=12,11,9", "--output", output)
    assert_refused(capfd, status, output, "12,11,9", "same voxel")


def test_exclusion_seed_with_itk_statistics(capfd, volumes, output):
    status = segment(volumes, *seed_options(), "--exclude=5,11,9", "--statistics=itk", "--output", output)
    assert_refused(capfd, status, output, "xclusion seed", "pooled")


def test_seed_outside_the_field_of_view(capfd, tmp_path, volumes, output):
    half = sitk.ReadImage(volumes[1])[:, :, 12:]
    sitk.WriteImage(half, str(tmp_path / "half.nrrd"))
    status = segment([volumes[0], tmp_path / "half.nrrd"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "12,11,9", "half", "field of view")


def _other_images() -> dict[str, sitk.Image]:
    return {
        "flat.png": sitk.Image([26, 24], sitk.sitkUInt8),
        "flat.mha": sitk.Image([26, 24], sitk.sitkFloat32),
        "series.nii.gz": sitk.Image([26, 24, 20, 3], sitk.sitkFloat32),
        "color.nrrd": sitk.Image([26, 24, 20], sitk.sitkVectorUInt8, 3),
        "field.mha": sitk.Image([26, 24, 20], sitk.sitkVectorFloat32, 2),
        "complex.mha": sitk.Image([26, 24, 20], sitk.sitkComplexFloat32),
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flat.png", "2 dimensions"),
        ("flat.mha", "2 dimensions"),
        ("series.nii.gz", "4 dimensions"),
        ("color.nrrd", "3 values per voxel"),
        ("field.mha", "2 values per voxel"),
        ("complex.mha", "complex"),
    ],
)
@pytest.mark.parametrize("position", [0, 1])
def test_image_that_is_no_scalar_volume(capfd, tmp_path, volumes, output, name, words, position):
    sitk.WriteImage(_other_images()[name], str(tmp_path / name))
    volumes[position] = str(tmp_path / name)
    assert_refused(capfd, segment(volumes, *seed_options(), "--output", output), output, name, words)


def test_volumes_that_do_not_overlap(capfd, tmp_path, volumes, output):
    away = two_volumes()[1]
    away.SetOrigin([v + 500 for v in ORIGIN])
    sitk.WriteImage(away, str(tmp_path / "away.nrrd"))
    status = segment([volumes[0], tmp_path / "away.nrrd"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "T1.nrrd", "away.nrrd", "no common field of view")


def test_volume_without_a_finite_voxel(capfd, tmp_path, volumes, output):
    sitk.WriteImage(image(np.full(SIZE[::-1], np.nan, np.float32)), str(tmp_path / "nan.nrrd"))
    status = segment([volumes[0], tmp_path / "nan.nrrd"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "nan")


@pytest.mark.parametrize("option", ["--output", "--figure", "--surface", "--report", "--leak-curve"])
def test_folder_that_does_not_exist(capfd, volumes, output, option):
    endings = {"--figure": ".png", "--surface": ".stl", "--report": ".json", "--leak-curve": ".csv"}
    target = output.parent / "missing" / f"file{endings.get(option, '.nrrd')}"
    options = [option, target] if option == "--output" else ["--output", output, option, target]
    assert_refused(capfd, segment(volumes, *seed_options(), *options), output, str(target), "cannot be written")


def test_output_below_a_file(capfd, tmp_path, volumes, output):
    status = segment(volumes, *seed_options(), "--output", Path(volumes[0]) / "region.nrrd")
    assert_refused(capfd, status, output, "region.nrrd", "cannot be written")


def test_output_that_is_a_folder(capfd, tmp_path, volumes, output):
    (tmp_path / "region.mha").mkdir()
    status = segment(volumes, *seed_options(), "--output", tmp_path / "region.mha")
    assert_refused(capfd, status, output, "region.mha", "cannot be written")


def test_smoothed_folder_below_a_missing_one(capfd, tmp_path, volumes, output):
    status = segment(volumes, *seed_options(), "--output", output, "--smoothed", tmp_path / "missing" / "smoothed")
    assert_refused(capfd, status, output, "missing", "cannot be written")


def test_no_output(capfd, volumes, output):
    assert_refused(capfd, segment(volumes, *seed_options()), output, "No output is given")


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--output", "region.txt"),
        ("--output", ".nrrd"),
        ("--figure", "figure.jpg"),
        ("--surface", "surface.ply"),
        ("--report", "report.txt"),
        ("--leak-curve", "curve.txt"),
    ],
)
def test_unknown_ending(capfd, volumes, output, option, name):
    options = ["--output", output, option, output.parent / name]
    assert_refused(capfd, segment(volumes, *seed_options(), *options), output, name, "unknown ending")


def test_output_that_is_an_input(capfd, volumes, output):
    before = Path(volumes[0]).read_bytes()
    status = segment(volumes, *seed_options(), "--output", volumes[0])
    assert_refused(capfd, status, output, "T1.nrrd", "is an input")
    assert Path(volumes[0]).read_bytes() == before


def test_two_outputs_of_one_name(capfd, volumes, output):
    clash = output.parent / "T1-smoothed.nrrd"
    status = segment(volumes, *seed_options(), "--output", clash, "--smoothed", output.parent)
    assert_refused(capfd, status, output, "T1-smoothed.nrrd", "is written already")


def _markups(points: list[dict], **entries) -> str:
    return json.dumps({"markups": [{"type": "Fiducial", "controlPoints": points, **entries}]})


@pytest.mark.parametrize("option", ["--seeds", "--exclude-seeds"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_markups([]), "no defined point"),
        (_markups([{"label": "F-1", "position": [1, 2, 3], "positionStatus": "undefined"}]), "no defined point"),
        (_markups([{"label": "F-1", "position": [1, 2, 3], "positionStatus": "preview"}]), "no defined point"),
        (_markups([{"label": "far", "position": [999, 0, 0], "positionStatus": "defined"}]), "'far' lies outside"),
        ("{}", "no Slicer markups file"),
        ("no json", "no Slicer markups file"),
        (None, "cannot be read"),
    ],
)
def test_markups_file_without_a_usable_point(capfd, tmp_path, volumes, output, option, text, words):
    path = tmp_path / "points.mrk.json"
    if text is not None:
        path.write_text(text)
    seeds = seed_options() if option == "--exclude-seeds" else []
    assert_refused(capfd, segment(volumes, *seeds, option, path, "--output", output), output, words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--nonsense"], "'--nonsense' is unknown"),
        (["--nonsense=3"], "'--nonsense' is unknown"),
        (["-x"], "'-x' is unknown"),
        (["--multiplier=much"], "--multiplier"),
        (["--multiplier=-1"], "multiplier is -1.0"),
        (["--multiplier", "nan"], "multiplier is nan"),
        (["--iterations=-1"], "iterations is -1"),
        (["--iterations=1.5"], "--iterations"),
        (["--radius=-1"], "seed radius is -1"),
        (["--time-step=0"], "time step is 0.0"),
        (["--smoothing-iterations=-2"], "smoothing iterations is -2"),
        (["--max-volume=0"], "maximum volume is 0.0"),
        (["--label=0"], "label is 0"),
        (["--label=70000"], "label is 70000"),
        (["--preset=best"], "--preset"),
        (["--statistics=best"], "--statistics"),
        (["--slice=20"], "slice 20"),
        (["--slice=-1"], "slice -1"),
    ],
)
def test_option_that_cannot_be(capfd, volumes, output, options, words):
    status = segment(volumes, *seed_options(), *options, "--output", output)
    assert_refused(capfd, status, output, words)


@pytest.mark.parametrize("arguments", [[], ["grow"], ["--nonsense"], ["demo", "extra"], ["demo", "--size=huge"]])
def test_command_that_does_not_exist(capfd, output, arguments):
    assert_refused(capfd, main(arguments), output)


def test_missing_packages_are_named(capfd, volumes, output, monkeypatch):
    monkeypatch.setitem(sys.modules, "slicer", None)
    for options in (["--output", output.with_suffix(".seg.nrrd")], ["--output", output, "--surface", "surface.stl"]):
        assert_refused(capfd, segment(volumes, *seed_options(), *options), output, "[mrml]", "slicer-core")


def test_existing_output_stays_on_an_error(capfd, volumes, output):
    output.write_bytes(b"precious")
    assert segment(volumes, "--seed=-1,2,3", "--output", output) == 2
    assert output.read_bytes() == b"precious"
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_nothing_is_written_where_one_file_fails(capfd, volumes, output, monkeypatch):
    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write_report", full_disk)
    output.write_bytes(b"precious")
    options = ["--output", output, "--report", output.parent / "r.json", "--smoothed", output.parent / "smoothed"]
    status = segment(volumes, *seed_options(), *options, "--compare", "--figure", output.parent / "f.png")
    captured = capfd.readouterr()
    assert status == 2
    assert captured.err.splitlines() == [
        f"The file '{output.parent / 'r.json'}' cannot be written (No space left on device): "
        "choose another name or folder."
    ]
    assert [path.name for path in output.parent.iterdir()] == ["region.nrrd"]
    assert output.read_bytes() == b"precious"


def test_interrupted(capfd, volumes, output, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(segment_command, "write_outputs", interrupted)
    status = segment(volumes, *seed_options(), "--output", output)
    assert status == 130
    assert list(output.parent.iterdir()) == []
    assert capfd.readouterr().out == ""


def test_the_installed_module_fails_in_one_line(tmp_path):
    command = [sys.executable, "-m", "MultiModalSegmentationLib", "segment", "a.nii", "b.nii", "--seed", "-1,2,3"]
    finished = subprocess.run([*command, "--output", "c.nii"], cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 2
    assert finished.stderr == "The volume 'a.nii' does not exist: check its name.\n"
    assert finished.stdout == ""


@pytest.mark.parametrize(
    "given",
    [
        ["--seed", "12,11,9", "--seed", "13,11,9"],
        ["--seed=12,11,9", "--seed=13,11,9"],
        ["--seed", "12,11,9", "13,11,9"],
        ["--seed", "12", "11", "9", "--seed", "13", "11", "9"],
        ["--seed=12,11,9", "13,11,9"],
    ],
    ids=" ".join,
)
def test_ways_to_give_voxels(given):
    volumes = ["a.nrrd", "b.nrrd"]
    for argv in ([*volumes, *given], [*given, "--output=o.nrrd", *volumes], [volumes[0], *given, volumes[1]]):
        options = parse(["segment", *argv])
        assert options.seed == [(12, 11, 9), (13, 11, 9)]
        assert options.volumes == [Path(volume) for volume in volumes]


@pytest.mark.parametrize("point", [["-1", "2", "3"], ["-1,2,3"]])
def test_negative_voxels_are_voxels(point):
    assert parse(["segment", "a", "b", "--exclude", *point]).exclude == [(-1, 2, 3)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--multiplier=1e300"], ("multiplier", "1,000,000")),
        (["--multiplier=nan"], ("multiplier", "over 0")),
        (["--radius=500"], ("seed radius is 500", "0 to 50")),
        (["--radius=1000000000000"], ("seed radius", "0 to 50")),
        (["--iterations=1000000000000"], ("iterations", "0 to 1000")),
        (["--smoothing-iterations=1000000000000"], ("smoothing iterations", "0 to 1000")),
        (["--radius=1.5"], ("--radius", "'1.5' is no whole number")),
        (["--multiplier=3.5.1"], ("--multiplier", "'3.5.1' is no number")),
        (["--label=99999999999999999999"], ("label",)),
        (["--slice=99999999999999999999"], ("slice",)),
        (["--seed=99999999999999999999,1,1"], ("--seed", "no index")),
        (["--seed", "1", "2"], ("--seed", "3 arguments")),
    ],
    ids=str,
)
def test_values_beyond_use(capfd, volumes, output, options, words):
    assert_refused(capfd, segment(volumes, *seed_options(), *options, "--output", output), output, *words)


def test_names_that_are_too_long(capfd, volumes, output):
    status = segment([volumes[0], "x" * 5000 + ".nrrd"], *seed_options(), "--output", output)
    assert_refused(capfd, status, output, "xxxx", "cannot be used")


def test_smoothed_volumes_into_a_file(capfd, volumes, output):
    status = segment(volumes, *seed_options(), "--smoothed", volumes[0], "--output", output)
    assert_refused(capfd, status, output, "T1.nrrd", "is a file")


def test_an_image_is_no_point_list(capfd, volumes, output):
    assert_refused(capfd, segment(volumes, "--seeds", volumes[0], "--output", output), output, "no Slicer markups file")


def test_the_data_behind_an_input_are_not_written_over(capfd, tmp_path, volumes, output):
    sitk.WriteImage(sitk.ReadImage(volumes[0]), str(tmp_path / "T1.mhd"), True)
    for old, new in (("T1.mhd", "in.mhd"), ("T1.zraw", "region.zraw")):
        (tmp_path / old).rename(tmp_path / new)
    (tmp_path / "in.mhd").write_text((tmp_path / "in.mhd").read_text().replace("T1.zraw", "region.zraw"))
    before = (tmp_path / "region.zraw").read_bytes()
    status = segment([tmp_path / "in.mhd", volumes[1]], *seed_options(), "--output", tmp_path / "region.mhd")
    assert_refused(capfd, status, output, "region.mhd", "written over", "is an input")
    assert (tmp_path / "region.zraw").read_bytes() == before
