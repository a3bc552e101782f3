"""Points as Slicer's own readers place them, from its files of today and of older versions; none dropped or made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from MultiModalSegmentationLib.files.markups import read_markups
from MultiModalSegmentationLib.geometry.errors import SeedError
from MultiModalSegmentationLib.geometry.grid import Grid

GRID = Grid((40, 40, 40), np.array([[1.0, 0, 0, -20], [0, 1, 0, -20], [0, 0, 1, -20], [0, 0, 0, 1]]))
POINT = {"label": "A", "position": [1.5, 2.0, 3.0], "positionStatus": "defined"}
FCSV = "# Markups fiducial file version = {version}\n# CoordinateSystem = {system}\n# columns = id,x,y,z,ow\n"
ROW = "vtkMRMLMarkupsFiducialNode_0,1.5,2,3,0,0,0,1,1,1,0,A,,vtkMRMLScalarVolumeNode1\n"


def written(folder: Path, content: str | bytes, name: str = "points.mrk.json") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def markups(points: object, **fields: object) -> str:
    return json.dumps({"markups": [{"type": "Fiducial", "controlPoints": points, **fields}]})


def read(path: Path) -> list[tuple[str, tuple[float, float, float]]]:
    return [(point.label, point.ras) for point in read_markups(path, GRID, "T1")]


def refused(path: Path, *words: str, error: type[ValueError] = ValueError) -> None:
    with pytest.raises(error) as raised:
        read_markups(path, GRID, "T1")
    for word in words:
        assert word in str(raised.value), str(raised.value)


def by_slicer(path: Path) -> list[tuple[str, tuple[float, float, float]]]:
    """The points as Slicer's own storage nodes read them."""
    slicer = pytest.importorskip("slicer")
    kind = "Fiducial" if path.suffix == ".fcsv" else "Json"
    node = slicer.vtkMRMLMarkupsFiducialNode()
    scene = slicer.vtkMRMLScene()
    scene.AddNode(node)
    storage = getattr(slicer, f"vtkMRMLMarkups{kind}StorageNode")()
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return [
        (node.GetNthControlPointLabel(n), tuple(node.GetNthControlPointPosition(n)))
        for n in range(node.GetNumberOfControlPoints())
    ]


@pytest.mark.parametrize("system", ["LPS", "RAS", "0", "1", "", None, 0, 1, 2, []], ids=repr)
def test_coordinate_systems_as_slicer_takes_them(tmp_path, system):
    path = written(tmp_path, markups([POINT], coordinateSystem=system))
    assert read(path) == by_slicer(path)


def test_no_coordinate_system(tmp_path):
    path = written(tmp_path, markups([POINT]))
    assert read(path) == by_slicer(path) == [("A", (-1.5, -2.0, 3.0))]


@pytest.mark.parametrize("system", ["lps", "ras", "IJK", "RAI", "2"])
def test_unknown_coordinate_systems_are_refused(tmp_path, system):
    refused(
        written(tmp_path, markups([POINT], coordinateSystem=system)), "points.mrk.json", f"'{system}'", "LPS or RAS"
    )
    refused(written(tmp_path, FCSV.format(version="4.11", system=system) + ROW, "a.fcsv"), "a.fcsv", f"'{system}'")


@pytest.mark.parametrize("system", ["LPS", "RAS", "0", "1"])
@pytest.mark.parametrize("version", ["4.0", "4.6", "4.10", "4.11", "5.6"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_fcsv_as_slicer_takes_it(tmp_path, version, system, newline):
    text = FCSV.format(version=version, system=system) + ROW
    path = written(tmp_path, text.replace("\n", newline), "a.fcsv")
    assert read(path) == by_slicer(path)


@pytest.mark.parametrize(
    "text",
    [
        "# Markups fiducial file version = 4.11\n" + ROW,
        "A,1,2,3,1,1\nB,4,5,6,0,1\n",
        "# Fiducial List file a.fcsv\n# name = L\n# columns = label,x,y,z,sel,vis\nA,1,2,3,1,1\n",
        FCSV.format(version="4.11", system="LPS") + 'a,1,2,3,0,0,0,1,1,1,0,"F,1 ""q""",,\n',
    ],
    ids=["no system", "no header", "Slicer 3", "quotes"],
)
def test_older_fcsv_as_slicer_takes_it(tmp_path, text):
    path = written(tmp_path, text, "a.fcsv")
    assert read(path) == by_slicer(path)


def test_only_defined_points_of_fcsv(tmp_path):
    rows = "".join(ROW.strip() + f",{status},0\n" for status in (2, 1, 0))
    path = written(tmp_path, FCSV.format(version="4.11", system="LPS") + rows, "a.fcsv")
    assert read(path) == [("A", (-1.5, -2.0, 3.0))]


@pytest.mark.parametrize("content", [markups([POINT]), FCSV.format(version="4.11", system="LPS") + ROW])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path, content, encoding):
    name = "a.fcsv" if content.startswith("#") else "a.mrk.json"
    assert read(written(tmp_path, content.encode(encoding), name)) == [("A", (-1.5, -2.0, 3.0))]


@pytest.mark.parametrize("points", [None, [], {}, "x", [{**POINT, "positionStatus": "undefined", "position": None}]])
def test_files_without_a_point(tmp_path, points):
    refused(written(tmp_path, markups(points)), "points.mrk.json", "no defined point")


@pytest.mark.parametrize(
    "position",
    [None, [], [1, 2], [1, 2, 3, 4], ["1", "2", "3"], [1, 2, None], [1, 2, True], [1, 2, 10**400], "abc", {}, 7],
    ids=str,
)
def test_positions_that_are_none(tmp_path, position):
    points = [POINT, {"label": "Odd", "position": position, "positionStatus": "defined"}]
    refused(written(tmp_path, markups(points)), "points.mrk.json", "'Odd'", "no position of three numbers")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_not_finite(tmp_path, number):
    text = markups([POINT]).replace("3.0", number)
    refused(written(tmp_path, text), "points.mrk.json", "'A'", "no position of three numbers")


@pytest.mark.parametrize("row", ["a,1,2\n", "a,1,2,x,0,0,0,1,1,1,0,A,,\n", "a,1,2,nan,0,0,0,1,1,1,0,A,,\n", '"a,1\n'])
def test_rows_of_fcsv_without_a_position(tmp_path, row):
    refused(written(tmp_path, FCSV.format(version="4.11", system="LPS") + row, "a.fcsv"), "a.fcsv", "no position")


def test_unknown_status(tmp_path):
    refused(written(tmp_path, markups([{**POINT, "positionStatus": "weird"}])), "points.mrk.json", "'A'", "'weird'")


@pytest.mark.parametrize("label", [None, 7, "", " "])
def test_points_without_a_label_have_their_number(tmp_path, label):
    assert read(written(tmp_path, markups([{**POINT, "label": label}])))[0][0] == "point 1"


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"markups": 3}', b'{"markups": [3]}', b"\xff\xfe\x00", b"\xe4", b"[" * 100_000, b"1" * 5000],
    ids=lambda content: repr(content[:20]),
)
def test_files_that_are_no_markups(tmp_path, content):
    refused(written(tmp_path, content), "points.mrk.json")


def test_a_point_far_outside(tmp_path):
    refused(written(tmp_path, markups([{**POINT, "position": [1e300, 0, 0]}])), "'A'", "outside", error=SeedError)
