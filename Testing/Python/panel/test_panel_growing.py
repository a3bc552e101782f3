"""The controls of growing: the automatic multiplier."""

import pytest
from panel_helpers import parameters_of, settle

from MultiModalSegmentationLib import Edge, SeedStatistics
from MultiModalSegmentationLib.scene.segments import recipe_of

BALL_VOXELS = 895


def test_the_multiplier_is_found_and_its_reason_is_told(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    assert ui.multiplierSlider.enabled
    ui.automaticMultiplierCheckBox.checked = True
    settle(a_ready_panel, a_host)
    assert not ui.multiplierSlider.enabled
    assert ui.coverageLabel.text == ""
    result = a_ready_panel._panel._results.grown.result
    assert result.automatic.has_plateau
    assert result.automatic.low < result.effective_multiplier < result.automatic.high
    ui.applyButton.click()
    a_host.process_events()
    segmentation = parameters_of(a_ready_panel).segmentation
    recipe = recipe_of(segmentation, segmentation.GetSegmentation().GetNthSegmentID(0))
    assert recipe.parameters.growing.multiplier is None
    assert recipe["result"]["effectiveMultiplier"] == pytest.approx(result.effective_multiplier)


def test_itk_statistics_need_a_number(a_ready_panel, a_host):
    ui, parameters = a_ready_panel.ui, parameters_of(a_ready_panel)
    parameters.automaticMultiplier = True
    parameters.seedStatistics = type(parameters.seedStatistics).ITK
    a_host.process_events()
    assert not ui.applyButton.enabled
    assert ui.applyButton.toolTip == "ITK statistics need a multiplier: uncheck Automatic, or choose Pooled."
    a_ready_panel._panel._onMultiplierPicked(2.5)
    a_host.process_events()
    assert ui.applyButton.enabled
    assert ui.multiplierSlider.value == pytest.approx(2.5)


def test_the_edge_is_a_choice_of_pooled_statistics(a_ready_panel, a_host):
    ui, parameters = a_ready_panel.ui, parameters_of(a_ready_panel)
    settle(a_ready_panel, a_host)
    half_way = a_ready_panel._panel._results.grown.result.voxel_count
    assert ui.edgeComboBox.currentText == "Half way to the surroundings"
    ui.edgeComboBox.setCurrentIndex(1)
    settle(a_ready_panel, a_host)
    assert parameters.edge is Edge.THRESHOLD
    assert a_ready_panel._panel._results.grown.result.voxel_count < half_way
    assert abs(half_way - BALL_VOXELS) < 0.05 * BALL_VOXELS
    parameters.seedStatistics = SeedStatistics.ITK
    a_host.process_events()
    assert not ui.edgeComboBox.enabled
