"""The regions of a run as a segmentation file that Slicer opens with names, colors and recipes.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...files.images import VolumeFile
from ...parameters.colors import UNIMODAL_COLORS, tissue_color
from ...pipeline.segmentation import Segmentation
from ...recipes.recipe import TAG, Recipe
from ...scene.export import write_segmentation_file
from ...scene.nodes import add_volume
from ...scene.segments import SegmentLook, fit_region, write_labelmap
from ...scene.standalone import StandaloneScene


def write_segmentation(
    runs: Sequence[Segmentation], reference_file: VolumeFile, recipes: Sequence[Sequence[Recipe]], path: Path
) -> None:
    """Write ``.seg.nrrd``: each multi-modal region as a segment, and its uni-modal ones, overlapping; each is called
    as its recipe says.

    Raises ``OSError`` where Slicer's writer fails.
    """
    scene = StandaloneScene().scene
    reference = add_volume(scene, reference_file.image, reference_file.name)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", recipes[0][0].segment["segmentation"])
    for number, (run, own) in enumerate(zip(runs, recipes)):
        colors = (tissue_color(number), *UNIMODAL_COLORS)
        for region, recipe, color in zip((run.result, *run.unimodal), own, colors):
            look = SegmentLook(recipe.segment["name"], color)
            labelmap = fit_region(segmentation, reference, region)
            write_labelmap(segmentation, reference, labelmap, look, tags={TAG: recipe.to_tag()})
    write_segmentation_file(segmentation, path)
