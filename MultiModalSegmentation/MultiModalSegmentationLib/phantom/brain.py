"""The phantom's brain: a folded cortical ribbon, cerebellum, brain stem, deep nuclei, ventricles.

The cerebral cortex is a ribbon of constant thickness along the pial surface, and the pial surface is the brain's hull
folded in along sulci: the zero set of a random wave on the hull (a sum of plane waves of one wavelength), which is a
labyrinth of winding sheets that stand upright on the hull.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .shapes import Bounds, Canvas, Point, Tissue, cut, ellipsoid, mirrored, tube, union

_CORTEX_THICKNESS = 4.3


def narrowed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x, stretched toward the front: skull and brain are narrower there, and leave room for the temporalis muscle."""
    return x / (1 - np.float32(0.0016) * (y + 10))


def callosum(y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Negative where the hemispheres are joined (an ellipse in the midline plane, mm)."""
    return (np.hypot((y + 8) / 38, (z - 4) / 23) - 1) * np.float32(28)


@dataclass(frozen=True)
class _Wave:
    """A random wave on the brain's hull, unrolled to a sphere of radius 65 mm; deterministic."""

    wavelength: float
    seed: int
    count: int = 9
    center: Point = (0.0, -6.0, 9.0)
    radii: Point = (62.5, 80.5, 57.5)

    def value_and_slope(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The wave (SD about 1) and the length of its gradient, per mm."""
        generator = np.random.default_rng(self.seed)
        scaled = [(c - m) / np.float32(r) for c, m, r in zip((x, y, z), self.center, self.radii)]
        norm = np.maximum(np.sqrt(sum(s * s for s in scaled)), np.float32(0.05))
        unit = [s / norm for s in scaled]
        value, gradient = np.float32(0), [np.float32(0)] * 3
        for _ in range(self.count):
            wave = generator.normal(size=3)
            wave *= 2 * math.pi * 65 / self.wavelength / np.linalg.norm(wave)
            phase = sum(np.float32(w) * u for w, u in zip(wave, unit)) + np.float32(generator.uniform(0, 2 * math.pi))
            value = value + np.sin(phase)
            change = np.cos(phase)
            gradient = [g + np.float32(w) * change for g, w in zip(gradient, wave)]
        radial = sum(u * g for u, g in zip(unit, gradient))
        slopes = [(g - u * radial) / (norm * np.float32(r)) for g, u, r in zip(gradient, unit, self.radii)]
        scale = np.float32(math.sqrt(2 / self.count))
        return value * scale, np.sqrt(sum(s * s for s in slopes)) * scale


_SULCI = _Wave(wavelength=30, seed=11)
_SULCAL_DEPTH = _Wave(wavelength=70, seed=5, count=6)


def _hull(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    wide = narrowed(x, y)
    upper = cut(ellipsoid((0, -6, 9), (64.0, 82.0, 59.0))(wide, y, z), -19.5 - z, 8)
    temporal = ellipsoid((40, -2, -28), (21.0, 43.0, 20.0))(np.abs(wide), y, z)
    return union(upper, temporal, 5)


def _pial_depth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Distance from the folded pial surface in mm, positive inside the cerebrum."""
    depth = -_hull(x, y, z)
    value, slope = _SULCI.value_and_slope(x, y, z)
    sheet = np.abs(value) / np.maximum(slope, np.float32(0.06))
    bottom = 18 + 5 * np.clip(_SULCAL_DEPTH.value_and_slope(x, y, z)[0], -1.5, 1)
    gap = 1.3 - depth * np.float32(0.13)
    sulci = np.hypot(sheet, np.maximum(depth - bottom, 0)) - np.maximum(gap, -0.6)
    rise = z + 9 + np.float32(0.2) * y
    sylvian = np.hypot(rise, np.maximum(34 - np.abs(x), 0)) - np.maximum(1.6 - depth * np.float32(0.05), 0)
    sylvian = np.maximum(sylvian, np.abs(y + 2) - 40)
    fissure = np.hypot(x, np.maximum(-callosum(y, z), 0)) - np.float32(1.7)
    return np.minimum(np.minimum(depth, sulci), np.minimum(sylvian, fissure))


def paint_cerebrum(canvas: Canvas) -> None:
    """Both hemispheres, without what lies deep in them."""
    layers = ((Tissue.GRAY_MATTER, 0.0), (Tissue.WHITE_MATTER, _CORTEX_THICKNESS))
    canvas.paint_layers(layers, lambda x, y, z: -_pial_depth(x, y, z), ((-70, 70), (-92, 80), (-52, 72)))


def paint_cerebellum(canvas: Canvas) -> None:
    """A cortex folded into leaves (folia) around white matter."""
    bounds: Bounds = ((-52, 52), (-85, -15), (-75, -15))

    def folia(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        depth = -ellipsoid((0, -50, -42.5), (48, 31, 26))(x, y, z)
        level = z + np.float32(0.35) * (y + 49) + 3 * np.cos(x / 9)
        sheet = np.abs(np.sin(level * np.float32(math.pi / 11))) * np.float32(11 / math.pi)
        sheet = np.hypot(sheet, np.maximum(depth - 10, 0))
        return -np.minimum(depth, sheet - np.maximum(0.7 - depth * np.float32(0.15), -0.3))

    canvas.paint_layers(((Tissue.GRAY_MATTER, 0.0), (Tissue.WHITE_MATTER, 2.6)), folia, bounds)


def paint_brain_stem(canvas: Canvas) -> None:
    """Midbrain, pons, medulla and cord, with the stalks of cerebrum and cerebellum."""
    bounds: Bounds = ((-40, 40), (-70, 12), (-200, 15))
    for shape in (
        tube((0, -14, 2), (0, -22, -30), 12),
        ellipsoid((0, -20, -38), (17, 13, 14)),
        tube((0, -28, -46), (0, -37, -66), 8.5),
        tube((0, -38, -66), (0, -38, -300), 5.5),
        mirrored(tube((10, -26, -40), (24, -46, -44), 6.5)),
        mirrored(tube((8, -14, -18), (20, -6, 2), 8)),
    ):
        canvas.paint(Tissue.WHITE_MATTER, shape, bounds)


def paint_nuclei_and_ventricles(canvas: Canvas) -> None:
    """Thalamus, putamen, caudate nucleus; lateral, third and fourth ventricle."""
    bounds: Bounds = ((-45, 45), (-72, 45), (-60, 40))
    for center, radii in (((11, -20, 6), (8, 14, 8)), ((25, 2, 2), (6, 17, 10))):
        canvas.paint(Tissue.GRAY_MATTER, mirrored(ellipsoid(center, radii)), bounds)
    caudate = mirrored(tube((12, 20, 6), (17, -16, 20), 4.5))
    canvas.paint(Tissue.GRAY_MATTER, caudate, bounds)
    for shape in (
        mirrored(tube((7, 26, 8), (9, 4, 16), 4.6)),
        mirrored(tube((9, 4, 16), (14, -34, 15), 5.2)),
        mirrored(tube((14, -34, 15), (24, -60, 6), 4.2)),
        mirrored(tube((16, -36, 12), (31, -12, -20), 3.0)),
        ellipsoid((0, -14, 2), (2.4, 16, 11)),
        tube((0, -24, -8), (0, -32, -34), 1.6),
        ellipsoid((0, -35, -42), (7, 5, 10)),
    ):
        canvas.paint(Tissue.VENTRICLES, shape, bounds)
