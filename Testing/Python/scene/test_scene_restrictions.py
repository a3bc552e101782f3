"""Region of interest and mask segment as voxels of the reference, on real MRML."""

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
    rotation_about,
    translation,
    two_tissues,
)

from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.scene.nodes import world_position
from MultiModalSegmentationLib.scene.restrictions import allowed_voxels, mask_segment, restricted_box
from MultiModalSegmentationLib.scene.segments import Region, SegmentLook, fit_region, write_labelmap
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.volumes import RAS_TO_LPS, array_from_matrix, matrix_from_array

GRID = grid_of((24, 22, 20), (1.0, 1.5, 2.0), (-12.0, -14.0, -18.0), rotation_about(2, 20))


@pytest.fixture
def standalone():
    return StandaloneScene()


@pytest.fixture
def a_volume_node(standalone):
    return add_sampled_volume(standalone.scene, "T1", GRID, two_tissues)


def add_roi(scene, center=(1.0, -2.0, 3.0), size=(9.0, 13.0, 11.0), rotation=None):
    """``rotation`` (3 x 3) about the center, RAS."""
    roi = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    roi.SetSize(*size)
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if rotation is None else rotation
    matrix[:3, 3] = center
    roi.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(matrix))
    roi.UpdateControlPointsFromROI()
    return roi


def add_segment(scene, volume, mask, box, name="Mask"):
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Masks")
    labelmap = fit_region(segmentation, volume, Region(GRID, box, mask))
    write_labelmap(segmentation, volume, labelmap, SegmentLook(name))
    return segmentation


def voxels_where(volume, is_inside):
    """Voxels (z, y, x) of the reference whose world position answers True, one by one."""
    size = GRID.size
    result = np.zeros(size[::-1], bool)
    for k in range(size[2]):
        for j in range(size[1]):
            for i in range(size[0]):
                result[k, j, i] = is_inside(world_position(volume, (i, j, k)))
    return result


def in_roi(roi):
    return lambda position: roi.IsPointInROIWorld(position)


def bent(positions):
    x, y, z = np.moveaxis(positions, -1, 0)
    return np.stack([4 * np.sin(y / 12), 3 * np.sin(z / 15), 5 * np.sin(x / 14)], -1)


def rotation():
    return rotation_about(2, 30) @ rotation_about(0, 25)


def four_by_four(rotation_matrix, offset):
    matrix = translation(offset)
    matrix[:3, :3] = rotation_matrix
    return matrix


def test_nothing_restricts(a_volume_node):
    assert allowed_voxels(a_volume_node) is None


@pytest.mark.parametrize("is_rotated", [False, True])
@pytest.mark.parametrize("is_moved", [False, True])
def test_roi_is_honored_by_its_planes(standalone, a_volume_node, is_rotated, is_moved):
    roi = add_roi(standalone.scene, rotation=rotation() if is_rotated else None)
    if is_moved:
        step = add_linear_transform(standalone.scene, four_by_four(rotation_about(1, 15), (3.0, 1.0, -2.0)))
        roi.SetAndObserveTransformNodeID(step.GetID())
        other = add_linear_transform(standalone.scene, four_by_four(rotation_about(0, -35), (1.0, 4.0, -2.0)))
        a_volume_node.SetAndObserveTransformNodeID(other.GetID())
    allowed = allowed_voxels(a_volume_node, roi=roi)
    expected = voxels_where(a_volume_node, in_roi(roi))
    assert expected.sum() > 200
    assert np.array_equal(allowed.array > 0, expected)
    assert allowed.array.dtype == np.uint8
    assert allowed.grid.is_same_as(GRID)


def test_volume_of_a_rotated_roi_is_that_of_its_size_not_of_the_box_around_it(standalone, a_volume_node):
    allowed = allowed_voxels(a_volume_node, roi=add_roi(standalone.scene, rotation=rotation()))
    assert allowed.array.sum() * 3.0 == pytest.approx(9 * 13 * 11, rel=0.05)


def test_roi_inside_out_keeps_the_rest(standalone, a_volume_node):
    roi = add_roi(standalone.scene, rotation=rotation())
    inside = allowed_voxels(a_volume_node, roi=roi).array
    roi.InsideOutOn()
    assert np.array_equal(allowed_voxels(a_volume_node, roi=roi).array, 1 - inside)


@pytest.mark.parametrize("moved", ["roi", "volume"])
def test_roi_through_a_bent_transform(standalone, a_volume_node, moved):
    roi = add_roi(standalone.scene, rotation=rotation())
    warp = add_grid_transform(standalone.scene, bent)
    (roi if moved == "roi" else a_volume_node).SetAndObserveTransformNodeID(warp.GetID())
    allowed = allowed_voxels(a_volume_node, roi=roi).array > 0
    to_node = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(None, roi.GetParentTransformNode(), to_node)
    to_object = np.linalg.inv(array_from_matrix(roi.GetObjectToNodeMatrix()))

    def is_inside(position):
        return (np.abs(to_object @ [*to_node.TransformPoint(position), 1.0])[:3] <= np.array(roi.GetSize()) / 2).all()

    expected = voxels_where(a_volume_node, is_inside)
    assert expected.sum() > 200
    # Positions that a transform was inverted for carry its tolerance.
    assert np.count_nonzero(allowed != expected) <= 2


