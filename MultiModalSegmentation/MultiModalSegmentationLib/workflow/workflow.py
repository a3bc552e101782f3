"""From volume, markups and segmentation nodes to segments: what the module's logic and the demo both call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

import slicer

from ..engine.work.steps import at_fraction, drained, reporting
from ..geometry.box import Box
from ..geometry.grid import ArrayImage
from ..parameters.colors import UNIMODAL_COLORS, tissue_color
from ..pipeline import segmentation
from ..pipeline.memory import check_memory
from ..pipeline.segmentation import Tissue
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
    """Segment a request of one tissue. Raises ``Cancelled`` where ``should_cancel`` answers True; the scene is then
    unchanged."""
    return run_tissues(request, cache, on_progress=on_progress, should_cancel=should_cancel)[0]


def run_tissues(
    request: Request,
    cache: ChannelCache,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> list[Written]:
    """The same for every tissue of the request."""
    return drained(reporting(tissues_steps(request, cache), on_progress, should_cancel))


def tissues_steps(request: Request, cache: ChannelCache) -> Generator[float, None, list[Written]]:
    """Segment every tissue in short steps; each yields the share done, 0 to 1. The scene changes in the last one only.

    Raises ``ValueError`` or a subclass naming the volume, the point or the segmentation that is wrong.
    """
    check_segmentation(request.segmentation)
    return write_tissues((yield from tissues_growing_steps(request, cache)))


def growing_steps(request: Request, cache: ChannelCache) -> Generator[float, None, SceneSegmentation]:
    """Grow and clean up one tissue without touching the scene; yields the share done, 0 to 1.

    Raises ``ValueError`` or a subclass naming the volume, the point or the restriction that is wrong.
    """
    return (yield from tissues_growing_steps(request, cache))[0]


def tissues_growing_steps(request: Request, cache: ChannelCache) -> Generator[float, None, list[SceneSegmentation]]:
    """The same for every tissue of the request."""
    check_volumes(request.volumes)
    reference = request.volumes[0]
    tissues, exclusion_seeds = _tissues(request), seed_points(request.exclusion_seeds, reference)
    box = restricted_box(reference, roi=request.roi, mask=request.mask, mask_inside=request.mask_inside)
    _check_memory(request, box)
    segmenter = yield from at_fraction(
        0.0, cache.segmenter_steps(request.volumes, request.smoothing, request.preparation)
    )
    grown = yield from segmentation.tissues_steps(
        segmenter,
        tissues,
        exclusion_seeds,
        request.parameters,
        allowed=_allowed(request, cache),
        known=[*transform_findings(reference), *cache.preparation_findings],
    )
    return [SceneSegmentation(**vars(one), request=request, number=number) for number, one in enumerate(grown)]


def write(one: SceneSegmentation) -> Written:
    """Write the region, and each volume's own, as segments. Raises ``ValueError`` before anything has changed."""
    return write_tissues([one])[0]


def write_tissues(grown: Sequence[SceneSegmentation]) -> list[Written]:
    """The same for several tissues."""
    fitted = [_fitted(one) for one in grown]
    return [_write(one, labelmaps) for one, labelmaps in zip(grown, fitted)]


def _fitted(one: SceneSegmentation) -> list[slicer.vtkOrientedImageData]:
    node, reference = one.request.segmentation, one.request.volumes[0]
    alone = [result for result in one.unimodal if result.voxel_count]
    return [fit_region(node, reference, region) for region in (one.result, *alone)]


def _write(one: SceneSegmentation, labelmaps: Sequence[slicer.vtkOrientedImageData]) -> Written:
    request, look = one.request, _look(one)
    node, reference = request.segmentation, request.volumes[0]
    tags = {TAG: scene_recipe(one, look.name).to_tag()}
    segment_id = write_labelmap(node, reference, labelmaps[0], look, overwrite=request.overwrite, tags=tags)
    alone = [n for n, result in enumerate(one.unimodal) if result.voxel_count]
    for number, labelmap in zip(alone, labelmaps[1:]):
        own = SegmentLook(unimodal_name(look.name, request.volumes[number]), UNIMODAL_COLORS[number])
        tags = {TAG: scene_recipe(one, own.name, alone=number).to_tag()}
        write_labelmap(node, reference, labelmap, own, tags=tags)
    return Written(segment_id, one)


def _look(one: SceneSegmentation) -> SegmentLook:
    """What the tissue's segment looks like: a new one of several has a color of its own."""
    look, node = one.tissue.look, one.request.segmentation
    if look.color is not None or node.GetSegmentation().GetSegmentIdBySegmentName(look.name):
        return look
    return replace(look, color=tissue_color(one.number))


def unimodal_name(segment_name: str, volume: slicer.vtkMRMLScalarVolumeNode) -> str:
    """What the uni-modal segment of a volume is called."""
    return f"{segment_name} ({volume.GetName()} only)"


def _tissues(request: Request) -> list[Tissue]:
    named = {} if request.exclusion_seeds is None else {request.exclusion_seeds.GetID(): "exclusion seeds"}
    tissues = []
    for nodes in request.tissues:
        if nodes.seeds is not None and nodes.seeds.GetID() in named:
            raise ValueError(
                f"The list '{nodes.seeds.GetName()}' is chosen for seeds and {named[nodes.seeds.GetID()]}: "
                "choose two different lists."
            )
        points = seed_points(nodes.seeds, request.volumes[0])
        if nodes.seeds is not None:
            named[nodes.seeds.GetID()] = f"the tissue '{nodes.look.name}'"
        tissues.append(Tissue(nodes.look.name, points, nodes.look.color, nodes.look.terminology))
    return tissues


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
        tissues=len(request.tissues),
    )


def _allowed(request: Request, cache: ChannelCache) -> ArrayImage | None:
    return cache.allowed(request.volumes[0], roi=request.roi, mask=request.mask, mask_inside=request.mask_inside)
