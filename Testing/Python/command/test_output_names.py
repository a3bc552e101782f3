"""Whatever a file is called, it is written so that it can be read again, or refused before the run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import read_array, seed_options, segment, write_two_volumes

from MultiModalSegmentationLib.files.atomic import check_readable_name, write_image


@pytest.fixture
def volumes(tmp_path) -> list[str]:
    return write_two_volumes(tmp_path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> np.ndarray:
    folder = tmp_path_factory.mktemp("expected")
    assert segment(write_two_volumes(folder), *seed_options(), "--output", folder / "o.nrrd") == 0
    return read_array(folder / "o.nrrd")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "R.NII.GZ",
            "R.NII",
            "R.NRRD",
            "lesion.img.nii.gz",
            "lesion.hdr.nii",
            "a.nii.nii.gz",
            "77 %.mhd",
            "100%s.mhd",
        ),
        *("struct2(%Max=5).mhd", "LIST.mhd", "Local.mhd", "ä中.mhd", "x;y.mhd", "50%.nii.gz", "50%d.mha", "plain.mhd"),
    ],
)
def test_written_so_that_itk_reads_it(volumes, tmp_path, expected, name):
    output = tmp_path / "out" / name
    output.parent.mkdir()
    assert segment(volumes, *seed_options(), "--output", output) == 0
    # In a process of its own: a pattern in a name ends it, where it is taken for one.
    read = "import sys, SimpleITK as s; print(int(s.GetArrayFromImage(s.ReadImage(sys.argv[1])).sum()))"
    done = subprocess.run([sys.executable, "-c", read, str(output)], capture_output=True, text=True)
    assert done.stdout.strip() == str(int(expected.sum()))
    files = {file.name for file in output.parent.iterdir()}
    assert files in ({name}, {name, output.with_suffix(".zraw").name})


@pytest.mark.parametrize("name", ["R.MHD", "R.MHA", "R.Nii.Gz", "R.nii.GZ"])
def test_endings_that_itk_does_not_read_are_refused_before_the_run(capfd, volumes, tmp_path, name):
    output = tmp_path / "out" / name
    output.parent.mkdir()
    assert segment(volumes, *seed_options(), "--output", output) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert name in line and "capitals" in line
    assert list(output.parent.iterdir()) == []


def test_percent_signs_in_every_name(volumes, tmp_path):
    output = tmp_path / "77%s.mhd"
    options = ["--compare", "--smoothed", tmp_path / "s%d", "--output", output]
    first, second = (Path(volume) for volume in volumes)
    first = first.rename(tmp_path / "50% %s.nrrd")
    assert segment([first, second], *seed_options(), *options) == 0
    for written in (output, tmp_path / "77%s-50% %s.mhd", tmp_path / "s%d" / "50% %s-smoothed.mhd"):
        assert read_array(written).any()


def test_capitals_in_all_the_other_outputs(volumes, tmp_path):
    pytest.importorskip("slicer")
    names = {"figure": "F.PNG", "report": "R.JSON", "leak-curve": "L.CSV", "surface": "S.OBJ"}
    given = [f"--{option}={tmp_path / name}" for option, name in names.items()]
    assert segment(volumes, *seed_options(), *given, "--output", tmp_path / "R.SEG.NRRD") == 0
    assert read_array(tmp_path / "R.SEG.NRRD").sum() > 100
    assert (tmp_path / "F.PNG").read_bytes().startswith(b"\x89PNG")
    assert "mtllib S.mtl" in (tmp_path / "S.OBJ").read_text() or not (tmp_path / "S.mtl").exists()
    for name in names.values():
        assert (tmp_path / name).stat().st_size > 100


def test_a_name_that_nothing_reads(tmp_path):
    with pytest.raises(ValueError, match="capitals"):
        check_readable_name(tmp_path / "a.MHD")
    check_readable_name(tmp_path / "a.mhd")
    assert list(tmp_path.iterdir()) == []


def test_an_image_takes_the_place_of_the_old_one_whole(tmp_path):
    for value in (1, 2):
        write_image(sitk.GetImageFromArray(np.full((3, 3, 3), value, np.uint8)), tmp_path / "9 %.mhd")
        assert (read_array(tmp_path / "9 %.mhd") == value).all()


def test_a_file_that_hides_the_output_is_said(capfd, volumes, tmp_path):
    write_image(sitk.GetImageFromArray(np.zeros((3, 3, 3), np.uint8)), tmp_path / "o.nii")
    for name, is_hidden in (("o.nii.gz", True), ("p.nii.gz", False)):
        assert segment(volumes, *seed_options(), "--output", tmp_path / name) == 0
        assert ("'o.nii', which ITK and Slicer read in its place" in capfd.readouterr().out) == is_hidden
