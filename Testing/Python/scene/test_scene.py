"""Volumes to channels and points to voxels, on real MRML."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from scene_helpers import (
    add_grid_transform,
    add_linear_transform,
    add_sampled_volume,
    grid_of,
    ras_of,
    rotation_about,
    sample_array,
    translation,
)

from MultiModalSegmentationLib.geometry.errors import GeometryError, SeedError, VolumeTypeError
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.volumes import (
    channels_from_volumes,
    grid_of_volume,
    seed_points,
    volume_array,
)

GRID = grid_of((20, 18, 16), (1.0, 1.5, 2.0), (-12.0, -9.0, 4.0))


@pytest.fixture
def standalone():
    return StandaloneScene()


@pytest.fixture
def scene(standalone):
    return standalone.scene


def ramp(positions):
    return positions @ [1.0, 2.0, -0.5] + 100


def test_volume_on_the_same_grid_is_a_view(scene):
    volumes = [add_sampled_volume(scene, name, GRID, ramp) for name in ("T1", "T2")]
    channels = channels_from_volumes(volumes)
    assert [np.shares_memory(c.array, volume_array(v)) for c, v in zip(channels, volumes)] == [True, True]
    assert [c.name for c in channels] == ["T1", "T2"]
    assert grid_of_volume(volumes[0]).shift_in_voxels(GRID) < 1e-9


@pytest.mark.parametrize(("shift", "is_view"), [(0.0009, True), (0.0011, False)])
def test_same_grid_tolerance_is_a_thousandth_of_a_voxel(scene, shift, is_view):
    reference = add_sampled_volume(scene, "T1", GRID, ramp)
    moved = grid_of(GRID.size, GRID.spacing, np.array(GRID.origin) + [0, 1.5 * shift, 0])
    other = add_sampled_volume(scene, "T2", moved, ramp)
    channel = channels_from_volumes([reference, other])[1]
    assert np.shares_memory(channel.array, volume_array(other)) is is_view


@pytest.mark.parametrize(
    "other",
    [
        grid_of((30, 30, 30), (1.1, 1.1, 1.3), (-15.0, -12.0, 0.0), rotation_about(2, 10)),
        grid_of((12, 12, 12), (3.0, 3.0, 3.5), (-14.0, -10.0, 2.0)),
        grid_of(GRID.size, GRID.spacing, np.array(GRID.origin) + [0.4, -0.7, 0.9]),
    ],
    ids=["rotated", "coarser", "shifted"],
)
def test_other_grid_is_resampled_in_world_space(scene, other):
    volumes = [add_sampled_volume(scene, "T1", GRID, ramp), add_sampled_volume(scene, "T2", other, ramp)]
    array = channels_from_volumes(volumes)[1].array
    expected = sample_array(GRID, ramp)
    to_other = np.linalg.inv(other.index_to_lps) @ GRID.index_to_lps
    k, j, i = np.meshgrid(*(np.arange(n) for n in GRID.size[::-1]), indexing="ij")
    index = (np.stack([i, j, k, np.ones_like(i)], -1) @ to_other.T)[..., :3]
    margin = 1e-4
    inside = ((index >= 0) & (index <= np.array(other.size) - 1)).all(-1)
    outside = ((index < -0.5 - margin) | (index > np.array(other.size) - 0.5 + margin)).any(-1)
    assert np.isnan(array[outside]).all()
    assert np.isfinite(array[inside]).all()
    assert np.abs(array[inside] - expected[inside]).max() < 1e-3


def test_parent_transforms_of_both_volumes_are_applied(scene):
    reference = add_sampled_volume(scene, "T1", GRID, ramp)
    other = add_sampled_volume(scene, "T2", GRID, ramp)
    step = add_linear_transform(scene, translation([2.0, 0, 0]))
    for moved, expected_shift in ((reference, -2.0), (other, 2.0)):
        reference.SetAndObserveTransformNodeID(None)
        other.SetAndObserveTransformNodeID(None)
        moved.SetAndObserveTransformNodeID(step.GetID())
        array = channels_from_volumes([reference, other])[1].array
        difference = array - sample_array(GRID, ramp)
        # RAS x + 2 is LPS x - 2: the moved image shows the ramp's value from 2 mm to its other side.
        assert np.allclose(difference[:, :, 3:-3], expected_shift, atol=1e-3)
    reference.SetAndObserveTransformNodeID(step.GetID())
    other.SetAndObserveTransformNodeID(step.GetID())
    assert np.shares_memory(channels_from_volumes([reference, other])[1].array, volume_array(other))


def test_non_linear_transforms_are_applied(scene):
    def displacement(ras):
        return np.stack([2 * np.sin(ras[..., 1] / 15), 0 * ras[..., 1], 0 * ras[..., 1]], -1)

    reference = add_sampled_volume(scene, "T1", GRID, ramp)
    other = add_sampled_volume(scene, "T2", grid_of((40, 40, 30), (1.5, 1.5, 2), (-30, -25, -10)), ramp)
    other.SetAndObserveTransformNodeID(add_grid_transform(scene, displacement).GetID())
    array = channels_from_volumes([reference, other])[1].array
    k, j, i = np.meshgrid(*(np.arange(n) for n in GRID.size[::-1]), indexing="ij")
    lps = (np.stack([i, j, k, np.ones_like(i)], -1) @ GRID.index_to_lps.T)[..., :3]
    # The point that the transform moves to `lps`: RAS x is -LPS x, and y is not moved.
    shifted = lps.copy()
    shifted[..., 0] += 2 * np.sin(-lps[..., 1] / 15)
    assert np.abs(array - ramp(shifted))[np.isfinite(array)].max() < 0.02
    assert np.isfinite(array).mean() > 0.9


def test_volumes_without_common_field_of_view_are_refused(scene):
    volumes = [
        add_sampled_volume(scene, "T1", GRID, ramp),
        add_sampled_volume(scene, "T2", grid_of((5, 5, 5), origin=(500, 0, 0)), ramp),
    ]
    with pytest.raises(GeometryError, match="'T1' and 'T2' have no common field of view"):
        channels_from_volumes(volumes)


def test_label_map_rgb_sheared_and_empty_volumes_are_refused_by_name(scene):
    t1 = add_sampled_volume(scene, "T1", GRID, ramp)
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")
    color = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Photo")
    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    color.SetAndObserveImageData(image)
    sheared = add_sampled_volume(scene, "Sheared", GRID, ramp)
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 1, 0.2)
    sheared.SetIJKToRASMatrix(matrix)
    for volume, error, words in (
        (labels, VolumeTypeError, "'Labels' is a label map"),
        (empty, VolumeTypeError, "'Empty' has no voxels"),
        (color, VolumeTypeError, "'Photo' has 3 values per voxel"),
        (sheared, GeometryError, "axes of the volume 'Sheared'"),
        (t1, ValueError, "'T1' is chosen twice"),
    ):
        with pytest.raises(error, match=words):
            channels_from_volumes([t1, volume])


def test_left_handed_grid_is_resampled_to_its_place(scene):
    mirrored = grid_of((30, 24, 24), (1.2, 1.2, 1.5), (15.0, -10.0, 0.0), np.diag([-1.0, 1.0, 1.0]))
    volumes = [add_sampled_volume(scene, "T1", GRID, ramp), add_sampled_volume(scene, "T2", mirrored, ramp)]
    array = channels_from_volumes(volumes)[1].array
    finite = np.isfinite(array)
    interior = np.zeros_like(finite)
    interior[2:-2, 2:-2, 2:-2] = True
    assert np.abs(array - sample_array(GRID, ramp))[finite & interior].max() < 1e-3
    assert finite.mean() > 0.5


def test_seed_at_a_voxel_center_is_that_voxel_under_any_transform(scene):
    volume = add_sampled_volume(scene, "T1", GRID, ramp)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_about(1, 30) * 1.1
    matrix[:3, 3] = [5, -3, 8]
    volume.SetAndObserveTransformNodeID(add_linear_transform(scene, matrix).GetID())
    positions = [world_position(volume, index) for index in ((0, 0, 0), (19, 17, 15), (7, 3, 11))]
    points = seed_points(add_points(scene, "Seeds", positions), volume)
    assert [point.ijk for point in points] == [(0, 0, 0), (19, 17, 15), (7, 3, 11)]
    assert np.allclose([point.ras for point in points], positions)


def test_seeds_under_a_transform_of_their_own(scene):
    volume = add_sampled_volume(scene, "T1", GRID, ramp)
    seeds = add_points(scene, "Seeds", [ras_of(GRID, (7, 3, 11))])
    seeds.SetAndObserveTransformNodeID(add_linear_transform(scene, translation([-2.0, 0, 0])).GetID())
    assert seed_points(seeds, volume)[0].ijk == (9, 3, 11)


def test_undefined_and_preview_points_are_no_seeds(scene):
    volume = add_sampled_volume(scene, "T1", GRID, ramp)
    seeds = add_points(scene, "Seeds", [ras_of(GRID, (n, n, n)) for n in (1, 2, 3)])
    seeds.UnsetNthControlPointPosition(0)
    seeds.AddControlPoint(vtk.vtkVector3d(0, 0, 0), "preview")
    seeds.SetNthControlPointPosition(3, [0, 0, 0], slicer.vtkMRMLMarkupsNode.PositionPreview)
    assert [point.ijk for point in seed_points(seeds, volume)] == [(2, 2, 2), (3, 3, 3)]


def test_seed_outside_is_named(scene):
    volume = add_sampled_volume(scene, "T1", GRID, ramp)
    seeds = add_points(scene, "Seeds", [ras_of(GRID, (3, 3, 3)), ras_of(GRID, (-0.6, 3, 3))])
    seeds.SetNthControlPointLabel(1, "astray")
    with pytest.raises(SeedError, match="'astray' lies outside the volume 'T1'"):
        seed_points(seeds, volume)


def test_frame_of_a_sequence_is_the_current_one(scene):
    volume = add_volume(scene, GRID.image(sample_array(GRID, ramp)), "Perfusion")
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Frames")
    for number in (1.0, 2.0):
        volume_array(volume)[:] = number
        sequence.SetDataNodeAtValue(volume, str(int(number)))
    first = sequence.GetNthDataNode(0)
    assert slicer.vtkMRMLScalarVolumeNode.SafeDownCast(first) is not None
    volume.SetAndObserveImageData(first.GetImageData())
    assert (channels_from_volumes([volume])[0].array == 1.0).all()
