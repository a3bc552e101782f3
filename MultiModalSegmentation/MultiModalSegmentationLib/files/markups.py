"""Seed points with their labels, and the files they come from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..geometry.grid import Grid
from ..geometry.points import LPS_TO_RAS, SeedPoint, point_from_lps


def read_markups(path: Path, grid: Grid, volume_name: str) -> list[SeedPoint]:
    """The defined points of every point list in a Slicer markups file (``.mrk.json``).

    Raises ``ValueError`` where the file is none or holds no defined point, ``SeedError`` for a point outside.
    """
    lists = _point_lists(path)
    points = [
        point_from_lps(label, lps, grid, volume_name) for one_list in lists for label, lps in _defined_points(one_list)
    ]
    if not points:
        raise ValueError(f"The file '{path}' has no defined point: place at least one point and save it again.")
    return points


def _point_lists(path: Path) -> list[dict]:
    try:
        lists = json.loads(path.read_text(encoding="utf-8"))["markups"]
        return [one_list for one_list in lists if one_list["type"] == "Fiducial"]
    except OSError as error:
        raise ValueError(f"The file '{path}' cannot be read ({error.strerror}): check its name.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"The file '{path}' is no Slicer markups file: save the points as .mrk.json.") from error


def _defined_points(one_list: dict) -> list[tuple[str, list[float]]]:
    """Label and position (mm, LPS) of each defined point; a list without a coordinate system is LPS, as in Slicer."""
    to_lps = LPS_TO_RAS if one_list.get("coordinateSystem", "LPS") in ("RAS", 0, "0") else np.ones(3)
    return [
        (point.get("label") or f"point {number}", (to_lps * np.asarray(point["position"], float)).tolist())
        for number, point in enumerate(one_list.get("controlPoints", []), 1)
        if point.get("positionStatus", "defined") == "defined" and point.get("position") is not None
    ]
