"""How far apart the surfaces of two regions lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage


def surface_distance(one: np.ndarray, other: np.ndarray, spacing: Sequence[float]) -> float:
    """The average symmetric surface distance of two masks (z, y, x) of one shape with a ``spacing`` (i, j, k), in mm.

    A surface are the voxels of a mask with a face on its outside; each one's distance to the nearest of the other
    surface counts once. Not a number where a mask is empty.

    Source: Heimann et al., IEEE Trans Med Imaging 28:1251, 2009.
    """
    first, second = np.asarray(one, bool), np.asarray(other, bool)
    if not first.any() or not second.any():
        return float("nan")
    part = _common_box(first | second)
    surfaces = [_surface(mask[part]) for mask in (first, second)]
    sampling = tuple(spacing)[::-1]
    total = 0.0
    for here, there in (surfaces, surfaces[::-1]):
        total += float(ndimage.distance_transform_edt(~there, sampling=sampling)[here].sum())
    return total / sum(int(np.count_nonzero(surface)) for surface in surfaces)


def _surface(mask: np.ndarray) -> np.ndarray:
    return mask & ~ndimage.binary_erosion(mask)


def _common_box(mask: np.ndarray) -> tuple[slice, ...]:
    return ndimage.find_objects(mask.astype(np.uint8))[0]
