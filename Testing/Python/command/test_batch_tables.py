"""Tables as spreadsheets of all countries save them are read, or the sentence names what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_helpers import write_volumes

from MultiModalSegmentationLib.command.batch.table import Case, TableError, read_cases
from MultiModalSegmentationLib.command.main import parse

VOXELS = ((12, 11, 9), (13, 11, 9))
TABLE = 'case,volume1,volume2,seeds,multiplier,max-volume\nP1,P1-t1.nrrd,P1-t2.nrrd,"12,11,9; 13,11,9",2.5,\n'


@pytest.fixture
def folder(tmp_path) -> Path:
    write_volumes(tmp_path, "P1")
    return tmp_path


def cases_of(folder: Path, content: str | bytes) -> list[Case]:
    table = folder / "cases.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cases(table, parse(["batch", str(table), "--output", str(folder / "out")]))


def refused(folder: Path, content: str | bytes, *words: str) -> None:
    with pytest.raises(TableError) as raised:
        cases_of(folder, content)
    for word in words:
        assert word in str(raised.value), str(raised.value)


def separated_by(delimiter: str) -> str:
    """The table with another separator; the seeds' commas stay."""
    return TABLE.replace('"12,11,9; 13,11,9"', "SEEDS").replace(",", delimiter).replace("SEEDS", '"12,11,9; 13,11,9"')


def assert_whole(cases: list[Case]) -> None:
    (case,) = cases
    assert (case.name, tuple(map(tuple, case.sources.seed_voxels))) == ("P1", VOXELS)
    assert [path.name for path in case.sources.volumes] == ["P1-t1.nrrd", "P1-t2.nrrd"]
    assert case.parameters.growing.multiplier == 2.5
    assert case.parameters.growing.max_volume_ml is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separators_line_ends_and_byte_order_marks(folder, delimiter, newline, encoding):
    assert_whole(cases_of(folder, separated_by(delimiter).replace("\n", newline).encode(encoding)))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas(folder, delimiter):
    assert_whole(cases_of(folder, separated_by(delimiter).replace("2.5", "2,5")))
    assert_whole(cases_of(folder, TABLE.replace("2.5", '"2,5"')))


def test_tabs_need_no_quotes(folder):
    assert_whole(cases_of(folder, separated_by("\t").replace('"', "")))


@pytest.mark.parametrize("hint", ["sep=;\n", "sep=;\r\n"])
def test_excels_hint(folder, hint):
    assert_whole(cases_of(folder, hint + separated_by(";")))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_empty_rows_and_columns_at_the_end(folder, delimiter):
    head, row = separated_by(delimiter).splitlines()
    empty = delimiter * 7
    text = "\n".join([head + delimiter * 2, row + delimiter * 2, empty, "", empty, ""])
    assert_whole(cases_of(folder, text))


def test_empty_cells_left_out_at_the_end_of_a_row(folder):
    assert_whole(cases_of(folder, TABLE.replace(",2.5,\n", ",2.5\n")))


def test_empty_rows_before_the_names_count(folder):
    refused(folder, "\n;;;\n" + separated_by(";").replace("P1-t1", "nowhere"), "Row 4: ", "nowhere.nrrd")


def test_fcsv_in_the_seeds_column(folder):
    (folder / "points.fcsv").write_text(
        "# Markups fiducial file version = 4.11\n# CoordinateSystem = 0\na,1,2,3,0,0,0,1,1,1,0,A,,\n"
    )
    (case,) = cases_of(folder, TABLE.replace('"12,11,9; 13,11,9"', "points.fcsv"))
    assert case.sources.seeds_file == folder / "points.fcsv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TABLE.replace("P1,", "Pätient,").encode("cp1252"), ("cases.csv", "line 2", "UTF-8")),
        (b"PK\x03\x04" + b"\0" * 100, ("cases.csv", "spreadsheet", "CSV")),
        (TABLE.replace('9"', "9"), ("cases.csv", "double quote")),
        (TABLE + '"' + "x" * 200_000 + '"\n', ("cases.csv", "no CSV")),
        (TABLE.replace("2.5", "2.5.1"), ("Row 2", "multiplier", "'2.5.1' is no number")),
        (TABLE.replace("2.5", "1e300"), ("Row 2", "multiplier", "1,000,000")),
        (TABLE.replace("12,11,9;", "99999999999999999999,11,9;"), ("Row 2", "no seed")),
        ("\ufeff\n \n", ("cases.csv", "empty")),
        (TABLE.replace("P1,", "con,"), ("Row 2", "'con'")),
        (TABLE.replace("case,", "case|", 1), ("Row 1", "case|volume1")),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, str | bytes) else "",
)
def test_what_is_wrong_is_named(folder, content, words):
    refused(folder, content, *words)
