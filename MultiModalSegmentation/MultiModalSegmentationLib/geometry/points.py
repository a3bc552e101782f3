"""Points as growing takes them: a label, a position, a voxel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .box import Index
from .errors import SeedError
from .grid import Grid

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
