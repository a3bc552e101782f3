"""Nodes, scenes and modules that come and go around the panel: what the stress test found."""

import gc

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
from host.observers import observer_count
from panel_helpers import parameters_of, settle, two_volumes_of
from scene_helpers import add_linear_transform, grid_of, rotation_about, translation
from stress.fingerprints import same_voxels, segment_voxels

from MultiModalSegmentationLib import Edge
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.segments import SegmentLook, recipe_of
from MultiModalSegmentationLib.scene.volumes import channels_from_volumes, grid_of_volume
from MultiModalSegmentationLib.workflow.cache import ChannelCache
from MultiModalSegmentationLib.workflow.request import Request
from MultiModalSegmentationLib.workflow.restore import restore
from MultiModalSegmentationLib.workflow.workflow import run


def test_a_loaded_scene_is_ready_to_apply(a_ready_panel, a_host, tmp_path):
    a_host.save_scene(tmp_path / "scene.mrb")
    a_host.close_scene()
    assert not a_ready_panel.ui.applyButton.enabled
    a_host.load_scene(tmp_path / "scene.mrb")
    settle(a_ready_panel, a_host)
    assert a_ready_panel.ui.applyButton.enabled
    assert a_ready_panel._panel.preview.node is not None
    seeds = parameters_of(a_ready_panel).seeds
    seeds.RemoveAllControlPoints()
    a_host.process_events()
    assert a_ready_panel.ui.applyButton.toolTip == "Place at least one seed into the tissue that you want."


def test_each_visit_leaves_the_parameter_node_as_it_was(a_ready_panel, a_host):
    a_host.leave_panel()
    node = "vtkMRMLScriptedModuleNodeMultiModalSegmentation"
    gc.collect()
    before = a_host.observer_counts().get(node, 0)
    for _ in range(4):
        a_host.open_panel()
        a_host.leave_panel()
    assert a_host.observer_counts().get(node, 0) == before


def test_a_module_reloaded_from_elsewhere_stays_closed(a_ready_panel, a_host, a_scene):
    a_host.leave_panel()
    panel = a_host.reload_panel()
    a_host.process_events()
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    panel = a_host.open_panel()
    settle(panel, a_host)
    assert panel._panel.preview.node is not None
    panel = a_host.reload_panel()
    settle(panel, a_host)
    assert panel._panel.preview.node is not None


def test_a_closed_panel_listens_to_no_chart(a_ready_panel, a_host):
    interactor = a_ready_panel.ui.leakChart.renderWindow().GetInteractor()
    before = observer_count(interactor)
    a_host.close_panel()
    assert observer_count(interactor) == before - 1


def test_a_parameter_set_by_a_script_reaches_the_panel_at_once(a_ready_panel, a_host, three_seeds):
    a_host.leave_panel()
    panel = a_host.open_panel()
    other = panel.logic.getParameterNode()
    other.seeds = None
    assert panel.ui.applyButton.toolTip == "Choose or create a list of seeds."
    other.seeds = three_seeds
    assert panel.ui.applyButton.enabled


@pytest.mark.parametrize("what", ["move", "delete"])
def test_inputs_that_change_during_a_run_change_the_preview(
    a_ready_panel, a_host, a_scene, two_volumes, three_seeds, what
):
    seen = []

    def change(value):
        if not seen and 0 < value < 100:
            seen.append(value)
            if what == "move":
                three_seeds.SetNthControlPointPositionWorld(0, world_position(two_volumes[0], (18, 12, 11)))
            else:
                a_scene.RemoveNode(two_volumes[1])

    a_ready_panel.ui.progressBar.connect("valueChanged(int)", change)
    a_ready_panel.ui.applyButton.click()
    settle(a_ready_panel, a_host)
    assert seen
    preview = a_ready_panel._panel.preview.node
    if what == "delete":
        assert preview is None
        return
    assert preview.GetDisplayNode().GetVisibility()
    request = Request([*two_volumes], three_seeds, None, SegmentLook("fresh"))
    segmentation = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "own")
    fresh = run(Request(request.volumes, three_seeds, segmentation, request.look), ChannelCache()).segment_id
    shown = segment_voxels(preview, preview.GetSegmentation().GetNthSegmentID(0))
    assert same_voxels(shown, segment_voxels(segmentation, fresh))


