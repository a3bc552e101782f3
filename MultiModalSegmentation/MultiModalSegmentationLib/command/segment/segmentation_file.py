"""The regions of a run as a segmentation file that Slicer opens with names, colors and recipes.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer

from ...parameters.colors import TISSUE_COLOR, UNIMODAL_COLORS
from ...recipes.recipe import TAG, to_tag
from ...scene.nodes import add_volume
from ...scene.segments import Region, SegmentLook, fit_region, write_labelmap
from ...scene.standalone import StandaloneScene

if TYPE_CHECKING:
    from .command import Run


def write_segmentation(run: Run, recipes: Sequence[Mapping[str, Any]], name: str, path: Path) -> None:
    """Write ``.seg.nrrd``: the multi-modal region as a segment of this name, and each uni-modal one, overlapping.

    Raises ``OSError`` where Slicer's writer fails.
    """
    standalone = StandaloneScene()
    reference = add_volume(standalone.scene, run.inputs.volumes[0].image, run.inputs.volumes[0].name)
    segmentation = standalone.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    results = run.results
    looks = [
        SegmentLook(name, TISSUE_COLOR),
        *(SegmentLook(f"{name} ({one.name} only)", color) for one, color in zip(results.unimodal, UNIMODAL_COLORS)),
    ]
    for result, look, recipe in zip((results.growing, *results.unimodal), looks, recipes):
        region = Region(results.segmenter.grid, result.box, result.mask)
        labelmap = fit_region(segmentation, reference, region)
        write_labelmap(segmentation, reference, labelmap, look, tags={TAG: to_tag(recipe)})
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    if not storage.WriteData(segmentation):
        raise OSError(storage.GetUserMessages().GetAllMessagesAsString() or "Slicer's writer failed")
