"""All made scenes by name, and which of them no constant may be chosen by."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial

import numpy as np

from . import bodies, lesions, walls
from .scene import MadeScene

Made = Callable[[str, np.random.Generator], MadeScene]


def _balls(*radii: float) -> tuple[float, ...]:
    return radii * 3 if len(radii) == 1 else radii


_TUNING: dict[str, Made] = {
    "sphere 5 mm, 1 mm, 4 SD": partial(lesions.lesion, radii=_balls(5.0), contrast=4),
    "sphere 8 mm, 0.7 mm, 6 SD": partial(lesions.lesion, radii=_balls(8.0), spacing=(0.7,) * 3, contrast=6),
    "sphere 14 mm, 1.2 mm, 12 SD": partial(lesions.lesion, radii=_balls(14.0), spacing=(1.2,) * 3, contrast=12),
    "sphere 7 mm, blurred 0.8 mm, 10 SD": partial(lesions.lesion, radii=_balls(7.0), contrast=10, blur=0.8),
    "lobulated 8 mm, 6 SD": partial(lesions.lesion, radii=_balls(8.0), lobes=4),
    "slices of 4 mm, 12 mm, 6 SD": partial(lesions.lesion, radii=_balls(12.0), spacing=(0.8, 0.8, 4.0)),
    "slices of 3 mm, 7 mm, 8 SD": partial(lesions.lesion, radii=_balls(7.0), spacing=(0.6, 0.6, 3.0), contrast=8),
    "low contrast 3 SD, 9 mm": partial(lesions.lesion, radii=_balls(9.0), contrast=3),
    "low contrast 2.5 SD, 14 mm": partial(lesions.lesion, radii=_balls(14.0), contrast=2.5),
    "bias 20 %, 12 mm, 6 SD": partial(lesions.lesion, radii=_balls(12.0), bias=0.2),
    "bias 40 %, 10 mm, 10 SD": partial(lesions.lesion, radii=_balls(10.0), contrast=10, bias=0.4),
    "texture 0.7 SD of 2 mm, 10 mm, 6 SD": partial(lesions.lesion, radii=_balls(10.0), texture=0.7),
    "texture 1.2 SD of 4 mm, 13 mm, 8 SD": partial(
        lesions.lesion, radii=_balls(13.0), contrast=8, texture=1.2, texture_mm=4.0
    ),
    "organ's edge, 9 mm, 6 SD": walls.at_organs_edge,
    "two rooms, 1 mm": walls.two_rooms,
    "fold, 1 mm": walls.fold,
    "CT + MR liver lesion": partial(bodies.abdomen, target="liver lesion"),
    "CT + MR spleen": partial(bodies.abdomen, target="spleen"),
    "PET + CT lung tumor": partial(bodies.thorax, target="lung"),
    "PET + CT liver lesion": partial(bodies.abdomen, target="liver lesion", other="pet", radius=13.0),
}

_HELD_OUT: dict[str, Made] = {
    "sphere 6 mm, 0.9 mm, 8 SD": partial(lesions.lesion, radii=_balls(6.0), spacing=(0.9,) * 3, contrast=8),
    "ellipsoid 6 x 9 x 13 mm, 5 SD": partial(lesions.lesion, radii=(6.0, 9.0, 13.0), contrast=5),
    "lobulated 11 mm, 9 SD": partial(lesions.lesion, radii=_balls(11.0), contrast=9, lobes=6),
    "slices of 5 mm, 16 mm, 5 SD": partial(lesions.lesion, radii=_balls(16.0), spacing=(0.9, 0.9, 5.0), contrast=5),
    "low contrast 2.8 SD, 12 mm": partial(lesions.lesion, radii=_balls(12.0), contrast=2.8),
    "bias 30 %, 15 mm, 7 SD": partial(lesions.lesion, radii=_balls(15.0), contrast=7, bias=0.3),
    "texture 1 SD of 3 mm, 11 mm, 7 SD": partial(
        lesions.lesion, radii=_balls(11.0), contrast=7, texture=1.0, texture_mm=3.0
    ),
    "organ's edge, 12 mm, 5 SD": partial(walls.at_organs_edge, radius=12.0, contrast=5, depth=0.5),
    "two rooms, 0.7 mm": partial(walls.two_rooms, spacing=0.7, contrast=6),
    "vessel, 2.5 mm": walls.vessel,
    "CT + MR lesion at the liver's edge": partial(bodies.abdomen, target="liver edge", radius=12.0),
    "CT + MR kidney": partial(bodies.abdomen, target="kidney"),
    "PET + CT tumor at the chest wall": partial(bodies.thorax, target="chest wall"),
}


def _numbered(name: str, make: Made) -> Callable[..., MadeScene]:
    def build(seed: int = 0) -> MadeScene:
        """The scene, whose noise and shape depend on ``seed`` and its name alone."""
        return make(name, np.random.default_rng([seed, zlib.crc32(name.encode())]))

    return build


SCENES: dict[str, Callable[..., MadeScene]] = {n: _numbered(n, m) for n, m in (_TUNING | _HELD_OUT).items()}
TUNING, HELD_OUT = tuple(_TUNING), tuple(_HELD_OUT)
