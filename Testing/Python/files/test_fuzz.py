"""Whatever files, tables, points and options hold: a result, or one sentence on stderr and exit status 2.

Never a traceback, a crash, or the words of a library. The examples are the same in every run.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_helpers import along_z, voxels, write_series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from MultiModalSegmentationLib.command.batch.table import TableError, read_cases
from MultiModalSegmentationLib.command.main import main, parse

SIZE = (9, 8, 7)
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LIBRARY_WORDS = re.compile(
    r"ITK ERROR|itk::|sitk::|0x[0-9a-f]{6}|Traceback|Error:|Exception|errno|nrrd\]|HDF5|numpy|pydicom|nibabel|codec|"
    r"unpack|invalid literal|NoneType|broadcast|object of type",
    re.IGNORECASE,
)


def volume(seed: int) -> np.ndarray:
    k, j, i = np.mgrid[: SIZE[2], : SIZE[1], : SIZE[0]]
    ball = (i - 4) ** 2 + (j - 4) ** 2 + (k - 3) ** 2 <= 6
    return (np.where(ball, 300, 100) + np.random.default_rng(seed).normal(0, 10, ball.shape)).astype(np.int16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    for name, seed in (("T1.nrrd", 1), ("T2.nrrd", 2)):
        sitk.WriteImage(sitk.GetImageFromArray(volume(seed)), str(folder / name))
    return folder


def assert_told(capfd, folder: Path, *arguments: object) -> None:
    """Exit status 0, or 2 with one line and no output file."""
    output = folder / "o.nrrd"
    output.unlink(missing_ok=True)
    capfd.readouterr()
    status = main(["segment", *map(str, arguments), "--smoothing-iterations=1", f"--output={output}"])
    captured = capfd.readouterr()
    if status == 0:
        assert output.exists() and captured.out.strip()
        return
    assert status == 2, captured
    assert not output.exists()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert not LIBRARY_WORDS.search(lines[0]), lines[0]


def whole_file(folder: Path, ending: str, compressed: bool) -> bytes:
    path = folder / f"whole{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(volume(3)), str(path), compressed)
    return path.read_bytes()


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".mha", ".nrrd", ".gipl", ".vtk", ".mrc", ".tif"])
@FEW
@given(
    changes=st.lists(st.tuples(st.integers(0, 420), st.integers(0, 255)), max_size=6),
    cut=st.one_of(st.none(), st.integers(0, 1500)),
    compressed=st.booleans(),
)
def test_headers(capfd, folder, ending, changes, cut, compressed):
    content = bytearray(whole_file(folder, ending, compressed))
    for position, value in changes:
        content[position % len(content)] = value
    (folder / f"odd{ending}").write_bytes(content[:cut])
    assert_told(capfd, folder, folder / "T1.nrrd", folder / f"odd{ending}", "--seed=4,4,3")


WORDS = st.sampled_from(
    [
        "0",
        "-1",
        "1e400",
        "nan",
        "inf",
        "7",
        "7 8 9",
        "99999999999999999999",
        "",
        "%d",
        "LIST",
        "LOCAL",
        "x.raw",
        "%s 1 2 3",
    ]
    + [
        "raw",
        "gzip",
        "bzip2",
        "hex",
        "True",
        "False",
        "MET_FLOAT",
        "MET_NONE",
        "float",
        "block",
        "(1,0,0)",
        "none",
        "\x00",
    ]
)
META_KEYS = ["NDims", "DimSize", "ElementType", "ElementSpacing", "ElementDataFile", "CompressedData", "BinaryData"]
NRRD_KEYS = ["type", "dimension", "sizes", "encoding", "data file", "space directions", "space", "byte skip", "endian"]


@FEW
@given(fields=st.lists(st.tuples(st.sampled_from([*META_KEYS, "HeaderSize", "TransformMatrix"]), WORDS), max_size=5))
def test_metaimage_fields(capfd, folder, fields):
    lines = {"ObjectType": "Image", "NDims": "3", "DimSize": "9 8 7", "ElementType": "MET_SHORT"}
    lines |= dict(fields)
    lines["ElementDataFile"] = lines.pop("ElementDataFile", "LOCAL")
    text = "".join(f"{key} = {value}\n" for key, value in lines.items())
    (folder / "odd.mha").write_bytes(text.encode() + volume(3).tobytes())
    assert_told(capfd, folder, folder / "T1.nrrd", folder / "odd.mha", "--seed=4,4,3")


@FEW
@given(fields=st.lists(st.tuples(st.sampled_from(NRRD_KEYS), WORDS), max_size=5))
def test_nrrd_fields(capfd, folder, fields):
    lines = {"type": "short", "dimension": "3", "sizes": "9 8 7", "encoding": "raw", "endian": "little"} | dict(fields)
    text = "NRRD0004\n" + "".join(f"{key}: {value}\n" for key, value in lines.items()) + "\n"
    (folder / "odd.nrrd").write_bytes(text.encode() + volume(3).tobytes())
    assert_told(capfd, folder, folder / "T1.nrrd", folder / "odd.nrrd", "--seed=4,4,3")


@FEW
@given(changes=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=8), number=st.integers(0, 3))
def test_dicom_files(capfd, folder, changes, number):
    series = folder / "dicom"
    if not series.exists():
        write_series(series, voxels(4), along_z(4))
    file = sorted(series.iterdir())[number]
    whole = file.read_bytes()
    content = bytearray(whole)
    for position, value in changes:
        content[position % len(content)] = value
    file.write_bytes(content)
    try:
        assert_told(capfd, folder, folder / "T1.nrrd", series, "--seed=4,4,3")
    finally:
        file.write_bytes(whole)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["position", "label", "x"]), inner),
    max_leaves=6,
)


@FEW
@given(
    point=st.fixed_dictionaries({}, optional={"position": JSON, "label": JSON, "positionStatus": JSON}) | JSON,
    system=st.sampled_from(["LPS", "RAS"]) | JSON,
    kind=st.just("Fiducial") | JSON,
)
def test_markups(capfd, folder, point, system, kind):
    good = {"label": "A", "position": [-4.0, -4.0, 3.0]}
    lists = [{"type": kind, "coordinateSystem": system, "controlPoints": [good, point]}]
    (folder / "odd.mrk.json").write_text(json.dumps({"markups": lists}))
    assert_told(capfd, folder, folder / "T1.nrrd", folder / "T2.nrrd", f"--seeds={folder / 'odd.mrk.json'}")


@FEW
@given(text=st.text(alphabet='#=,"\n 0123456789-.eA', max_size=80), system=st.sampled_from(["LPS", "0", "2", "x"]))
def test_fcsv(capfd, folder, text, system):
    head = f"# Markups fiducial file version = 4.11\n# CoordinateSystem = {system}\n"
    (folder / "odd.fcsv").write_text(head + text)
    assert_told(capfd, folder, folder / "T1.nrrd", folder / "T2.nrrd", f"--seeds={folder / 'odd.fcsv'}")


CELLS = st.text(alphabet=';,\t"\n\r\x00 0123456789-.eaP\u00e4', max_size=12)


@FEW
@given(
    rows=st.lists(st.lists(CELLS, max_size=7), max_size=4),
    separator=st.sampled_from([",", ";", "\t"]),
    raw=st.binary(max_size=4),
)
def test_tables(folder, rows, separator, raw):
    names = separator.join(["case", "volume1", "volume2", "seeds", "multiplier"])
    text = "\n".join([names, *(separator.join(row) for row in rows)])
    (folder / "odd.csv").write_bytes(text.encode() + raw)
    try:
        cases = read_cases(folder / "odd.csv", parse(["batch", "odd.csv", "--output=out"]))
    except TableError as error:
        assert error.problems
        assert not any(LIBRARY_WORDS.search(problem) for problem in error.problems), error.problems
    else:
        assert cases


NUMBERS = st.sampled_from(["0", "-1", "1e300", "-1e300", "1e-320", "nan", "inf", "1,5", "", "x", "9" * 30, "2", "0.5"])
OPTIONS = [
    "multiplier",
    "iterations",
    "radius",
    "max-volume",
    "time-step",
    "seed",
    "exclude",
    "label",
    "slice",
    "statistics",
]


@FEW
@given(options=st.lists(st.tuples(st.sampled_from(OPTIONS), NUMBERS), max_size=4), bare=st.lists(NUMBERS, max_size=2))
def test_options(capfd, folder, options, bare):
    given_options = [f"--{name}={value}" for name, value in options]
    assert_told(capfd, folder, folder / "T1.nrrd", folder / "T2.nrrd", "--seed", "4", "4", "3", *given_options, *bare)
