"""The scale: how much a tissue varies around a point, per channel, told from what lies around that point alone.

A box of 27 neighbors is smooth and alike and leaves out how a tissue varies from place to place (bias field,
texture, mixtures); the spread of a larger window is that of its edges. In between stands a redescending M-estimate:
the spread of those values of the window that are the point's own tissue, which is what values near the point's mean,
measured by that very spread, count as. Another tissue, air, padding or metal in the window has weight 0.

Source: P. J. Huber, Robust Statistics (1981), chapter 8; biweight of A. E. Beaton and J. W. Tukey, Technometrics 16
(1974).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

WINDOW_MM = 8.0
"""Radius of the window around a point."""

REJECTED = 2.5
"""Values so many scales from the mean (root mean square over the channels) have no weight."""

MOST_GROWTH = 2.0
"""A scale is at most so many times the spread of the point's own box: a structure thinner than that has no more of
its own to show, and the window around it is of other tissues."""

CROSSED = 5.0
"""A box lies across a border where it is so many times as varied as the half of it that is most like its middle."""

STEP_SHARE = 0.1
"""A scale is at least this share of the step between neighboring gray values: what rounding leaves of a tissue."""

CONSTANT_SHARE = 1e-6
"""Where all values of a window are one, the scale is this share of it."""

_ROUNDS = 30
_SETTLED = 1e-3
_TO_SD = 1.4826 / np.sqrt(6.0)
"""From the median absolute second difference to the standard deviation of white noise."""


def tissue_scale(own: np.ndarray, window: np.ndarray, least: np.ndarray) -> np.ndarray:
    """The scale (C,) around a point: from the values (C, N) of its own box, which say where the tissue's values lie
    and how much they vary at least, and those (C, M) of the window around it; never under ``least`` (C,).

    All are finite and in one unit a channel, which is that of the answer.
    """
    varying = np.ptp(window, axis=1) > 0.0
    if not varying.all():
        # A constant channel says nothing about which values are the tissue's.
        result = np.array(least, dtype=np.float64)
        if varying.any():
            result[varying] = tissue_scale(own[varying], window[varying], least[varying])
        return result
    mean = own.mean(axis=1)
    start = np.square(own - mean[:, None]).mean(axis=1) + np.square(least)
    most = MOST_GROWTH**2 * start
    squares = np.square(window - mean[:, None])
    channels = len(mean)
    variance = start
    for _ in range(_ROUNDS):
        weights = 1.0 - (1.0 / variance) @ squares / (channels * REJECTED**2)
        weights = np.square(np.maximum(weights, 0.0, out=weights), out=weights)
        total = weights.sum()
        if total <= 0.0:
            break
        updated = np.clip(consistency(channels) * (squares @ weights) / total, np.square(least), most)
        settled = np.all(np.abs(updated - variance) <= _SETTLED * variance)
        variance = updated
        if settled:
            break
    return np.sqrt(variance)


def own_tissue(box: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """The values (C, M) of a point's box (C, N) that are its own tissue's; ``middle`` (C,) is the point's own value.

    All of them, but where the box lies across a border (a wall of two voxels): there those of the middle's side.
    """
    spread = box.std(axis=1)
    spread[spread == 0.0] = 1.0
    order = np.argsort(np.square((box - middle[:, None]) / spread[:, None]).sum(axis=0), kind="stable")
    near = box[:, order[: -(-box.shape[1] // 2)]]
    narrow = np.maximum(near.std(axis=1), 1e-6 * spread)
    if np.all(spread <= CROSSED * narrow):
        return box
    alike = np.abs(box - near.mean(axis=1)[:, None]) <= 2.0 * CROSSED * narrow[:, None]
    return box[:, alike.all(axis=0)]


@lru_cache
def consistency(channels: int) -> float:
    """What the weighted variance of a Gaussian is short of, for values of so many channels."""
    limit = channels * REJECTED**2
    half = channels / 2.0

    def moment(order: int) -> float:
        factor = 2.0**order * special.gamma(half + order) / special.gamma(half)
        return float(factor * special.gammainc(half + order, limit / 2.0))

    weight = moment(0) - 2.0 * moment(1) / limit + moment(2) / limit**2
    weighted = moment(1) - 2.0 * moment(2) / limit + moment(3) / limit**2
    return channels * weight / weighted


def noise(values: np.ndarray) -> np.ndarray:
    """The noise (C,) of a box's values (C, z, y, x), NaN where there are none: the smallest of those along its axes.

    From second differences, of which a slope has none and an edge few; across thick slices they are larger.
    """
    along = []
    for axis in (1, 2, 3):
        if values.shape[axis] >= 3:
            differences = np.abs(np.diff(values, 2, axis=axis)).reshape(len(values), -1)
            differences = differences[:, np.isfinite(differences).all(axis=0)]
            if differences.size:
                along.append(_TO_SD * np.median(differences, axis=1))
    return np.min(along, axis=0) if along else np.zeros(len(values))


def smallest_step(values: np.ndarray) -> float:
    """The smallest difference between values that are not equal; ``CONSTANT_SHARE`` of the value where all are."""
    distinct = np.unique(values)
    if distinct.size > 1:
        return STEP_SHARE * float(np.diff(distinct).min())
    return max(CONSTANT_SHARE * abs(float(distinct[0])), 1e-20) if distinct.size else 1e-20
