"""One segmentation, from channels, points, parameters and restrictions to a region and all that explains it.

The module's logic, its live preview, ``segment``, ``batch`` and the demo all come through here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from ..engine.leaks import LeakCurve, leak_curve_steps
from ..engine.model.result import GrowingResult
from ..engine.run import ALMOST_DONE
from ..engine.segmenter import Segmenter
from ..engine.tissues import check_tissues, cleaned_steps, grow_tissues_steps
from ..engine.unimodal import UniModalResult, grow_unimodal
from ..engine.work.steps import at_fraction, drained, reporting, scaled
from ..explaining.findings import Finding, region_findings, shares_of_view, volume_findings
from ..explaining.points import PointRow, point_table
from ..explaining.scatter import Scatter, scatter
from ..geometry.errors import EmptyRegionError
from ..geometry.grid import ArrayImage
from ..geometry.points import SeedPoint, indices, labels
from ..parameters.presets import Parameters

T = TypeVar("T")

GROWING_SHARE = 0.8
"""The part of the progress that growing on all volumes takes where each volume alone follows."""


@dataclass(frozen=True)
class Points:
    """The seeds and exclusion seeds of a run, each in the order of its list."""

    seeds: Sequence[SeedPoint]
    exclusion_seeds: Sequence[SeedPoint] = ()


@dataclass(frozen=True)
class Tissue:
    """A list of seeds with a name; without a color or terminology, those that its place in the list gives."""

    name: str
    seeds: Sequence[SeedPoint]
    color: tuple[float, float, float] | None = None
    terminology: str | None = None


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
    tissues: tuple[Tissue, ...] = ()

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
AllSteps = Generator[float, None, "tuple[Segmentation, ...]"]


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
    tissues = [Tissue("", points.seeds)]
    steps = tissues_steps(segmenter, tissues, points.exclusion_seeds, parameters, allowed=allowed, known=known)
    return (yield from steps)[0]


def tissues_steps(
    segmenter: Segmenter,
    tissues: Sequence[Tissue],
    exclusion_seeds: Sequence[SeedPoint],
    parameters: Parameters,
    *,
    allowed: ArrayImage | None = None,
    known: Sequence[Finding] = (),
) -> AllSteps:
    """The same for several tissues at once, one segmentation each; the exclusion seeds belong to all.

    Also raises ``ValueError`` where two tissues have one name.
    """
    started = time.perf_counter()
    _check_tissues(segmenter, tissues, exclusion_seeds, parameters, allowed)
    growing = _growing_steps(segmenter, tissues, exclusion_seeds, parameters, allowed)
    results = yield from scaled(growing, GROWING_SHARE if parameters.unimodal else 1.0)
    elapsed = time.perf_counter() - started
    segmentations = []
    for number, (tissue, result) in enumerate(zip(tissues, results)):
        points, seconds = Points(tissue.seeds, exclusion_seeds), [elapsed]
        alone = _unimodal_steps(segmenter, points, parameters, allowed, seconds)
        unimodal = yield from _later(alone, number, len(tissues))
        segmentations.append(
            Segmentation(
                segmenter,
                points,
                parameters,
                allowed,
                result,
                unimodal,
                tuple(seconds),
                tuple(known),
                tuple(tissues) if len(tissues) > 1 else (),
            )
        )
    return tuple(segmentations)


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


def segment_tissues(
    segmenter: Segmenter,
    tissues: Sequence[Tissue],
    exclusion_seeds: Sequence[SeedPoint],
    parameters: Parameters,
    *,
    allowed: ArrayImage | None = None,
    known: Sequence[Finding] = (),
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> tuple[Segmentation, ...]:
    """:func:`tissues_steps` in one go. Raises ``Cancelled`` where ``should_cancel`` answers True."""
    steps = tissues_steps(segmenter, tissues, exclusion_seeds, parameters, allowed=allowed, known=known)
    return drained(reporting(steps, on_progress, should_cancel))


def _check_tissues(
    segmenter: Segmenter,
    tissues: Sequence[Tissue],
    exclusion_seeds: Sequence[SeedPoint],
    parameters: Parameters,
    allowed: ArrayImage | None,
) -> None:
    names = [tissue.name for tissue in tissues]
    for number, name in enumerate(names, 1):
        if not name and len(names) > 1:
            raise ValueError(f"Tissue {number} has no name: give each tissue a name of its own.")
        if names.count(name) > 1:
            raise ValueError(f"Two tissues are called '{name}': give each a name of its own.")
    seeds = {tissue.name: indices(tissue.seeds) for tissue in tissues}
    check_tissues(segmenter, seeds, parameters.growing, allowed, labels={t.name: labels(t.seeds) for t in tissues})
    for tissue in tissues:
        segmenter.check_seeds(
            seeds[tissue.name],
            indices(exclusion_seeds),
            labels=labels(tissue.seeds),
            exclusion_labels=labels(exclusion_seeds),
            allowed=allowed,
        )


def _growing_steps(
    segmenter: Segmenter,
    tissues: Sequence[Tissue],
    exclusion_seeds: Sequence[SeedPoint],
    parameters: Parameters,
    allowed: ArrayImage | None,
) -> Generator[float, None, list[GrowingResult]]:
    seeds = {tissue.name: indices(tissue.seeds) for tissue in tissues}
    common = {"exclusion_seeds": indices(exclusion_seeds), "allowed": allowed}
    results = yield from grow_tissues_steps(segmenter, seeds, parameters.growing, **common)
    if not all(result.voxel_count for result in results.values()):
        raise EmptyRegionError("No voxel is within the multiplier: raise it, or choose pooled seed statistics.")
    cleanup = cleaned_steps(segmenter, seeds, results, parameters.growing, parameters.cleanup, **common)
    return list((yield from at_fraction(ALMOST_DONE, cleanup)).values())


def _later(steps: Generator[float, None, T], number: int, count: int) -> Generator[float, None, T]:
    """One tissue's comparison as its share of the last part of the progress."""
    while True:
        try:
            fraction = next(steps)
        except StopIteration as end:
            return end.value
        yield GROWING_SHARE + (number * (1 - GROWING_SHARE) + fraction - GROWING_SHARE) / count


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
