"""Thin things: rooms behind walls of two voxels, folds, a vessel, a lesion at an organ's edge."""

from __future__ import annotations

import numpy as np

from .lesions import FIRST, SECOND, seen
from .scene import MadeScene, Scanner, made
from .shapes import Shape, ball, block, common, ellipsoid, tube, union, without


def two_rooms(name: str, rng: np.random.Generator, *, spacing: float = 1.0, contrast: float = 8.0) -> MadeScene:
    """Two rooms of one intensity with a wall of two voxels between them; the target is one of them."""
    scanner = Scanner((64, 48, 48), (spacing,) * 3, rng)
    x, y, z = scanner.middle
    whole = ellipsoid((x, y, z), (24 * spacing, 17 * spacing, 17 * spacing))
    wall = block((x - 1.3 * spacing, 0, 0), (x + 0.7 * spacing, 2 * y, 2 * z))
    left = common(whole, block((0, 0, 0), (x, 2 * y, 2 * z)))
    target = without(left, wall)
    channels = seen(scanner, without(whole, wall), contrast)
    return made(name, scanner, channels, target, [(x - 12 * spacing, y, z), (x - 6 * spacing, y + 4 * spacing, z)])


def fold(name: str, rng: np.random.Generator, *, spacing: float = 1.0, contrast: float = 8.0) -> MadeScene:
    """A ribbon three voxels thick that is folded to and fro so that two voxels lie between its banks."""
    scanner = Scanner((64, 48, 48), (spacing,) * 3, rng)
    x, y, z = scanner.middle
    thick, apart, half_height, half_depth = 3 * spacing, 5 * spacing, 14.5 * spacing, 14.5 * spacing
    banks = [x + 0.2 * spacing + n * apart for n in range(-3, 3)]

    def piece(left: float, right: float, bottom: float, top: float) -> Shape:
        return block((left, y - half_depth, bottom), (right, y + half_depth, top))

    parts = [piece(at - thick / 2, at + thick / 2, z - half_height, z + half_height) for at in banks]
    for number, at in enumerate(banks[:-1]):
        bottom = z + half_height - thick if number % 2 else z - half_height
        parts.append(piece(at, at + apart, bottom, bottom + thick))
    target = union(*parts)
    clicks = [(banks[2], y, z), (banks[3], y + 3 * spacing, z - 3 * spacing)]
    return made(name, scanner, seen(scanner, target, contrast), target, clicks)


def vessel(name: str, rng: np.random.Generator, *, radius: float = 2.5, contrast: float = 8.0) -> MadeScene:
    """A bent tube, radius in mm, that passes itself at a distance of three voxels."""
    scanner = Scanner((64, 56, 48), (1.0, 1.0, 1.0), rng)
    x, y, z = scanner.middle
    gap = radius + 1.5
    turns = np.linspace(0, np.pi, 9)
    there = [(8.0, y - gap, z), (x, y - gap, z + 4.0)]
    bend = [(x + 10 + gap * np.sin(t), y - gap * np.cos(t), z) for t in turns]
    target = tube([*there, *bend, (x, y + gap, z - 4.0), (8.0, y + gap, z)], radius)
    return made(name, scanner, seen(scanner, target, contrast), target, [there[1], bend[4]])


def at_organs_edge(
    name: str, rng: np.random.Generator, *, radius: float = 9.0, contrast: float = 6.0, depth: float = 0.3
) -> MadeScene:
    """A lesion that reaches out of an organ into fat, ``depth`` of its radius beyond the organ's surface.

    On the first channel it is close to the fat's value, on the second close to the organ's: only both tell it apart.
    """
    scanner = Scanner((72, 64, 56), (1.0, 1.0, 1.0), rng)
    x, y, z = scanner.middle
    organ = ellipsoid((x - 22, y, z), (28, 26, 24))
    center = (x + 6 - radius * (1 - depth), y, z)
    lesion = ball(center, radius)
    first = scanner.painted(160.0, [(organ, 100.0), (lesion, 100.0 + FIRST * contrast)])
    second = scanner.painted(300.0 + SECOND * contrast, [(organ, 300.0), (lesion, 300.0 - 0.5 * SECOND * contrast)])
    channels = [first + scanner.noise(FIRST), second + scanner.noise(SECOND)]
    return made(name, scanner, channels, lesion, [center, (center[0], y + radius / 2, z - radius / 4)])
