"""The logic's ``process`` as a script calls it, with every restriction."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from scene_helpers import grid_of

from MultiModalSegmentationLib import CleanupParameters, GrowingParameters, SeedStatistics
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position

GRID = grid_of((26, 24, 22))
CENTERS = ((10, 12, 11), (12, 13, 10), (8, 10, 12))


@pytest.fixture
def logic(a_host, a_scene):
    return a_host.load_module().MultiModalSegmentationLogic()


@pytest.fixture
def volumes(a_scene):
    noise = np.random.default_rng(1).normal(0, 2, (2, *GRID.size[::-1])).astype(np.float32)
    k, j, i = np.meshgrid(*(np.arange(n) for n in GRID.size[::-1]), indexing="ij")
    ball = (i - 10) ** 2 + (j - 12) ** 2 + (k - 11) ** 2 < 36
    return [
        add_volume(a_scene, GRID.image(noise[0] + np.where(ball | (i > 14), 100, 20)), "T1"),
        add_volume(a_scene, GRID.image(noise[1] + np.where(ball | (i < 6), 30, 120)), "T2"),
    ]


def test_roi_mask_and_cleanup(logic, volumes, a_scene):
    seeds = add_points(a_scene, "Seeds", [world_position(volumes[0], c) for c in CENTERS])
    segmentation = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode")

    def process(**keywords):
        return logic.process(volumes, seeds, segmentation, **keywords).growing

    free = process(segmentName="free")
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    roi.SetSize(40, 40, 6)
    roi.SetCenter(world_position(volumes[0], CENTERS[0]))
    in_roi = process(roi=roi)
    assert (free.box.start[2], free.box.stop[2]) == (6, 17)
    assert (in_roi.box.start[2], in_roi.box.stop[2]) == (8, 15)
    assert process(segmentName="masked", mask=(segmentation, "Tissue")).voxel_count == in_roi.voxel_count
    with pytest.raises(ValueError, match="Seeds-1 lies outside the allowed voxels"):
        process(mask=(segmentation, "free"), maskInside=False)
    ragged = GrowingParameters(1.5, seed_statistics=SeedStatistics.ITK)
    closed = process(growing=ragged, cleanup=CleanupParameters(closing_mm=4.0))
    assert closed.voxel_count > process(growing=ragged).voxel_count
