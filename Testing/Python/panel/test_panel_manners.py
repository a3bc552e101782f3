"""What the panel leaves alone, takes back and lets go of: mouse modes, keys, texts, results, observers."""

import sys

import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from panel_helpers import parameters_of, settle

from MultiModalSegmentationLib.explaining.findings import Finding, FindingKind
from MultiModalSegmentationLib.scene.nodes import add_points


def interaction_node(scene):
    return scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")


@pytest.mark.parametrize("how", ["leave", "close scene", "other list"])
def test_another_mouse_mode_stays(a_ready_panel, a_host, a_scene, how):
    """What the scene itself makes of the mode while it closes comes after the panel has let go."""
    node, mode = interaction_node(a_scene), slicer.vtkMRMLInteractionNode.AdjustWindowLevel
    node.SetCurrentInteractionMode(mode)
    modes = []
    tag = a_scene.AddObserver(a_scene.StartCloseEvent, lambda *_: modes.append(node.GetCurrentInteractionMode()), -1.0)
    if how == "leave":
        a_host.leave_panel()
    elif how == "close scene":
        a_host.close_scene()
    else:
        parameters_of(a_ready_panel).seeds = add_points(a_scene, "Other")
        a_host.process_events()
    a_scene.RemoveObserver(tag)
    assert (modes or [node.GetCurrentInteractionMode()]) == [mode]


def test_placing_ends_on_leaving(a_ready_panel, a_host, a_scene):
    a_host.press("X")
    assert interaction_node(a_scene).GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place
    a_host.leave_panel()
    assert interaction_node(a_scene).GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.ViewTransform


def test_closing_the_scene_clears_the_status_line(a_ready_panel, a_host):
    a_ready_panel.ui.applyButton.click()
    assert "mL" in a_ready_panel.ui.statusLabel.text
    a_host.close_scene()
    assert a_ready_panel.ui.statusLabel.text == ""
    assert not a_ready_panel.ui.statusLabel.isVisibleTo(a_ready_panel.parent)


def test_a_scene_closed_during_a_run_leaves_no_text(a_ready_panel, a_host):
    a_ready_panel.ui.progressBar.connect("valueChanged(int)", lambda _value: slicer.mrmlScene.Clear(False))
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    assert a_ready_panel.ui.statusLabel.text == ""


@pytest.mark.parametrize("how", ["preview", "apply"])
def test_results_go_with_the_region_that_failed(a_ready_panel, a_host, three_seeds, how):
    ui = a_ready_panel.ui
    if how == "apply":
        ui.livePreviewCheckBox.checked = False
        settle(a_ready_panel, a_host)
        ui.applyButton.click()
        a_host.process_events()
    assert "mL" in ui.resultsLabel.text
    assert ui.seedsTable.rowCount == 3
    three_seeds.AddControlPointWorld(vtk.vtkVector3d(900, 0, 0), "astray")
    settle(a_ready_panel, a_host)
    if how == "apply":
        ui.applyButton.click()
    assert "astray" in ui.statusLabel.text
    assert (ui.resultsLabel.text, ui.seedsTable.rowCount) == ("", 0)
    assert a_ready_panel._panel._results.grown is None


def test_escape_reaches_the_views_unless_a_run_is_on(a_ready_panel, a_host):
    """A widget in the main window stands for a view that has the focus."""
    import qt

    keys = []

    class View(qt.QWidget):
        def keyPressEvent(self, event):
            keys.append(event.key())

    view = View(a_host.main_window)
    view.setFocusPolicy(qt.Qt.StrongFocus)
    view.show()
    view.setFocus()
    a_host.process_events()
    a_host.press("Escape", view)
    assert keys == [qt.Qt.Key_Escape]

    def press_during_the_run(_value):
        if not seen:
            seen.append(True)
            a_host.press("Escape", view)

    seen = []
    a_ready_panel.ui.progressBar.connect("valueChanged(int)", press_during_the_run)
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    assert keys == [qt.Qt.Key_Escape]
    assert a_ready_panel.ui.statusLabel.text == "Cancelled; nothing was changed."
    a_host.press("Escape", view)
    assert keys == [qt.Qt.Key_Escape] * 2
    view.delete()


@pytest.mark.parametrize("is_built", [False, True])
def test_registration_is_offered_where_slicer_has_it(a_ready_panel, a_host, is_built):
    if is_built:
        slicer.modules.brainsfit = object()
    grown = a_ready_panel._panel._results.grown
    shifted = Finding(FindingKind.SHIFTED, channel="T2", other="T1", value=4.0)
    object.__setattr__(grown, "volume_findings", lambda: [shifted])
    a_ready_panel._panel._results.show(grown)
    ui = a_ready_panel.ui
    a_host.process_events(until=lambda: "seems shifted" in ui.resultsLabel.text)
    assert ui.registrationButton.isVisibleTo(a_ready_panel.parent) is is_built


def test_sample_data_of_the_module_sample_data_is_shown(a_panel, a_host, a_scene):
    import SampleData

    (source,) = SampleData.SampleDataLogic.sampleDataSourcesByCategory("MultiModalSegmentation")
    t1, t2, seeds = source.customDownloader(source)
    assert seeds.GetNumberOfDefinedControlPoints() == 4
    composites = [a_scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode") for n in range(3)]
    layers = {(node.GetBackgroundVolumeID(), node.GetForegroundVolumeID()) for node in composites}
    assert layers == {(t1.GetID(), t2.GetID())}
    red = a_scene.GetNodeByID("vtkMRMLSliceNodeRed")
    assert red.GetFieldOfView()[1] == pytest.approx(217, rel=0.3)


def test_reload_loads_every_file_of_the_module_anew(a_ready_panel, a_host, two_volumes, three_seeds):
    """What the developer's Reload button calls. The old files come back afterwards, for the other tests."""
    packages = ("MultiModalSegmentation", "MultiModalSegmentationLib", "MultiModalSegmentationPanel")
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] in packages}
    try:
        a_ready_panel.onReload()
        a_host.process_events()
        panel = slicer.modules.MultiModalSegmentationWidget
        settle(panel, a_host)
        assert panel is not a_ready_panel
        assert panel._panel.preview.node is not None
        panel.ui.applyButton.click()
        assert "mL" in panel.ui.statusLabel.text
        loaded = {name: module for name, module in sys.modules.items() if name.split(".")[0] in packages}
        stale = [name for name, module in loaded.items() if before.get(name) is module]
        assert stale == []
        for name in ("MultiModalSegmentationPanel.panel", "MultiModalSegmentationLib.engine.segmenter"):
            assert name in loaded
    finally:
        a_host.close_panel()
        sys.modules.update(before)


def test_reload_leaves_no_observer_of_the_old_panel(a_ready_panel, a_host, a_scene):
    settle(a_ready_panel, a_host)
    before = a_host.observer_counts()
    for _ in range(2):
        panel = a_host.reload_panel()
        settle(panel, a_host)
    after = a_host.observer_counts()
    assert {name: after[name] for name in ("scene", *map_of_inputs(panel))} == {
        name: before[name] for name in ("scene", *map_of_inputs(panel))
    }


def map_of_inputs(panel):
    parameters = parameters_of(panel)
    nodes = (parameters.parameterNode, parameters.referenceVolume, parameters.secondVolume, parameters.seeds)
    return [node.GetID() for node in nodes]
