"""Seeds that are unlike the others: a click that slipped into another tissue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import statistics
from .channels import Channel, prepare
from .grid import Index

if TYPE_CHECKING:
    from .channels import Volume

LEAST_SEEDS = 3
"""With fewer nobody can say which one is odd."""

ODD = 7.0
"""Seeds farther than this are odd. Measured with four seeds on six targets of three real data sets: 2 % of the seeds
inside the target are, 40 % of those anywhere else (88 % where gray or white matter is the target)."""


def seed_distances(images: Sequence[Volume], seeds: Sequence[Index], radius: int) -> list[float]:
    """How far each seed (i, j, k) lies from all the others: the Mahalanobis distance of its box's mean from the pooled
    statistics of the other seeds' boxes, of ``radius`` voxels; zeros for fewer than ``LEAST_SEEDS``.

    Leaving the seed out is what makes it stand out: in the statistics of all of them it would hide behind the spread
    that it causes (Rousseeuw and Leroy, Robust Regression and Outlier Detection, 1987: masking).
    """
    if len(seeds) < LEAST_SEEDS:
        return [0.0] * len(seeds)
    channels = prepare(images)
    boxes = [_values(channels, seed, radius) for seed in seeds]
    distances = []
    for number, box in enumerate(boxes):
        others = statistics.pooled_seed_statistics([*boxes[:number], *boxes[number + 1 :]])
        inverse = statistics.inverse(statistics.floored(others.covariance))
        squared = statistics.squared_distance(box.mean(axis=1)[:, None], others.mean, inverse)
        distances.append(float(np.sqrt(squared[0])))
    return distances


def _values(channels: Sequence[Channel], seed: Index, radius: int) -> np.ndarray:
    """The standardized finite values (C, N) of a seed's box."""
    around = tuple(slice(max(0, v - radius), v + radius + 1) for v in seed[::-1])
    values = np.array([(c.array[around].ravel().astype(np.float64) - c.center) / c.scale for c in channels])
    return values[:, np.isfinite(values).all(axis=0)]
