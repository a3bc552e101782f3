"""Where a region may grow, from files: a region of interest that Slicer saved, and a mask.

Voxels count by their centers, on the first volume's grid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..geometry.box import Box, tight_box
from ..geometry.grid import ArrayImage, Grid
from ..geometry.points import LPS_TO_RAS
from .images import VolumeFile
from .labels import read_labels

_ON_THE_PLANE = 1e-6
"""Of a region of interest's size: what lies on its planes belongs to it."""


@dataclass(frozen=True)
class Places:
    """Files that say where a region may grow. ``segment`` names one of the mask's where it has several."""

    roi: Path | None = None
    mask: Path | None = None
    mask_inside: bool = True
    segment: str | None = None

    @property
    def files(self) -> list[Path]:
        """All the files that are read."""
        return [path for path in (self.roi, self.mask) if path]


@dataclass(frozen=True, eq=False)
class Restriction:
    """Where a region may grow: ``allowed`` is uint8 0/1 on the first volume's grid (``None``: everywhere), ``box``
    holds every allowed voxel, ``described`` is what a recipe tells of it."""

    allowed: ArrayImage | None
    box: Box
    described: Mapping[str, Any]


def read_restriction(places: Places, reference: VolumeFile) -> Restriction:
    """Raises ``ValueError`` naming the file that cannot be used, or that leaves nothing to grow in."""
    grid = reference.grid
    if not places.files:
        return Restriction(None, grid.box, {})
    allowed = np.ones(grid.size[::-1], bool)
    described: dict[str, Any] = {}
    if places.roi:
        described["roi"] = _read_roi(places.roi)
        allowed &= _inside_roi(described["roi"], grid)
        if not allowed.any():
            raise ValueError(
                f"The region of interest '{places.roi}' holds no voxel of the volume '{reference.path}': "
                "move it onto the volume or enlarge it."
            )
    if places.mask:
        described["mask"] = {
            "path": str(places.mask),
            "segment": places.segment or "",
            "inside": places.mask_inside,
        }
        allowed &= read_labels(places.mask, reference, "mask", places.segment) == places.mask_inside
        if not allowed.any():
            where = "inside" if places.mask_inside else "outside"
            raise ValueError(f"No voxel that may be grown in lies {where} the mask '{places.mask}': give another mask.")
    return Restriction(ArrayImage(allowed.astype(np.uint8), grid, "allowed voxels"), tight_box(allowed), described)


def _read_roi(path: Path) -> dict[str, Any]:
    """Name, size in mm, place (object to world, RAS) and whether the inside is meant, as recipes tell them."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))["markups"]
        found = [one for one in listed if one["type"] == "ROI"]
        if len(found) != 1:
            raise ValueError(
                f"The file '{path}' has {len(found)} regions of interest: save the one to grow in as .mrk.json."
            )
        return _described_roi(found[0], path)
    except OSError as error:
        raise ValueError(f"The file '{path}' cannot be read ({error.strerror}): check its name.") from error
    except (KeyError, TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"The file '{path}' is no region of interest of Slicer: save it in Slicer as .mrk.json."
        ) from error


def _described_roi(roi: Mapping[str, Any], path: Path) -> dict[str, Any]:
    size = np.array(roi["size"], float)
    center = np.array(roi["center"], float)
    orientation = np.array(roi.get("orientation", np.eye(3).ravel()), float).reshape(3, 3)
    if size.shape != (3,) or not np.all(size > 0) or not np.isfinite(center).all():
        raise ValueError(f"The region of interest '{path}' has no size: place it in Slicer and save it again.")
    if roi.get("roiType", "Box") not in ("Box", "BoundingBox"):
        raise ValueError(f"The region of interest '{path}' is a {roi['roiType']}: use one that is a box.")
    to_ras = np.ones(3) if roi.get("coordinateSystem", "LPS") in ("RAS", 0, "0") else LPS_TO_RAS
    matrix = np.eye(4)
    matrix[:3, :3] = to_ras[:, None] * orientation
    matrix[:3, 3] = to_ras * center
    return {
        "name": path.name.removesuffix(".json").removesuffix(".mrk"),
        "path": str(path),
        "size": size.tolist(),
        "objectToWorld": matrix.tolist(),
        "insideOut": bool(roi.get("insideOut", False)),
    }


def _inside_roi(described: Mapping[str, Any], grid: Grid) -> np.ndarray:
    """bool (z, y, x): the voxels whose centers lie between the planes, or outside them where that is meant."""
    object_to_lps = np.diag([*LPS_TO_RAS, 1.0]) @ np.array(described["objectToWorld"])
    unit = np.linalg.inv(object_to_lps @ np.diag([*described["size"], 1.0])) @ grid.index_to_lps
    k, j, i = np.ogrid[tuple(slice(0.0, n) for n in grid.size[::-1])]
    inside = np.ones(grid.size[::-1], bool)
    for row in unit[:3]:
        inside &= np.abs(row[0] * i + row[1] * j + row[2] * k + row[3]) <= 0.5 + _ON_THE_PLANE
    return ~inside if described["insideOut"] else inside
