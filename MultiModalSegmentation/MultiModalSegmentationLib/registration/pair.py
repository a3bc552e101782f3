"""Two volumes prepared for registration: coarse to fine in one frame, where to start from, how much they overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..engine.bricks.channels import Channel
from ..geometry.grid import Grid
from .scaled import Scaled, object_points, scaled
from .search import Frame, Level, Motion

LEAST_OVERLAP = 0.2
"""The share of the object that both volumes must show."""

_LEVELS = ((15_000, 1.0, 0.05), (90_000, 0.5, 0.03), (450_000, 0.2, 0.02))
"""Voxels of the smaller volume, the share of them looked at, and the first step in radii, coarse to fine."""
_MOST_VOXELS = 8
_MOST_POINTS = 2_000


@dataclass(frozen=True, eq=False)
class Pair:
    """A fixed and a moving volume: their names, ``levels`` from coarse to fine, and ``shifts`` (in radii) to start
    with: none, that of the grids' middles and that of the objects'."""

    names: tuple[str, str]
    frame: Frame
    levels: tuple[Level, ...]
    shifts: tuple[np.ndarray, ...]
    seen: np.ndarray
    """Points (N, 3) of the fixed object, mm, LPS."""
    moving_grid: Grid
    fewest_slices: int
    """Along any axis of either volume."""

    @classmethod
    def of(cls, fixed: Channel, moving: Channel) -> Pair:
        """Shrink both volumes. Raises ``VolumeTypeError`` for one that is constant."""
        volumes = [_at_one_spacing(fixed, moving, voxels) for voxels, _, _ in _LEVELS]
        points = [object_points(volume) for volume in volumes[0]]
        frame = Frame.around(points[0])
        levels = tuple(
            Level(frame.inside(still), frame.inside(moved), share, step)
            for (still, moved), (_, share, step) in zip(volumes, _LEVELS)
        )
        middles = [_middle(channel.grid) for channel in (fixed, moving)]
        shifts = [np.zeros(3), middles[1] - middles[0], points[1].mean(axis=0) - points[0].mean(axis=0)]
        seen = points[0][:: -(-len(points[0]) // _MOST_POINTS)]
        scaled_shifts = tuple(shift / frame.radius for shift in shifts)
        fewest = min(*fixed.grid.size, *moving.grid.size)
        return cls((fixed.name, moving.name), frame, levels, scaled_shifts, seen, moving.grid, fewest)

    def overlap(self, motion: Motion) -> float:
        """The share of the fixed object that the moving volume's grid covers, 0 to 1."""
        to_index = np.linalg.inv(self.moving_grid.index_to_lps)
        indices = self.frame.moved(self.seen, motion) @ to_index[:3, :3].T + to_index[:3, 3]
        return float(((indices >= -0.5) & (indices <= np.array(self.moving_grid.size) - 0.5)).all(axis=1).mean())

    def overlaps(self, motion: Motion) -> bool:
        return self.overlap(motion) >= LEAST_OVERLAP


def _at_one_spacing(fixed: Channel, moving: Channel, voxels: int) -> tuple[Scaled, Scaled]:
    """Both at the spacing at which the smaller has this many voxels and the larger at most a few times as many."""
    extents = [channel.grid.voxel_volume_ml * 1000.0 * channel.grid.box.voxel_count for channel in (fixed, moving)]
    spacing = max(min(extents) / voxels, max(extents) / (_MOST_VOXELS * voxels)) ** (1 / 3)
    return scaled(fixed, spacing), scaled(moving, spacing)


def _middle(grid: Grid) -> np.ndarray:
    matrix = grid.index_to_lps
    return matrix[:3, :3] @ ((np.array(grid.size) - 1) / 2) + matrix[:3, 3]