def test_only_the_box_of_the_roi_is_looked_at(standalone, a_volume_node):
    roi = add_roi(standalone.scene, rotation=rotation())
    allowed = allowed_voxels(a_volume_node, roi=roi).array
    box = restricted_box(a_volume_node, roi=roi)
    assert allowed[box.slices].sum() == allowed.sum() > 0
    assert box.voxel_count < GRID.box.voxel_count / 2


MASK_BOX = Box((4, 5, 6), (16, 15, 14))
MASK = (np.random.default_rng(3).random((8, 10, 12)) > 0.3).astype(np.uint8)


@pytest.mark.parametrize("inside", [True, False])
def test_mask_on_the_same_grid(standalone, a_volume_node, inside):
    segmentation = add_segment(standalone.scene, a_volume_node, MASK, MASK_BOX)
    whole = np.zeros(GRID.size[::-1], bool)
    whole[MASK_BOX.slices] = MASK > 0
    for mask in (segmentation, (segmentation, "Mask"), mask_segment(segmentation)):
        allowed = allowed_voxels(a_volume_node, mask=mask, mask_inside=inside).array
        assert np.array_equal(allowed > 0, whole == inside)


def test_mask_through_both_transforms(standalone, a_volume_node):
    solid = np.ones_like(MASK)
    segmentation = add_segment(standalone.scene, a_volume_node, solid, MASK_BOX)
    step = add_linear_transform(standalone.scene, four_by_four(rotation(), (3.0, 1.0, -2.0)))
    segmentation.SetAndObserveTransformNodeID(step.GetID())
    warp = add_grid_transform(standalone.scene, bent)
    a_volume_node.SetAndObserveTransformNodeID(warp.GetID())
    allowed = allowed_voxels(a_volume_node, mask=segmentation).array > 0
    to_own = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(None, segmentation.GetParentTransformNode(), to_own)
    to_index = np.linalg.inv(RAS_TO_LPS @ GRID.index_to_lps)

    def is_inside(position):
        index = (to_index @ [*to_own.TransformPoint(position), 1.0])[:3]
        return all(a - 0.5 <= v < b - 0.5 for v, a, b in zip(index, MASK_BOX.start, MASK_BOX.stop))

    expected = voxels_where(a_volume_node, is_inside)
    assert expected.sum() > 200
    assert np.count_nonzero(allowed != expected) <= 2


def test_roi_and_mask_together(standalone, a_volume_node):
    roi = add_roi(standalone.scene, rotation=rotation())
    segmentation = add_segment(standalone.scene, a_volume_node, MASK, MASK_BOX)
    both = allowed_voxels(a_volume_node, roi=roi, mask=segmentation).array
    each = [allowed_voxels(a_volume_node, roi=roi).array, allowed_voxels(a_volume_node, mask=segmentation).array]
    assert np.array_equal(both, each[0] & each[1])
    assert 0 < both.sum() < min(e.sum() for e in each)


def test_what_cannot_restrict_is_refused_by_name(standalone, a_volume_node):
    scene = standalone.scene
    segmentation = add_segment(scene, a_volume_node, MASK, MASK_BOX)
    far = add_segment(scene, a_volume_node, MASK, MASK_BOX, "Far")
    far.SetAndObserveTransformNodeID(add_linear_transform(scene, translation((500, 0, 0))).GetID())
    empty = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Empty")
    empty.GetSegmentation().AddEmptySegment("nothing", "Nothing")
    several = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Several")
    for name in ("a", "b"):
        several.GetSegmentation().AddEmptySegment(name, name)
    everything = add_segment(scene, a_volume_node, np.ones(GRID.size[::-1], np.uint8), GRID.box, "All")
    for restrictions, words in (
        ({"roi": scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "New")}, "'New' has no size"),
        ({"roi": a_volume_node}, "'T1' is a vtkMRMLScalarVolumeNode: choose a region of interest"),
        ({"roi": add_roi(scene, center=(300, 0, 0))}, "'R' holds no voxel of the volume 'T1'"),
        ({"mask": (segmentation, "Other")}, "'Masks' has no segment called 'Other'"),
        ({"mask": several}, "'Several' has 2 segments: choose the one"),
        ({"mask": (None, "a")}, "No segmentation is chosen for the mask"),
        ({"mask": empty}, "'Nothing' of 'Empty' is empty"),
        ({"mask": far}, "No voxel of the reference volume lies inside the mask segment 'Far'"),
        ({"mask": everything, "mask_inside": False}, "lies outside the mask segment 'All'"),
    ):
        with pytest.raises(ValueError, match=words):
            allowed_voxels(a_volume_node, **restrictions)
