"""Tables as spreadsheets of all countries save them: commas, semicolons or tabs between the cells, empty ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from .formats.damage import refuse_stand_in
from .text import read_text

_DELIMITERS = (",", ";", "\t")
_HINT = "sep="
_ZIP_MAGIC = b"PK\x03\x04"
_OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a table with the column names first, all as long as these, empty ones as they are.

    Row ``n`` of the list is row ``n + 1`` of the spreadsheet. A row that is too long keeps its surplus.
    Raises ``ValueError`` naming the file that cannot be read, and why.
    """
    _refuse_spreadsheet(path)
    text = read_text(path)
    if not text.strip():
        raise ValueError(f"The table '{path}' is empty: give it column names and a row a case.")
    rows = _parsed(path, text)
    width = max((number for number, name in enumerate(rows[0], 1) if name.strip()), default=0)
    return [_fitted(row, width) for row in rows]


def _parsed(path: Path, text: str) -> list[list[str]]:
    first, _, rest = text.lstrip("\r\n").partition("\n")
    if first.strip().lower().startswith(_HINT) and len(first.strip("\r\n")) == len(_HINT) + 1:
        # Written by and for Excel. It counts as a row there as well.
        delimiter, text, before = first.strip("\r\n")[-1], rest, 1
        first = rest.partition("\n")[0]
    else:
        delimiter, before = max(_DELIMITERS, key=first.count), 0
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(
            f"The table '{path}' is no CSV file: a double quote in it is not closed, is followed by more than a "
            "separator, or a line holds characters that are no text; save it as CSV again."
        ) from error
    while rows and not any(cell.strip() for cell in rows[0]):
        rows.pop(0)
        before += 1
    return [rows[0], *([[]] * before), *rows[1:]]


def _fitted(row: Sequence[str], width: int) -> list[str]:
    cells = list(row)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    # Some programs leave out the empty cells at the end of a row.
    return cells + [""] * (width - len(cells))


def _refuse_spreadsheet(path: Path) -> None:
    if not path.is_file():
        return  # told when the text is read
    with path.open("rb") as file:
        start = file.read(4)
    if start:
        refuse_stand_in(path)
    if start in (_ZIP_MAGIC, _OLD_OFFICE_MAGIC):
        raise ValueError(f"The table '{path}' is a spreadsheet's own file: save it as CSV (UTF-8).")
