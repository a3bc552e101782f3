"""From volume, markups and segmentation nodes to segments: what the module's logic and the demo both call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import slicer

from ..engine.cleanup import cleanup_steps
from ..engine.leaks import LeakCurve, leak_curve_steps
from ..engine.model.result import GrowingResult
from ..engine.run import ALMOST_DONE
from ..engine.segmenter import Segmenter
from ..engine.unimodal import UniModalResult, grow_unimodal
from ..engine.work.steps import at_fraction
from ..explaining.findings import Finding, region_findings, shares_of_view, volume_findings
from ..explaining.points import PointRow, point_table
from ..explaining.scatter import Scatter, scatter
from ..geometry.box import Box
from ..geometry.errors import Cancelled
from ..geometry.grid import ArrayImage
from ..geometry.points import SeedPoint, indices, labels
from ..parameters.colors import UNIMODAL_COLORS
from ..parameters.settings import (
    CleanupParameters,
    GrowingParameters,
    OverwriteMode,
    SmoothingParameters,
    UniModalParameters,
)
from ..scene.memory import check_memory
from ..scene.restrictions import Mask, restricted_box
from ..scene.segments import Region, SegmentLook, check_segmentation, fit_region, write_labelmap
from ..scene.volumes import check_volumes, seed_points
from .cache import ChannelCache
from .findings import transform_findings
from .recipe import recipe_tag

GROWING_SHARE = 0.8
"""The part of the progress that growing on all volumes takes where each volume alone follows."""


@dataclass(frozen=True, eq=False)
class Request:
    """What to segment, and where to put it. ``segmentation`` may be missing as long as nothing is written."""

    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]
    seeds: slicer.vtkMRMLMarkupsNode | None
    segmentation: slicer.vtkMRMLSegmentationNode | None
    look: SegmentLook
    smoothing: SmoothingParameters = SmoothingParameters()
    growing: GrowingParameters = GrowingParameters()
    unimodal: UniModalParameters | None = None
    exclusion_seeds: slicer.vtkMRMLMarkupsNode | None = None
    overwrite: OverwriteMode = OverwriteMode.ALLOW_OVERLAP
    roi: slicer.vtkMRMLMarkupsROINode | None = None
    mask: Mask | None = None
    mask_inside: bool = True
    cleanup: CleanupParameters = CleanupParameters()


@dataclass(frozen=True)
class Points:
    """The seeds and exclusion seeds of a run."""

    seeds: Sequence[SeedPoint]
    exclusion_seeds: Sequence[SeedPoint] = ()


@dataclass(frozen=True, eq=False)
class Grown:
    """A region that is not in the scene yet; ``result`` is that after the cleanup."""

    request: Request
    segmenter: Segmenter
    points: Points
    allowed: ArrayImage | None
    result: GrowingResult

    def findings(self) -> list[Finding]:
        """What the user should know about the region and the volumes."""
        return [*self.region_findings(), *self.volume_findings()]

    def region_findings(self) -> list[Finding]:
        """What is suspicious about the region, its seeds and the reference's transform."""
        radius = self.request.growing.initial_neighborhood_radius
        found = region_findings(self.segmenter, self.result, self.points.seeds, radius)
        return [*found, *transform_findings(self.request.volumes[0])]

    def volume_findings(self) -> list[Finding]:
        """What is suspicious about the volumes; takes longer than growing again."""
        return volume_findings(self.segmenter, self.points.seeds)

    def shares_of_view(self) -> list[float]:
        """The region's share of each channel's field of view, 0 to 1."""
        return shares_of_view(self.segmenter, self.result)

    def leak_curve_steps(self) -> Generator[float, None, LeakCurve]:
        """Volume against multiplier, with the same seeds and restrictions, before any cleanup, in short steps."""
        return leak_curve_steps(
            self.segmenter,
            indices(self.points.seeds),
            self.request.growing,
            exclusion_seeds=indices(self.points.exclusion_seeds),
            allowed=self.allowed,
        )

    def scatter(self, channels: tuple[int, int] = (0, 1)) -> Scatter:
        """Region and surroundings on two channels."""
        points = self.points
        seeds, exclusion_seeds = indices(points.seeds), indices(points.exclusion_seeds)
        return scatter(self.segmenter, self.result, seeds, exclusion_seeds, channels)

    def point_rows(self) -> tuple[list[PointRow], list[PointRow]]:
        """Seeds and exclusion seeds in numbers."""
        radius = self.request.growing.initial_neighborhood_radius
        seeds = point_table(self.segmenter, self.points.seeds, self.result, radius=radius)
        exclusion_seeds = point_table(self.segmenter, self.points.exclusion_seeds, self.result, are_seeds=False)
        return seeds, exclusion_seeds


@dataclass(frozen=True, eq=False)
class Outcome:
    """The segment's ID, the region it was made from, and one uni-modal result a volume where asked for."""

    segment_id: str
    grown: Grown
    unimodal: tuple[UniModalResult, ...]

    @property
    def growing(self) -> GrowingResult:
        """The result of growing on all volumes."""
        return self.grown.result


