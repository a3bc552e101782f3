"""Files of all kinds in a cohort: case names, truths, older points, and data behind a header that changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from batch_helpers import write_table, write_volumes
from command_line_helpers import ORIGIN, SIZE, SPACING, read_array

from MultiModalSegmentationLib.command.batch.case import run_case
from MultiModalSegmentationLib.command.batch.checksum import case_checksum
from MultiModalSegmentationLib.command.batch.folder import CohortFolder
from MultiModalSegmentationLib.command.batch.table import read_cases
from MultiModalSegmentationLib.command.main import parse

META = (
    f"ObjectType = Image\nNDims = 3\nBinaryData = True\nOffset = {' '.join(map(str, ORIGIN))}\n"
    f"ElementSpacing = {' '.join(map(str, SPACING))}\nDimSize = {' '.join(map(str, SIZE))}\n"
    "ElementType = MET_SHORT\nElementDataFile = "
)
NRRD = (
    f"NRRD0005\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: {' '.join(map(str, SIZE))}\n"
    f"space directions: ({SPACING[0]},0,0) (0,{SPACING[1]},0) (0,0,{SPACING[2]})\nendian: little\nencoding: raw\n"
    f"space origin: {ORIGIN}\ndata file: ".replace(", ", ",")
)
LIST = "".join(f"s{number:02d}.raw\n" for number in range(SIZE[2]))
HEADERS = {
    "one.mhd": META + "x.raw\n",
    "one.mha": META + "x.raw\n",
    "list.mhd": META + "LIST\n" + LIST,
    "pattern.mhd": META + f"s%02d.raw 0 {SIZE[2] - 1} 1\n",
    "one.nhdr": NRRD + "x.raw\n",
    "one.nrrd": NRRD + "x.raw\n",
    "list.nhdr": NRRD + "LIST 2\n" + LIST,
    "pattern.nhdr": NRRD + f"s%02d.raw 0 {SIZE[2] - 1} 1 2\n",
}


def write_data(folder: Path, array: np.ndarray) -> None:
    """The voxels behind all the headers, and those of pairs."""
    (folder / "x.raw").write_bytes(array.tobytes())
    for number, plane in enumerate(array):
        (folder / f"s{number:02d}.raw").write_bytes(plane.tobytes())
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    for name in ("pair.hdr", "packed.img.gz"):
        sitk.WriteImage(image, str(folder / name))


@pytest.mark.parametrize("name", [*HEADERS, "pair.hdr", "pair.img", "packed.hdr.gz", "packed.img.gz"])
def test_a_case_has_changed_when_any_of_its_data_has(tmp_path, name):
    row = write_volumes(tmp_path, "P1")
    voxels = read_array(tmp_path / row["volume1"])
    for header, text in HEADERS.items():
        (tmp_path / header).write_text(text)
    write_data(tmp_path, voxels)
    table = write_table(tmp_path / "cases.csv", [row | {"volume1": name}])
    (case,) = read_cases(table, parse(["batch", str(table), "--output", "out"]))
    sums = []
    for added in (0, 0, 1000):
        write_data(tmp_path, voxels + np.int16(added))
        sums.append(case_checksum(case))
    if "packed" not in name:  # gzip keeps the time
        assert sums[0] == sums[1]
    assert sums[1] != sums[2]


def test_names_points_and_truths(tmp_path):
    row = write_volumes(tmp_path, "P1")
    truth = read_array(tmp_path / row["truth"]).astype(np.float32)
    image = sitk.GetImageFromArray(np.where(truth > 0, 1, np.nan).astype(np.float32))
    image.CopyInformation(sitk.ReadImage(str(tmp_path / row["truth"])))
    sitk.WriteImage(image, str(tmp_path / "nan.nii.gz"))
    sitk.WriteImage(image, str(tmp_path / "cut.nii"))
    (tmp_path / "cut.nii").write_bytes((tmp_path / "cut.nii").read_bytes()[:5000])
    lps = np.array(ORIGIN) + np.array(SPACING) * (12, 11, 9)
    (tmp_path / "p.fcsv").write_text(
        "# Markups fiducial file version = 4.10\n# CoordinateSystem = 0\n"
        f"a,{-lps[0]},{-lps[1]},{lps[2]},0,0,0,1,1,1,0,A,,\n"
    )
    rows = [
        row | {"case": "a.nii"},
        row | {"case": "77 %s.img", "truth": "nan.nii.gz", "seeds": "p.fcsv"},
        row | {"case": "b.nii.gz", "seeds": "p.fcsv"},
        row | {"case": "cut", "truth": "cut.nii"},
    ]
    table = write_table(tmp_path / "cases.csv", rows)
    folder = CohortFolder(tmp_path / "out")
    folder.prepare()
    cases = read_cases(table, parse(["batch", str(table), "--output", "out"]))
    ended = {case.name: run_case(case, folder, resume=False, threads=1) for case in cases}
    assert f"'{tmp_path / 'cut.nii'}' is cut short" in ended["cut"].error
    assert ended["77 %s.img"].measures["dice"] == ended["b.nii.gz"].measures["dice"] > 0.7
    for name in ("a.nii", "77 %s.img", "b.nii.gz"):
        label = read_array(folder.of_case(name) / f"{name}.nii.gz")
        assert label.sum() == ended[name].measures["voxels"] > 100


def test_a_file_that_went_away_is_told(tmp_path):
    table = write_table(tmp_path / "cases.csv", [write_volumes(tmp_path, "P1")])
    folder = CohortFolder(tmp_path / "out")
    folder.prepare()
    (case,) = read_cases(table, parse(["batch", str(table), "--output", "out"]))
    (tmp_path / "P1-t2.nrrd").unlink()
    outcome = run_case(case, folder, resume=False, threads=1)
    assert "P1-t2.nrrd" in outcome.error and "Error" not in outcome.error
