"""The host's parameter nodes behave as Slicer documents.

With the environment variable MULTIMODAL_SEGMENTATION_SLICER_PYTHON these tests run on Slicer's own files.
"""

import enum
from typing import Annotated

import pytest


class Statistics(enum.Enum):
    POOLED = "pooled"
    ITK = "itk"

    def label(self):
        return f"Statistics: {self.value}"


@pytest.fixture
def a_parameter_class(a_scene):
    """Fields of every kind that the module uses."""
    import slicer
    from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        volume: slicer.vtkMRMLScalarVolumeNode
        multiplier: Annotated[float, WithinRange(0.1, 10.0)] = 3.5
        iterations: Annotated[int, WithinRange(0, 20)]
        radius: int
        smooth: bool = True
        name: str = "Tissue"
        statistics: Statistics = Statistics.ITK
        preset: Annotated[str, Choice(["default", "tutorial"])] = "tutorial"

    return Parameters


@pytest.fixture
def a_parameter_node(a_scene, a_parameter_class):
    """Those fields on a node of the scene."""
    return a_parameter_class(a_scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters"))


def test_defaults_are_written_to_the_node(a_parameter_node):
    node = a_parameter_node.parameterNode
    assert (a_parameter_node.multiplier, a_parameter_node.iterations, a_parameter_node.volume) == (3.5, 0, None)
    assert (node.GetParameter("multiplier"), node.GetParameter("smooth")) == ("3.5", "True")
    assert (node.GetParameter("statistics"), node.GetParameter("name")) == ("ITK", "Tissue")
    assert a_parameter_node.default("multiplier").value == 3.5
    assert a_parameter_node.isCached("multiplier")


def test_values_come_back_from_a_saved_scene(
    a_host, a_scene, a_parameter_class, a_parameter_node, a_volume_node, tmp_path
):
    a_parameter_node.volume = a_volume_node
    a_parameter_node.multiplier = 2.25
    a_parameter_node.statistics = Statistics.POOLED
    a_parameter_node.setValue("name", "Gray matter")
    a_host.save_scene(tmp_path / "scene.mrb")
    a_host.close_scene()
    a_host.load_scene(tmp_path / "scene.mrb")
    loaded = a_parameter_class(a_scene.GetFirstNodeByName("Parameters"))
    assert (loaded.volume.GetName(), loaded.volume.GetImageData().GetDimensions()) == ("T1", (8, 7, 6))
    assert (loaded.multiplier, loaded.statistics) == (2.25, Statistics.POOLED)
    assert (loaded.getValue("name"), loaded.smooth) == ("Gray matter", True)


def test_a_changed_node_is_read_again(a_parameter_node):
    a_parameter_node.parameterNode.SetParameter("iterations", "7")
    assert a_parameter_node.iterations == 7


def test_observers_see_the_new_value(a_parameter_node):
    seen = []
    tag = a_parameter_node.AddObserver("ModifiedEvent", lambda *_: seen.append(a_parameter_node.radius))
    a_parameter_node.radius = 2
    a_parameter_node.RemoveObserver(tag)
    a_parameter_node.radius = 3
    assert seen == [2]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("multiplier", 11.0, ValueError),
        ("multiplier", None, ValueError),
        ("multiplier", "3", TypeError),
        ("iterations", 1.5, TypeError),
        ("smooth", 1, TypeError),
        ("name", None, ValueError),
        ("statistics", "ITK", TypeError),
        ("preset", "mine", ValueError),
    ],
)
def test_wrong_values_are_refused(a_parameter_node, name, value, error):
    before = a_parameter_node.getValue(name)
    with pytest.raises(error):
        setattr(a_parameter_node, name, value)
    assert a_parameter_node.getValue(name) == before


def test_a_node_of_another_class_is_refused(a_parameter_node, a_seeds_node):
    with pytest.raises(TypeError):
        a_parameter_node.volume = a_seeds_node
    assert a_parameter_node.volume is None


