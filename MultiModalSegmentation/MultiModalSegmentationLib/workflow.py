"""From volume, markups and segmentation nodes to segments: what the module's logic and the demo both call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import slicer

from .channel_cache import ChannelCache
from .errors import Cancelled
from .growing import GrowingResult
from .parameters import UNIMODAL_COLORS, GrowingParameters, OverwriteMode, SmoothingParameters, UniModalParameters
from .recipe import TAG, make_recipe, to_tag
from .scene import check_volumes, seed_points
from .scene_segments import Region, SegmentLook, check_segmentation, fit_region, write_labelmap
from .seeds import SeedPoint, indices, labels
from .segmenter import Segmenter
from .unimodal import UniModalResult, grow_unimodal

GROWING_SHARE = 0.8
"""The part of the progress that growing on all volumes takes where each volume alone follows."""


@dataclass(frozen=True, eq=False)
class Request:
    """What to segment, and where to put it."""

    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]
    seeds: slicer.vtkMRMLMarkupsNode | None
    segmentation: slicer.vtkMRMLSegmentationNode | None
    look: SegmentLook
    smoothing: SmoothingParameters = SmoothingParameters()
    growing: GrowingParameters = GrowingParameters()
    unimodal: UniModalParameters | None = None
    exclusion_seeds: slicer.vtkMRMLMarkupsNode | None = None
    overwrite: OverwriteMode = OverwriteMode.ALLOW_OVERLAP


@dataclass(frozen=True)
class Points:
    """The seeds and exclusion seeds of a run."""

    seeds: Sequence[SeedPoint]
    exclusion_seeds: Sequence[SeedPoint] = ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """The segment's ID, the result it was made from, and one uni-modal result a volume where asked for."""

    segment_id: str
    growing: GrowingResult
    unimodal: tuple[UniModalResult, ...]


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
    check_volumes(request.volumes)
    if request.seeds is not None and request.seeds is request.exclusion_seeds:
        name = request.seeds.GetName()
        raise ValueError(f"The list '{name}' is chosen for seeds and exclusion seeds: choose two different lists.")
    points = Points(
        seed_points(request.seeds, request.volumes[0]), seed_points(request.exclusion_seeds, request.volumes[0])
    )
    segmenter = cache.segmenter(request.volumes, request.smoothing)
    segmenter.check_seeds(
        indices(points.seeds),
        indices(points.exclusion_seeds),
        labels=labels(points.seeds),
        exclusion_labels=labels(points.exclusion_seeds),
    )
    growing = segmenter.steps(indices(points.seeds), request.growing, exclusion_seeds=indices(points.exclusion_seeds))
    result = yield from _scaled(growing, GROWING_SHARE if request.unimodal else 1.0)
    unimodal = yield from _unimodal_steps(request, segmenter, points)
    return _write(request, segmenter, points, result, unimodal)


def _scaled(work: Generator[float, None, Any], share: float) -> Generator[float, None, Any]:
    while True:
        try:
            fraction = next(work)
        except StopIteration as end:
            return end.value
        yield share * fraction


def _unimodal_steps(
    request: Request, segmenter: Segmenter, points: Points
) -> Generator[float, None, tuple[UniModalResult, ...]]:
    if request.unimodal is None:
        return ()
    results = []
    for number, name in enumerate(segmenter.names):
        yield GROWING_SHARE + (1 - GROWING_SHARE) * number / segmenter.channel_count
        results.append(grow_unimodal(segmenter.smoothed(number), indices(points.seeds), request.unimodal, name=name))
    return tuple(results)


def _write(
    request: Request,
    segmenter: Segmenter,
    points: Points,
    result: GrowingResult,
    unimodal: Sequence[UniModalResult],
) -> Outcome:
    reference = request.volumes[0]
    fitted = [
        fit_region(request.segmentation, reference, Region(segmenter.grid, one.box, one.mask))
        for one in (result, *unimodal)
    ]
    tag = _tag(request, segmenter, points, request.volumes, request.growing, result)
    segment_id = write_labelmap(
        request.segmentation, reference, fitted[0], request.look, overwrite=request.overwrite, tags=tag
    )
    for volume, labelmap, one, color in zip(request.volumes, fitted[1:], unimodal, UNIMODAL_COLORS):
        look = SegmentLook(unimodal_name(request.look.name, volume), color)
        tag = _tag(request, segmenter, points, [volume], request.unimodal, one)
        write_labelmap(request.segmentation, reference, labelmap, look, tags=tag)
    return Outcome(segment_id, result, tuple(unimodal))


def unimodal_name(segment_name: str, volume: slicer.vtkMRMLScalarVolumeNode) -> str:
    """What the uni-modal segment of a volume is called."""
    return f"{segment_name} ({volume.GetName()} only)"


def _tag(
    request: Request,
    segmenter: Segmenter,
    points: Points,
    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
    parameters: GrowingParameters | UniModalParameters,
    result: GrowingResult | UniModalResult,
) -> dict[str, str]:
    recipe = make_recipe(
        volumes=[describe_volume(volume) for volume in volumes],
        seeds=points.seeds,
        exclusion_seeds=points.exclusion_seeds if isinstance(result, GrowingResult) else (),
        smoothing=request.smoothing,
        time_step_used=segmenter.time_step,
        parameters=parameters,
        result=result,
    )
    return {TAG: to_tag(recipe)}


def describe_volume(volume: slicer.vtkMRMLScalarVolumeNode) -> dict[str, Any]:
    """What identifies a volume: its name, its ID in the scene and, where known, its DICOM UIDs."""
    description = {"name": volume.GetName(), "id": volume.GetID()}
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(volume.GetScene())
    item = hierarchy.GetItemByDataNode(volume) if hierarchy else 0
    series = hierarchy.GetItemUID(item, "DICOM") if item else ""
    if series:
        description["dicomSeriesInstanceUid"] = series
    instances = volume.GetAttribute("DICOM.instanceUIDs")
    if instances:
        description["dicomSopInstanceUids"] = instances.split()
    return description
