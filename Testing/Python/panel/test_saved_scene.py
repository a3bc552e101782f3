"""A scene that version 0.1.0 saved: its parameters, segments and recipes are there, and its copied script runs."""

from pathlib import Path

import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from panel_helpers import settle
from stress.fingerprints import segment_voxels

from MultiModalSegmentationLib import Edge, OverwriteMode, SeedStatistics
from MultiModalSegmentationLib.scene.segments import recipe_of

SAVED = Path(__file__).parents[1] / "saved"
SEEDS = ((-10.0, -12.0, 11.0), (-12.0, -13.0, 10.0), (-8.0, -10.0, 12.0))
VOXELS = {"Pooled": 611, "As ITK": 364}
BALL_VOXELS = 905


@pytest.fixture
def a_panel_on_the_saved_scene(a_panel, a_host):
    a_host.load_scene(SAVED / "scene.mrb")
    settle(a_panel, a_host)
    return a_panel


def positions(points):
    return tuple(tuple(points.GetNthControlPointPositionWorld(n)) for n in range(points.GetNumberOfControlPoints()))


def voxels_of(segmentation, name):
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName(name)
    return int(segment_voxels(segmentation, segment_id)[1].sum())


def test_its_parameters_are_taken_up(a_panel_on_the_saved_scene):
    panel, parameters = a_panel_on_the_saved_scene, a_panel_on_the_saved_scene.logic.getParameterNode()
    chosen = (parameters.referenceVolume, parameters.secondVolume, parameters.seeds, parameters.segmentation)
    assert [node.GetName() for node in chosen] == ["T1", "T2", "Seeds", "Segmentation"]
    assert parameters.seedStatistics is SeedStatistics.ITK
    assert (parameters.multiplier, parameters.segmentName) == (2.5, "As ITK")
    assert parameters.overwriteMode is OverwriteMode.ALLOW_OVERLAP
    assert (panel.ui.multiplierSlider.value, panel.ui.segmentNameLineEdit.text) == (2.5, "As ITK")
    assert panel.ui.applyButton.enabled
    preview = panel._panel.preview.node
    assert voxels_of(preview, "Preview") == VOXELS["As ITK"]


@pytest.mark.parametrize("name", VOXELS)
def test_its_segments_have_their_voxels(a_panel_on_the_saved_scene, name):
    segmentation = a_panel_on_the_saved_scene.logic.getParameterNode().segmentation
    assert segmentation.GetSegmentation().GetNumberOfSegments() == len(VOXELS)
    assert voxels_of(segmentation, name) == VOXELS[name]
    assert recipe_of(segmentation, name)["result"]["voxelCount"] == VOXELS[name]


def test_its_recipe_is_restored(a_panel_on_the_saved_scene, a_host):
    panel, parameters = a_panel_on_the_saved_scene, a_panel_on_the_saved_scene.logic.getParameterNode()
    parameters.seeds = parameters.secondVolume = None
    panel.ui.segmentNameLineEdit.text = "Pooled"
    a_host.process_events()
    panel.ui.restoreButton.click()
    settle(panel, a_host)
    assert panel.ui.statusLabel.text == (
        "Restored inputs, seeds and parameters. Version 0.1.0 pooled seed statistics in another way: the region may "
        "differ."
    )
    assert parameters.edge is Edge.THRESHOLD
    assert parameters.secondVolume.GetName() == "T2"
    assert positions(parameters.seeds) == SEEDS
    assert positions(parameters.exclusionSeeds) == ((-18.0, -12.0, 11.0),)
    assert (parameters.seedStatistics, parameters.multiplier) == (SeedStatistics.POOLED, 3.0)
    assert parameters.fillHoles
    assert BALL_VOXELS / 3 < voxels_of(panel._panel.preview.node, "Preview") < 1.2 * BALL_VOXELS


def test_its_copied_script_runs(a_panel_on_the_saved_scene):
    names = {}
    exec(compile((SAVED / "script.txt").read_text(), "script.txt", "exec"), names)
    result = names["result"]
    segmentation = a_panel_on_the_saved_scene.logic.getParameterNode().segmentation
    assert positions(names["seeds"]) == SEEDS
    assert voxels_of(segmentation, "Pooled") == result.growing.voxel_count
    assert BALL_VOXELS / 3 < result.growing.voxel_count < 1.2 * BALL_VOXELS
    recipe = recipe_of(segmentation, "Pooled")
    assert recipe["growing"]["multiplier"] == 3.0
    assert recipe["cleanup"]["fillHoles"] is True


def test_names_that_scripts_import_from_the_module_file(a_panel):
    import MultiModalSegmentation as module

    for name in ("MultiModalSegmentationLogic", "MultiModalSegmentationParameterNode", "SegmentationResult"):
        assert getattr(module, name).__name__ == name
    parameters = a_panel.logic.getParameterNode()
    assert type(parameters) is module.MultiModalSegmentationParameterNode
