"""The multiplier that needs no number: where the volume of a region is stable, before it leaks.

Where an object ends, the volume hardly depends on the threshold any more; where there is no such range, as in most
structures of a brain, nothing of the kind can be found.

After the stability of J. Matas et al., Robust wide-baseline stereo from maximally stable extremal regions (British
Machine Vision Conference, 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...parameters.settings import DEFAULT_MULTIPLIER

LEVELS = tuple(float(m) for m in 1.1 ** np.arange(4, 28))
"""The multipliers that are tried, from 1.5 to 13.1."""

STABLE_SLOPE = 0.5
"""The volume is stable where it grows by less than this power of the multiplier, over the median of three steps."""

LEAK = 1.33
"""A volume that grows by more than this factor in one step leaks, which ends what is stable."""

LEAST_SPAN = 1.5
"""Largest over smallest multiplier of a range that is stable, at least."""

LATEST_START = 2.0 * DEFAULT_MULTIPLIER
"""What begins to be stable at a larger multiplier is everything there is."""

SETTLED_BOXES = 2
"""A region smaller than so many of a seed's boxes has not found its own tissue."""


@dataclass(frozen=True)
class AutomaticMultiplier:
    """The ``multiplier`` in the middle of the range from ``low`` to ``high`` in which the volume is stable.

    ``change`` is the volume at ``high`` over that at ``low``, less 1. Without such a range, ``has_plateau`` is false
    and the multiplier is the default one.
    """

    multiplier: float = DEFAULT_MULTIPLIER
    low: float = DEFAULT_MULTIPLIER
    high: float = DEFAULT_MULTIPLIER
    change: float = 0.0
    has_plateau: bool = False


def automatic_multiplier(
    multipliers: Sequence[float], voxel_counts: Sequence[int], settled: int
) -> AutomaticMultiplier:
    """The first stable range of a curve of voxels against rising multipliers.

    It starts with no fewer voxels than ``settled``.
    """
    tried, counts = np.asarray(multipliers, float), np.asarray(voxel_counts, float)
    start = 0
    stable = _stable_steps(tried, counts) & (counts[:-1] >= settled)
    while start < len(stable):
        stop = start
        while stop < len(stable) and stable[stop]:
            stop += 1
        low, high = float(tried[start]), float(tried[stop])
        if low <= LATEST_START and high >= LEAST_SPAN * low:
            change = float(counts[stop] / counts[start]) - 1.0
            return AutomaticMultiplier(float(np.sqrt(low * high)), low, high, change, True)
        start = stop + 1
    return AutomaticMultiplier()


def _stable_steps(multipliers: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Whether the volume is stable from each multiplier to the next."""
    slopes = np.diff(np.log(counts)) / np.diff(np.log(multipliers))
    if not slopes.size:
        return np.zeros(0, bool)
    padded = np.concatenate([slopes[:1], slopes, slopes[-1:]])
    medians = np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0)
    return (medians <= STABLE_SLOPE) & (counts[1:] <= LEAK * counts[:-1])
