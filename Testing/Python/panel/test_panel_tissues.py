"""Several tissues in the panel, worked as a person would."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
from panel_helpers import GRID, choose, parameters_of, settle

from MultiModalSegmentationLib.parameters.colors import SEED_COLOR, TISSUE_COLORS
from MultiModalSegmentationLib.scene.nodes import world_position
from MultiModalSegmentationLib.scene.segments import segment_region

BLOCK = ((20, 12, 11), (22, 6, 8))


def tissues(parameters):
    # Slicer must be there before the panel's files are.
    from MultiModalSegmentationPanel.choices.tissues import tissues

    return tissues(parameters)


def table_of(panel):
    table = panel.ui.tissuesTable
    return [[table.item(row, column).text() for column in (1, 2, 3)] for row in range(table.rowCount)]


def add_tissue(panel, a_host, volumes, name="Block", voxels=BLOCK):
    """Press *Add tissue*, name it, and click its seeds into the views."""
    panel.ui.addTissueButton.click()
    panel.ui.segmentNameLineEdit.text = name
    a_host.process_events()
    node = parameters_of(panel).seeds
    for voxel in voxels:
        node.AddControlPointWorld(world_position(volumes[0], voxel))
    settle(panel, a_host)
    return node


def voxels_of(node):
    content = node.GetSegmentation()
    segments = [content.GetNthSegment(n) for n in range(content.GetNumberOfSegments())]
    ids = content.GetSegmentIDs()
    return {s.GetName(): segment_region(node, i, GRID, None) > 0 for s, i in zip(segments, ids)}


@pytest.fixture
def panel(a_ready_panel, a_host, two_volumes):
    """With the ball as the first tissue and the block as the second."""
    a_ready_panel.ui.segmentNameLineEdit.text = "Ball"
    a_host.process_events()
    add_tissue(a_ready_panel, a_host, two_volumes)
    return a_ready_panel


def test_with_one_tissue_there_is_only_a_button(a_ready_panel):
    ui = a_ready_panel.ui
    assert not ui.tissuesTable.visible
    assert not ui.removeTissueButton.visible
    assert ui.addTissueButton.enabled
    assert parameters_of(a_ready_panel).tissues == ""


def test_adding_a_tissue_arms_placing_into_a_list_of_its_color(a_ready_panel, a_host, three_seeds):
    ui = a_ready_panel.ui
    ui.addTissueButton.click()
    a_host.process_events()
    parameters = parameters_of(a_ready_panel)
    assert ui.seedsPlaceWidget.placeModeEnabled
    assert parameters.seeds not in (None, three_seeds)
    assert ui.seedsSelector.currentNode() is parameters.seeds
    assert np.allclose(parameters.seeds.GetDisplayNode().GetSelectedColor(), TISSUE_COLORS[1], atol=1 / 255)
    assert np.allclose(three_seeds.GetDisplayNode().GetSelectedColor(), SEED_COLOR)
    assert ui.segmentNameLineEdit.text == "Tissue 2"
    assert [row[:2] for row in table_of(a_ready_panel)] == [["Tissue", "3"], ["Tissue 2", "0"]]
    assert not ui.applyButton.enabled
    assert "Tissue 2" in ui.applyButton.toolTip


def test_the_preview_shows_every_tissue_in_its_color(panel, a_host, two_volumes, three_seeds):
    shown = voxels_of(panel._panel.preview.node)
    assert set(shown) == {"Ball", "Block"}
    assert not (shown["Ball"] & shown["Block"]).any()
    content = panel._panel.preview.node.GetSegmentation()
    colors = [content.GetNthSegment(n).GetColor() for n in range(2)]
    assert np.allclose(colors, TISSUE_COLORS[:2], atol=1 / 255)
    counts = [np.count_nonzero(shown[name]) for name in ("Ball", "Block")]
    volume = abs(np.linalg.det(GRID.index_to_lps[:3, :3])) / 1000
    table = table_of(panel)
    assert [row[:2] for row in table] == [["Ball", "3"], ["Block", "2"]]
    assert [float(row[2]) for row in table] == pytest.approx([count * volume for count in counts], rel=0.01)
    assert f"{counts[1]:,}" in panel.ui.resultsLabel.text


def test_keys_and_clicks_choose_a_tissue(panel, a_host, three_seeds):
    block = parameters_of(panel).seeds
    before = voxels_of(panel._panel.preview.node)
    a_host.press("1")
    settle(panel, a_host)
    parameters = parameters_of(panel)
    assert (parameters.seeds, parameters.segmentName, parameters.chosenTissue) == (three_seeds, "Ball", 0)
    assert panel.ui.seedsSelector.currentNode() is three_seeds
    assert f"{np.count_nonzero(before['Ball']):,}" in panel.ui.resultsLabel.text
    assert panel.ui.seedsTable.rowCount == 3
    panel.ui.tissuesTable.cellClicked.emit(1, 1)
    settle(panel, a_host)
    assert (parameters.seeds, parameters.segmentName) == (block, "Block")
    a_host.press("7")
    assert parameters.chosenTissue == 1


def test_apply_writes_a_segment_each_and_one_undo_takes_all_back(panel, a_host):
    ui = panel.ui
    shown = voxels_of(panel._panel.preview.node)
    ui.applyButton.click()
    settle(panel, a_host)
    node = parameters_of(panel).segmentation
    applied = voxels_of(node)
    assert set(applied) == {"Ball", "Block"}
    assert all(np.array_equal(applied[name], shown[name]) for name in shown)
    assert all(f"{name}:" in ui.statusLabel.text for name in applied)
    ui.undoButton.click()
    assert node.GetSegmentation().GetNumberOfSegments() == 0
    ui.redoButton.click()
    assert all(np.array_equal(voxels_of(node)[name], shown[name]) for name in shown)


@pytest.mark.parametrize("name", ["Ball", "Block"])
def test_any_segment_restores_all_tissues(panel, a_host, name):
    lists = [one.seeds for one in tissues(parameters_of(panel))]
    panel.ui.applyButton.click()
    settle(panel, a_host)
    panel.ui.removeTissueButton.click()
    panel.ui.segmentNameLineEdit.text = name
    a_host.process_events()
    assert not panel.ui.tissuesTable.visible
    panel.ui.restoreButton.click()
    settle(panel, a_host)
    known = tissues(parameters_of(panel))
    assert [one.name for one in known] == ["Ball", "Block"]
    assert [one.seeds for one in known] == lists
    assert parameters_of(panel).segmentName == name
    assert set(voxels_of(panel._panel.preview.node)) == {"Ball", "Block"}


def test_removing_leaves_the_points_and_goes_back_to_one(panel, a_host, three_seeds, a_scene):
    block = parameters_of(panel).seeds
    panel.ui.removeTissueButton.click()
    settle(panel, a_host)
    parameters = parameters_of(panel)
    assert (parameters.tissues, parameters.seeds, parameters.segmentName) == ("", three_seeds, "Ball")
    assert block.GetScene() is a_scene
    assert not panel.ui.tissuesTable.visible
    content = panel._panel.preview.node.GetSegmentation()
    assert [content.GetNthSegment(n).GetName() for n in range(content.GetNumberOfSegments())] == ["Preview"]


def test_tissues_are_saved_with_the_scene(panel, a_host, tmp_path):
    shown = voxels_of(panel._panel.preview.node)
    a_host.save_scene(tmp_path / "scene.mrb")
    a_host.load_scene(tmp_path / "scene.mrb")
    settle(panel, a_host)
    known = tissues(parameters_of(panel))
    assert [(one.name, one.pointCount) for one in known] == [("Ball", 3), ("Block", 2)]
    again = voxels_of(panel._panel.preview.node)
    assert all(np.array_equal(shown[name], again[name]) for name in shown)


def test_what_several_tissues_lack_is_said(panel, a_host, three_seeds):
    ui, parameters = panel.ui, parameters_of(panel)
    ui.segmentNameLineEdit.text = "Ball"
    a_host.process_events()
    assert "Two tissues are called 'Ball'" in ui.applyButton.toolTip
    ui.segmentNameLineEdit.text = "Block"
    block = parameters.seeds
    ui.seedsSelector.setCurrentNode(three_seeds)
    a_host.process_events()
    assert "Two tissues have the list 'Seeds'" in ui.applyButton.toolTip
    ui.seedsSelector.setCurrentNode(block)
    ui.seedStatisticsComboBox.currentIndex = 1
    a_host.process_events()
    assert ui.applyButton.toolTip == "Several tissues need pooled seed statistics: choose Pooled."


def test_there_are_as_many_tissues_as_keys(a_ready_panel, a_host, two_volumes):
    for n in range(2, 10):
        add_tissue(a_ready_panel, a_host, two_volumes, f"T{n}", [(20, 2 * n, 11)])
    assert not a_ready_panel.ui.addTissueButton.enabled
    assert len(table_of(a_ready_panel)) == 9
    assert len({one.shownColor(n) for n, one in enumerate(tissues(parameters_of(a_ready_panel)))}) == 9
    a_host.press("5")
    assert parameters_of(a_ready_panel).segmentName == "T5"


def test_a_list_that_is_deleted_leaves_its_tissue_without_points(panel, a_host, three_seeds):
    slicer.mrmlScene.RemoveNode(three_seeds)
    settle(panel, a_host)
    known = tissues(parameters_of(panel))
    assert [(one.name, one.pointCount) for one in known] == [("Ball", 0), ("Block", 2)]
    assert "'Ball'" in panel.ui.applyButton.toolTip
    assert set(voxels_of(panel._panel.preview.node)) == {"Preview"}


def test_choosing_other_inputs_keeps_the_tissues(panel, a_host, two_volumes, three_seeds):
    choose(panel, two_volumes[::-1], parameters_of(panel).seeds, a_host)
    settle(panel, a_host)
    assert set(voxels_of(panel._panel.preview.node)) == {"Ball", "Block"}
