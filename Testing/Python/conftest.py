"""Fixtures of the tests with real MRML and of the panel's tests. Nothing here is imported before a test asks for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import host

if TYPE_CHECKING:
    import slicer
    from host.host import Host


@pytest.fixture
def a_host() -> Iterator[Host]:
    """Slicer around a panel, with a new empty scene; no slot and no observer may have raised when the test ends."""
    reason = host.missing_qt()
    if reason is not None:
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    started = host.start()
    started.new_scene()
    yield started
    started.close_panel()
    assert started.exceptions == []


@pytest.fixture
def a_scene(a_host: Host) -> slicer.vtkMRMLScene:
    """The new empty scene, which is ``slicer.mrmlScene``."""
    import slicer

    return slicer.mrmlScene


@pytest.fixture
def a_volume_node(a_scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode:
    """A volume named T1 of 8 x 7 x 6 voxels (i, j, k), valued 0 to 335, 1 mm, origin at RAS (0, 0, 0)."""
    import slicer

    values = np.arange(8 * 7 * 6, dtype=np.int16).reshape(6, 7, 8)
    return slicer.util.addVolumeFromArray(values, name="T1")


@pytest.fixture
def a_segmentation_node(a_scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLSegmentationNode:
    """A segmentation without segments, with a display node."""
    node = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    node.CreateDefaultDisplayNodes()
    return node


@pytest.fixture
def a_seeds_node(a_scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLMarkupsFiducialNode:
    """A point list without points, with a display node."""
    node = a_scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "Seeds")
    node.CreateDefaultDisplayNodes()
    return node


@pytest.fixture
def a_panel(a_host: Host) -> Iterator[Any]:
    """The module's panel, entered: its ``MultiModalSegmentationWidget``."""
    yield a_host.open_panel()
    a_host.close_panel()


@pytest.fixture
def two_volumes(a_scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """T1 and T2 with a ball that each of them alone mixes up with another part."""
    from panel_helpers import two_volumes_of

    return two_volumes_of(a_scene)


@pytest.fixture
def three_seeds(
    a_scene: slicer.vtkMRMLScene, two_volumes: list[slicer.vtkMRMLScalarVolumeNode]
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """Three points in the ball."""
    from panel_helpers import three_seeds_of

    return three_seeds_of(a_scene, two_volumes)


@pytest.fixture
def a_ready_panel(
    a_panel: Any,
    two_volumes: list[slicer.vtkMRMLScalarVolumeNode],
    three_seeds: slicer.vtkMRMLMarkupsFiducialNode,
    a_host: Host,
) -> Any:
    """The panel with volumes and seeds chosen, its live preview done."""
    from panel_helpers import choose, settle

    choose(a_panel, two_volumes, three_seeds, a_host)
    settle(a_panel, a_host)
    return a_panel
