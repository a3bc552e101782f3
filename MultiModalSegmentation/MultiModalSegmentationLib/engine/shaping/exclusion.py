"""Correcting a grown region by points that must stay out of it.

Every point votes on the voxels within its reach with the inverse square of its distance along the way through the
images. The region goes where the exclusion seeds together outvote the strongest seed; a voxel that looks like a seed's
tissue goes less easily, one that looks like an exclusion seed's more so. What is left stays as far as it is still
face-connected to a seed.

Votes: inverse distance weighting of D. Shepard (ACM National Conference, 1968).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .ways import Voxel, block_means, lattice_factors, refined, step_lengths, ways

LOOKS = 0.35
"""What a voxel's own values count: so much of the votes' logarithm for each scale that they lie nearer to one side."""

MOST_LOOKS = 2.0
"""Scales, at most, that a voxel's own values count for."""

_POINTS_AT_ONCE = 8
_NEAREST = 1e-3
_NO_VOTE = 1e-9

Steps = Generator[None, None, np.ndarray]


@dataclass(frozen=True, eq=False)
class Voter:
    """A point at a voxel (z, y, x) of the box, or outside it, how far it reaches in mm, and what its tissue looks like.

    ``mean`` and ``scale`` (C,) are in the units of the box's values.
    """

    voxel: Voxel
    reach_mm: float
    mean: np.ndarray
    scale: np.ndarray


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
    labels, count = ndimage.label(kept)
    yield
    wanted = np.zeros(count + 1, bool)
    wanted[[labels[seed.voxel] for seed in seeds]] = True
    return wanted[labels]


def _votes(
    values: np.ndarray, seeds: Sequence[Voter], exclusion_seeds: Sequence[Voter], spacing: Sequence[float]
) -> Steps:
    """Logarithm of the votes for over those against, float32 (z, y, x)."""
    factors = lattice_factors(values.shape[1:], spacing)
    lattice = block_means(values, factors)
    unit = seeds[0].scale.astype(np.float32)[:, None, None, None]
    lattice_spacing = [f * s for f, s in zip(factors, spacing)]
    steps = [step_lengths(lattice / unit, axis, h) for axis, h in enumerate(lattice_spacing)]
    yield
    votes, looks = [], []
    # Sorted, so that rounding does not depend on the order of the exclusion seeds either.
    ordered = sorted(exclusion_seeds, key=lambda point: point.voxel)
    for group, gather in ((seeds, np.maximum), (ordered, np.add)):
        total = np.full(lattice.shape[1:], _NO_VOTE, np.float32)
        nearest = np.full(lattice.shape[1:], np.inf, np.float32)
        for first in range(0, len(group), _POINTS_AT_ONCE):
            some = group[first : first + _POINTS_AT_ONCE]
            starts = [tuple(v // f for v, f in zip(point.voxel, factors)) for point in some]
            found = yield from ways(starts, steps, lattice_spacing)
            for point, start, way in zip(some, starts, np.moveaxis(found, -1, 0)):
                within = _within(point.reach_mm, start, lattice_spacing, way.shape)
                vote = 1.0 / (np.square(way) + np.float32(_NEAREST))
                gather(total, vote, out=total, where=within)
                np.minimum(nearest, _unlikeness(lattice, point), out=nearest, where=within)
            yield
        votes.append(total)
        looks.append(nearest)
    score = np.log(votes[0] / votes[1])
    score += np.float32(LOOKS) * np.clip(np.sqrt(looks[1]) - np.sqrt(looks[0]), -MOST_LOOKS, MOST_LOOKS)
    return refined(score, factors, values.shape[1:])


def _unlikeness(lattice: np.ndarray, point: Voter) -> np.ndarray:
    """Squared distance (z, y, x) of values from those of a point's tissue, in its scales."""
    total = np.zeros(lattice.shape[1:], np.float32)
    for values, mean, scale in zip(lattice, point.mean, point.scale):
        total += np.square((values - np.float32(mean)) * np.float32(1.0 / scale))
    return total


def _within(reach: float, start: Voxel, spacing: Sequence[float], shape: Sequence[int]) -> np.ndarray:
    """Where (z, y, x) the lattice is no farther than ``reach`` mm from one of its voxels."""
    if np.isinf(reach):
        return np.ones((1, 1, 1), bool)
    z, y, x = (np.square((np.arange(n) - v) * h) for n, v, h in zip(shape, start, spacing))
    return z[:, None, None] + y[:, None] + x <= reach**2
