"""From volume, markups and segmentation nodes to segments: what the module's logic and the demo both call."""

from __future__ import annotations

from collections.abc import Callable, Generator

import slicer

from ..engine.work.steps import drained, reporting
from ..geometry.box import Box
from ..geometry.grid import ArrayImage
from ..parameters.colors import UNIMODAL_COLORS
from ..pipeline.memory import check_memory
from ..pipeline.segmentation import Points, segmentation_steps
from ..recipes.recipe import TAG
from ..scene.restrictions import restricted_box
from ..scene.segments import SegmentLook, check_segmentation, fit_region, write_labelmap
from ..scene.volumes import check_volumes, grid_of_volume, is_resampled, seed_points
from .cache import ChannelCache
from .findings import transform_findings
from .recipe import scene_recipe
from .request import Request, SceneSegmentation, Written


def run(
    request: Request,
    cache: ChannelCache,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Written:
    """Drain ``steps``. Raises ``Cancelled`` where ``should_cancel`` answers True; the scene is then unchanged."""
    return drained(reporting(steps(request, cache), on_progress, should_cancel))


def steps(request: Request, cache: ChannelCache) -> Generator[float, None, Written]:
    """Segment in short steps; each yields the share done, 0 to 1. The scene changes in the last one only.

    Raises ``ValueError`` or a subclass naming the volume, the point or the segmentation that is wrong.
    """
    check_segmentation(request.segmentation)
    return write((yield from growing_steps(request, cache)))


def growing_steps(request: Request, cache: ChannelCache) -> Generator[float, None, SceneSegmentation]:
    """Grow and clean up without touching the scene; yields the share done, 0 to 1.

    Raises ``ValueError`` or a subclass naming the volume, the point or the restriction that is wrong.
    """
    check_volumes(request.volumes)
    reference = request.volumes[0]
    points = _points(request)
    box = restricted_box(reference, roi=request.roi, mask=request.mask, mask_inside=request.mask_inside)
    _check_memory(request, box)
    segmenter = cache.segmenter(request.volumes, request.smoothing)
    grown = yield from segmentation_steps(
        segmenter,
        points,
        request.parameters,
        allowed=_allowed(request, cache),
        known=transform_findings(reference),
    )
    return SceneSegmentation(**vars(grown), request=request)


def write(segmentation: SceneSegmentation) -> Written:
    """Write the region, and each volume's own, as segments. Raises ``ValueError`` before anything has changed."""
    request = segmentation.request
    node, reference = request.segmentation, request.volumes[0]
    alone = [n for n, result in enumerate(segmentation.unimodal) if result.voxel_count]
    regions = [segmentation.result, *(segmentation.unimodal[n] for n in alone)]
    fitted = [fit_region(node, reference, region) for region in regions]
    tags = {TAG: scene_recipe(segmentation, request.look.name).to_tag()}
    segment_id = write_labelmap(node, reference, fitted[0], request.look, overwrite=request.overwrite, tags=tags)
    for number, labelmap in zip(alone, fitted[1:]):
        look = SegmentLook(unimodal_name(request.look.name, request.volumes[number]), UNIMODAL_COLORS[number])
        tags = {TAG: scene_recipe(segmentation, look.name, alone=number).to_tag()}
        write_labelmap(node, reference, labelmap, look, tags=tags)
    return Written(segment_id, segmentation)


def unimodal_name(segment_name: str, volume: slicer.vtkMRMLScalarVolumeNode) -> str:
    """What the uni-modal segment of a volume is called."""
    return f"{segment_name} ({volume.GetName()} only)"


def _points(request: Request) -> Points:
    if request.seeds is not None and request.seeds is request.exclusion_seeds:
        name = request.seeds.GetName()
        raise ValueError(f"The list '{name}' is chosen for seeds and exclusion seeds: choose two different lists.")
    reference = request.volumes[0]
    return Points(seed_points(request.seeds, reference), seed_points(request.exclusion_seeds, reference))


def _check_memory(request: Request, box: Box) -> None:
    reference, *others = request.volumes
    check_memory(
        reference.GetName(),
        grid_of_volume(reference),
        box,
        request.parameters,
        channel_count=len(request.volumes),
        resampled=sum(is_resampled(volume, reference) for volume in others),
        excludes=request.exclusion_seeds is not None,
    )


def _allowed(request: Request, cache: ChannelCache) -> ArrayImage | None:
    return cache.allowed(request.volumes[0], roi=request.roi, mask=request.mask, mask_inside=request.mask_inside)
