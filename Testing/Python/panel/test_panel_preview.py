"""The live preview, worked as a person would: points, parameters, inputs, restrictions."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from opengl_helpers import need_opengl
from panel_helpers import GRID, choose, parameters_of, settle

from MultiModalSegmentationLib import Edge
from MultiModalSegmentationLib.scene.nodes import add_points, world_position
from MultiModalSegmentationLib.scene.segments import segment_region
from MultiModalSegmentationLib.scene.volumes import grid_of_volume, volume_array


def preview_voxels(panel):
    node = panel._panel.preview.node
    return segment_region(node, node.GetSegmentation().GetNthSegmentID(0), GRID, None)


def applied_voxels(panel, volumes, seeds, **keywords):
    """The region that the logic gives for the same choices, in a segmentation of its own."""
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "own")
    result = panel.logic.process(volumes, seeds, segmentation, **keywords)
    voxels = segment_region(segmentation, result.segmentId, GRID, None)
    slicer.mrmlScene.RemoveNode(segmentation)
    return voxels


def test_preview_shows_what_apply_will_give(a_ready_panel, two_volumes, three_seeds):
    shown = preview_voxels(a_ready_panel)
    assert shown.sum() > 100
    assert np.array_equal(shown, applied_voxels(a_ready_panel, two_volumes, three_seeds))
    assert f"{shown.sum():,}" in a_ready_panel.ui.resultsLabel.text


def test_preview_node_keeps_to_itself(a_ready_panel, a_host, a_scene, tmp_path):
    node = a_ready_panel._panel.preview.node
    display = node.GetDisplayNode()
    assert (node.GetHideFromEditors(), node.GetSaveWithScene(), display.GetSaveWithScene()) == (1, 0, 0)
    assert display.GetVisibility() == 1
    assert 0 < display.GetOpacity2DFill() < 0.5
    assert display.GetVisibility3D() == 0
    a_host.save_scene(tmp_path / "scene.mrb")
    node_id, display_id = node.GetID(), display.GetID()
    a_host.leave_panel()
    assert a_scene.GetNodeByID(node_id) is None
    assert a_scene.GetNodeByID(display_id) is None
    a_host.load_scene(tmp_path / "scene.mrb")
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_preview_in_3d_has_a_surface_only_when_wanted(a_ready_panel, a_host):
    node = a_ready_panel._panel.preview.node
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")
    a_ready_panel.ui.preview3dCheckBox.checked = True
    settle(a_ready_panel, a_host)
    node = a_ready_panel._panel.preview.node
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    assert node.GetDisplayNode().GetVisibility3D()


def test_seeds_are_seen_through_the_preview_in_3d(a_ready_panel, a_host, three_seeds):
    need_opengl()
    from MultiModalSegmentationLib.pictures.offscreen import ThreeDView

    three_seeds.GetDisplayNode().SetTextScale(0.0)
    with ThreeDView(slicer.app.applicationLogic(), (240, 240)) as view:
        a_ready_panel.ui.preview3dCheckBox.checked = True
        settle(a_ready_panel, a_host)
        view.look_from((1.0, 1.0, 1.0), 0.6)
        within = green_pixels(view.render())
        a_ready_panel._panel.preview.node.GetDisplayNode().SetVisibility3D(False)
        alone = green_pixels(view.render())
    assert alone > 100
    assert within > 0.9 * alone


def green_pixels(picture):
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return np.count_nonzero((green > red + 80) & (green > blue + 60))


@pytest.mark.parametrize("what", ["move", "place", "delete", "multiplier", "exclude"])
def test_preview_follows(a_ready_panel, a_host, a_scene, two_volumes, three_seeds, what):
    before = preview_voxels(a_ready_panel)
    updates = count_updates(a_ready_panel)
    keywords = {}
    if what == "move":
        three_seeds.SetNthControlPointPositionWorld(0, world_position(two_volumes[0], (18, 12, 11)))
    elif what == "place":
        three_seeds.AddControlPointWorld(vtk.vtkVector3d(*world_position(two_volumes[0], (18, 12, 11))))
    elif what == "delete":
        three_seeds.RemoveNthControlPoint(2)
    elif what == "multiplier":
        a_ready_panel.ui.multiplierSlider.value = 1.5
        from MultiModalSegmentationLib import GrowingParameters

        keywords = {"growing": GrowingParameters(multiplier=1.5)}
    else:
        middle = np.argwhere(before).mean(0)[::-1].round() + (3, 2, 0)
        excluded = add_points(a_scene, "Out", [world_position(two_volumes[0], middle)])
        parameters_of(a_ready_panel).exclusionSeeds = excluded
        keywords = {"exclusionSeeds": excluded}
    settle(a_ready_panel, a_host)
    after = preview_voxels(a_ready_panel)
    assert len(updates) == 1
    assert what == "delete" or not np.array_equal(after, before)
    assert np.array_equal(after, applied_voxels(a_ready_panel, two_volumes, three_seeds, **keywords))


@pytest.mark.parametrize("what", ["voxels", "transform", "frame"])
def test_preview_follows_the_inputs(a_ready_panel, a_host, a_scene, two_volumes, three_seeds, what):
    before = preview_voxels(a_ready_panel)
    if what == "voxels":
        volume_array(two_volumes[1])[:, :, 11:] = 120.0
        slicer.util.arrayFromVolumeModified(two_volumes[1])
    elif what == "transform":
        transform = a_scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        two_volumes[1].SetAndObserveTransformNodeID(transform.GetID())
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 3, 4.0)
        transform.SetMatrixTransformToParent(matrix)
    else:
        frame = vtk.vtkImageData()
        frame.DeepCopy(two_volumes[1].GetImageData())
        two_volumes[1].SetAndObserveImageData(frame)
        volume_array(two_volumes[1])[:, :13] = 120.0
        frame.GetPointData().GetScalars().Modified()
        frame.Modified()
    settle(a_ready_panel, a_host)
    after = preview_voxels(a_ready_panel)
    assert not np.array_equal(after, before)
    assert np.array_equal(after, applied_voxels(a_ready_panel, two_volumes, three_seeds))


def test_name_color_and_display_need_no_new_computation(a_ready_panel, a_host):
    updates = count_updates(a_ready_panel)
    a_ready_panel.ui.segmentNameLineEdit.text = "Another name"
    parameters_of(a_ready_panel).segmentColor = "#ff0000"
    a_ready_panel.ui.overwriteModeComboBox.currentIndex = 1
    a_ready_panel._panel.preview.node.GetDisplayNode().SetOpacity2DFill(0.1)
    settle(a_ready_panel, a_host)
    assert updates == []


def test_many_moves_are_one_computation(a_ready_panel, a_host, two_volumes, three_seeds):
    updates = count_updates(a_ready_panel)
    for step in range(50):
        three_seeds.SetNthControlPointPositionWorld(0, world_position(two_volumes[0], (10, 12, 11 + step / 50)))
    settle(a_ready_panel, a_host)
    assert len(updates) == 1


def count_updates(panel):
    updates = []
    content = panel._panel.preview.node.GetSegmentation()
    content.AddObserver(slicer.vtkSegmentation.SourceRepresentationModified, lambda *_: updates.append(1))
    return updates


def test_preview_can_be_switched_off(a_ready_panel, a_host, a_scene):
    a_ready_panel.ui.livePreviewCheckBox.checked = False
    a_host.process_events()
    assert a_ready_panel._panel.preview.node is None
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    assert a_ready_panel.ui.resultsLabel.text == ""


def test_seed_outside_hides_the_preview_and_says_so(a_ready_panel, a_host, three_seeds):
    three_seeds.AddControlPointWorld(vtk.vtkVector3d(900, 0, 0), "astray")
    settle(a_ready_panel, a_host)
    assert "'astray' lies outside the volume 'T1'" in a_ready_panel.ui.statusLabel.text
    assert not a_ready_panel._panel.preview.node.GetDisplayNode().GetVisibility()
    three_seeds.RemoveNthControlPoint(3)
    settle(a_ready_panel, a_host)
    assert a_ready_panel._panel.preview.node.GetDisplayNode().GetVisibility()


def test_apply_turns_the_preview_into_the_segment(a_ready_panel, a_host):
    shown = preview_voxels(a_ready_panel)
    preview = a_ready_panel._panel.preview.node
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    segmentation = parameters_of(a_ready_panel).segmentation
    assert segmentation is not preview
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    assert np.array_equal(segment_region(segmentation, segment_id, GRID, None), shown)
    assert not preview.GetDisplayNode().GetVisibility()


def test_region_of_interest_restricts_and_is_visible(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    before = preview_voxels(a_ready_panel)
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "Box")
    roi.CreateDefaultDisplayNodes()
    roi.GetDisplayNode().SetVisibility(False)
    roi.SetXYZ(*world_position(two_volumes[0], (10, 12, 11)))
    roi.SetRadiusXYZ(4, 4, 4)
    a_ready_panel.ui.roiSelector.setCurrentNode(roi)
    settle(a_ready_panel, a_host)
    after = preview_voxels(a_ready_panel)
    assert roi.GetDisplayNode().GetVisibility()
    assert 0 < after.sum() < before.sum()
    k, j, i = np.nonzero(after)
    assert max(abs(i - 10).max(), abs(j - 12).max(), abs(k - 11).max()) <= 4
    roi.SetRadiusXYZ(3, 3, 3)
    settle(a_ready_panel, a_host)
    assert preview_voxels(a_ready_panel).sum() < after.sum()


def test_mask_segment_restricts(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    parameters_of(a_ready_panel).edge = Edge.THRESHOLD
    a_ready_panel.ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    whole = segment_region(segmentation, segment_id, GRID, None)
    a_ready_panel.ui.multiplierSlider.value = 6.0
    settle(a_ready_panel, a_host)
    wide = preview_voxels(a_ready_panel)
    assert wide.sum() > whole.sum()
    a_ready_panel.ui.maskSelector.setCurrentNode(segmentation)
    a_ready_panel.ui.maskSelector.setCurrentSegmentID(segment_id)
    settle(a_ready_panel, a_host)
    assert parameters_of(a_ready_panel).maskSegment == segment_id
    assert np.array_equal(preview_voxels(a_ready_panel) & ~whole & 1, np.zeros_like(whole))


def test_cleanup_is_in_the_preview(a_ready_panel, a_host, two_volumes):
    volume_array(two_volumes[0])[13, 10, 12] = 500.0
    slicer.util.arrayFromVolumeModified(two_volumes[0])
    a_ready_panel.ui.smoothingCheckBox.checked = False
    settle(a_ready_panel, a_host)
    before = preview_voxels(a_ready_panel)
    a_ready_panel.ui.fillHolesCheckBox.checked = True
    a_ready_panel.ui.closingSpinBox.value = 1.5
    settle(a_ready_panel, a_host)
    after = preview_voxels(a_ready_panel)
    assert (after[before > 0] == 1).all()
    assert after.sum() > before.sum()


@pytest.mark.parametrize("what", ["close", "delete", "leave"])
def test_running_preview_ends_cleanly(a_panel, a_host, a_scene, two_volumes, three_seeds, what):
    choose(a_panel, two_volumes, three_seeds, a_host, events=False)
    a_panel.ui.multiplierSlider.value = 2.0
    if what == "close":
        slicer.mrmlScene.Clear(False)
    elif what == "delete":
        a_scene.RemoveNode(two_volumes[0])
    else:
        a_host.leave_panel()
    settle(a_panel, a_host)
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    assert a_host.exceptions == []


def test_grid_of_the_reference_may_change(a_ready_panel, a_host, a_scene, two_volumes):
    for volume in two_volumes:
        volume.SetSpacing(2, 2, 2)
    seeds = parameters_of(a_ready_panel).seeds
    seeds.RemoveAllControlPoints()
    seeds.AddControlPointWorld(vtk.vtkVector3d(*world_position(two_volumes[0], (10, 12, 11))))
    settle(a_ready_panel, a_host)
    node = a_ready_panel._panel.preview.node
    voxels = segment_region(node, node.GetSegmentation().GetNthSegmentID(0), grid_of_volume(two_volumes[0]), None)
    assert voxels[11, 12, 10] == 1
