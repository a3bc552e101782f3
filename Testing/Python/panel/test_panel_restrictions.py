"""Region of interest and mask in the panel: made, changed and removed as Slicer's own widgets do it."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
from panel_helpers import GRID, parameters_of, settle
from scene_helpers import add_linear_transform, grid_of, rotation_about

from MultiModalSegmentationLib import Box
from MultiModalSegmentationLib.scene.nodes import add_volume, world_position
from MultiModalSegmentationLib.scene.restrictions import allowed_voxels
from MultiModalSegmentationLib.scene.roi import fit_roi
from MultiModalSegmentationLib.scene.segments import segment_region


def preview_voxels(panel):
    node = panel._panel.preview.node
    return segment_region(node, node.GetSegmentation().GetNthSegmentID(0), GRID, None)


def create_roi(panel, a_host):
    """Create new MarkupsROI, in the selector's menu."""
    combo_box = panel.ui.roiSelector._combo_box
    row = next(n for n in range(combo_box.count) if str(combo_box.itemText(n)).startswith("Create new"))
    combo_box.activated.emit(row)
    settle(panel, a_host)
    return parameters_of(panel).roi


def test_a_new_region_of_interest_fits_the_region_shown(a_ready_panel, a_host):
    before = preview_voxels(a_ready_panel)
    roi = create_roi(a_ready_panel, a_host)
    k, j, i = np.nonzero(before)
    voxels = [int(np.ptp(axis)) + 1 for axis in (i, j, k)]
    assert roi.GetSize() == pytest.approx(np.array(voxels) * GRID.spacing)
    display = roi.GetDisplayNode()
    assert (display.GetVisibility(), display.GetHandlesInteractive()) == (1, True)
    assert np.array_equal(preview_voxels(a_ready_panel), before)
    assert a_ready_panel.ui.applyButton.enabled


def test_without_a_region_it_fits_the_reference(a_ready_panel, a_host, two_volumes):
    a_ready_panel.ui.livePreviewCheckBox.checked = False
    settle(a_ready_panel, a_host)
    roi = create_roi(a_ready_panel, a_host)
    bounds = [0.0] * 6
    two_volumes[0].GetSliceBounds(bounds, None)
    assert roi.GetSize() == pytest.approx([b - a for a, b in zip(bounds[::2], bounds[1::2])])
    assert roi.GetCenter() == pytest.approx([(a + b) / 2 for a, b in zip(bounds[::2], bounds[1::2])])


@pytest.mark.parametrize("box", [None, Box((3, 4, 2), (9, 8, 5))], ids=["volume", "part"])
def test_it_holds_exactly_what_it_was_fitted_to(a_scene, box):
    """Volume and region of interest under transforms of their own, the volume's axes turned by a right angle."""
    grid = grid_of((12, 10, 8), (1.0, 1.5, 2.0), (5.0, -3.0, 7.0), np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]))
    volume = add_volume(a_scene, grid.image(np.zeros(grid.size[::-1], np.int16)), "turned")
    turned = np.eye(4)
    turned[:3, :3] = rotation_about(2, 20.0)
    volume.SetAndObserveTransformNodeID(add_linear_transform(a_scene, turned).GetID())
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    roi.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    fit_roi(roi, volume, box)
    expected = np.zeros(grid.size[::-1], np.uint8)
    expected[(box or grid.box).slices] = 1
    assert np.array_equal(allowed_voxels(volume, roi=roi).array, expected)


def test_a_region_of_interest_without_size_keeps_apply_disabled(a_ready_panel, a_host, a_scene):
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "Box")
    a_ready_panel.ui.roiSelector.setCurrentNode(roi)
    settle(a_ready_panel, a_host)
    ui = a_ready_panel.ui
    assert ui.applyButton.enabled is False
    assert ui.applyButton.toolTip.startswith("The region of interest 'Box' has no size: ")
    roi.SetSize(60, 60, 60)
    settle(a_ready_panel, a_host)
    assert ui.applyButton.enabled


