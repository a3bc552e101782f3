"""The panel with real Qt and real MRML, worked as a person would."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import SimpleITK as sitk
from host.host import MODULE_FILE
from panel_helpers import CENTERS, GRID, choose, parameters_of
from scene_helpers import scene_state

from MultiModalSegmentationLib.geometry.grid import Grid
from MultiModalSegmentationLib.scene.nodes import add_points, world_position
from MultiModalSegmentationLib.scene.segments import segment_region
from MultiModalSegmentationLib.scene.volumes import grid_of_volume, volume_array

UI_FILE = MODULE_FILE.parent / "Resources" / "UI" / "MultiModalSegmentation.ui"


def segmentations_of(scene):
    """The names of the segmentations that a user can choose."""
    nodes = scene.GetNodesByClass("vtkMRMLSegmentationNode")
    return [node.GetName() for node in nodes if not node.GetHideFromEditors()]


def state_of_apply(panel):
    return panel.ui.applyButton.enabled, panel.ui.applyButton.toolTip


def test_every_bound_control_names_a_parameter_and_back(a_host):
    module = a_host.load_module()
    names = {
        p.find("string").text for p in ET.parse(UI_FILE).iter("property") if p.get("name") == "SlicerParameterName"
    }
    fields = set(module.MultiModalSegmentationParameterNode.__annotations__)
    synchronized_by_hand = {"segmentColor", "terminology", "maskSegmentation", "maskSegment", "tissues", "chosenTissue"}
    assert names | synchronized_by_hand == fields
    assert not names & synchronized_by_hand


def test_every_control_has_a_tool_tip_and_a_scene():
    tree = ET.parse(UI_FILE)
    silent = {"qMRMLWidget", "ctkCollapsibleButton"}
    widgets = {w.get("name"): w for w in tree.iter("widget")}
    without = [
        name
        for name, widget in widgets.items()
        if widget.get("class") not in silent and not any(p.get("name") == "toolTip" for p in widget.findall("property"))
    ]
    assert without == []
    connected = {c.find("receiver").text for c in tree.iter("connection")}
    mrml = {n for n, w in widgets.items() if re.match("qMRML|qSlicer", w.get("class")) and w.get("class") not in silent}
    assert connected == mrml


def test_a_full_run_by_clicking(a_panel, a_host, a_scene, two_volumes, three_seeds):
    choose(a_panel, two_volumes, three_seeds, a_host)
    a_panel.ui.segmentNameLineEdit.text = "Ball"
    a_host.process_events()
    assert state_of_apply(a_panel)[0] is True
    a_panel.ui.applyButton.click()
    a_host.process_events()
    segmentation = parameters_of(a_panel).segmentation
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Ball")
    result = a_panel.logic.process(two_volumes, three_seeds, segmentation, segmentName="again")
    voxels = segment_region(segmentation, segment_id, GRID, None)
    assert voxels.sum() == result.growing.voxel_count > 100
    text = a_panel.ui.statusLabel.text
    assert f"{result.growing.voxel_count:,} voxels" in text
    assert f"{result.growing.volume_ml:.3g} mL" in text
    assert "multiplier 3.5" in text
    assert a_panel.ui.cancelButton.enabled is False
    assert a_panel.ui.segmentationSelector.currentNode() is segmentation


def test_apply_says_what_is_missing(a_panel, a_host, a_scene, two_volumes, three_seeds):
    parameters = parameters_of(a_panel)
    empty = add_points(a_scene, "Empty")
    steps = [
        ({"referenceVolume": None, "secondVolume": None, "seeds": None}, "Choose the reference volume."),
        ({"referenceVolume": two_volumes[0]}, "Choose a second volume of the same anatomy."),
        ({"secondVolume": two_volumes[0]}, "The same volume is chosen twice: choose different volumes."),
        ({"secondVolume": two_volumes[1]}, "Choose or create a list of seeds."),
        ({"seeds": empty}, "Place at least one seed into the tissue that you want."),
        ({"seeds": three_seeds, "segmentName": "  "}, "Give the segment a name."),
        (
            {"segmentName": "Ball", "exclusionSeeds": three_seeds},
            "The same list is chosen for seeds and exclusion seeds: choose another one.",
        ),
    ]
    for changes, words in steps:
        for name, value in changes.items():
            setattr(parameters, name, value)
        a_host.process_events()
        assert state_of_apply(a_panel) == (False, words)
    parameters.exclusionSeeds = empty
    a_host.process_events()
    assert state_of_apply(a_panel)[0] is True
    parameters.seeds = empty
    parameters.exclusionSeeds = None
    a_host.process_events()
    assert state_of_apply(a_panel)[0] is False
    empty.AddControlPointWorld(three_seeds.GetNthControlPointPosition(0))
    a_host.process_events()
    assert state_of_apply(a_panel)[0] is True, "a point placed later counts"


def test_exclusion_seeds_need_pooled_statistics(a_ready_panel, a_host, a_scene, two_volumes):
    parameters = parameters_of(a_ready_panel)
    parameters.exclusionSeeds = add_points(a_scene, "Out", [world_position(two_volumes[0], (20, 5, 5))])
    a_ready_panel.ui.tutorialPresetButton.click()
    a_host.process_events()
    assert state_of_apply(a_ready_panel) == (False, "Exclusion seeds need pooled seed statistics: choose Pooled.")


def test_presets_set_the_parameters(a_ready_panel, a_host):
    parameters = parameters_of(a_ready_panel)
    a_ready_panel.ui.tutorialPresetButton.click()
    a_host.process_events()
    tutorial = (parameters.multiplier, parameters.iterations, parameters.seedStatistics.value, parameters.limitTimeStep)
    assert tutorial == (0.1, 1, "itk", False)
    assert (parameters.unimodalMultiplier, parameters.unimodalIterations) == (1.0, 3)
    assert a_ready_panel.ui.multiplierSlider.value == pytest.approx(0.1)
    assert "farthest seed" in a_ready_panel.ui.tutorialPresetButton.toolTip
    a_ready_panel.ui.defaultPresetButton.click()
    a_host.process_events()
    default = (parameters.multiplier, parameters.iterations, parameters.seedStatistics.value, parameters.limitTimeStep)
    assert default == (3.5, 0, "pooled", True)


def test_tutorial_preset_equals_the_tutorial(a_ready_panel, a_host, two_volumes):
    a_ready_panel.ui.tutorialPresetButton.click()
    a_ready_panel.ui.compareCheckBox.checked = True
    a_host.process_events()
    a_ready_panel.ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    smooth = [
        sitk.CurvatureFlow(GRID.image(volume_array(v)), timeStep=0.125, numberOfIterations=5) for v in two_volumes
    ]
    expected = {
        "Tissue": sitk.VectorConfidenceConnected(sitk.Compose(smooth), CENTERS, 1, 0.1, 1, 1),
        "Tissue (T1 only)": sitk.ConfidenceConnected(smooth[0], CENTERS, 3, 1.0, 1, 1),
        "Tissue (T2 only)": sitk.ConfidenceConnected(smooth[1], CENTERS, 3, 1.0, 1, 1),
    }
    for name, image in expected.items():
        segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName(name)
        voxels = segment_region(segmentation, segment_id, GRID, None)
        assert np.array_equal(voxels, sitk.GetArrayFromImage(image)), name


def test_coverage_and_time_step_are_shown(a_ready_panel, a_host, a_scene, two_volumes):
    parameters = parameters_of(a_ready_panel)
    parameters.multiplier = 2.0
    a_host.process_events()
    # Chi-square with 2 degrees of freedom: 1 - exp(-2²/2).
    assert a_ready_panel.ui.coverageLabel.text == f"{100 * (1 - np.exp(-2.0)):.1f} % (with 2 volumes)"
    assert a_ready_panel.ui.timeStepUsedLabel.text == "used: 0.125 mm²"
    two_volumes[0].SetSpacing(0.5, 0.5, 0.5)
    parameters.timeStep = 0.12
    a_host.process_events()
    assert a_ready_panel.ui.timeStepUsedLabel.text == "used: 0.0625 mm² (limit)"
    parameters.limitTimeStep = False
    a_host.process_events()
    assert a_ready_panel.ui.timeStepUsedLabel.text == "unstable: over 0.0625 mm²"
    parameters.smoothingEnabled = False
    a_host.process_events()
    assert a_ready_panel.ui.timeStepUsedLabel.text == ""
    assert a_ready_panel.ui.showSmoothedButton.enabled is False


def test_smoothed_volumes_are_shown_on_request(a_ready_panel, a_host, a_scene, two_volumes):
    before = a_scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    a_ready_panel.ui.showSmoothedButton.click()
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == before + 2
    shown = a_scene.GetFirstNodeByName("T1 smoothed")
    expected = sitk.CurvatureFlow(GRID.image(volume_array(two_volumes[0])), timeStep=0.125, numberOfIterations=5)
    assert np.allclose(volume_array(shown), sitk.GetArrayFromImage(expected), atol=0.02)
    assert volume_array(two_volumes[0]).std() > volume_array(shown).std()


def test_error_is_shown_where_it_belongs_and_changes_nothing(a_ready_panel, a_host, a_scene, three_seeds):
    three_seeds.AddControlPointWorld([500.0, 0, 0])
    three_seeds.SetNthControlPointLabel(3, "astray")
    a_host.process_events()
    before = scene_state(a_scene)
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    assert scene_state(a_scene) == before
    assert "'astray' lies outside the volume 'T1'" in a_ready_panel.ui.statusLabel.text
    assert a_ready_panel.ui.applyButton.enabled is True
    assert parameters_of(a_ready_panel).segmentation is None


@pytest.mark.parametrize("what", ["cancel", "close", "delete", "leave"])
def test_interrupted_run_ends_cleanly(a_ready_panel, a_host, a_scene, two_volumes, what):
    actions = {
        "cancel": a_ready_panel.ui.cancelButton.click,
        "close": a_host.close_scene,
        "delete": lambda: a_scene.RemoveNode(two_volumes[1]),
        "leave": a_host.leave_panel,
    }
    seen = []
    progress_bar = a_ready_panel.ui.progressBar

    def interrupt(value):
        if not seen:
            seen.append((value, a_ready_panel.ui.applyButton.enabled, a_ready_panel.ui.cancelButton.enabled))
            actions[what]()

    progress_bar.connect("valueChanged(int)", interrupt)
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    assert seen
    assert seen[0][1:] == (False, True)
    assert segmentations_of(a_scene) == []
    if what == "cancel":
        assert a_ready_panel.ui.statusLabel.text == "Cancelled; nothing was changed."
        a_ready_panel.ui.applyButton.click()
        assert len(segmentations_of(a_scene)) == 1


def test_existing_segment_keeps_its_color_unless_another_is_picked(a_ready_panel, a_host):
    import qt

    parameters = parameters_of(a_ready_panel)
    a_ready_panel.ui.applyButton.click()
    segment = parameters.segmentation.GetSegmentation().GetNthSegment(0)
    segment.SetColor(1.0, 0.0, 0.0)
    a_ready_panel.ui.applyButton.click()
    assert segment.GetColor() == (1.0, 0.0, 0.0)
    a_ready_panel.ui.segmentColorButton.color = qt.QColor(0, 0, 255)
    a_host.process_events()
    assert parameters.segmentColor == "#0000ff"
    a_ready_panel.ui.applyButton.click()
    assert segment.GetColor() == (0.0, 0.0, 1.0)


def test_show_in_3d_makes_a_surface(a_ready_panel, a_host):
    a_ready_panel.ui.show3dCheckBox.checked = True
    a_host.process_events()
    a_ready_panel.ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    assert segmentation.GetClosedSurfaceInternalRepresentation(segment_id).GetNumberOfPoints() > 100
    assert segmentation.GetDisplayNode().GetVisibility3D()


def test_new_list_in_one_click_is_chosen_and_placing(a_panel, a_host, a_scene):
    a_panel.ui.newSeedsButton.click()
    a_host.process_events()
    seeds = parameters_of(a_panel).seeds
    assert seeds is a_scene.GetFirstNodeByClass("vtkMRMLMarkupsFiducialNode")
    assert a_panel.ui.seedsPlaceWidget.placeModeEnabled is True
    assert a_panel.ui.seedsPlaceWidget.currentNode() is seeds
    a_host.leave_panel()
    assert a_panel.ui.seedsPlaceWidget.placeModeEnabled is False


def test_sample_data_is_loaded_and_chosen(a_panel, a_host):
    a_panel.ui.loadSampleDataButton.click()
    a_host.process_events()
    parameters = parameters_of(a_panel)
    assert parameters.referenceVolume.GetName() == "Phantom T1"
    assert parameters.secondVolume.GetName() == "Phantom T2"
    assert parameters.seeds.GetNumberOfDefinedControlPoints() == 4
    assert grid_of_volume(parameters.referenceVolume).size == (181, 217, 181)
    assert state_of_apply(a_panel)[0] is True


def test_only_empty_parameters_are_filled_in(a_host, a_scene, two_volumes, three_seeds):
    panel = a_host.open_panel()
    parameters = parameters_of(panel)
    assert [parameters.referenceVolume, parameters.secondVolume, parameters.seeds] == [*two_volumes, three_seeds]
    parameters.referenceVolume, parameters.secondVolume = two_volumes[1], None
    a_host.leave_panel()
    panel = a_host.open_panel()
    assert parameters.referenceVolume is two_volumes[1]
    assert parameters.secondVolume is None


def test_parameters_come_back_with_the_scene(a_ready_panel, a_host, tmp_path):
    parameters = parameters_of(a_ready_panel)
    a_ready_panel.ui.multiplierSlider.value = 2.25
    a_ready_panel.ui.segmentNameLineEdit.text = "Kept"
    a_ready_panel.ui.overwriteModeComboBox.currentIndex = 1
    a_host.process_events()
    overwrite = parameters.overwriteMode
    a_host.save_scene(tmp_path / "scene.mrb")
    a_host.close_scene()
    assert parameters_of(a_ready_panel).segmentName == "Tissue"
    a_host.load_scene(tmp_path / "scene.mrb")
    parameters = parameters_of(a_ready_panel)
    assert (parameters.multiplier, parameters.segmentName) == (2.25, "Kept")
    assert parameters.overwriteMode is overwrite
    assert parameters.referenceVolume.GetName() == "T1"
    assert a_ready_panel.ui.multiplierSlider.value == pytest.approx(2.25)
    assert a_ready_panel.ui.segmentNameLineEdit.text == "Kept"
    assert Grid.of(GRID.image(np.zeros(GRID.size[::-1]))).size == grid_of_volume(parameters.referenceVolume).size


def test_life_cycle_leaks_no_observer(a_host, a_scene, two_volumes, three_seeds):
    a_host.load_module()
    before = a_host.observer_counts()
    for _ in range(3):
        panel = a_host.open_panel()
        panel.ui.applyButton.click()
        a_host.leave_panel()
    panel = a_host.open_panel()
    panel = a_host.reload_panel()
    panel.ui.applyButton.click()
    a_host.close_panel()
    after = a_host.observer_counts()
    assert {key: after[key] for key in before} == before
    assert a_host.exceptions == []


def test_self_tests_of_the_module(a_host, a_scene):
    module = a_host.load_module()
    names = [name for name in dir(module.MultiModalSegmentationTest) if name.startswith("test_")]
    assert len(names) == 4
    for name in names:
        case = module.MultiModalSegmentationTest(name)
        case.messageDelay = 0
        case.setUp()
        getattr(case, name)()
        case.tearDown()
