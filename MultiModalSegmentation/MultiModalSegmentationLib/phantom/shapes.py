"""Implicit shapes, and the canvas that holds each tissue's share of every voxel.

A shape is a function of (x, y, z) in millimeters that is negative inside, about minus the depth in mm. Its share of a
voxel is a linear ramp over one voxel width, so borders have partial volume. Shapes are painted one over the other.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Field = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
Bounds = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
Point = tuple[float, float, float]

HEAD_EXTENT = (181.0, 217.0, 181.0)
"""Millimeters along x, y, z that hold the whole phantom, centered on 0."""

_EVERYWHERE: Bounds = ((-200.0, 200.0),) * 3


class Tissue(enum.IntEnum):
    """The labels of the truth."""

    BACKGROUND = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    SKULL = 4
    MARROW = 5
    DURA = 6
    CSF = 7
    GRAY_MATTER = 8
    WHITE_MATTER = 9
    VENTRICLES = 10
    VITREOUS = 11


@dataclass(eq=False)
class Canvas:
    """Tissue fractions on a block of voxels: ``fractions`` is float32 (tissue, z, y, x).

    ``to_head`` is the 3 x 4 matrix from an index (i, j, k) of the block to head coordinates.
    """

    shape: tuple[int, int, int]
    to_head: np.ndarray
    fractions: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.fractions = np.zeros((len(Tissue), *self.shape), np.float32)
        self.fractions[Tissue.BACKGROUND] = 1.0
        self._voxel = float(np.linalg.norm(self.to_head[:, :3], axis=0).mean())

    def paint(self, tissue: Tissue, inside: Field, bounds: Bounds = _EVERYWHERE) -> None:
        """Put a tissue over what is there, as far as ``inside`` is negative. ``bounds``: where it can be."""
        self.paint_layers(((tissue, 0.0),), inside, bounds)

    def paint_layers(
        self, layers: tuple[tuple[Tissue, float], ...], inside: Field, bounds: Bounds = _EVERYWHERE
    ) -> None:
        """The same for tissues that each begin at a depth (mm) under one surface, outermost first."""
        region = self._region(bounds)
        if region is None:
            return
        surface = inside(*self._coordinates(region))
        part = self.fractions[(slice(None), *region)]
        for tissue, depth in layers:
            share = np.clip(0.5 - (surface + np.float32(depth)) / np.float32(self._voxel), 0, 1)
            part *= 1 - share
            part[tissue] += share

    def _region(self, bounds: Bounds) -> tuple[slice, slice, slice] | None:
        corners = np.array(np.meshgrid(*bounds)).reshape(3, -1) - self.to_head[:, 3:]
        indices = np.linalg.solve(self.to_head[:, :3], corners)[::-1]
        starts = np.maximum(np.floor(indices.min(axis=1)).astype(int) - 1, 0)
        stops = np.minimum(np.ceil(indices.max(axis=1)).astype(int) + 2, self.shape)
        return None if (stops <= starts).any() else tuple(slice(a, b) for a, b in zip(starts, stops))

    def _coordinates(self, region: tuple[slice, slice, slice]) -> list[np.ndarray]:
        axes = np.ogrid[region][::-1]
        coordinates = []
        for row in self.to_head:
            terms = [np.float32(m) * a.astype(np.float32) for m, a in zip(row, axes) if abs(m) > 1e-9]
            coordinates.append(sum(terms, start=np.full((1, 1, 1), row[3], np.float32)))
        return coordinates


def ellipsoid(center: Point, radii: Point) -> Field:
    """Distance to first order, exact on the surface."""
    (a, b, c), (r, s, t) = center, radii

    def inside(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        u, v, w = (x - a) / r, (y - b) / s, (z - c) / t
        scaled = np.sqrt(u * u + v * v + w * w)
        slope = np.sqrt((u / r) ** 2 + (v / s) ** 2 + (w / t) ** 2)
        return scaled * (scaled - 1) / np.maximum(slope, np.float32(1e-4))

    return inside


def tube(start: Point, end: Point, radius: float) -> Field:
    """A straight tube with round ends."""
    p, d = np.array(start, np.float32), np.array(end, np.float32) - np.array(start, np.float32)
    length_squared = np.float32(d @ d)

    def inside(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        along = ((x - p[0]) * d[0] + (y - p[1]) * d[1] + (z - p[2]) * d[2]) / length_squared
        along = np.clip(along, 0, 1)
        offsets = (x - p[0] - along * d[0], y - p[1] - along * d[1], z - p[2] - along * d[2])
        return np.sqrt(sum(o * o for o in offsets)) - radius

    return inside


def mirrored(shape: Field) -> Field:
    """The right half (x > 0) of a shape, on both sides."""
    return lambda x, y, z: shape(np.abs(x), y, z)


def grown(shape: Field, by: float) -> Field:
    """A shape whose surface lies ``by`` mm further out."""
    return lambda x, y, z: shape(x, y, z) - np.float32(by)


def around(center: Point, reach: float, both_sides: bool = False) -> Bounds:
    """Bounds of ``reach`` mm around a point, or around the point and its mirror image."""
    bounds = [(c - reach, c + reach) for c in center]
    if both_sides:
        bounds[0] = (-bounds[0][1], bounds[0][1])
    return tuple(bounds)


def union(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Minimum with a rounded crease (polynomial smooth minimum); ``blend`` in mm."""
    overlap = np.maximum(blend - np.abs(a - b), 0) / np.float32(blend)
    return np.minimum(a, b) - overlap * overlap * np.float32(blend / 4)


def cut(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Maximum with a rounded edge: what is inside both."""
    return -union(-a, -b, blend)
