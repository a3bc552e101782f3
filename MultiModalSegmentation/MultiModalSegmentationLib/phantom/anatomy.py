"""The phantom's head around the brain: skin, fat, muscle, skull, meninges, orbits, neck; and the order of painting.

Head coordinates are millimeters, x to the right, y to the front, z to the top, 0 near the third ventricle.
"""

from __future__ import annotations

import math

import numpy as np

from .brain import callosum, narrowed, paint_brain_stem, paint_cerebellum, paint_cerebrum, paint_nuclei_and_ventricles
from .shapes import Bounds, Canvas, Tissue, around, cut, ellipsoid, grown, mirrored, tube, union

_SKIN_THICKNESS = 2.8
_SKULL_THICKNESS = 7.0
_DURA_THICKNESS = 1.4


def _head(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    across = np.abs(x)
    head = ellipsoid((0, -6, 6), (82, 99, 81))(x, y, z)
    face = ellipsoid((0, 40, -52), (62, 52, 62))(x, y, z)
    neck = np.maximum(ellipsoid((0, -34, -70), (63, 56, 400))(x, y, z), z + 30)
    nose = ellipsoid((0, 90, -54), (13, 15, 20))(x, y, z)
    ear = ellipsoid((80, -14, -28), (7, 16, 27))(across, y, z)
    return union(union(union(union(head, face, 30), neck, 25), nose, 12), ear, 4)


def _cavity(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    wide = narrowed(x, y)
    vault = cut(ellipsoid((0, -6, 9), (66, 84, 61))(wide, y, z), -22 - z, 8)
    middle = ellipsoid((40, -2, -28), (23, 45, 22))(np.abs(wide), y, z)
    posterior = ellipsoid((0, -48, -42), (50.5, 34, 28.5))(x, y, z)
    sella = ellipsoid((0, 2, -20), (16, 18, 9))(x, y, z)
    return union(union(union(vault, middle, 6), posterior, 10), sella, 4)


def _fat_depth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Thickness of the fat under the skin, in mm: none on brow and eyelids, most toward the neck."""
    return (
        np.float32(5.2)
        + np.float32(0.8) * np.sin(x / 31) * np.cos(y / 27)
        - np.tanh((z + 15) / 30)
        - 2.2 * (1 + np.tanh((y - 70) / 10))
    )


def _soft_parts(canvas: Canvas) -> None:
    canvas.paint_layers(((Tissue.SKIN, 0.0), (Tissue.FAT, _SKIN_THICKNESS)), _head)
    canvas.paint(Tissue.MUSCLE, lambda x, y, z: _head(x, y, z) + _SKIN_THICKNESS + np.maximum(_fat_depth(x, y, z), 0))

    def planes(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        phase = np.hypot(x * np.float32(0.9), y + 38) + 5 * np.sin(np.arctan2(y + 38, x) * 5)
        sheet = np.abs(np.sin(phase * np.float32(math.pi / 19))) * np.float32(19 / math.pi) - 1.4
        return np.maximum(sheet, _head(x, y, z) + 4)

    canvas.paint(Tissue.FAT, planes, ((-70, 70), (-95, 20), (-200, -50)))
    canvas.paint(Tissue.FAT, mirrored(ellipsoid((38, 50, -68), (14, 20, 24))), around((38, 50, -68), 26, True))


def _skull(canvas: Canvas) -> None:
    canvas.paint(Tissue.SKULL, grown(_cavity, _SKULL_THICKNESS))
    canvas.paint(Tissue.SKULL, ellipsoid((0, 74, -14), (36, 13, 15)), around((0, 74, -14), 38))
    canvas.paint(Tissue.SKULL, ellipsoid((0, 12, -36), (26, 34, 18)), around((0, 12, -36), 36))
    petrous = mirrored(tube((16, -12, -40), (64, -24, -38), 11))
    canvas.paint(Tissue.SKULL, petrous, ((-80, 80), (-40, 5), (-55, -25)))
    for tissue, grow in ((Tissue.SKULL, 2.5), (Tissue.FAT, 0.0)):
        orbit = mirrored(grown(ellipsoid((30, 56, -27), (18, 28, 17)), grow))
        canvas.paint(tissue, lambda x, y, z, f=orbit: np.maximum(f(x, y, z), y - 79), around((30, 56, -27), 34, True))
    canvas.paint(Tissue.SKULL, ellipsoid((0, 58, -60), (33, 24, 22)), around((0, 58, -60), 36))
    canvas.paint(Tissue.SKULL, mirrored(ellipsoid((49, 12, -80), (5, 15, 26))), around((49, 12, -80), 30, True))

    def diploe(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        middle = np.abs(_cavity(x, y, z) - np.float32(_SKULL_THICKNESS / 2)) - 1.5
        return np.maximum(middle, (-8 - z) * np.float32(0.3))

    canvas.paint(Tissue.MARROW, diploe, ((-90, 90), (-110, 100), (-15, 90)))
    for center, radii in (
        ((25, 54, -58), (12, 15, 15)),
        ((7, 60, -58), (4, 26, 16)),
        ((9, 16, -36), (8, 10, 8)),
        ((11, 77, -10), (8, 5, 9)),
    ):
        canvas.paint(Tissue.BACKGROUND, mirrored(ellipsoid(center, radii)), around(center, max(radii) + 3, True))
    canvas.paint(Tissue.BACKGROUND, ellipsoid((0, 4, -80), (13, 6, 26)), around((0, 4, -80), 28))
    cells = mirrored(ellipsoid((60, -32, -46), (6, 8, 9)))
    canvas.paint(Tissue.BACKGROUND, cells, around((60, -32, -46), 12, True))


_EYE = (30.0, 69.0, -27.0)
_EYE_FRONT = (30.0, 70.0, -27.0)
_ORBIT_APEX = (17.0, 30.0, -24.0)


def _orbits(canvas: Canvas) -> None:
    bounds: Bounds = ((-50, 50), (-2, 86), (-48, -8))
    for dx, dz in ((0, 11), (0, -11), (11, 0), (-11, 0)):
        rectus = tube(_ORBIT_APEX, (_EYE[0] + dx, 67, _EYE[2] + dz), 2.2)
        canvas.paint(Tissue.MUSCLE, mirrored(rectus), bounds)
    for tissue, radius in ((Tissue.DURA, 4.2), (Tissue.CSF, 3.0), (Tissue.WHITE_MATTER, 2.0)):
        canvas.paint(tissue, mirrored(tube((29, 59, -27), _ORBIT_APEX, radius)), bounds)
        canvas.paint(tissue, mirrored(tube(_ORBIT_APEX, (6, 10, -20), radius)), bounds)
    eye = mirrored(tube(_EYE, _EYE_FRONT, 12.0))
    canvas.paint_layers(((Tissue.DURA, 0.0), (Tissue.VITREOUS, 1.2)), eye, bounds)


_FORAMEN = (0.0, -38.0)


def _spinal_canal(canvas: Canvas) -> None:
    """The neck's spine below the foramen magnum: bone, epidural fat, dura, CSF."""
    rings = ((Tissue.SKULL, 23.0), (Tissue.FAT, 14.5), (Tissue.DURA, 11.8), (Tissue.CSF, 10.3))
    bounds: Bounds = ((-26, 26), (-64, -12), (-200, -58))
    for tissue, radius in rings:

        def ring(x: np.ndarray, y: np.ndarray, z: np.ndarray, radius: float = radius) -> np.ndarray:
            return np.maximum(np.hypot(x - _FORAMEN[0], y - _FORAMEN[1]) - radius, z + 68)

        canvas.paint(tissue, ring, bounds)


def _meninges(canvas: Canvas) -> None:
    """Dura with falx and tentorium, and CSF in all that is left of the cavity."""
    canvas.paint_layers(((Tissue.DURA, 0.0), (Tissue.CSF, _DURA_THICKNESS)), _cavity)

    def falx(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.maximum(np.maximum(np.abs(x) - 0.8, 8 - callosum(y, z)), _cavity(x, y, z))

    def tentorium(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        sheet = np.abs(z + 20.5) - 0.8
        return np.maximum(np.maximum(sheet, 27 - np.hypot(x, y + 22)), np.maximum(_cavity(x, y, z), y + 15))

    canvas.paint(Tissue.DURA, falx, ((-3, 3), (-100, 100), (-20, 90)))
    canvas.paint(Tissue.DURA, tentorium, ((-70, 70), (-100, -10), (-25, -15)))


def _foramina(canvas: Canvas) -> None:
    """The ways out of the cavity beside the brain stem; the module `phantom` says what leaks through them."""
    bounds: Bounds = ((-70, 70), (-30, 70), (-90, -15))
    trigeminal_ganglion = tube((23, -4, -28), (27, 4, -46), 4.0)
    mandibular_nerve = tube((27, 4, -46), (44, 14, -68), 4.0)
    superior_orbital_fissure = tube((24, 18, -28), (27, 42, -26), 5.0)
    inferior_orbital_fissure = tube((31, 44, -38), (38, 46, -62), 5.0)
    buccal_fat = tube((40, 50, -66), (60, 50, -70), 7.0)
    for sleeve in (trigeminal_ganglion, mandibular_nerve):
        canvas.paint(Tissue.DURA, mirrored(sleeve), bounds)
    for fat in (superior_orbital_fissure, inferior_orbital_fissure, buccal_fat):
        canvas.paint(Tissue.FAT, mirrored(fat), bounds)


def paint_head(canvas: Canvas) -> None:
    """Paint the whole head, from the skin inward."""
    for part in (
        _soft_parts,
        _skull,
        _spinal_canal,
        _meninges,
        _foramina,
        _orbits,
        paint_cerebrum,
        paint_cerebellum,
        paint_brain_stem,
        paint_nuclei_and_ventricles,
    ):
        part(canvas)
