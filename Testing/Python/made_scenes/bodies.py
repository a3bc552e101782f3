"""A trunk with air around it, as CT + MR and as PET + CT; values are those that such scans have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .scene import MadeScene, Scanner, made
from .shapes import Shape, ball, block, column, ellipsoid

SIZE = (150, 116, 40)
SPACING = (1.7, 1.7, 3.0)
PET_BLUR_MM = 2.5
"""Standard deviation of a PET scanner's blur: 6 mm full width at half maximum."""


@dataclass(frozen=True)
class Tissue:
    """CT in Hounsfield units, MR in arbitrary ones, PET as standardized uptake."""

    ct: float
    mr: float
    pet: float


AIR = Tissue(-1000, 0, 0.02)
COUCH = Tissue(-150, 0, 0.02)
FAT = Tissue(-100, 420, 0.4)
MUSCLE = Tissue(55, 180, 0.9)
BONE = Tissue(700, 60, 0.8)
MARROW = Tissue(180, 300, 1.4)
LUNG = Tissue(-850, 25, 0.4)
GAS = Tissue(-980, 5, 0.3)
LIVER = Tissue(110, 200, 2.2)
SPLEEN = Tissue(125, 290, 1.7)
KIDNEY = Tissue(180, 250, 3.0)
LESION = Tissue(65, 330, 9.0)

Layers = list[tuple[Shape, Tissue]]


def abdomen(
    name: str, rng: np.random.Generator, *, target: str = "liver lesion", other: str = "mr", radius: float = 10.0
) -> MadeScene:
    """The target is a lesion (radius in mm) in the liver or at its edge, the spleen or a kidney.

    ``other`` than CT is "mr" or "pet".
    """
    scanner = Scanner(SIZE, SPACING, rng)
    x, y, z = scanner.middle
    liver = ellipsoid((x - 42, y - 8, z), (50, 48, 50))
    spleen = ellipsoid((x + 68, y + 10, z + 4), (18, 28, 34))
    kidney = ellipsoid((x + 38, y + 36, z - 4), (16, 19, 36))
    layers: Layers = [
        *_trunk(x, y),
        (liver, LIVER),
        (spleen, SPLEEN),
        (kidney, KIDNEY),
        (ellipsoid((x + 20, y - 38, z), (20, 14, 26)), GAS),
    ]
    places = {"liver lesion": (x - 34, y + 2, z + 2), "liver edge": (x - 42 + 50 - 0.7 * radius, y - 8, z)}
    if target in places:
        shape = ball(places[target], radius)
        layers.append((shape, LESION))
        clicks = [places[target], tuple(p + d for p, d in zip(places[target], (radius / 2, 0, 0)))]
    else:
        shape, clicks = {
            "spleen": (spleen, [(x + 68, y + 10, z), (x + 66, y + 24, z + 12), (x + 72, y - 4, z - 9)]),
            "kidney": (kidney, [(x + 38, y + 36, z), (x + 42, y + 30, z - 15)]),
        }[target]
    return _scanned(name, scanner, layers, shape, clicks, other)


def thorax(
    name: str, rng: np.random.Generator, *, target: str = "lung", other: str = "pet", radius: float = 11.0
) -> MadeScene:
    """The target is a tumor (radius in mm) in the lung or at the chest wall."""
    scanner = Scanner(SIZE, SPACING, rng)
    x, y, z = scanner.middle
    layers: Layers = [
        *_trunk(x, y),
        (column((x - 46, y - 4), (34, 52)), LUNG),
        (column((x + 46, y - 4), (34, 52)), LUNG),
        (ellipsoid((x + 14, y - 20, z), (32, 30, 42)), Tissue(45, 160, 2.8)),
    ]
    place = {"lung": (x - 46, y + 6, z), "chest wall": (x - 46, y + 48 - 0.6 * radius, z + 3)}[target]
    shape = ball(place, radius)
    layers.append((shape, Tissue(40, 260, 8.0)))
    return _scanned(name, scanner, layers, shape, [place, (place[0] + radius / 2, place[1], place[2])], other)


def _trunk(x: float, y: float) -> Layers:
    """What every cross section has, from the couch to the marrow."""
    spine = (x, y + 58)
    return [
        (block((0, y + 92, -50), (2 * x, y + 96, 500)), COUCH),
        (column((x, y), (116, 88)), FAT),
        (column((x, y), (104, 77)), MUSCLE),
        (column((x, y), (94, 68)), FAT),
        (column((x, y + 4), (88, 62)), MUSCLE),
        (column(spine, (17, 15)), BONE),
        (column(spine, (13, 11)), MARROW),
    ]


def _scanned(
    name: str, scanner: Scanner, layers: Layers, target: Shape, clicks: Sequence[Sequence[float]], other: str
) -> MadeScene:
    ct = scanner.painted(AIR.ct, [(shape, tissue.ct) for shape, tissue in layers]) + scanner.noise(14.0, 1.2)
    if other == "mr":
        signal = scanner.painted(AIR.mr, [(shape, tissue.mr) for shape, tissue in layers])
        second = scanner.magnitude(signal * scanner.bias(0.1), 18.0)
    else:
        uptake = scanner.painted(AIR.pet, [(shape, tissue.pet) for shape, tissue in layers])
        second = scanner.blurred(uptake, PET_BLUR_MM)
        second = second + scanner.noise(0.12, 2.0) * np.sqrt(second + 0.2)
    return made(name, scanner, [ct, second], target, clicks)
