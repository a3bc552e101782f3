"""Inputs that cannot be segmented, through the panel: one clear sentence, nothing changed, and on it goes."""

import math

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from panel_helpers import GRID, choose, parameters_of, settle
from scene_helpers import add_grid_transform, grid_of, scene_state
from stress.fingerprints import segment_voxels
from stress.runner import resident_bytes
from stress.scenery import add_flawed_volume
from vtk.util.numpy_support import numpy_to_vtk

from MultiModalSegmentationLib.pipeline.memory import memory_available
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.volumes import RAS_TO_LPS, matrix_from_array, volume_array


@pytest.fixture
def a_ready_panel(a_panel, two_volumes, three_seeds, a_host):
    choose(a_panel, two_volumes, three_seeds, a_host)
    a_panel.ui.livePreviewCheckBox.checked = False
    settle(a_panel, a_host)
    return a_panel


def assert_refused(panel, a_host, scene, *words):
    """Apply says so, and so does the preview; the scene stays as it was."""
    before = scene_state(scene)
    if panel.ui.applyButton.enabled:
        panel.ui.applyButton.click()
        a_host.process_events()
        said = panel.ui.statusLabel.text
    else:
        said = panel.ui.applyButton.toolTip
    assert all(word in said for word in words), said
    assert said.endswith(".")
    assert scene_state(scene) == before
    if panel.ui.applyButton.enabled:
        panel.ui.livePreviewCheckBox.checked = True
        settle(panel, a_host)
        assert all(word in panel.ui.statusLabel.text for word in words), panel.ui.statusLabel.text
        panel.ui.livePreviewCheckBox.checked = False
        settle(panel, a_host)


def assert_usable(panel, a_host, two_volumes, seeds):
    """With sound inputs again it works."""
    parameters = parameters_of(panel)
    parameters.referenceVolume, parameters.secondVolume = two_volumes
    parameters.seeds, parameters.exclusionSeeds, parameters.roi = seeds, None, None
    settle(panel, a_host)
    panel.ui.applyButton.click()
    content = parameters.segmentation.GetSegmentation()
    assert segment_voxels(parameters.segmentation, content.GetSegmentIdBySegmentName("Tissue"))[1].sum() > 100


FLAWED = {
    "RGB": ("'RGB' has 3 values per voxel",),
    "label map": ("'label map' is a label map",),
    "sheared": ("axes of the volume 'sheared' are not at right angles",),
    "elsewhere": ("'elsewhere'", "no common field of view"),
    "only NaN": ("only NaN",),
}


@pytest.mark.parametrize("place", ["referenceVolume", "secondVolume"])
@pytest.mark.parametrize("flaw", FLAWED)
def test_a_flawed_volume_is_named(a_ready_panel, a_host, a_scene, two_volumes, three_seeds, flaw, place):
    import random

    volume = add_flawed_volume(a_scene, random.Random(1), flaw)
    setattr(parameters_of(a_ready_panel), place, volume)
    a_host.process_events()
    outside = flaw == "elsewhere" and place == "referenceVolume"
    words = ("lies outside the volume 'elsewhere'",) if outside else FLAWED[flaw]
    assert_refused(a_ready_panel, a_host, a_scene, *words)
    assert_usable(a_ready_panel, a_host, two_volumes, three_seeds)


