"""Seeds compared with each other: which one is unlike the others, and whose box lies across a border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST_SEEDS = 3
"""With fewer nobody can say which one is odd."""

ODD = 3.0
"""A seed is odd whose mean lies so many spreads from the median of the others."""

CROSSING = 4.0
"""A box crosses a border that is so many times as varied as the others are, or as the noise around it."""

BORDER_SCALES = 2.5
"""Variation within a box under so many of the other seeds' scales is no border."""

_TO_SD = 1.4826
"""From the median absolute deviation to the standard deviation of a Gaussian."""


@dataclass(frozen=True, eq=False)
class SeedBox:
    """Values (C, z, y, x) of a seed's own box and of a larger one around it; NaN outside the field of view."""

    own: np.ndarray
    around: np.ndarray


def odd_seeds(boxes: Sequence[SeedBox], scales: np.ndarray) -> list[tuple[int, int]]:
    """(seed, channel) of the seeds unlike the others; ``scales`` (S, C) are those around the seeds.

    Each seed is compared with the median of the others alone: in the statistics of all of them it would hide behind
    the spread that it causes. Where half of the seeds or more are unlike the others, none is the odd one.
    """
    if len(boxes) < LEAST_SEEDS:
        return []
    means = np.array([_nan_mean(box.own) for box in boxes])
    within = np.array([_nan_deviation(box.own) for box in boxes])
    distances = np.zeros(means.shape)
    for number, mean in enumerate(means):
        others = np.delete(means, number, axis=0)
        median = np.median(others, axis=0)
        between = _TO_SD * np.median(np.abs(others - median), axis=0)
        noise = np.median(np.delete(within, number, axis=0), axis=0)
        scale = np.median(np.delete(scales, number, axis=0), axis=0)
        distances[number] = np.abs(mean - median) / np.sqrt(between**2 + noise**2 + scale**2)
    odd = distances > ODD
    odd[:, 2 * odd.sum(axis=0) >= len(boxes)] = False
    return [(int(seed), int(channel)) for seed, channel in np.argwhere(odd)]


def crossing_seeds(boxes: Sequence[SeedBox], scales: np.ndarray) -> list[tuple[int, int]]:
    """(seed, channel) of the seeds whose own box lies across a border; the channel is the one that shows it most.

    ``scales`` (S, C) are those around the seeds.
    """
    found = []
    within = np.array([_nan_deviation(box.own) for box in boxes])
    for number, box in enumerate(boxes):
        usual = CROSSING * _noise(box.around)
        if len(boxes) >= LEAST_SEEDS:
            others = np.delete(np.arange(len(boxes)), number)
            usual = np.maximum(usual, CROSSING * np.median(within[others], axis=0))
            usual = np.maximum(usual, BORDER_SCALES * np.median(scales[others], axis=0))
        share = within[number] / np.maximum(usual, np.finfo(float).tiny)
        if share.max() > 1.0:
            found.append((number, int(share.argmax())))
    return found


def _noise(values: np.ndarray) -> np.ndarray:
    """The noise (C,) of smoothed values (C, z, y, x), from differences between neighbors, most of which lie within one
    tissue."""
    steps = [np.diff(values, axis=axis).reshape(len(values), -1) for axis in (1, 2, 3)]
    differences = np.concatenate(steps, axis=1)
    differences = differences[:, np.isfinite(differences).all(axis=0)]
    if not differences.size:
        return np.zeros(len(values))
    return _TO_SD * np.median(np.abs(differences), axis=1) / np.sqrt(2.0)


def _nan_mean(values: np.ndarray) -> np.ndarray:
    return _finite(values).mean(axis=1)


def _nan_deviation(values: np.ndarray) -> np.ndarray:
    return _finite(values).std(axis=1)


def _finite(values: np.ndarray) -> np.ndarray:
    """The values (C, N) that are finite in every channel; a seed's own voxel always is."""
    flat = values.reshape(len(values), -1)
    return flat[:, np.isfinite(flat).all(axis=0)]
