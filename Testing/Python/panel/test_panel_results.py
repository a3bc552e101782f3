"""Results, tables, charts, undo, shortcuts and views, worked as a person would."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from panel_helpers import GRID, parameters_of, settle

from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.segments import segment_region


def column(table, number):
    return [table.item(row, number).text() for row in range(table.rowCount)]


def test_tables_show_the_points_in_numbers(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    ui = a_ready_panel.ui
    parameters_of(a_ready_panel).exclusionSeeds = add_points(
        a_scene, "Out", [world_position(two_volumes[0], (20, 4, 4))]
    )
    settle(a_ready_panel, a_host)
    assert column(ui.seedsTable, 0) == ["Seeds-1", "Seeds-2", "Seeds-3"]
    assert column(ui.exclusionSeedsTable, 0) == ["Out-1"]
    headers = [ui.seedsTable.horizontalHeaderItem(n).text() for n in range(ui.seedsTable.columnCount)]
    assert headers[2:4] == ["T1", "T2"]
    values = np.array([[float(text) for text in column(ui.seedsTable, n)] for n in (2, 3)])
    assert np.allclose(values, [[100] * 3, [30] * 3], atol=3)
    distances = [float(text.split()[0]) for text in column(ui.seedsTable, 4)]
    assert max(distances) < 1
    assert float(column(ui.exclusionSeedsTable, 4)[0].split()[0]) > 1


def test_clicked_row_jumps_the_slice_views_there(a_ready_panel, a_host, a_scene, three_seeds):
    slices = [
        a_scene.GetNthNodeByClass(n, "vtkMRMLSliceNode")
        for n in range(a_scene.GetNumberOfNodesByClass("vtkMRMLSliceNode"))
    ]
    a_ready_panel.ui.seedsTable.cellClicked.emit(1, 0)
    position = three_seeds.GetNthControlPointPositionWorld(1)
    axial = next(node for node in slices if node.GetName() == "Red")
    assert axial.GetSliceToRAS().GetElement(2, 3) == pytest.approx(position[2], abs=0.51)


def test_odd_seed_is_marked_and_named(a_ready_panel, a_host, two_volumes, three_seeds):
    three_seeds.AddControlPointWorld(vtk.vtkVector3d(*world_position(two_volumes[0], (20, 4, 4))), "slip")
    settle(a_ready_panel, a_host)
    table = a_ready_panel.ui.seedsTable
    assert [table.item(row, 0).font().bold() for row in range(4)] == [False, False, False, True]
    assert "The seed slip is unlike the others" in a_ready_panel.ui.resultsLabel.text


def test_warnings_in_words(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    three_seeds.AddControlPointWorld(vtk.vtkVector3d(*world_position(two_volumes[0], (20, 12, 11))))
    settle(a_ready_panel, a_host)
    text = a_ready_panel.ui.resultsLabel.text
    assert "The region touches the edge of the volume: probably a leak." in text
    transform = a_scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 0, 1.3)
    transform.SetMatrixTransformToParent(matrix)
    for node in (*two_volumes, parameters_of(a_ready_panel).seeds):
        node.SetAndObserveTransformNodeID(transform.GetID())
    settle(a_ready_panel, a_host)
    assert "The transform of T1 is not rigid" in a_ready_panel.ui.resultsLabel.text


def test_nearly_the_same_image_twice_is_warned_of(a_ready_panel, a_host, a_scene, two_volumes):
    image = GRID.image(slicer.util.arrayFromVolume(two_volumes[0]) + np.float32(0.1) * np.arange(26, dtype=np.float32))
    parameters_of(a_ready_panel).secondVolume = add_volume(a_scene, image, "T1 again")
    settle(a_ready_panel, a_host)
    a_host.process_events(until=lambda: "nearly the same image" in a_ready_panel.ui.resultsLabel.text)
    assert "T1 again" in a_ready_panel.ui.resultsLabel.text


def test_leak_curve_marks_now_and_a_click_sets_the_multiplier(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    ui.leakCurveButton.checked = True
    chart = ui.leakChart.chart()
    a_host.process_events(until=lambda: chart.GetNumberOfPlots())
    assert ui.leakChart.isVisibleTo(a_ready_panel.parent)
    line = chart.GetPlot(0).GetInput()
    multipliers = [line.GetValue(row, 0).ToDouble() for row in range(line.GetNumberOfRows())]
    volumes = [line.GetValue(row, 1).ToDouble() for row in range(line.GetNumberOfRows())]
    assert len(multipliers) >= 20
    assert volumes == sorted(volumes)
    axis = chart.GetAxis(vtk.vtkAxis.BOTTOM)
    axis.SetRange(0.0, 7.0)
    axis.SetPoint1(50, 20)
    axis.SetPoint2(350, 20)
    interactor = ui.leakChart.renderWindow().GetInteractor()
    interactor.SetEventInformation(150, 60, 0, 0)
    interactor.LeftButtonPressEvent()
    assert parameters_of(a_ready_panel).multiplier == pytest.approx(2.33, abs=0.01)
    assert (ui.suggestedButton.enabled, ui.suggestedButton.text) == (False, "No jump up to 7.00")


def test_suggested_multiplier_lies_before_the_jump(a_ready_panel, a_host, a_scene, two_volumes):
    ui = a_ready_panel.ui
    outside = slicer.util.arrayFromVolume(two_volumes[1]) > 75
    nearly = slicer.util.arrayFromVolume(two_volumes[1]) - np.where(outside, np.float32(84), np.float32(0))
    parameters_of(a_ready_panel).secondVolume = add_volume(a_scene, GRID.image(nearly), "T2 of little contrast")
    parameters_of(a_ready_panel).multiplier = 14.0
    ui.leakCurveButton.checked = True
    settle(a_ready_panel, a_host)
    a_host.process_events(until=lambda: ui.suggestedButton.enabled)
    before = a_ready_panel._panel._results.grown.result.voxel_count
    ui.suggestedButton.click()
    settle(a_ready_panel, a_host)
    suggested = parameters_of(a_ready_panel).multiplier
    assert 1 < suggested < 14
    assert a_ready_panel._panel._results.grown.result.voxel_count < before / 1.5


def test_scatter_plot_shows_region_surroundings_and_ellipse(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    ui.scatterButton.checked = True
    a_host.process_events()
    chart = ui.scatterChart.chart()
    rows = [chart.GetPlot(n).GetInput().GetNumberOfRows() for n in range(chart.GetNumberOfPlots())]
    assert sum(rows[:2]) <= 5000
    assert rows[2] == 3
    assert [ui.scatterFirstComboBox.currentText, ui.scatterSecondComboBox.currentText] == ["T1", "T2"]
    assert chart.GetAxis(vtk.vtkAxis.BOTTOM).GetTitle() == "T1"
    ui.scatterFirstComboBox.currentIndex = 1
    a_host.process_events()
    assert chart.GetAxis(vtk.vtkAxis.BOTTOM).GetTitle() == "T2"


def segment_names(panel):
    content = parameters_of(panel).segmentation.GetSegmentation()
    return [content.GetNthSegment(n).GetName() for n in range(content.GetNumberOfSegments())]


def test_undo_and_redo_by_button_and_key(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    ui.applyButton.click()
    ui.segmentNameLineEdit.text = "Second"
    a_host.process_events()
    ui.applyButton.click()
    assert segment_names(a_ready_panel) == ["Tissue", "Second"]
    ui.undoButton.click()
    assert segment_names(a_ready_panel) == ["Tissue"]
    a_host.press("Z")
    assert segment_names(a_ready_panel) == []
    a_host.press("Y")
    assert segment_names(a_ready_panel) == ["Tissue"]
    assert ui.redoButton.enabled
    ui.redoButton.click()
    assert segment_names(a_ready_panel) == ["Tissue", "Second"]
    assert not ui.redoButton.enabled


def test_undo_never_takes_back_what_somebody_else_did(a_ready_panel, a_host):
    a_ready_panel.ui.applyButton.click()
    content = parameters_of(a_ready_panel).segmentation.GetSegmentation()
    content.AddEmptySegment("theirs", "Theirs")
    a_host.process_events()
    a_host.press("Z")
    assert segment_names(a_ready_panel) == ["Tissue", "Theirs"]


def test_keys_work_only_while_the_module_is_open(a_ready_panel, a_host):
    a_ready_panel.ui.applyButton.click()
    a_host.leave_panel()
    a_host.press("Z")
    assert segment_names(a_ready_panel) == ["Tissue"]


def test_x_switches_between_seeds_and_exclusion_seeds(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    a_host.press("X")
    assert (ui.seedsPlaceWidget.placeModeEnabled, ui.exclusionSeedsPlaceWidget.placeModeEnabled) == (True, False)
    a_host.press("X")
    assert (ui.seedsPlaceWidget.placeModeEnabled, ui.exclusionSeedsPlaceWidget.placeModeEnabled) == (False, True)
    assert parameters_of(a_ready_panel).exclusionSeeds is not None
    color = parameters_of(a_ready_panel).exclusionSeeds.GetDisplayNode().GetSelectedColor()
    assert color[0] > 0.9 > 0.5 > color[1]


def test_fading_is_put_back_on_leaving(a_ready_panel, a_host, a_scene, two_volumes):
    composites = [
        a_scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode")
        for n in range(a_scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode"))
    ]
    assert len(composites) == 3
    composites[0].SetBackgroundVolumeID(two_volumes[1].GetID())
    links = [node.GetLinkedControl() for node in composites]
    a_ready_panel.ui.fadeSlider.value = 40
    a_host.process_events()
    assert {node.GetForegroundVolumeID() for node in composites} == {two_volumes[1].GetID()}
    assert {round(node.GetForegroundOpacity(), 3) for node in composites} == {0.4}
    a_host.leave_panel()
    assert [node.GetBackgroundVolumeID() for node in composites] == [two_volumes[1].GetID(), None, None]
    assert {node.GetForegroundOpacity() for node in composites} == {0.0}
    assert [node.GetLinkedControl() for node in composites] == links


def test_copied_python_repeats_the_segment(a_ready_panel, a_host):
    ui = a_ready_panel.ui
    assert ui.copyPythonButton.enabled is False
    ui.multiplierSlider.value = 2.5
    a_host.process_events()
    ui.applyButton.click()
    a_host.process_events()
    segmentation = parameters_of(a_ready_panel).segmentation
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    before = segment_region(segmentation, segment_id, GRID, None)
    ui.copyPythonButton.click()
    script = slicer.app.clipboard().text()
    segmentation.GetSegmentation().RemoveAllSegments()
    exec(compile(script, "clipboard", "exec"), {"slicer": slicer})
    made = [
        (node, node.GetSegmentation().GetSegmentIdBySegmentName("Tissue"))
        for node in slicer.mrmlScene.GetNodesByClass("vtkMRMLSegmentationNode")
        if node.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    ]
    assert len(made) == 1
    assert np.array_equal(segment_region(*made[0], GRID, None), before)


def test_copied_command_line_names_what_it_needs(a_ready_panel, a_host):
    a_ready_panel.ui.applyButton.click()
    a_ready_panel.ui.copyCommandButton.click()
    command = slicer.app.clipboard().text()
    assert command.startswith("multimodal-segmentation segment ")
    assert "10,12,11" in command


def test_statistics_table(a_ready_panel, a_host, a_scene):
    a_ready_panel.ui.applyButton.click()
    a_ready_panel.ui.tableButton.click()
    table = a_scene.GetFirstNodeByClass("vtkMRMLTableNode")
    assert table.GetNumberOfRows() == 1
    assert table.GetName() in a_ready_panel.ui.statusLabel.text
    a_ready_panel.ui.tableButton.click()
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


def test_restore_brings_back_inputs_seeds_and_parameters(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    parameters = parameters_of(a_ready_panel)
    parameters.multiplier = 2.25
    parameters.fillHoles = True
    a_host.process_events()
    a_ready_panel.ui.applyButton.click()
    segmentation = parameters.segmentation
    before = segment_region(segmentation, segmentation.GetSegmentation().GetNthSegmentID(0), GRID, None)
    a_ready_panel.ui.tutorialPresetButton.click()
    parameters.fillHoles = False
    parameters.referenceVolume, parameters.secondVolume = two_volumes[1], two_volumes[0]
    a_scene.RemoveNode(three_seeds)
    a_host.process_events()
    a_ready_panel.ui.restoreButton.click()
    settle(a_ready_panel, a_host)
    assert (parameters.multiplier, parameters.iterations, parameters.fillHoles) == (2.25, 0, True)
    assert [parameters.referenceVolume, parameters.secondVolume] == two_volumes
    assert parameters.seeds.GetNumberOfDefinedControlPoints() == 3
    a_ready_panel.ui.applyButton.click()
    assert np.array_equal(
        segment_region(segmentation, segmentation.GetSegmentation().GetNthSegmentID(0), GRID, None), before
    )


def test_without_preview_the_results_are_those_of_apply(a_ready_panel, a_host):
    a_ready_panel.ui.livePreviewCheckBox.checked = False
    a_host.process_events()
    assert a_ready_panel.ui.resultsLabel.text == ""
    a_ready_panel.ui.applyButton.click()
    assert "mL" in a_ready_panel.ui.resultsLabel.text


def test_segment_editor_goes_on_with_segmentation_and_reference(a_ready_panel, a_host, two_volumes):
    """The Segment Editor itself is in no wheel: a module that remembers what its editor was given."""
    from PySide6 import QtWidgets

    given = {}
    editor = SimpleNamespace(
        setSegmentationNode=lambda node: given.update(segmentation=node),
        setSourceVolumeNode=lambda node: given.update(source=node),
    )

    class EditorPanel(QtWidgets.QWidget):
        isEntered = False

        def self(self):
            return SimpleNamespace(editor=editor)

        def enter(self):
            given["entered"] = True

    panel = EditorPanel()
    slicer.modules.segmenteditor = SimpleNamespace(widgetRepresentation=lambda: panel)
    a_ready_panel.ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    a_ready_panel.ui.segmentEditorButton.click()
    a_host.process_events()
    assert given == {"entered": True, "segmentation": segmentation, "source": two_volumes[0]}
    assert slicer.util.selectedModule() == "SegmentEditor"
    assert a_ready_panel._panel.preview.node is None


def test_applied_segment_is_exported_by_the_logic(a_ready_panel, a_host, tmp_path):
    import SimpleITK as sitk

    a_ready_panel.ui.applyButton.click()
    segmentation = parameters_of(a_ready_panel).segmentation
    path = tmp_path / "tissue.mhd"
    a_ready_panel.logic.exportLabelmap(segmentation, "Tissue", str(path))
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    expected = segment_region(segmentation, segment_id, GRID, None)
    assert expected.any()
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), expected)