def test_the_same_volume_twice_and_a_copy(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    parameters = parameters_of(a_ready_panel)
    parameters.thirdVolume = two_volumes[0]
    a_host.process_events()
    assert_refused(a_ready_panel, a_host, a_scene, "The same volume is chosen twice")
    parameters.thirdVolume = None
    parameters.secondVolume = slicer.modules.volumes.logic().CloneVolume(a_scene, two_volumes[0], "copy")
    a_host.process_events()
    assert_refused(a_ready_panel, a_host, a_scene, "T1 and copy are the same image")
    assert_usable(a_ready_panel, a_host, two_volumes, three_seeds)


def test_a_volume_without_voxels(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    parameters_of(a_ready_panel).secondVolume = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hollow")
    a_host.process_events()
    assert_refused(a_ready_panel, a_host, a_scene, "'hollow' has no voxels")
    parameters_of(a_ready_panel).referenceVolume = a_scene.GetFirstNodeByName("hollow")
    parameters_of(a_ready_panel).secondVolume = two_volumes[1]
    a_host.process_events()
    assert_refused(a_ready_panel, a_host, a_scene, "'hollow' has no voxels")
    assert_usable(a_ready_panel, a_host, two_volumes, three_seeds)


@pytest.mark.parametrize("kind", ["seed", "exclusion seed"])
@pytest.mark.parametrize("where", ["outside", "NaN"])
def test_a_point_outside_or_without_a_value(a_ready_panel, a_host, a_scene, two_volumes, three_seeds, where, kind):
    volume_array(two_volumes[1])[:, :, :3] = np.nan
    slicer.util.arrayFromVolumeModified(two_volumes[1])
    position = {"outside": (900, 0, 0), "NaN": world_position(two_volumes[0], (1, 4, 5))}[where]
    list_of = {"seed": three_seeds, "exclusion seed": add_points(a_scene, "Out")}[kind]
    if kind == "exclusion seed":
        parameters_of(a_ready_panel).exclusionSeeds = list_of
    list_of.AddControlPointWorld(vtk.vtkVector3d(*position), "astray")
    a_host.process_events()
    words = {"outside": "lies outside the volume 'T1'", "NaN": "lies where T2 has no value"}[where]
    assert_refused(a_ready_panel, a_host, a_scene, "astray", words)
    list_of.RemoveNthControlPoint(list_of.GetNumberOfControlPoints() - 1)
    assert_usable(a_ready_panel, a_host, two_volumes, three_seeds)


def test_seed_and_exclusion_seed_in_one_voxel(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    out = add_points(a_scene, "Out", [three_seeds.GetNthControlPointPositionWorld(0)])
    parameters_of(a_ready_panel).exclusionSeeds = out
    a_host.process_events()
    assert_refused(a_ready_panel, a_host, a_scene, "Out-1 lies in the same voxel as Seeds-1")
    assert_usable(a_ready_panel, a_host, two_volumes, three_seeds)


def test_a_region_of_interest_away_from_the_seeds_or_the_volume(
    a_ready_panel, a_host, a_scene, two_volumes, three_seeds
):
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "Box")
    parameters_of(a_ready_panel).roi = roi
    for center, words in (
        ((900.0, 0.0, 0.0), "'Box' holds no voxel of the volume 'T1'"),
        (world_position(two_volumes[0], (22, 4, 4)), "lies outside the allowed voxels"),
    ):
        roi.SetXYZ(*center)
        roi.SetRadiusXYZ(2, 2, 2)
        a_host.process_events()
        assert_refused(a_ready_panel, a_host, a_scene, words)
    assert_usable(a_ready_panel, a_host, two_volumes, three_seeds)


def cropped(scene, two_volumes, size, rotation=None):
    """Both volumes' voxels around the ball's center, with as many voxels as given, and a seed in the middle."""
    start = [max(c - n // 2, 0) for c, n in zip((10, 12, 11), size)]
    part = tuple(slice(a, a + n) for a, n in zip(start[::-1], size[::-1]))
    grid = grid_of(size, rotation=rotation)
    nodes = [add_volume(scene, grid.image(volume_array(v)[part].copy()), f"part {v.GetName()}") for v in two_volumes]
    return nodes, add_points(scene, "Part", [world_position(nodes[0], [n // 2 for n in size])])


@pytest.mark.parametrize(
    "size", [(20, 20, 1), (20, 1, 16), (1, 20, 16), (20, 1, 1), (1, 1, 1)], ids=lambda size: "x".join(map(str, size))
)
def test_one_slice_or_one_voxel_thick(a_ready_panel, a_host, a_scene, two_volumes, size):
    """It works, or says why not."""
    nodes, seeds = cropped(a_scene, two_volumes, size)
    choose(a_ready_panel, nodes, seeds, a_host)
    before = scene_state(a_scene)
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    segmentation = parameters_of(a_ready_panel).segmentation
    if segmentation is None:
        assert a_ready_panel.ui.statusLabel.text.endswith(".")
        assert scene_state(a_scene) == before
        return
    voxels = segment_voxels(segmentation, "Tissue")[1]
    assert 1 <= voxels.sum() <= math.prod(size)
    assert all(n <= m for n, m in zip(voxels.shape[::-1], size))


@pytest.mark.parametrize("how", ["left-handed", "bent", "constant", "NaN"])
def test_unusual_but_sound(a_ready_panel, a_host, a_scene, two_volumes, three_seeds, how):
    """Left-handed grids, bent transforms, a constant volume and voxels without a value are no errors."""
    parameters = parameters_of(a_ready_panel)
    volumes, seeds = two_volumes, three_seeds
    a_ready_panel.ui.applyButton.click()
    expected = segment_voxels(parameters.segmentation, "Tissue")[1].sum()
    if how == "left-handed":
        rotation = np.diag([-1.0, 1.0, 1.0])
        volumes, seeds = cropped(a_scene, two_volumes, GRID.size, rotation)
        seeds.RemoveAllControlPoints()
        for index in ((10, 12, 11), (12, 13, 10), (8, 10, 12)):
            seeds.AddControlPointWorld(vtk.vtkVector3d(*world_position(volumes[0], index)))
    if how == "bent":
        bend = add_grid_transform(a_scene, lambda ras: 2.0 * np.sin(ras[..., [1, 2, 0]] / 12.0))
        for node in (*volumes, seeds):
            node.SetAndObserveTransformNodeID(bend.GetID())
    if how == "constant":
        flat = add_volume(a_scene, GRID.image(np.full(GRID.size[::-1], 7, np.int16)), "flat")
        parameters.thirdVolume = flat
    if how == "NaN":
        volume_array(volumes[1])[:, :, :2] = np.nan
        slicer.util.arrayFromVolumeModified(volumes[1])
    parameters.segmentation = None
    choose(a_ready_panel, volumes, seeds, a_host)
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    voxels = segment_voxels(parameters.segmentation, "Tissue")[1].sum()
    assert voxels == pytest.approx(expected, rel=0 if how in ("left-handed", "bent") else 0.05)


def test_a_volume_larger_than_memory_is_refused_or_restricted(a_ready_panel, a_host, a_scene, two_volumes, three_seeds):
    """At least 10^9 voxels, of which nothing but a slab is ever touched."""
    available = memory_available()
    if available is None:
        pytest.skip("this system does not tell how much memory is free")
    side = math.ceil(max(1e9, available / 10) ** (1 / 3))
    nodes = [huge_volume(a_scene, f"huge {name}", side, seed) for seed, name in enumerate(("CT", "MR"))]
    seeds = add_points(a_scene, "Few", [world_position(nodes[0], (side // 2,) * 3)])
    before = resident_bytes()
    choose(a_ready_panel, nodes, seeds, a_host)
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    said = a_ready_panel.ui.statusLabel.text
    assert "'huge CT' may need" in said
    assert f"{18 * side**3 / 1e9:.1f} GB of memory" in said
    assert "restrict it to a region of interest" in said
    assert parameters_of(a_ready_panel).segmentation is None
    roi = a_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "Box")
    roi.SetXYZ(*world_position(nodes[0], (side // 2,) * 3))
    roi.SetRadiusXYZ(8, 8, 8)
    parameters_of(a_ready_panel).roi = roi
    a_ready_panel.ui.applyButton.click()
    a_host.process_events()
    segmentation = parameters_of(a_ready_panel).segmentation
    assert 1 <= segment_voxels(segmentation, "Tissue")[1].sum() <= 17**3
    if before is not None:
        assert resident_bytes() - before < 200e6


def huge_volume(scene, name, side, seed):
    """Zeros that take no memory, and a slab of noise around the middle."""
    values = np.zeros((side, side, side), np.uint8)
    slab = values[side // 2 - 20 : side // 2 + 20]
    slab[:, :: side // 100] = np.random.default_rng(seed).integers(90, 110, slab[:, :: side // 100].shape, np.uint8)
    middle = (slice(side // 2 - 10, side // 2 + 10),) * 3
    values[middle] = np.random.default_rng(seed + 5).integers(40, 60, (20, 20, 20), np.uint8)
    image = vtk.vtkImageData()
    image.SetDimensions(side, side, side)
    image.GetPointData().SetScalars(numpy_to_vtk(values.reshape(-1), deep=False))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetIJKToRASMatrix(matrix_from_array(RAS_TO_LPS))
    node.SetAndObserveImageData(image)
    return node
