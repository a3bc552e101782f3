"""Sums over a region, brick by brick, in an order that does not depend on how it was found."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from ..model.statistics import Moments
from ..work.threads import in_parallel
from .store import Brick

_BRICKS_A_STEP = 32


def moments_of(
    values: Callable[[Brick, np.ndarray], np.ndarray], regions: dict[Brick, np.ndarray], origin: np.ndarray
) -> Generator[None, None, Moments]:
    """Sums over a region's masks (z, y, x) of bricks; yields between short steps.

    ``values`` answers those (C, N) of some voxels (flat indices) of a brick.
    """
    moments = Moments(origin)

    def of_brick(brick: Brick) -> Moments:
        return Moments.of(values(brick, np.flatnonzero(regions[brick])), origin)

    bricks = list(regions)
    for first in range(0, len(bricks), _BRICKS_A_STEP):
        for part in in_parallel(of_brick, bricks[first : first + _BRICKS_A_STEP]):
            moments.add(part)
        yield
    return moments