def run(
    request: Request,
    cache: ChannelCache,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Outcome:
    """Drain ``steps``. Raises ``Cancelled`` where ``should_cancel`` answers True; the scene is then unchanged."""
    work = steps(request, cache)
    while True:
        try:
            fraction = next(work)
        except StopIteration as end:
            if on_progress:
                on_progress(1.0)
            return end.value
        if on_progress:
            on_progress(fraction)
        if should_cancel and should_cancel():
            work.close()
            raise Cancelled


def steps(request: Request, cache: ChannelCache) -> Generator[float, None, Outcome]:
    """Segment in short steps; each yields the share done, 0 to 1. The scene changes in the last one only.

    Raises ``ValueError`` or a subclass naming the volume, the point or the segmentation that is wrong.
    """
    check_segmentation(request.segmentation)
    grown = yield from _scaled(growing_steps(request, cache), GROWING_SHARE if request.unimodal else 1.0)
    unimodal = yield from _unimodal_steps(grown)
    return write(grown, unimodal)


def growing_steps(request: Request, cache: ChannelCache) -> Generator[float, None, Grown]:
    """Grow and clean up without touching the scene; yields the share done, 0 to 1.

    Raises ``ValueError`` or a subclass naming the volume, the point or the restriction that is wrong.
    """
    points, box = _checked(request)
    check_memory(
        request.volumes,
        box=box,
        unimodal=request.unimodal is not None,
        cleanup=not request.cleanup.does_nothing,
        exclusion=bool(points.exclusion_seeds),
    )
    segmenter = cache.segmenter(request.volumes, request.smoothing)
    allowed = cache.allowed(request.volumes[0], roi=request.roi, mask=request.mask, mask_inside=request.mask_inside)
    seeds, exclusion_seeds = indices(points.seeds), indices(points.exclusion_seeds)
    segmenter.check_seeds(
        seeds,
        exclusion_seeds,
        labels=labels(points.seeds),
        exclusion_labels=labels(points.exclusion_seeds),
        allowed=allowed,
    )
    result = yield from segmenter.steps(seeds, request.growing, exclusion_seeds=exclusion_seeds, allowed=allowed)
    if not result.voxel_count:
        raise ValueError("No voxel is within the multiplier: raise it, or choose pooled seed statistics.")
    array = None if allowed is None else allowed.array
    cleanup = cleanup_steps(result, request.cleanup, segmenter, seeds=seeds, allowed=array)
    result = yield from at_fraction(ALMOST_DONE, cleanup)
    return Grown(request, segmenter, points, allowed, result)


def write(grown: Grown, unimodal: Sequence[UniModalResult] = ()) -> Outcome:
    """Write the region, and each volume's own, as segments. Raises ``ValueError`` before anything has changed."""
    request, result = grown.request, grown.result
    segmentation, reference = request.segmentation, request.volumes[0]
    alone = [every for every in zip(request.volumes, unimodal, UNIMODAL_COLORS) if every[1].voxel_count]
    fitted = [
        fit_region(segmentation, reference, Region(grown.segmenter.grid, one.box, one.mask))
        for one in (result, *(one for _, one, _ in alone))
    ]
    tag = recipe_tag(grown, request.look.name, request.volumes, request.growing, result)
    segment_id = write_labelmap(segmentation, reference, fitted[0], request.look, overwrite=request.overwrite, tags=tag)
    for (volume, one, color), labelmap in zip(alone, fitted[1:]):
        look = SegmentLook(unimodal_name(request.look.name, volume), color)
        tag = recipe_tag(grown, look.name, [volume], request.unimodal, one)
        write_labelmap(segmentation, reference, labelmap, look, tags=tag)
    return Outcome(segment_id, grown, tuple(unimodal))


def unimodal_name(segment_name: str, volume: slicer.vtkMRMLScalarVolumeNode) -> str:
    """What the uni-modal segment of a volume is called."""
    return f"{segment_name} ({volume.GetName()} only)"


def _checked(request: Request) -> tuple[Points, Box]:
    """The points, and the box of the reference that they may grow in."""
    check_volumes(request.volumes)
    reference = request.volumes[0]
    if request.seeds is not None and request.seeds is request.exclusion_seeds:
        name = request.seeds.GetName()
        raise ValueError(f"The list '{name}' is chosen for seeds and exclusion seeds: choose two different lists.")
    box = restricted_box(reference, roi=request.roi, mask=request.mask, mask_inside=request.mask_inside)
    return Points(seed_points(request.seeds, reference), seed_points(request.exclusion_seeds, reference)), box


def _scaled(work: Generator[float, None, Any], share: float) -> Generator[float, None, Any]:
    while True:
        try:
            fraction = next(work)
        except StopIteration as end:
            return end.value
        yield share * fraction


def _unimodal_steps(grown: Grown) -> Generator[float, None, tuple[UniModalResult, ...]]:
    segmenter, parameters = grown.segmenter, grown.request.unimodal
    if parameters is None:
        return ()
    allowed = None if grown.allowed is None else grown.allowed.array
    results = []
    for number, name in enumerate(segmenter.names):
        yield GROWING_SHARE + (1 - GROWING_SHARE) * number / segmenter.channel_count
        seeds = indices(grown.points.seeds)
        results.append(
            grow_unimodal(segmenter.smoothed(number, by_itk=True), seeds, parameters, name=name, allowed=allowed)
        )
    return tuple(results)
