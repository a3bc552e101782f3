"""A fresh process that repeats recipes from a saved scene: ``python -m stress.oracle manifest.json``.

Prints, as JSON, how many voxels of each segment differ from what a new ``Segmenter`` grows, and, where ITK's own
filters can say it, from what they grow.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import slicer

from MultiModalSegmentationLib.engine.bricks.smoothing import used_time_step
from MultiModalSegmentationLib.engine.work.steps import drained
from MultiModalSegmentationLib.geometry.points import indices
from MultiModalSegmentationLib.parameters.settings import SeedStatistics
from MultiModalSegmentationLib.recipes.recipe import summary
from MultiModalSegmentationLib.scene.segments import recipe_of
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.volumes import channels_from_volumes
from MultiModalSegmentationLib.workflow.cache import ChannelCache
from MultiModalSegmentationLib.workflow.request import Request, SceneSegmentation
from MultiModalSegmentationLib.workflow.restore import restore
from MultiModalSegmentationLib.workflow.workflow import tissues_growing_steps, write_tissues

from .fingerprints import same_voxels, segment_voxels


def main(manifest: Path) -> None:
    """Repeat what the manifest lists, and print what came of it."""
    listed = json.loads(manifest.read_text(encoding="utf-8"))
    standalone = StandaloneScene()
    if not standalone.scene.ReadFromMRB(listed["scene"], True):
        raise SystemExit(f"The scene {listed['scene']} could not be read.")
    print(json.dumps([_checked(standalone.scene, *segment) for segment in listed["segments"]]))


def _checked(scene: slicer.vtkMRMLScene, segmentation_id: str, segment_id: str) -> dict[str, Any]:
    segmentation = scene.GetNodeByID(segmentation_id)
    recipe = recipe_of(segmentation, segment_id)
    found: dict[str, Any] = {"segmentation": segmentation.GetName(), "segment": segment_id, "recipe": recipe.content}
    try:
        grown, repeated = _repeated(recipe, segmentation)
    except ValueError as error:
        return found | {"error": str(error)}
    original, again = (segment_voxels(segmentation, each) for each in (segment_id, repeated[grown.number]))
    for each in repeated:
        segmentation.GetSegmentation().RemoveSegment(each)
    return found | {
        "equal": same_voxels(original, again),
        "counts": [int(v[1].sum()) if v else 0 for v in (original, again)],
        "same result": json.loads(json.dumps(summary(grown.result))) == recipe["result"],
        "itk": _differs_from_itk(grown),
    }


def _repeated(
    recipe: dict[str, Any], segmentation: slicer.vtkMRMLSegmentationNode
) -> tuple[SceneSegmentation, list[str]]:
    """The recipe's own tissue, and the segments of all that it was grown with."""
    restored = restore(recipe, segmentation.GetScene())
    request = Request.of_tissues(
        [(f"repeated by the oracle {n}", one.seeds) for n, one in enumerate(restored.tissues)],
        volumes=restored.volumes,
        segmentation=segmentation,
        smoothing=restored.parameters.smoothing,
        growing=restored.parameters.growing,
        exclusion_seeds=restored.exclusion_seeds,
        roi=restored.roi,
        mask=restored.mask,
        mask_inside=restored.mask_inside,
        cleanup=restored.parameters.cleanup,
        preparation=restored.parameters.preparation,
    )
    grown = drained(tissues_growing_steps(request, ChannelCache()))
    own = next(one for one in grown if one.tissue.seeds is restored.seeds)
    return own, [one.segment_id for one in write_tissues(grown)]


def _differs_from_itk(grown: SceneSegmentation) -> int | None:
    """Voxels that differ from ``VectorConfidenceConnected``'s; ``None`` where it cannot tell."""
    request = grown.request
    is_plain = grown.allowed is None and request.cleanup.does_nothing and request.growing.max_volume_ml is None
    if request.growing.seed_statistics is not SeedStatistics.ITK or not is_plain:
        return None
    channels = channels_from_volumes(request.volumes)
    if not all(np.isfinite(channel.array).all() for channel in channels):
        return None
    images = [channel.grid.image(channel.array) for channel in channels]
    if request.smoothing.iterations:
        step = used_time_step(request.smoothing, grown.segmenter.grid.spacing)
        images = [sitk.CurvatureFlow(image, step, request.smoothing.iterations) for image in images]
    images = [sitk.Cast(image, sitk.sitkFloat64) for image in images]
    expected = _grown_by_itk(images, grown)
    if expected is None:
        return None
    region = np.zeros(expected.shape, bool)
    region[grown.result.box.slices] = grown.result.mask > 0
    return int(np.count_nonzero(region != expected))


def _grown_by_itk(images: list[sitk.Image], grown: SceneSegmentation) -> np.ndarray | None:
    """The filter's region; ``None`` where its statistics are not finite in any pass."""
    parameters = grown.request.growing
    itk = sitk.VectorConfidenceConnectedImageFilter()
    itk.SetSeedList([list(seed) for seed in indices(grown.points.seeds)])
    itk.SetMultiplier(parameters.multiplier)
    itk.SetInitialNeighborhoodRadius(parameters.initial_neighborhood_radius)
    composed = sitk.Compose(images)
    for iterations in range(parameters.iterations + 1):
        itk.SetNumberOfIterations(iterations)
        region = sitk.GetArrayFromImage(itk.Execute(composed)) > 0
        if not np.isfinite(itk.GetCovariance()).all():
            return None
    return region


if __name__ == "__main__":
    main(Path(sys.argv[1]))
