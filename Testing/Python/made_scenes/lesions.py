"""One object in one tissue, seen by two channels: how size, contrast, slices, bias and texture change what is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .scene import MadeScene, Scanner, made
from .shapes import Shape, ball, ellipsoid, union

FIRST, SECOND = 10.0, 20.0
"""Standard deviation of the two channels' noise."""


def lesion(
    name: str,
    rng: np.random.Generator,
    *,
    radii: Sequence[float] = (8.0, 8.0, 8.0),
    spacing: Sequence[float] = (1.0, 1.0, 1.0),
    contrast: float = 6.0,
    blur: float = 0.0,
    lobes: int = 0,
    **look: Any,
) -> MadeScene:
    """An ellipsoid, with ``lobes`` balls that bulge out of it; radii and blur in mm, contrast in SD of the noise.

    The second channel shows it the other way round, with 0.7 of the contrast. ``look`` is that of :func:`seen`.
    """
    size = [max(40, 2 * int(np.ceil((max(radii) * 1.6 + 10) / h))) for h in spacing]
    size[2] = max(12, size[2] if spacing[2] < 2 else 2 * int(np.ceil((max(radii) * 1.6 + 8) / spacing[2])))
    scanner = Scanner(size, spacing, rng)
    center = [m + rng.uniform(-0.5, 0.5) * h for m, h in zip(scanner.middle, spacing)]
    target = _lobulated(rng, center, radii, lobes)
    second = [c + d * r * 0.4 for c, d, r in zip(center, _direction(rng, spacing), radii)]
    return made(name, scanner, seen(scanner, target, contrast, blur, **look), target, [center, second])


def seen(
    scanner: Scanner,
    target: Shape,
    contrast: float,
    blur: float = 0.0,
    *,
    bias: float = 0.0,
    texture: float = 0.0,
    texture_mm: float = 2.0,
) -> list[np.ndarray]:
    """Two channels. ``bias`` is the range of a smooth factor, ``texture`` an SD in SDs of the noise."""
    share = scanner.share(target)
    if blur:
        share = scanner.blurred(share, blur)
    first = 100.0 + FIRST * contrast * share
    second = 300.0 - 0.7 * SECOND * contrast * share
    channels = []
    for clean, deviation in ((first, FIRST), (second, SECOND)):
        if texture:
            clean = clean + scanner.noise(texture * deviation, texture_mm)
        if bias:
            clean = clean * scanner.bias(bias)
        channels.append(clean + scanner.noise(deviation))
    return channels


def _direction(rng: np.random.Generator, spacing: Sequence[float]) -> np.ndarray:
    """A unit vector that stays within a thick slice."""
    vector = rng.standard_normal(3) * [1, 1, 0 if spacing[2] > 2 else 1]
    return vector / np.linalg.norm(vector)


def _lobulated(rng: np.random.Generator, center: Sequence[float], radii: Sequence[float], lobes: int) -> Shape:
    parts = [ellipsoid(center, radii)]
    for _ in range(lobes):
        vector = rng.standard_normal(3)
        vector /= np.linalg.norm(vector)
        parts.append(ball([c + v * r for c, v, r in zip(center, vector, radii)], rng.uniform(0.4, 0.6) * min(radii)))
    return union(*parts)