def test_wrong_classes_and_names_are_refused(a_parameter_node):
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(Exception, match="Unable to create serializer"):
        parameterNodeWrapper(type("Odd", (), {"__annotations__": {"value": complex}}))
    with pytest.raises(ValueError, match="reserved name"):
        parameterNodeWrapper(type("Odd", (), {"__annotations__": {"isCached": int}}))
    with pytest.raises(ValueError, match="Cannot find a param"):
        a_parameter_node.getValue("missing")


def _widgets():
    import ctk
    import qt
    import slicer

    return {
        "volume": slicer.qMRMLNodeComboBox(),
        "multiplier": ctk.ctkSliderWidget(),
        "iterations": qt.QSpinBox(),
        "radius": qt.QSpinBox(),
        "smooth": qt.QCheckBox(),
        "name": qt.QLineEdit(),
        "statistics": qt.QComboBox(),
        "preset": ctk.ctkComboBox(),
    }


def test_widgets_and_parameters_follow_each_other(a_scene, a_parameter_node, a_volume_node):
    widgets = _widgets()
    widgets["volume"].noneEnabled = True
    widgets["volume"].setMRMLScene(a_scene)
    tag = a_parameter_node.connectParametersToGui(widgets)
    assert (widgets["multiplier"].minimum, widgets["multiplier"].maximum) == (0.1, 10.0)
    assert (widgets["multiplier"].value, widgets["iterations"].maximum, widgets["radius"].maximum) == (
        3.5,
        20,
        2**31 - 1,
    )
    assert (widgets["statistics"].currentText, widgets["preset"].currentText) == ("Statistics: itk", "tutorial")
    widgets["volume"].setCurrentNode(a_volume_node)
    widgets["multiplier"].value = 1.5
    widgets["smooth"].click()
    widgets["statistics"].currentIndex = 0
    widgets["name"].text = "White matter"
    assert (a_parameter_node.volume, a_parameter_node.multiplier) == (a_volume_node, 1.5)
    assert (a_parameter_node.smooth, a_parameter_node.statistics) == (False, Statistics.POOLED)
    assert a_parameter_node.name == "White matter"
    a_parameter_node.iterations = 4
    a_parameter_node.volume = None
    assert (widgets["iterations"].value, widgets["volume"].currentNode()) == (4, None)
    a_parameter_node.disconnectGui(tag)
    widgets["iterations"].value = 9
    a_parameter_node.multiplier = 9.5
    assert (a_parameter_node.iterations, widgets["multiplier"].value) == (4, 1.5)


def test_widgets_are_found_by_their_parameter_name(a_parameter_node):
    import qt
    from slicer.parameterNodeWrapper import findChildWidgetForParameter

    top = qt.QWidget()
    layout = qt.QVBoxLayout(top)
    spin_box = qt.QSpinBox()
    spin_box.setProperty("SlicerParameterName", "iterations")
    layout.addWidget(spin_box)
    a_parameter_node.connectGui(top)
    spin_box.value = 6
    assert a_parameter_node.iterations == 6
    assert findChildWidgetForParameter(top, "iterations") is spin_box
    spin_box.setProperty("SlicerParameterName", "missing")
    with pytest.raises(ValueError, match="Cannot find a param"):
        a_parameter_node.connectGui(top)


def test_widgets_that_cannot_show_the_type_are_refused(a_parameter_node):
    import ctk
    import qt

    for name, widget in (
        ("radius", ctk.ctkSliderWidget()),  # no range
        ("radius", qt.QSlider()),  # no range
        ("name", qt.QComboBox()),  # no choices
        ("smooth", qt.QLineEdit()),
        ("multiplier", qt.QLabel()),
        ("volume", qt.QComboBox()),
    ):
        with pytest.raises((RuntimeError, TypeError)):
            a_parameter_node.connectParametersToGui({name: widget})
