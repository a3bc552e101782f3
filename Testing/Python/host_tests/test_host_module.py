"""The host loads, opens, leaves, reloads and closes a scripted module as Slicer does.

With the environment variable MULTIMODAL_SEGMENTATION_SLICER_PYTHON these tests run on Slicer's own base classes.
"""

from __future__ import annotations

import sys
import unittest

import pytest

MODULE = """
import slicer
from slicer.ScriptedLoadableModule import *
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.util import VTKObservationMixin

events = []


@parameterNodeWrapper
class TinyParameterNode:
    volume: slicer.vtkMRMLScalarVolumeNode
    count: int = 3


class Tiny(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = "A tiny module"
        slicer.app.connect("startupCompleted()", lambda: events.append("startup"))


class TinyWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = TinyLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onClosed)
        events.append("setup")

    def onClosed(self, caller, event):
        events.append("closed")

    def enter(self):
        events.append("enter")

    def exit(self):
        events.append("exit")

    def cleanup(self):
        self.removeObservers()
        events.append("cleanup")


class TinyLogic(ScriptedLoadableModuleLogic):
    def getParameterNode(self):
        return TinyParameterNode(super().getParameterNode())


class TinyTest(ScriptedLoadableModuleTest):
    def setUp(self):
        events.append("setUp")

    def test_first(self):
        self.delayDisplay("first")
        self.assertEqual(TinyLogic().getParameterNode().count, 3)
        events.append("first")
"""


@pytest.fixture
def a_module_file(a_host, tmp_path):
    """A module with all four classes."""
    path = tmp_path / "Tiny.py"
    path.write_text(MODULE)
    yield path
    a_host.close_panel()
    sys.path.remove(str(tmp_path))
    del sys.modules["Tiny"]


def test_life_of_a_module(a_host, a_module_file):
    import slicer

    before = a_host.observer_counts()
    module = a_host.load_module(a_module_file)
    assert (slicer.modules.tiny.title, module.events) == ("A tiny module", ["startup"])
    widget = a_host.open_panel(a_module_file)
    assert widget is slicer.modules.TinyWidget
    assert widget.parent.isEntered
    a_host.leave_panel()
    assert not widget.parent.isEntered
    assert a_host.open_panel(a_module_file) is widget
    a_host.close_scene()
    a_host.close_panel()
    expected = ["startup", "setup", "enter", "exit", "enter", "closed", "exit", "cleanup"]
    assert module.events == expected
    del widget
    assert a_host.observer_counts() == before


def test_reload_makes_a_new_panel(a_host, a_module_file):
    widget = a_host.open_panel(a_module_file)
    old_events = sys.modules["Tiny"].events
    reloaded = a_host.reload_panel(a_module_file)
    assert reloaded is not widget
    assert (old_events[-1], sys.modules["Tiny"].events) == ("cleanup", ["setup"])


def test_parameter_node_is_one_per_scene(a_host, a_module_file):
    module = a_host.load_module(a_module_file)
    first, second = module.TinyLogic().getParameterNode(), module.TinyLogic().getParameterNode()
    assert first.parameterNode is second.parameterNode
    first.count = 5
    assert second.count == 5
    assert first.parameterNode.GetAttribute("ModuleName") == "Tiny"


def test_self_tests_run_as_unit_tests_and_at_once(a_host, a_module_file):
    import slicer

    module = a_host.load_module(a_module_file)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(module.TinyTest).run(result)
    assert (result.testsRun, result.wasSuccessful()) == (1, True)
    slicer.selfTests["Tiny"]()
    assert module.events.count("first") == 2


def test_sample_data_is_registered_once(a_host):
    import SampleData

    for _ in range(2):
        SampleData.SampleDataLogic.registerCustomSampleDataCategory("Host", title="Host data")
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="Host", sampleName="Head", uris=[], fileNames=[], customDownloader=print
        )
    (source,) = SampleData.SampleDataLogic.sampleDataSourcesByCategory("Host")
    assert (source.sampleName, source.customDownloader) == ("Head", print)
    with pytest.raises(ValueError, match="same length"):
        SampleData.SampleDataSource(uris=["a", "b"], fileNames=["a"])
