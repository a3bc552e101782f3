"""A constant margin that a scanner or a program put around what it measured: outside of the field of view.

Nothing else has such a value: it lies beyond all that was measured, and is the value programs mark "nothing here" with
or so far away that no tissue has it. 0 is never taken for it: that is air, or what a mask left.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

FAR = 10.0
"""Of the range of all other values: how far beyond them a margin's value lies that is no known mark."""

NEAR = 0.1
"""The same for a known mark."""

LEAST_SHARE = 1e-3
"""Of the voxels: a margin is wide."""

_MARKS = (-3024.0, -3000.0, -2048.0, -2000.0, -4096.0, -1024.0 * 32, -9999.0, -99999.0)


def without_padding(array: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, tuple[float, ...]]:
    """The voxels (z, y, x) with NaN in each margin, and the margins' values; the array itself where it has none.

    ``sample`` is an evenly spread part of the voxels. A margin is connected to the volume's border and holds one value
    exactly; voxels of this value inside of the volume stay. A copy as float32, or float64 where that is too coarse, is
    made for a volume with a margin only.
    """
    found = [value for value in _candidates(sample) if value is not None]
    margins = [(value, margin) for value in found if (margin := _margin(array, value)) is not None]
    if not margins:
        return array, ()
    is_small = array.dtype.itemsize <= 2 or array.dtype == np.float32
    copy = array.astype(np.float32 if is_small else np.float64)
    for _, margin in margins:
        copy[margin] = np.nan
    return copy, tuple(float(value) for value, _ in margins)


def _candidates(sample: np.ndarray) -> list[np.generic | None]:
    """The lowest and the highest value of the sample where either can only be padding."""
    values = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample.ravel()
    if not values.size:
        return []
    lowest, highest = values.min(), values.max()
    measured = values[(values != lowest) & (values != highest)].astype(np.float64)
    candidates: list[np.generic | None] = []
    for value in (lowest, highest):
        # What was measured may reach up to the other end, where that is no padding itself.
        other = highest if value == lowest else lowest
        rest = measured if _is_mark(other) else np.append(measured, float(other))
        candidates.append(value if _is_padding(value, rest, np.count_nonzero(values == value) / values.size) else None)
    return candidates


def _is_padding(value: np.generic, rest: np.ndarray, share: float) -> bool:
    if value == 0 or share < LEAST_SHARE or rest.size < 2 or value.dtype.kind == "b":
        return False
    low, high = float(rest.min()), float(rest.max())
    with np.errstate(over="ignore"):
        gap = low - float(value) if value < low else float(value) - high
        spread = high - low
    return spread > 0 and gap > (NEAR if _is_mark(value) else FAR) * spread


def _is_mark(value: np.generic) -> bool:
    """Whether a value is an end of a pixel type of two bytes or more, or one that scanners mark padding with."""
    number = float(value)
    if number == 0:
        return False
    ends = [np.finfo(kind) for kind in (np.float32, np.float64)]
    ends += [np.iinfo(kind) for kind in (np.int16, np.uint16, np.int32, np.uint32)]
    return number in _MARKS or any(number in (float(end.min), float(end.max)) for end in ends)


def _margin(array: np.ndarray, value: np.generic) -> np.ndarray | None:
    """Where a value is connected to the volume's border; None where too few voxels are."""
    labels, count = ndimage.label(array == value)
    faces = [labels[at] for axis in range(3) for at in ((slice(None),) * axis + (end,) for end in (0, -1))]
    touching = np.unique(np.concatenate([face.ravel() for face in faces]))
    is_margin = np.zeros(count + 1, bool)
    is_margin[touching] = True
    is_margin[0] = False
    margin = is_margin[labels]
    return margin if np.count_nonzero(margin) >= LEAST_SHARE * array.size else None