def test_turning_the_region_of_interest_inside_out_is_followed(a_ready_panel, a_host, a_scene, two_volumes):
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "Box")
    roi.SetCenter(*world_position(two_volumes[0], (12, 16, 11)))
    roi.SetSize(5, 5, 30)
    roi.SetInsideOut(True)
    a_ready_panel.ui.roiSelector.setCurrentNode(roi)
    settle(a_ready_panel, a_host)
    outside = preview_voxels(a_ready_panel)
    assert outside.any()
    roi.SetSize(60, 60, 60)
    roi.SetInsideOut(False)
    settle(a_ready_panel, a_host)
    whole = preview_voxels(a_ready_panel)
    roi.SetSize(5, 5, 30)
    settle(a_ready_panel, a_host)
    roi.SetInsideOut(True)
    settle(a_ready_panel, a_host)
    assert np.array_equal(preview_voxels(a_ready_panel), outside)
    assert outside.sum() < whole.sum()


@pytest.fixture
def a_masked_panel(a_ready_panel, a_host):
    """Two applied segments, First and Tissue, the second of which is the mask."""
    for name in ("First", "Tissue"):
        a_ready_panel.ui.segmentNameLineEdit.text = name
        settle(a_ready_panel, a_host)
        a_ready_panel.ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    a_ready_panel.ui.maskSelector.setCurrentNode(segmentation)
    a_ready_panel.ui.maskSelector.setCurrentSegmentID(segment_id)
    settle(a_ready_panel, a_host)
    assert parameters_of(a_ready_panel).maskSegment == segment_id
    return a_ready_panel


def test_deleting_the_mask_chooses_no_other_segment(a_masked_panel, a_host):
    ui, parameters = a_masked_panel.ui, parameters_of(a_masked_panel)
    content = parameters.maskSegmentation.GetSegmentation()
    content.RemoveSegment(parameters.maskSegment)
    settle(a_masked_panel, a_host)
    assert content.GetNumberOfSegments() == 1
    assert (parameters.maskSegment, ui.maskSelector.currentSegmentID()) == ("", "")
    assert ui.applyButton.enabled is False
    assert ui.applyButton.toolTip == "The mask has no segment: choose one of 'Segmentation', or no mask."
    ui.maskSelector.setCurrentSegmentID(content.GetNthSegmentID(0))
    settle(a_masked_panel, a_host)
    assert parameters.maskSegment == content.GetNthSegmentID(0)
    assert ui.applyButton.enabled
    ui.maskSelector.setCurrentNode(None)
    settle(a_masked_panel, a_host)
    assert (parameters.maskSegmentation, parameters.maskSegment) == (None, "")
    assert ui.applyButton.enabled


def test_removing_another_segment_leaves_the_mask(a_masked_panel, a_host):
    parameters = parameters_of(a_masked_panel)
    mask = parameters.maskSegment
    parameters.maskSegmentation.GetSegmentation().RemoveSegment("First")
    settle(a_masked_panel, a_host)
    assert (parameters.maskSegment, a_masked_panel.ui.maskSelector.currentSegmentID()) == (mask, mask)


def test_the_mask_selector_never_shows_a_segment_that_is_not_applied(a_masked_panel, a_host, a_scene):
    """The selector remembers a segment's ID when its node has gone, and finds it again in another one."""
    ui, parameters = a_masked_panel.ui, parameters_of(a_masked_panel)
    mask = parameters.maskSegment
    a_scene.RemoveNode(parameters.maskSegmentation)
    settle(a_masked_panel, a_host)
    other = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Other")
    for segment_id in (mask, "Another"):
        other.GetSegmentation().AddEmptySegment(segment_id, segment_id)
    with slicer.util.NodeModify(parameters.parameterNode):
        parameters.maskSegmentation, parameters.maskSegment = other, ""
    settle(a_masked_panel, a_host)
    assert parameters.maskSegment == ""
    assert ui.maskSelector.currentNode() is other
    assert ui.maskSelector.currentSegmentID() == ""
    assert ui.applyButton.enabled is False


def test_the_mask_selector_takes_one_row(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    a_host.process_events()
    assert ui.maskSelector.sizeHint().height() < 1.5 * ui.roiSelector.sizeHint().height()


def test_a_segment_type_is_chosen_and_confirmed(a_ready_panel, a_host):
    import qt

    asked = []

    def answer(dialog):
        box = dialog.findChild(qt.QDialogButtonBox)
        asked.append([button.text for button in box.buttons()])
        confirm = box.button(qt.QDialogButtonBox.Ok)
        confirm.click() if confirm else dialog.reject()

    a_host.answer_dialog(answer)
    a_ready_panel.ui.terminologyButton.click()
    a_host.process_events()
    assert [sorted(text.replace("&", "") for text in texts) for texts in asked] == [["Cancel", "OK"]]
    assert "Tissue" in parameters_of(a_ready_panel).terminology
