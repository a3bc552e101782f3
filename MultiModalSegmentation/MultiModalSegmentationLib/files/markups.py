"""Seed points with their labels, from the files that Slicer saves them in: ``.mrk.json``, and ``.fcsv`` of older ones.

Coordinates are taken as Slicer's own readers take them; a word that these would take for something is refused.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..geometry.grid import Grid
from ..geometry.points import SeedPoint, point_from_lps
from .formats.damage import refuse_stand_in
from .text import read_text

POINT_ENDINGS = (".json", ".fcsv")

_SIGNS = {"LPS": 1.0, "1": 1.0, "": 1.0, "RAS": -1.0, "0": -1.0}
"""What turns the first two coordinates into LPS. An empty word is Slicer's default."""

_STATUS = {"defined": True, "preview": False, "undefined": False, "missing": False}
_FCSV_LABEL, _FCSV_STATUS, _FCSV_DEFINED = 11, 14, "2"
_OLDEST_COLUMNS = 6

LabeledPosition = tuple[str, list[float]]


def list_names(path: Path) -> list[str]:
    """What the point lists of a Slicer markups file are called; one without a name is called as the file.

    Raises ``ValueError`` where the file is none.
    """
    if path.suffix.lower() == ".fcsv":
        return [_name_of(path)]
    if path.is_file():
        refuse_stand_in(path)
    names = [one.get("name") for one in _point_lists(path, read_text(path))]
    return [name if isinstance(name, str) and name.strip() else _name_of(path) for name in names]


def read_markups(path: Path, grid: Grid, volume_name: str, only: int | None = None) -> list[SeedPoint]:
    """The defined points of every point list in a Slicer markups file, or of the list of this number, from 0.

    Raises ``ValueError`` where the file is none, has a defined point without a position or no defined point at all,
    ``SeedError`` for a point outside.
    """
    if path.is_file():
        refuse_stand_in(path)
        if path.suffix.lower() not in POINT_ENDINGS:
            raise _no_markups(path)
    text = read_text(path)
    read = _fcsv_points if path.suffix.lower() == ".fcsv" else _json_points
    points = [point_from_lps(label, lps, grid, volume_name) for label, lps in read(path, text, only)]
    if not points:
        raise ValueError(f"The file '{path}' has no defined point: place at least one point and save it again.")
    return points


def _name_of(path: Path) -> str:
    return path.name.removesuffix(".json").removesuffix(".mrk").removesuffix(".fcsv")


def _point_lists(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        lists = json.loads(text)["markups"]
        return [one for one in lists if one["type"] == "Fiducial"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_markups(path) from error


def _json_points(path: Path, text: str, only: int | None) -> Iterator[LabeledPosition]:
    for one_list in _point_lists(path, text)[slice(None) if only is None else slice(only, only + 1)]:
        # Slicer takes whatever is no text, such as null, for its default.
        word = one_list.get("coordinateSystem", "LPS")
        sign = _sign(path, word if isinstance(word, str) else "")
        points = one_list.get("controlPoints")
        for number, point in enumerate(points if isinstance(points, list) else [], 1):
            if not isinstance(point, dict):
                raise _bad_position(path, f"point {number}")
            label = point.get("label")
            label = label if isinstance(label, str) and label.strip() else f"point {number}"
            # JSON can hold halves of characters, which no terminal and no file can.
            label = label.encode("utf-8", "replace").decode()
            if _is_defined(path, label, point.get("positionStatus")):
                yield label, _lps(path, label, point.get("position"), sign)


def _fcsv_points(path: Path, text: str, only: int | None) -> Iterator[LabeledPosition]:
    """The format before Slicer 4.11, and that before 4.0, which has no version and whose rows begin with the label."""
    lines = [line.strip() for line in text.splitlines()]
    options = {
        name.strip().lower(): value.strip()
        for name, separator, value in (line[1:].partition("=") for line in lines if line.startswith("#"))
        if separator
    }
    has_version = "markups fiducial file version" in options
    # A file without a version is of the time when all was RAS; with one and without a system it is Slicer's default.
    sign = _sign(path, options.get("coordinatesystem", "LPS" if has_version else "RAS"))
    rows = csv.reader((line for line in lines if line and not line.startswith("#")), strict=True)
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            cells = [cell.strip() for cell in row]
            if has_version:
                label = cells[_FCSV_LABEL] if len(cells) > _FCSV_LABEL else ""
                status = cells[_FCSV_STATUS] if len(cells) > _FCSV_STATUS else ""
                if status not in ("", _FCSV_DEFINED):
                    continue
            else:
                label = cells[0] if len(cells) <= _OLDEST_COLUMNS else ""
            label = label or f"point {number}"
            yield label, _lps(path, label, [_number(cell) for cell in cells[1:4]], sign)
    except csv.Error as error:
        raise _bad_position(path, f"point {number + 1}") from error


def _sign(path: Path, word: str) -> float:
    if word not in _SIGNS:
        raise ValueError(
            f"The file '{path}' has the coordinate system '{word}', which Slicer does not know: it must be LPS or RAS, "
            "in capitals; save the points again."
        )
    return _SIGNS[word]


def _is_defined(path: Path, label: str, status: Any) -> bool:
    if not isinstance(status, str):
        return True
    if status not in _STATUS:
        raise ValueError(
            f"The point '{label}' in the file '{path}' has the status '{status}', which Slicer does not know: "
            "save the points again."
        )
    return _STATUS[status]


def _lps(path: Path, label: str, position: Any, sign: float) -> list[float]:
    try:
        x, y, z = (float(value) for value in position if type(value) in (int, float))
    except (TypeError, ValueError, OverflowError):
        raise _bad_position(path, label) from None
    if len(position) != 3 or not all(map(math.isfinite, (x, y, z))):
        raise _bad_position(path, label)
    return [x * sign, y * sign, z]


def _no_markups(path: Path) -> ValueError:
    return ValueError(f"The file '{path}' is no Slicer markups file: save the points as .mrk.json or .fcsv.")


def _bad_position(path: Path, label: str) -> ValueError:
    return ValueError(
        f"The point '{label}' in the file '{path}' has no position of three numbers: place it again, or delete it."
    )


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
