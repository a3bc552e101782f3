"""What the demo segments, and how well.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import slicer

from ...engine.segmenter import Segmenter
from ...geometry.box import Index
from ...geometry.points import SeedPoint
from ...parameters.settings import UniModalParameters
from ...phantom.head import Phantom, make_phantom
from ...scene.nodes import add_points, add_volume, world_position
from ...scene.segments import SegmentLook
from ...scene.standalone import StandaloneScene
from ...scene.volumes import seed_points
from ...workflow.cache import ChannelCache
from ...workflow.request import Request, Written
from ...workflow.workflow import run

SEGMENT = SegmentLook("Gray matter", (0.25, 0.80, 0.35))
SEED_COLOR = (1.0, 0.9, 0.1)


@dataclass(frozen=True, eq=False)
class Demo:
    """The phantom, its scene and what was segmented there. Volumes and uni-modal results are those of T1 and T2."""

    phantom: Phantom
    standalone: StandaloneScene
    volumes: tuple[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLScalarVolumeNode]
    seeds: slicer.vtkMRMLMarkupsFiducialNode
    segmentation: slicer.vtkMRMLSegmentationNode
    segmenter: Segmenter
    outcome: Written

    @property
    def truth(self) -> np.ndarray:
        """The gray matter, bool (z, y, x)."""
        return self.phantom.gray_matter

    @property
    def seed_voxels(self) -> list[Index]:
        return [seed.ijk for seed in self._seed_points]

    @property
    def seed_positions(self) -> list[tuple[float, float, float]]:
        """In mm, RAS."""
        return [seed.ras for seed in self._seed_points]

    @property
    def _seed_points(self) -> list[SeedPoint]:
        return seed_points(self.seeds, self.volumes[0])


@dataclass(frozen=True)
class Score:
    """One row of the table."""

    what: str
    dice: float
    voxels: int | None = None
    remark: str = ""


def segment_phantom(size: Index) -> Demo:
    """Make the phantom and segment its gray matter: on both volumes together, and on each alone."""
    phantom = make_phantom(size)
    standalone = StandaloneScene()
    scene = standalone.scene
    volumes = add_volume(scene, phantom.t1, "T1"), add_volume(scene, phantom.t2, "T2")
    positions = [world_position(volumes[0], seed) for seed in phantom.seeds]
    seeds = add_points(scene, "Gray matter seeds", positions, SEED_COLOR)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    cache = ChannelCache()
    request = Request(volumes, seeds, segmentation, SEGMENT, unimodal=UniModalParameters())
    outcome = run(request, cache)
    segmenter = cache.segmenter(volumes, request.smoothing)
    return Demo(phantom, standalone, volumes, seeds, segmentation, segmenter, outcome)
