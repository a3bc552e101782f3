"""Seed points with their labels, and the files they come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import SeedError
from .grid import Grid, Index

LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True)
class SeedPoint:
    """A point with its label, world position (mm, RAS) and voxel of the reference."""

    label: str
    ras: tuple[float, float, float]
    ijk: Index


def indices(points: Sequence[SeedPoint]) -> list[Index]:
    """The points' voxels."""
    return [point.ijk for point in points]


def labels(points: Sequence[SeedPoint]) -> list[str]:
    """The points' labels."""
    return [point.label for point in points]


def voxel_at(label: str, continuous_index: Sequence[float], grid: Grid, volume_name: str) -> Index:
    """The voxel that a continuous index falls into. Raises ``SeedError`` where the grid has none."""
    if not np.isfinite(continuous_index).all():
        raise SeedError(f"The point '{label}' has no place in the volume '{volume_name}': place it again.")
    voxel = tuple(int(v) for v in np.floor(np.asarray(continuous_index, float) + 0.5))
    if not grid.contains(voxel):
        raise SeedError(f"The point '{label}' lies outside the volume '{volume_name}': move it inside or delete it.")
    return voxel


def point_from_voxel(label: str, voxel: Index, grid: Grid, volume_name: str) -> SeedPoint:
    """A voxel of the grid as a point. Raises ``SeedError`` where the grid has no such voxel."""
    voxel_at(label, voxel, grid, volume_name)
    lps = (grid.index_to_lps @ [*voxel, 1.0])[:3]
    return SeedPoint(label, tuple(float(v) for v in LPS_TO_RAS * lps), voxel)


def point_from_lps(label: str, lps: Sequence[float], grid: Grid, volume_name: str) -> SeedPoint:
    """A position in mm, LPS, as a point. Raises ``SeedError`` where it lies outside the grid."""
    index = np.linalg.solve(grid.index_to_lps, [*lps, 1.0])[:3]
    ras = tuple(float(v) for v in LPS_TO_RAS * np.asarray(lps, float))
    return SeedPoint(label, ras, voxel_at(label, index, grid, volume_name))


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
