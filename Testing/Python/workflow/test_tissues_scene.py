"""Several tissues from nodes to segments, and back from any of them."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from scene_helpers import scene_state
from test_workflow import GRID, Story, recipe_of

from MultiModalSegmentationLib import CleanupParameters, GrowingParameters, OverwriteMode, UniModalParameters
from MultiModalSegmentationLib.parameters.colors import TISSUE_COLORS
from MultiModalSegmentationLib.recipes.recipe import TAG
from MultiModalSegmentationLib.scene.nodes import add_points, world_position
from MultiModalSegmentationLib.scene.segments import SegmentLook
from MultiModalSegmentationLib.workflow import workflow
from MultiModalSegmentationLib.workflow.command_line import command_line
from MultiModalSegmentationLib.workflow.history import SegmentHistory
from MultiModalSegmentationLib.workflow.request import Request, TissueNodes
from MultiModalSegmentationLib.workflow.restore import restore
from MultiModalSegmentationLib.workflow.scripts import python_script

NAMES = ["Ball|a: b", "Block", "Rest"]
COLOR = (0.2, 0.4, 0.6)


@pytest.fixture
def story(a_host, a_scene):
    """The ball, the block and a part of the rest, each with seeds of its own, in ``slicer.mrmlScene``."""
    story = Story(a_scene)
    story.lists = [story.seeds]
    for name, voxels in (("Block seeds", [(22, 20, 12), (24, 16, 20)]), ("Rest seeds", [(22, 3, 12)])):
        story.lists.append(add_points(a_scene, name, [world_position(story.t1, v) for v in voxels]))
    return story


def request_of(story, **changes):
    tissues = [(NAMES[0], story.lists[0], COLOR), (NAMES[1], story.lists[1]), (NAMES[2], story.lists[2])]
    plain = story.request()
    values = {"volumes": plain.volumes, "segmentation": plain.segmentation, "smoothing": plain.smoothing, **changes}
    return Request.of_tissues(tissues, **values)


def run(story, **changes):
    return workflow.run_tissues(request_of(story, **changes), story.cache)


def all_voxels(story, written):
    return [story.voxels(one.segment_id) for one in written]


def test_each_tissue_becomes_a_segment_of_its_own_color(story):
    written = run(story)
    content = story.segmentation.GetSegmentation()
    assert [content.GetSegment(one.segment_id).GetName() for one in written] == NAMES
    colors = [content.GetSegment(one.segment_id).GetColor() for one in written]
    assert np.allclose(colors, [COLOR, TISSUE_COLORS[1], TISSUE_COLORS[2]])
    ball, block, rest = all_voxels(story, written)
    assert not (ball & block).any()
    assert not (rest & (ball | block)).any()
    assert np.count_nonzero(ball & story.ball) > 0.9 * np.count_nonzero(story.ball)
    i, j = np.meshgrid(np.arange(GRID.size[0]), np.arange(GRID.size[1]))
    truth = ((i > 14) & (j > 8)) & ~story.ball
    assert np.count_nonzero(block & truth) > 0.9 * np.count_nonzero(truth)


def test_a_second_run_replaces_the_segments_and_one_undo_takes_all_back(story):
    history = SegmentHistory(story.segmentation)
    history.about_to_change()
    first = run(story)
    history.changed()
    before = all_voxels(story, first)
    history.about_to_change()
    second = run(story, growing=GrowingParameters(1.5))
    history.changed()
    assert [one.segment_id for one in second] == [one.segment_id for one in first]
    assert any(not np.array_equal(a, b) for a, b in zip(before, all_voxels(story, second)))
    assert history.undo()
    assert all(np.array_equal(a, b) for a, b in zip(before, all_voxels(story, first)))
    assert history.undo()
    assert story.segmentation.GetSegmentation().GetNumberOfSegments() == 0


def test_any_of_the_segments_restores_all_tissues(story):
    written = run(story)
    for number, one in enumerate(written):
        restored = restore(recipe_of(story.segmentation, one.segment_id), story.scene)
        assert [tissue.look.name for tissue in restored.tissues] == NAMES
        assert [tissue.seeds for tissue in restored.tissues] == story.lists
        assert restored.seeds is story.lists[number]
        assert restored.tissues[0].look.color == COLOR


def test_lists_that_are_gone_are_made_again_in_their_tissues_color(story):
    written = run(story)
    recipe = recipe_of(story.segmentation, written[0].segment_id)
    story.scene.RemoveNode(story.lists.pop(1))
    restored = restore(recipe, story.scene)
    again = restored.tissues[1].seeds
    assert again.GetName() == "Block seeds"
    assert again.GetNumberOfControlPoints() == 2
    assert np.allclose(again.GetDisplayNode().GetSelectedColor(), TISSUE_COLORS[1])


@pytest.mark.parametrize("number", range(3))
def test_the_script_of_any_segment_repeats_all_voxel_for_voxel(story, number):
    written = run(story, cleanup=CleanupParameters(fill_holes=True))
    before = all_voxels(story, written)
    recipe = recipe_of(story.segmentation, written[number].segment_id)
    names = {}
    exec(compile(python_script(recipe), "script", "exec"), names)
    assert [one.segmentId for one in names["result"]] == [one.segment_id for one in written]
    assert all(np.array_equal(a, b) for a, b in zip(before, all_voxels(story, written)))
    assert recipe_of(story.segmentation, written[number].segment_id) == recipe


def test_the_command_line_names_every_tissue(story):
    recipe = recipe_of(story.segmentation, run(story)[1].segment_id)
    words = command_line(recipe, story.scene)
    assert "'--tissue=Ball|a: b=10,14,13;12,15,12;8,12,14'" in words
    assert "'--tissue=Block=22,20,12;24,16,20'" in words
    assert "--seed" not in words


def test_a_tissue_of_one_is_as_ever(story):
    tissues = workflow.run_tissues(Request.of_tissues([("Ball", story.seeds)], **common(story)), story.cache)
    (one,) = tissues
    voxels = story.voxels(one.segment_id)
    recipe = recipe_of(story.segmentation, one.segment_id)
    assert "tissues" not in recipe
    story.segmentation.GetSegmentation().RemoveAllSegments()
    assert np.array_equal(story.voxels(story.run().segment_id), voxels)


def test_what_is_wrong_is_said_and_nothing_is_written(story):
    empty = add_points(story.scene, "Empty", [])
    before = scene_state(story.scene)
    block = TissueNodes(SegmentLook("Block"), story.lists[0])
    with pytest.raises(ValueError, match="'Seeds' is chosen for seeds and the tissue 'Ball'"):
        workflow.run_tissues(story.request(further=(block,)), story.cache)
    with pytest.raises(ValueError, match="There is no tissue"):
        Request.of_tissues([], **common(story))
    with pytest.raises(ValueError, match="Two tissues are called 'Ball'"):
        twice = TissueNodes(SegmentLook("Ball"), story.lists[1])
        workflow.run_tissues(story.request(further=(twice,)), story.cache)
    with pytest.raises(ValueError, match="The tissue 'Void' has no seed"):
        workflow.run_tissues(story.request(further=(TissueNodes(SegmentLook("Void"), empty),)), story.cache)
    assert scene_state(story.scene) == before


def test_each_tissue_has_its_segments_of_each_volume_alone(story):
    run(story, unimodal=UniModalParameters(), overwrite=OverwriteMode.ALLOW_OVERLAP)
    content = story.segmentation.GetSegmentation()
    names = [content.GetNthSegment(n).GetName() for n in range(content.GetNumberOfSegments())]
    assert len(names) == len(set(names)) == 9
    assert "Block (T2 only)" in names
    assert all(content.GetNthSegment(n).HasTag(TAG) for n in range(9))


def test_the_logic_processes_tissues(a_host, story):
    logic = a_host.load_module().MultiModalSegmentationLogic()
    tissues = [(NAMES[1], story.lists[1]), (NAMES[2], story.lists[2], (1.0, 0.0, 0.0))]
    results = logic.processTissues([story.t1, story.t2], tissues, story.segmentation)
    block, rest = (story.voxels(one.segmentId) for one in results)
    assert not (block & rest).any()
    assert [one.growing.voxel_count for one in results] == [np.count_nonzero(block), np.count_nonzero(rest)]
    assert logic.lastGrown.tissue.look.name == NAMES[1]


def common(story):
    plain = story.request()
    return {"volumes": plain.volumes, "segmentation": plain.segmentation, "smoothing": plain.smoothing}
