"""Correcting a grown region by points that must stay out of it.

Every point votes on the voxels within its reach with the inverse square of its distance along the way through the
images. The region goes where an exclusion seed has the strongest vote, as far as it is the nearest point along the way:
each takes what lies around it. What is left stays as far as it is still face-connected to a seed.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from .connected import connected_part
from .votes import Poll, Voter

Steps = Generator[None, None, np.ndarray]


def without_exclusions(
    values: np.ndarray,
    mask: np.ndarray,
    seeds: Sequence[Voter],
    exclusion_seeds: Sequence[Voter],
    spacing: Sequence[float],
) -> Steps:
    """What remains of a grown region, as a bool mask (z, y, x), a short step at a time.

    ``values`` (C, z, y, x) are the channels of a box, ``mask`` (z, y, x) the region grown in it; ``spacing`` is in mm,
    along z, y, x. Intensities along the ways count in scales of the first seed. Without exclusion seeds the answer is
    the mask.
    """
    kept = np.array(mask, dtype=bool)
    if exclusion_seeds:
        votes = yield from _votes(values, seeds, exclusion_seeds, spacing)
        kept &= votes > 0
    inside = [s.voxel for s in exclusion_seeds if all(0 <= v < n for v, n in zip(s.voxel, kept.shape))]
    for voxel in inside:
        kept[voxel] = False
    for seed in seeds:
        kept[seed.voxel] = True
    return (yield from connected_part(kept, [seed.voxel for seed in seeds]))


def _votes(
    values: np.ndarray, seeds: Sequence[Voter], exclusion_seeds: Sequence[Voter], spacing: Sequence[float]
) -> Steps:
    """Logarithm of the strongest vote for over the strongest against, float32 (z, y, x)."""
    poll = yield from Poll.over(values, spacing, seeds[0].scale)
    own = yield from poll.strongest(seeds)
    against = yield from poll.strongest(exclusion_seeds)
    return (yield from poll.refined(np.log(own / against)))
