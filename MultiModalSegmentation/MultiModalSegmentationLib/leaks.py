"""Region volume against multiplier: where a region begins to leak, and the largest multiplier before that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .grid import Index
from .parameters import GrowingParameters

if TYPE_CHECKING:
    import SimpleITK as sitk

    from .segmenter import Segmenter

POINTS = 25
JUMP = 1.5
"""A step at which the volume grows by more than this factor is a jump."""


@dataclass(frozen=True, eq=False)
class LeakCurve:
    """``volumes_ml`` of the region at each of the rising ``multipliers``.

    ``jumps`` are the multipliers at which the volume jumps, ``suggested`` the largest one before the first jump (the
    largest of all without one).
    """

    multipliers: np.ndarray
    volumes_ml: np.ndarray
    jumps: tuple[float, ...]
    suggested: float


def leak_curve(
    segmenter: Segmenter,
    seeds: Sequence[Index],
    parameters: GrowingParameters | None = None,
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: sitk.Image | None = None,
    multipliers: Sequence[float] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> LeakCurve:
    """Grow at rising multipliers (by default 25 of them, up to twice the parameters' own)."""
    parameters = parameters or GrowingParameters()
    if multipliers is None:
        multipliers = np.linspace(0.0, 2.0 * parameters.multiplier, POINTS + 1)[1:]
    multipliers = np.sort(np.asarray(multipliers, dtype=np.float64))
    volumes = [
        segmenter.grow(
            seeds,
            replace(parameters, multiplier=float(multiplier)),
            exclusion_seeds=exclusion_seeds,
            allowed=allowed,
            should_cancel=should_cancel,
        ).volume_ml
        for multiplier in multipliers
    ]
    return _curve(multipliers, np.array(volumes))


def _curve(multipliers: np.ndarray, volumes: np.ndarray) -> LeakCurve:
    jumping = np.flatnonzero(volumes[1:] > JUMP * volumes[:-1]) + 1
    suggested = multipliers[jumping[0] - 1] if jumping.size else multipliers[-1]
    return LeakCurve(multipliers, volumes, tuple(float(m) for m in multipliers[jumping]), float(suggested))
