"""Recipes put to work: as Python, as a command line, and back into nodes and parameters, on real MRML."""

import shlex
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import SimpleITK as sitk
import slicer
from scene_helpers import add_linear_transform, nodes_of, scene_state, translation
from test_workflow import GRID, Story, recipe_of

from MultiModalSegmentationLib import (
    CleanupParameters,
    GrowingParameters,
    OverwriteMode,
    SeedStatistics,
    SmoothingParameters,
    UniModalParameters,
)
from MultiModalSegmentationLib.command.main import main
from MultiModalSegmentationLib.scene.nodes import add_points, world_position
from MultiModalSegmentationLib.scene.segments import SegmentLook, segment_region
from MultiModalSegmentationLib.scene.segments import recipe_of as library_recipe_of
from MultiModalSegmentationLib.scene.volumes import matrix_from_array
from MultiModalSegmentationLib.workflow import workflow
from MultiModalSegmentationLib.workflow.command_line import command_line
from MultiModalSegmentationLib.workflow.restore import find_volume, restore
from MultiModalSegmentationLib.workflow.scripts import python_script

SETTINGS = {
    "plain": {},
    "itk": {
        "growing": GrowingParameters(2.2, 2, 2, SeedStatistics.ITK),
        "smoothing": SmoothingParameters(0.0625, 3, limit_time_step=False),
    },
    "limited": {"growing": GrowingParameters(6.0, 1, max_volume_ml=0.8), "overwrite": OverwriteMode.OVERWRITE_ALL},
}


@pytest.fixture
def story(a_host, a_scene):
    """The story in ``slicer.mrmlScene``, where scripts look for it."""
    return Story(a_scene)


def add_roi(story):
    roi = story.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    roi.SetSize(40.0, 40.0, 9.0)
    roi.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(translation(world_position(story.t1, (10, 14, 13)))))
    roi.UpdateControlPointsFromROI()
    return roi


def everything(story):
    """Settings that use each keyword of ``process``."""
    story.run(look=SegmentLook("Mask"), growing=GrowingParameters(8.0))
    out = add_points(story.scene, "Out", [world_position(story.t1, (16, 14, 13))])
    step = add_linear_transform(story.scene, translation([0.0, 0.0, 1.0]))
    roi = add_roi(story)
    roi.SetAndObserveTransformNodeID(step.GetID())
    return {
        "exclusion_seeds": out,
        "roi": roi,
        "mask": (story.segmentation, "Mask"),
        "cleanup": CleanupParameters(fill_holes=True, closing_mm=1.5),
        "look": SegmentLook("It's | 'quoted': \"so\""),
    }


def executed(script):
    names = {}
    exec(compile(script, "script", "exec"), names)
    return names["result"]


@pytest.mark.parametrize("name", [*SETTINGS, "everything"])
def test_script_repeats_the_segment_voxel_for_voxel(story, name):
    settings = everything(story) if name == "everything" else SETTINGS[name]
    outcome = story.run(**settings)
    recipe = recipe_of(story.segmentation, outcome.segment_id)
    voxels = story.voxels(outcome.segment_id)
    assert voxels.any()
    nodes = [node.GetID() for node in nodes_of(story.scene)]
    result = executed(python_script(recipe))
    assert result.segmentId == outcome.segment_id
    assert np.array_equal(story.voxels(outcome.segment_id), voxels)
    assert [node.GetID() for node in nodes_of(story.scene)] == nodes, "every node was found again"
    again = recipe_of(story.segmentation, outcome.segment_id)
    assert again == recipe


def test_script_makes_again_what_is_gone_or_moved(story):
    settings = everything(story)
    outcome = story.run(**settings)
    recipe = recipe_of(story.segmentation, outcome.segment_id)
    voxels = story.voxels(outcome.segment_id)
    script = python_script(recipe)
    story.scene.RemoveNode(story.seeds)
    settings["exclusion_seeds"].SetNthControlPointPosition(0, 0.0, 0.0, 0.0)
    settings["roi"].SetSize(1, 1, 1)
    result = executed(script)
    assert np.array_equal(story.voxels(result.segmentId), voxels)
    again = recipe_of(story.segmentation, result.segmentId)
    assert [p["ras"] for p in again["seeds"]] == [pytest.approx(p["ras"]) for p in recipe["seeds"]]
    assert again["seedLists"]["seeds"]["name"] == "Seeds"


