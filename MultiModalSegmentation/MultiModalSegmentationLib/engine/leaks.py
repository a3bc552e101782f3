"""Region volume against multiplier: where a region begins to leak, and the largest multiplier before that."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..geometry.box import Index
from ..parameters.settings import DEFAULT_MULTIPLIER, Edge, GrowingParameters
from .model.statistics import coverage
from .work.steps import at_fraction, drained, reporting

if TYPE_CHECKING:
    from .bricks.channels import Volume
    from .segmenter import Segmenter

POINTS = 25

JUMP = 1.5
"""From one multiplier to the next, a volume that grows by more than this factor, over and above what the coverage of
a Gaussian grows by, jumps."""

SETTLED_SIZE = 8
SETTLED_COVERAGE = 0.5
"""A region smaller than so many times the seeds' boxes, or of a multiplier that covers less than this share of a
Gaussian, is still finding its own tissue: its jumps are no leaks."""


@dataclass(frozen=True, eq=False)
class LeakCurve:
    """``volumes_ml`` of the region at each of the rising ``multipliers``.

    ``jumps`` are the multipliers at which the volume jumps, ``suggested`` the largest one before the first jump (the
    largest of all if there is none).
    """

    multipliers: np.ndarray
    volumes_ml: np.ndarray
    jumps: tuple[float, ...]
    suggested: float


def leak_curve(
    segmenter: Segmenter,
    seeds: Sequence[Index],
    parameters: GrowingParameters = GrowingParameters(),
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
    multipliers: Sequence[float] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> LeakCurve:
    """Grow at rising multipliers: by default 25 of them, up to twice the one in ``parameters`` or the default one.

    Regions end at the threshold: where their edge would be put half way hides nothing of a leak. A single pass without
    exclusion seeds takes all volumes from one distance map, which is exact; otherwise each
    region is grown.

    Raises:
        Cancelled: ``should_cancel`` answered True.
        SeedError: a seed that cannot be used.
    """
    steps = leak_curve_steps(
        segmenter, seeds, parameters, exclusion_seeds=exclusion_seeds, allowed=allowed, multipliers=multipliers
    )
    return drained(reporting(steps, None, should_cancel))


def leak_curve_steps(
    segmenter: Segmenter,
    seeds: Sequence[Index],
    parameters: GrowingParameters = GrowingParameters(),
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
    multipliers: Sequence[float] | None = None,
) -> Generator[float, None, LeakCurve]:
    """As :func:`leak_curve`, a short step at a time: yields the fraction done, returns the curve."""
    if multipliers is None:
        multipliers = np.linspace(0.0, 2.0 * (parameters.multiplier or DEFAULT_MULTIPLIER), POINTS + 1)[1:]
    multipliers = np.sort(np.asarray(multipliers, dtype=np.float64))
    if parameters.iterations == 0 and not exclusion_seeds:
        volumes = yield from segmenter.volumes_ml_steps(seeds, multipliers, parameters, allowed=allowed)
    else:
        volumes = np.empty(len(multipliers))
        for number, multiplier in enumerate(multipliers):
            each = replace(parameters, multiplier=float(multiplier), edge=Edge.THRESHOLD)
            growing = segmenter.steps(seeds, each, exclusion_seeds=exclusion_seeds, allowed=allowed)
            result = yield from at_fraction(number / len(multipliers), growing)
            volumes[number] = result.volume_ml
    box_voxels = len(seeds) * (2 * parameters.initial_neighborhood_radius + 1) ** 3
    settled_ml = SETTLED_SIZE * box_voxels * segmenter.grid.voxel_volume_ml
    expected = np.array([coverage(multiplier, segmenter.channel_count) for multiplier in multipliers])
    return _curve(multipliers, volumes, expected, settled_ml)


def _curve(multipliers: np.ndarray, volumes: np.ndarray, expected: np.ndarray, settled_ml: float) -> LeakCurve:
    grows = volumes[1:] * expected[:-1] > JUMP * volumes[:-1] * expected[1:]
    settled = (volumes[:-1] >= settled_ml) & (expected[:-1] >= SETTLED_COVERAGE)
    jumping = np.flatnonzero(grows & settled) + 1
    suggested = multipliers[jumping[0] - 1] if jumping.size else multipliers[-1]
    return LeakCurve(multipliers, volumes, tuple(float(m) for m in multipliers[jumping]), float(suggested))
