"""How far a seed reaches: what a click is for is around it.

The first seed names the tissue and reaches everywhere. A later one corrects: it reaches half as far again as the
nearest of the exclusion seeds and of the seeds before it. So a seed beside an exclusion seed does not bring back what
that one took, and a seed in another part of the anatomy finds that part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...geometry.box import Index

LEAST_MM = 6.0
"""Every seed reaches as far as this."""

SEED_MM = 20.0
"""A seed with no exclusion seed near it reaches as far as this at least."""


SHARE = 1.5
"""A later seed reaches so many times as far as the nearest exclusion seed or seed before it."""


def seed_reaches(
    seeds: Sequence[Index], exclusion_seeds: Sequence[Index], spacing: Sequence[float]
) -> tuple[float, ...]:
    """In mm, of each seed; ``spacing`` in mm along i, j, k. The order of the seeds counts."""
    result = []
    for number, seed in enumerate(seeds):
        reach = math.inf
        if number:
            reach = max(SEED_MM, SHARE * _nearest(seed, seeds[:number], spacing))
            reach = max(LEAST_MM, min(reach, SHARE * _nearest(seed, exclusion_seeds, spacing)))
        result.append(reach)
    return tuple(result)


def _nearest(point: Index, others: Sequence[Index], spacing: Sequence[float]) -> float:
    places = [[v * h for v, h in zip(other, spacing)] for other in others]
    return min((math.dist([v * h for v, h in zip(point, spacing)], place) for place in places), default=math.inf)