def saved(volume, folder, name):
    volume.AddDefaultStorageNode()
    volume.GetStorageNode().SetFileName(str(folder / name))
    assert volume.GetStorageNode().WriteData(volume)


@pytest.mark.parametrize("name", SETTINGS)
def test_command_line_repeats_the_segment_voxel_for_voxel(story, tmp_path, name):
    outcome = story.run(**SETTINGS[name])
    saved(story.t1, tmp_path, "t 1.nrrd")
    saved(story.t2, tmp_path, "t2.nii.gz")
    command = command_line(recipe_of(story.segmentation, outcome.segment_id), story.scene)
    words = shlex.split(command)
    assert words[:2] == ["multimodal-segmentation", "segment"]
    assert words[2:4] == [str(tmp_path / "t 1.nrrd"), str(tmp_path / "t2.nii.gz")]
    assert words[-2:] == ["--output", "Ball.seg.nrrd"]
    words[-1] = str(tmp_path / "ball.nrrd")
    assert main(words[1:]) == 0
    image = sitk.ReadImage(str(tmp_path / "ball.nrrd"))
    assert np.array_equal(sitk.GetArrayFromImage(image) > 0, story.voxels(outcome.segment_id))


def test_command_line_says_roi_mask_and_cleanup(story, tmp_path):
    settings = everything(story) | {"smoothing": SmoothingParameters(0.5, 2, limit_time_step=False)}
    settings["roi"].SetAndObserveTransformNodeID(None)
    outcome = story.run(**settings)
    saved(story.t1, tmp_path, "t1.nrrd")
    saved(story.t2, tmp_path, "t2.nrrd")
    saved(settings["roi"], tmp_path, "roi.mrk.json")
    saved(story.segmentation, tmp_path, "mask.seg.nrrd")
    words = shlex.split(command_line(recipe_of(story.segmentation, outcome.segment_id), story.scene))
    assert {f"--roi={tmp_path / 'roi.mrk.json'}", "--mask-segment=Mask", "--no-time-step-limit"} <= set(words)
    words[-1] = str(tmp_path / "ball.nrrd")
    assert main(words[1:]) == 0
    image = sitk.ReadImage(str(tmp_path / "ball.nrrd"))
    assert np.array_equal(sitk.GetArrayFromImage(image) > 0, story.voxels(outcome.segment_id))


def test_command_line_refuses_what_files_do_not_hold(story):
    roi = add_roi(story)
    recipe = recipe_of(story.segmentation, story.run(roi=roi).segment_id)
    assert "--roi=R.mrk.json" in command_line(recipe, story.scene)
    step = add_linear_transform(story.scene, translation([1.0, 0, 0]))
    roi.SetSize(3, 3, 3)
    with pytest.raises(ValueError, match="'R' has changed or is gone"):
        command_line(recipe, story.scene)
    recipe = recipe_of(story.segmentation, story.run().segment_id)
    assert "'T1_T2_ a.nrrd' T2.nrrd --seed=10,14,13" in command_line(recipe, story.scene)
    story.t2.SetAndObserveTransformNodeID(step.GetID())
    with pytest.raises(ValueError, match="'T2' is moved by a transform"):
        command_line(recipe, story.scene)


def test_segments_of_one_volume_alone_and_of_others_are_refused(story):
    story.run(unimodal=UniModalParameters())
    alone = story.segmentation.GetSegmentation().GetSegmentIdBySegmentName("Ball (T2 only)")
    recipe = library_recipe_of(story.segmentation, alone)
    for refuse in (python_script, lambda r: command_line(r, story.scene), lambda r: restore(r, story.scene)):
        with pytest.raises(ValueError, match="grown on one volume alone"):
            refuse(recipe)
        with pytest.raises(ValueError, match="no recipe of this module"):
            refuse(None)
    story.segmentation.GetSegmentation().AddEmptySegment("drawn", "drawn")
    assert library_recipe_of(story.segmentation, "drawn") is None
    assert library_recipe_of(story.segmentation, "missing") is None


