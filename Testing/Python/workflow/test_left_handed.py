"""A left-handed volume, whose slices Slicer counts the other way round once it was saved and loaded."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from test_workflow import Story

from MultiModalSegmentationLib import CleanupParameters, GrowingParameters, SeedStatistics
from MultiModalSegmentationLib.scene.nodes import world_position
from MultiModalSegmentationLib.scene.segments import recipe_of, segment_region
from MultiModalSegmentationLib.scene.volumes import grid_of_volume, matrix_from_array
from MultiModalSegmentationLib.workflow.scripts import python_script


@pytest.fixture
def story(a_host, a_scene):
    """The story on grids whose first axis is turned round, in ``slicer.mrmlScene``, where scripts look for it."""
    result = Story(a_scene)
    for volume in (result.t1, result.t2):
        matrix = grid_of_volume(volume).index_to_lps * [[-1], [-1], [1], [1]] @ np.diag([-1.0, 1.0, 1.0, 1.0])
        volume.SetIJKToRASMatrix(matrix_from_array(matrix))
    for number, center in enumerate(((10, 14, 13), (12, 15, 12), (8, 12, 14))):
        result.seeds.SetNthControlPointPositionWorld(number, *world_position(result.t1, center))
    return result


@pytest.mark.parametrize("statistics", list(SeedStatistics))
@pytest.mark.parametrize("limit", [0.1, 0.14, 0.5])
def test_a_limited_region_is_repeated_from_the_saved_scene(story, tmp_path, statistics, limit):
    """What the limit leaves of the outermost voxels, and with it what islands are, must not change."""
    grid = grid_of_volume(story.t1)
    growing = GrowingParameters(3.5, seed_statistics=statistics, max_volume_ml=limit)
    outcome = story.run(growing=growing, cleanup=CleanupParameters(minimum_island_ml=0.05))
    assert grid.is_left_handed and outcome.growing.stopped_by == "max_volume"
    for node in (story.t1, story.t2, story.segmentation):
        node.AddDefaultStorageNode()
    assert story.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    story.scene.Clear()
    assert story.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))

    segmentation = story.scene.GetFirstNode("Segmentation", "vtkMRMLSegmentationNode")
    loaded = grid_of_volume(story.scene.GetFirstNode("T2"))
    before = segment_region(segmentation, outcome.segment_id, grid, None) > 0
    exec(compile(python_script(recipe_of(segmentation, outcome.segment_id)), "script", "exec"), {})
    assert not loaded.is_left_handed
    assert np.count_nonzero(before) == outcome.growing.voxel_count > 60
    assert np.array_equal(segment_region(segmentation, outcome.segment_id, grid, None) > 0, before)
