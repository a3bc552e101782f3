"""The host's widgets behave as Slicer, CTK and PythonQt document."""

from __future__ import annotations

import sys

import numpy as np
import pytest

UI = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0"><class>Top</class>
<widget class="qMRMLWidget" name="Top"><layout class="QVBoxLayout" name="rows">
<item><widget class="ctkCollapsibleButton" name="group"><property name="collapsed"><bool>true</bool></property>
<layout class="QVBoxLayout" name="inner"><item><widget class="qMRMLNodeComboBox" name="selector">
<property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
<property name="noneEnabled"><bool>true</bool></property>
<property name="SlicerParameterName" stdset="0"><string>volume</string></property></widget></item></layout>
</widget></item></layout></widget>
<connections><connection><sender>Top</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
<receiver>selector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection></connections></ui>"""


@pytest.fixture
def a_selector(a_scene):
    """A selector of scalar volumes, with None."""
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ("vtkMRMLScalarVolumeNode",)
    selector.noneEnabled = True
    selector.setMRMLScene(a_scene)
    return selector


def test_properties_are_attributes(a_host):
    import qt

    button = qt.QPushButton("Apply")
    button.checkable = True
    button.checked = True
    button.name = "applyButton"
    button.setProperty("SlicerParameterName", "apply")
    assert (button.text, button.checked, button.objectName) == ("Apply", True, "applyButton")
    assert (button.isChecked(), button.SlicerParameterName, button.className()) == (True, "apply", "QPushButton")


def test_new_attributes_methods_and_unknown_signals_are_refused(a_host):
    import qt

    button = qt.QPushButton()
    with pytest.raises(AttributeError, match="creating new attributes on C\\+\\+ objects"):
        button.enabledd = True
    with pytest.raises(AttributeError, match="can not be overwritten"):
        button.click = print
    with pytest.raises(AttributeError, match="not writable"):
        button.width = 3
    with pytest.raises(ValueError, match="no signal 'clicked\\(int\\)'"):
        button.connect("clicked(int)", print)


def test_connect_and_disconnect_by_signature(a_host):
    import qt

    calls = []

    class Listener:
        def on_clicked(self):
            calls.append("method")

    button = qt.QPushButton()
    button.connect("clicked(bool)", calls.append)
    button.connect("clicked()", Listener().on_clicked)  # only the connection holds the listener
    button.click()
    assert sorted(calls, key=str) == [False, "method"]
    assert button.disconnect("clicked(bool)", calls.append)
    assert not button.disconnect("clicked(bool)", calls.append)
    button.click()
    assert calls.count("method") == 2
    assert calls.count(False) == 1


def test_exceptions_in_slots_are_kept_for_the_test(a_host):
    import qt

    button = qt.QPushButton()
    button.connect("clicked()", lambda: 1 / 0)
    button.click()
    assert "ZeroDivisionError" in a_host.exceptions.pop()


def test_ui_file_gives_widgets_their_properties_and_scene(a_scene, tmp_path):
    import slicer

    path = tmp_path / "Top.ui"
    path.write_text(UI)
    top = slicer.util.loadUI(str(path))
    ui = slicer.util.childWidgetVariables(top)
    assert type(ui.selector) is slicer.qMRMLNodeComboBox
    assert (ui.selector.nodeTypes, ui.selector.noneEnabled) == (("vtkMRMLScalarVolumeNode",), True)
    assert ui.selector.property("SlicerParameterName") == "volume"
    assert ui.selector.mrmlScene() is None
    assert not ui.selector.enabled
    top.setMRMLScene(a_scene)
    assert ui.selector.mrmlScene() is a_scene
    assert ui.selector.enabled


def test_ui_file_with_an_unknown_class_is_refused(a_host, tmp_path):
    import slicer

    path = tmp_path / "Top.ui"
    path.write_text(UI.replace("qMRMLNodeComboBox", "qMRMLUnknownWidget"))
    with pytest.raises(ValueError, match="qMRMLUnknownWidget"):
        slicer.util.loadUI(str(path))


def test_collapsed_group_hides_its_children(a_host, tmp_path):
    import slicer

    path = tmp_path / "Top.ui"
    path.write_text(UI)
    top = slicer.util.loadUI(str(path))
    ui = slicer.util.childWidgetVariables(top)
    top.show()
    a_host.process_events()
    assert not ui.selector.visible
    collapsed = []
    ui.group.connect("contentsCollapsed(bool)", collapsed.append)
    ui.group.collapsed = False
    assert ui.selector.visible
    assert ui.group.checked
    ui.group.click()
    assert not ui.selector.visible
    assert collapsed == [False, True]


def test_selector_follows_the_scene(a_scene, a_selector, a_volume_node):
    assert (a_selector.nodeCount(), a_selector.currentNode()) == (1, None)
    signaled = []
    a_selector.connect("currentNodeChanged(vtkMRMLNode*)", signaled.append)
    a_selector.setCurrentNode(a_volume_node)
    assert signaled == [a_volume_node]
    hidden = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    hidden.SetHideFromEditors(True)
    assert a_selector.nodes() == [a_volume_node]
    hidden.SetHideFromEditors(False)
    assert a_selector.nodes() == [a_volume_node, hidden]
    a_scene.RemoveNode(a_volume_node)
    assert signaled == [a_volume_node, None]
    assert a_selector.currentNodeID == ""


def test_selector_without_none_falls_back_to_the_last_node(a_scene, a_selector):
    nodes = [a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("A", "B", "C")]
    a_selector.noneEnabled = False
    a_selector.setCurrentNode(nodes[0])
    a_scene.RemoveNode(nodes[0])
    assert a_selector.currentNode() is nodes[2]


def test_selector_adds_nodes_by_script_and_by_menu(a_scene, a_selector):
    a_selector.baseName = "T"
    by_user, by_menu = [], []
    a_selector.connect("nodeAddedByUser(vtkMRMLNode*)", by_user.append)
    a_selector.connect("nodeAddedByUserAction(vtkMRMLNode*)", by_menu.append)
    first = a_selector.addNode()
    assert (first.GetName(), a_selector.currentNode()) == ("T", first)
    menu = a_selector.findChild("QComboBox")
    menu.activated.emit(menu.findText("Create new Volume"))
    assert a_selector.currentNode().GetName() == "T_1"
    assert (len(by_user), len(by_menu)) == (2, 1)
    assert a_selector.addNode("vtkMRMLModelNode") is None


def test_selector_that_shows_only_an_attribute(a_scene, a_selector, a_volume_node):
    a_selector.addAttribute("vtkMRMLScalarVolumeNode", "kind", "PET")
    assert a_selector.nodeCount() == 0
    a_volume_node.SetAttribute("kind", "PET")
    assert a_selector.nodes() == [a_volume_node]


def test_place_widget_arms_the_list(a_scene, a_seeds_node):
    import slicer

    place = slicer.qSlicerMarkupsPlaceWidget()
    place.setMRMLScene(a_scene)
    place.setCurrentNode(a_seeds_node)
    place.placeMultipleMarkups = slicer.qSlicerMarkupsPlaceWidget.ForcePlaceMultipleMarkups
    armed = []
    place.connect("activeMarkupsPlaceModeChanged(bool)", armed.append)
    place.placeButton().click()
    interaction = a_scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    assert (place.placeModeEnabled, place.placeModePersistency) == (True, True)
    assert slicer.modules.markups.logic().GetActiveListID() == a_seeds_node.GetID()
    a_seeds_node.AddControlPoint(1, 2, 3)
    place.deleteButton().click()
    assert a_seeds_node.GetNumberOfControlPoints() == 0
    interaction.SwitchToViewTransformMode()
    assert (place.placeModeEnabled, armed) == (False, [True, False])


def test_slider_keeps_its_value_in_range_and_to_its_digits(a_host):
    import ctk

    slider = ctk.ctkSliderWidget()
    slider.decimals = 2
    values = []
    slider.connect("valueChanged(double)", values.append)
    slider.value = 1.234
    assert slider.value == 1.23
    slider.maximum = 1.0
    assert (slider.value, values) == (1.0, [1.23, 1.0])


def test_segment_selector_selects_the_first_segment(a_scene, a_segmentation_node):
    import slicer

    selector = slicer.qMRMLSegmentSelectorWidget()
    selector.setMRMLScene(a_scene)
    selector.setCurrentNode(a_segmentation_node)
    assert selector.currentSegmentID() == ""
    segments = a_segmentation_node.GetSegmentation()
    segments.AddEmptySegment("one", "One")
    segments.AddEmptySegment("two", "Two")
    assert selector.currentSegmentID() == "one"
    segments.RemoveSegment("one")
    assert selector.currentSegmentID() == "two"


def test_terminology_goes_in_and_out(a_host):
    import slicer

    tissue = slicer.vtkSegment().GetTerminology()
    logic = slicer.modules.terminologies.logic()
    entry, result = slicer.vtkSlicerTerminologyEntry(), slicer.vtkSlicerTerminologyEntry()
    navigator = slicer.qSlicerTerminologyNavigatorWidget()
    assert not navigator.terminologyEntry(result)
    logic.DeserializeTerminologyEntry(tissue, entry)
    assert navigator.setTerminologyEntry(entry)
    assert navigator.terminologyEntry(result)
    assert logic.SerializeTerminologyEntry(result) == tissue


def test_dialogs_are_recorded_and_answered(a_host):
    import qt
    import slicer

    slicer.util.errorDisplay("Seed F-1 is outside.")
    assert a_host.messages.errors == ["Seed F-1 is outside."]
    assert slicer.util.confirmYesNoDisplay("Go on?")
    a_host.messages.accept = False
    assert not slicer.util.confirmYesNoDisplay("Go on?")
    a_host.answer_dialog(lambda dialog: dialog.accept())
    assert qt.QDialog().exec_() == qt.QDialog.Accepted


def test_picture_of_a_widget(a_host, tmp_path):
    import qt

    label = qt.QLabel("x")
    label.styleSheet = "background: rgb(255, 0, 0)"
    label.resize(20, 10)
    a_host.grab(label, tmp_path / "label.png")
    picture = qt.QImage(str(tmp_path / "label.png"))
    assert np.array_equal([picture.width(), picture.height(), picture.pixelColor(1, 1).red()], [20, 10, 255])


def test_shortcuts_of_the_main_window(a_host):
    import qt
    import slicer

    pressed = []
    shortcut = qt.QShortcut(slicer.util.mainWindow())
    shortcut.key = qt.QKeySequence("Z")
    shortcut.connect("activated()", lambda: pressed.append("Z"))
    a_host.press("Z")
    shortcut.enabled = False
    a_host.press("Z")
    shortcut.delete()
    assert pressed == ["Z"]


def test_missing_libraries_fail_the_panel_tests_in_ci(request, monkeypatch):
    monkeypatch.setitem(sys.modules, "PySide6", None)
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install libegl1"):
        request.getfixturevalue("a_host")


def test_missing_libraries_skip_the_panel_tests(request, monkeypatch):
    monkeypatch.setitem(sys.modules, "PySide6", None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install libegl1"):
        request.getfixturevalue("a_scene")