@pytest.mark.parametrize("name", [*SETTINGS, "everything"])
def test_restore_finds_nodes_and_parameters(story, name):
    settings = everything(story) if name == "everything" else SETTINGS[name]
    outcome = story.run(**settings)
    before = scene_state(story.scene)
    restored = restore(recipe_of(story.segmentation, outcome.segment_id), story.scene)
    assert scene_state(story.scene) == before
    assert restored.volumes == [story.t1, story.t2]
    assert restored.seeds is story.seeds
    assert restored.segmentation is story.segmentation
    expected = story.request(**{"smoothing": SmoothingParameters(iterations=0), **settings})
    assert restored.parameters == replace(expected.parameters, unimodal=None)
    for field in ("exclusion_seeds", "roi", "mask_inside", "overwrite"):
        assert getattr(restored, field) == getattr(expected, field), field
    assert restored.segment_name == expected.look.name
    assert restored.mask == (expected.mask and (story.segmentation, "Mask"))


def test_restore_makes_points_that_are_gone_or_moved(story):
    recipe = recipe_of(story.segmentation, story.run().segment_id)
    story.seeds.SetNthControlPointPosition(0, 0.0, 0.0, 0.0)
    restored = restore(recipe, story.scene)
    assert restored.seeds is not story.seeds
    assert restored.seeds.GetName() == "Seeds_1"
    assert story.seeds.GetNumberOfControlPoints() == 3
    request = story.request(seeds=restored.seeds, look=SegmentLook("Again"))
    again = workflow.run(request, story.cache)
    assert again.growing.voxel_count == recipe["result"]["voxelCount"]


def test_restored_points_follow_the_volume_where_it_was_moved(story):
    recipe = recipe_of(story.segmentation, story.run().segment_id)
    story.scene.RemoveNode(story.seeds)
    step = add_linear_transform(story.scene, translation([300.0, 0, 0]))
    for volume in (story.t1, story.t2):
        volume.SetAndObserveTransformNodeID(step.GetID())
    restored = restore(recipe, story.scene)
    again = workflow.run(story.request(seeds=restored.seeds), story.cache)
    assert again.growing.voxel_count == recipe["result"]["voxelCount"]


def test_volumes_are_found_by_id_then_dicom_uid_then_name(story):
    described = {"name": "T2", "id": story.t2.GetID()}
    assert find_volume(story.scene, described) is story.t2
    assert find_volume(story.scene, {"name": "T2", "id": story.t1.GetID()}) is story.t2, "an ID of another scene"
    story.t2.SetName("renamed")
    assert find_volume(story.scene, described) is story.t2
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(story.scene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), story.t1)
    hierarchy.SetItemUID(item, "DICOM", "1.2.3")
    uid = {"dicomSeriesInstanceUid": "1.2.3"}
    assert find_volume(story.scene, {"name": "other", "id": "none", **uid}) is story.t1
    with pytest.raises(ValueError, match="'gone' is not in the scene: load it"):
        find_volume(story.scene, {"name": "gone"})


def test_restore_adds_nothing_where_something_is_missing(story):
    outcome = story.run(**everything(story))
    recipe = recipe_of(story.segmentation, outcome.segment_id)
    story.scene.RemoveNode(story.seeds)
    story.segmentation.GetSegmentation().RemoveSegment("Mask")
    before = scene_state(story.scene)
    with pytest.raises(ValueError, match="The mask segment 'Mask' of 'Segmentation' is not in the scene"):
        restore(recipe, story.scene)
    assert scene_state(story.scene) == before


def test_recipe_of_a_reloaded_scene_is_restored_and_repeated(story, tmp_path):
    outcome = story.run(**everything(story))
    voxels = story.voxels(outcome.segment_id)
    for volume in (story.t1, story.t2):
        volume.AddDefaultStorageNode()
    story.segmentation.AddDefaultStorageNode()
    assert story.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    story.scene.Clear()
    assert story.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    segmentation = story.scene.GetFirstNode("Segmentation", "vtkMRMLSegmentationNode")
    executed(python_script(library_recipe_of(segmentation, outcome.segment_id)))
    assert np.array_equal(segment_region(segmentation, outcome.segment_id, GRID, None) > 0, voxels)
