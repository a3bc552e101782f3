"""One segmentation, from channels, points, parameters and restrictions to a region and all that explains it.

The module's logic, its live preview, ``segment``, ``batch`` and the demo all come through here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..engine.cleanup import cleanup_steps
from ..engine.leaks import LeakCurve, leak_curve_steps
from ..engine.model.result import GrowingResult
from ..engine.run import ALMOST_DONE
from ..engine.segmenter import Segmenter
from ..engine.unimodal import UniModalResult, grow_unimodal
from ..engine.work.steps import at_fraction, drained, reporting, scaled
from ..explaining.findings import Finding, region_findings, shares_of_view, volume_findings
from ..explaining.points import PointRow, point_table
from ..explaining.scatter import Scatter, scatter
from ..geometry.errors import EmptyRegionError
from ..geometry.grid import ArrayImage
from ..geometry.points import SeedPoint, indices, labels
from ..parameters.presets import Parameters

GROWING_SHARE = 0.8
"""The part of the progress that growing on all volumes takes where each volume alone follows."""


@dataclass(frozen=True)
class Points:
    """The seeds and exclusion seeds of a run, each in the order of its list."""

    seeds: Sequence[SeedPoint]
    exclusion_seeds: Sequence[SeedPoint] = ()


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A region with what it came from.

    ``result`` is that after the cleanup, ``unimodal`` one result a channel where asked for, ``seconds`` the time that
    the multi-modal region took, then each uni-modal one. ``known`` are findings from before the run.
    """

    segmenter: Segmenter
    points: Points
    parameters: Parameters
    allowed: ArrayImage | None
    result: GrowingResult
    unimodal: tuple[UniModalResult, ...] = ()
    seconds: tuple[float, ...] = ()
    known: tuple[Finding, ...] = ()

    def findings(self) -> list[Finding]:
        """What the user should know about the region and the volumes."""
        return [*self.region_findings(), *self.volume_findings()]

    def region_findings(self) -> list[Finding]:
        """What is suspicious about the region and its seeds, and what was known before."""
        return [*region_findings(self.segmenter, self.result, self.points.seeds, self._radius), *self.known]

    def volume_findings(self) -> list[Finding]:
        """What is suspicious about the volumes; takes longer than growing again, the first time."""
        return list(self._volume_findings)

    def shares_of_view(self) -> list[float]:
        """The region's share of each channel's field of view, 0 to 1."""
        return shares_of_view(self.segmenter, self.result)

    def leak_curve_steps(self) -> Generator[float, None, LeakCurve]:
        """Volume against multiplier, with the same points and restrictions, in short steps.

        Before any cleanup, and without the maximum volume, which would hide the leaks.
        """
        return leak_curve_steps(
            self.segmenter,
            indices(self.points.seeds),
            replace(self.parameters.growing, max_volume_ml=None),
            exclusion_seeds=indices(self.points.exclusion_seeds),
            allowed=self.allowed,
        )

    def scatter(self, channels: tuple[int, int] = (0, 1)) -> Scatter:
        """Region and surroundings on two channels."""
        seeds, exclusion_seeds = indices(self.points.seeds), indices(self.points.exclusion_seeds)
        return scatter(self.segmenter, self.result, seeds, exclusion_seeds, channels)

    def point_rows(self) -> tuple[list[PointRow], list[PointRow]]:
        """Seeds and exclusion seeds in numbers."""
        seeds = point_table(self.segmenter, self.points.seeds, self.result, radius=self._radius)
        exclusion_seeds = point_table(self.segmenter, self.points.exclusion_seeds, self.result, are_seeds=False)
        return seeds, exclusion_seeds

    @property
    def _radius(self) -> int:
        return self.parameters.growing.initial_neighborhood_radius

    @cached_property
    def _volume_findings(self) -> list[Finding]:
        return volume_findings(self.segmenter, self.points.seeds)


Steps = Generator[float, None, Segmentation]


def segmentation_steps(
    segmenter: Segmenter,
    points: Points,
    parameters: Parameters,
    *,
    allowed: ArrayImage | None = None,
    known: Sequence[Finding] = (),
) -> Steps:
    """Grow, clean up and compare in short steps; each yields the share done, 0 to 1.

    ``allowed`` is uint8 0/1 on the segmenter's grid, 1 where a region may grow. Raises ``SeedError`` naming the point
    that cannot be used, and ``EmptyRegionError`` where nothing is within the multiplier.
    """
    started = time.perf_counter()
    segmenter.check_seeds(
        indices(points.seeds),
        indices(points.exclusion_seeds),
        labels=labels(points.seeds),
        exclusion_labels=labels(points.exclusion_seeds),
        allowed=allowed,
    )
    growing = _growing_steps(segmenter, points, parameters, allowed)
    result = yield from scaled(growing, GROWING_SHARE if parameters.unimodal else 1.0)
    seconds = [time.perf_counter() - started]
    unimodal = yield from _unimodal_steps(segmenter, points, parameters, allowed, seconds)
    return Segmentation(segmenter, points, parameters, allowed, result, unimodal, tuple(seconds), tuple(known))


def segment(
    segmenter: Segmenter,
    points: Points,
    parameters: Parameters,
    *,
    allowed: ArrayImage | None = None,
    known: Sequence[Finding] = (),
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Segmentation:
    """:func:`segmentation_steps` in one go. Raises ``Cancelled`` where ``should_cancel`` answers True."""
    steps = segmentation_steps(segmenter, points, parameters, allowed=allowed, known=known)
    return drained(reporting(steps, on_progress, should_cancel))


def _growing_steps(
    segmenter: Segmenter, points: Points, parameters: Parameters, allowed: ArrayImage | None
) -> Generator[float, None, GrowingResult]:
    seeds = indices(points.seeds)
    result = yield from segmenter.steps(
        seeds, parameters.growing, exclusion_seeds=indices(points.exclusion_seeds), allowed=allowed
    )
    if not result.voxel_count:
        raise EmptyRegionError("No voxel is within the multiplier: raise it, or choose pooled seed statistics.")
    array = None if allowed is None else allowed.array
    cleanup = cleanup_steps(result, parameters.cleanup, segmenter, seeds=seeds, allowed=array)
    return (yield from at_fraction(ALMOST_DONE, cleanup))


def _unimodal_steps(
    segmenter: Segmenter, points: Points, parameters: Parameters, allowed: ArrayImage | None, seconds: list[float]
) -> Generator[float, None, tuple[UniModalResult, ...]]:
    if parameters.unimodal is None:
        return ()
    array = None if allowed is None else allowed.array
    results = []
    for number, name in enumerate(segmenter.names):
        yield GROWING_SHARE + (1 - GROWING_SHARE) * number / segmenter.channel_count
        started = time.perf_counter()
        image, seeds = segmenter.smoothed(number, by_itk=True), indices(points.seeds)
        results.append(grow_unimodal(image, seeds, parameters.unimodal, name=name, allowed=array))
        seconds.append(time.perf_counter() - started)
    return tuple(results)
