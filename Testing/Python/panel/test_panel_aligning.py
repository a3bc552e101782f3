"""Align to reference beside a volume: progress, Cancel, the transform above the volume, the preview, and taken back."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from moved_pairs import Change, moved_pair
from panel_helpers import choose, parameters_of, settle

from MultiModalSegmentationLib import BiasCorrection
from MultiModalSegmentationLib.phantom.head import make_phantom
from MultiModalSegmentationLib.scene.alignment import alignment_of
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.volumes import RAS_TO_LPS, linear_matrix, transform_between


@pytest.fixture(scope="module")
def phantom():
    return make_phantom((60, 72, 60))


@pytest.fixture(scope="module")
def pair(phantom):
    return moved_pair("head", phantom.t1, phantom.t2, Change(degrees=7, mm=9, other_grid=False), seed=3)


@pytest.fixture
def volumes(a_scene, pair):
    return [add_volume(a_scene, pair.fixed, "T1"), add_volume(a_scene, pair.moving, "T2")]


@pytest.fixture
def panel(a_panel, a_host, a_scene, volumes, phantom):
    seeds = add_points(a_scene, "Seeds", [world_position(volumes[0], seed) for seed in phantom.seeds])
    choose(a_panel, volumes, seeds, a_host)
    settle(a_panel, a_host)
    return a_panel


def click(panel, a_host, *, until=None):
    panel.ui.alignSecondButton.click()
    aligning = panel._panel._aligning
    a_host.process_events(until=until or (lambda: not aligning.isBusy), timeout=120)


def error_in_the_scene(pair, reference, volume):
    """In mm, how far the volume's points lie from where they belong, at the corners of the head."""
    matrix = RAS_TO_LPS @ linear_matrix(transform_between(volume, reference)) @ RAS_TO_LPS
    there = [matrix @ [*pair.truth.TransformPoint(corner), 1] for corner in pair.corners.tolist()]
    return float(np.linalg.norm(np.array(there)[:, :3] - pair.corners, axis=1).max())


def test_aligned_and_taken_back(panel, a_host, a_scene, volumes, pair):
    reference, volume = volumes
    button, nodes = panel.ui.alignSecondButton, a_scene.GetNumberOfNodesByClass("vtkMRMLTransformNode")
    assert (button.text, button.enabled) == ("Align", True)
    assert not panel.ui.alignThirdButton.enabled
    before = panel._panel._results.grown.result.voxel_count
    texts = set()
    click(panel, a_host, until=lambda: texts.add(button.text) or not panel._panel._aligning.isBusy)
    assert len([text for text in texts if text.startswith("Cancel (")]) > 3
    assert error_in_the_scene(pair, reference, volume) < 1.5
    assert alignment_of(volume).GetName() == "T2 to T1"
    assert "T2 aligned to T1: moved by up to" in panel.ui.statusLabel.text
    settle(panel, a_host)
    after = panel._panel._results.grown.result.voxel_count
    assert abs(after - before) > 0.05 * before, "the preview follows"
    assert button.text == "Undo"
    click(panel, a_host)
    settle(panel, a_host)
    assert volume.GetParentTransformNode() is None
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLTransformNode") == nodes
    assert (button.text, panel._panel._results.grown.result.voxel_count) == ("Align", before)


def test_cancelled_nothing_has_changed(panel, a_host, a_scene, volumes):
    count = a_scene.GetNumberOfNodes()
    click(panel, a_host, until=lambda: "%" in panel.ui.alignSecondButton.text and panel._panel._aligning.isBusy)
    panel.ui.alignSecondButton.click()
    assert not panel._panel._aligning.isBusy
    a_host.process_events()
    assert (a_scene.GetNumberOfNodes(), volumes[1].GetParentTransformNode()) == (count, None)
    assert panel.ui.alignSecondButton.text == "Align"
    assert "Cancelled" in panel.ui.statusLabel.text


def test_a_volume_that_goes_away_meanwhile_is_no_error(panel, a_host, a_scene, volumes):
    count = a_scene.GetNumberOfNodesByClass("vtkMRMLLinearTransformNode")
    panel.ui.alignSecondButton.click()
    a_scene.RemoveNode(volumes[1])
    a_host.process_events(until=lambda: not panel._panel._aligning.isBusy, timeout=120)
    assert a_scene.GetNumberOfNodesByClass("vtkMRMLLinearTransformNode") == count
    assert not panel.ui.alignSecondButton.enabled


def test_what_cannot_be_aligned_stays(panel, a_host, a_scene, volumes, pair):
    noise = pair.fixed * 0 + float(np.pi)
    a_scene.RemoveNode(volumes[1])
    constant = add_volume(a_scene, noise, "FLAIR")
    panel.ui.secondVolumeSelector.setCurrentNode(constant)
    a_host.process_events()
    click(panel, a_host)
    assert constant.GetParentTransformNode() is None
    assert "FLAIR has the same value nearly everywhere" in panel.ui.statusLabel.text


def test_bias_check_box_is_part_of_the_request(panel, a_host):
    from MultiModalSegmentationPanel.choices import choices

    assert choices.previewRequest(parameters_of(panel)).preparation.does_nothing
    parameters_of(panel).livePreview = False
    panel.ui.biasCheckBox.checked = True
    assert parameters_of(panel).biasCorrection
    request = choices.previewRequest(parameters_of(panel))
    assert request.preparation.bias is request.parameters.preparation.bias is BiasCorrection.N4
    assert choices.processArguments(parameters_of(panel))["preparation"] == request.preparation