def test_preview_follows_an_undone_mask(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    ui.segmentNameLineEdit.text = "Mask"
    parameters_of(a_ready_panel).edge = Edge.THRESHOLD
    a_host.process_events()
    ui.applyButton.click()
    ui.multiplierSlider.value = 1.0
    a_host.process_events()
    ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Mask")
    ui.maskSelector.setCurrentNode(segmentation)
    ui.maskSelector.setCurrentSegmentID(segment_id)
    ui.multiplierSlider.value = 3.5
    settle(a_ready_panel, a_host)
    preview = a_ready_panel._panel.preview.node
    within_small = segment_voxels(preview, preview.GetSegmentation().GetNthSegmentID(0))[1].sum()
    assert within_small == segment_voxels(segmentation, segment_id)[1].sum()
    ui.undoButton.click()
    settle(a_ready_panel, a_host)
    within_large = segment_voxels(preview, preview.GetSegmentation().GetNthSegmentID(0))[1].sum()
    assert within_large == segment_voxels(segmentation, segment_id)[1].sum() > within_small


def test_transforms_that_cancel_out_leave_no_trace(a_scene):
    """The fine grid's first plane lies exactly on the edge of the other's field of view."""
    rng = np.random.default_rng(3)
    fine, other = grid_of((24, 20, 9), (0.8, 0.85, 2.6)), grid_of((20, 18, 22), origin=(1.3, -0.6, 0.5))
    volumes = [
        add_volume(a_scene, grid.image(rng.normal(size=grid.size[::-1]).astype(np.float32)), "V")
        for grid in (fine, other)
    ]
    before = channels_from_volumes(volumes)[1].array.copy()
    assert np.isfinite(before[0]).any()
    for seed in range(5):
        matrix = translation(np.random.default_rng(seed).normal(size=3))
        matrix[:3, :3] = rotation_about(seed % 3, 7.3 * seed)
        transform = add_linear_transform(a_scene, matrix)
        for volume in volumes:
            volume.SetAndObserveTransformNodeID(transform.GetID())
        assert np.array_equal(channels_from_volumes(volumes)[1].array, before, equal_nan=True)


def test_a_left_handed_volume_is_restored_from_a_saved_scene(a_host, a_scene, tmp_path):
    """Slicer counts its slices the other way round after loading."""
    volumes = two_volumes_of(a_scene)
    grid = grid_of((26, 24, 22), rotation=np.diag([-1.0, 1.0, 1.0]))
    turned = [add_volume(a_scene, grid.image(slicer.util.arrayFromVolume(v)), f"left {v.GetName()}") for v in volumes]
    seeds = add_points(
        a_scene, "Seeds", [world_position(turned[0], (10, 12, 9)), world_position(turned[0], (9, 13, 8))]
    )
    segmentation = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Left")
    run(Request(turned, seeds, segmentation, SegmentLook("Ball")), ChannelCache())
    a_host.save_scene(tmp_path / "scene.mrb")
    a_host.load_scene(tmp_path / "scene.mrb")
    segmentation = a_scene.GetFirstNodeByName("Left")
    restored = restore(recipe_of(segmentation, "Ball"), a_scene)
    assert np.linalg.det(grid_of_volume(restored.volumes[0]).index_to_lps[:3, :3]) > 0
    assert restored.seeds.GetName() == "Seeds"
    again = Request(restored.volumes, restored.seeds, segmentation, SegmentLook("again"))
    repeated = run(again, ChannelCache()).segment_id
    assert segment_voxels(segmentation, "Ball")[1].sum() > 100
    assert same_voxels(segment_voxels(segmentation, repeated), segment_voxels(segmentation, "Ball"))
