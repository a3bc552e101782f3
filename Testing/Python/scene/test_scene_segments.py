"""Regions to segments on real MRML: geometry, replacement, overlap, tags."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from scene_helpers import add_linear_transform, add_sampled_volume, grid_of, translation, two_tissues

from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.parameters.colors import TISSUE_COLOR, TISSUE_TERMINOLOGY
from MultiModalSegmentationLib.parameters.settings import OverwriteMode
from MultiModalSegmentationLib.scene.segments import (
    BINARY_LABELMAP,
    Region,
    SegmentLook,
    fit_region,
    reference_grid,
    segment_region,
    write_labelmap,
)
from MultiModalSegmentationLib.scene.standalone import StandaloneScene

GRID = grid_of((20, 18, 16), (1.0, 1.5, 2.0), (-12.0, -9.0, 4.0))
LOOK = SegmentLook("A")
BOX = Box((4, 5, 6), (9, 9, 9))
MASK = (np.arange(60).reshape(3, 4, 5) % 3 > 0).astype(np.uint8)


@pytest.fixture
def standalone():
    return StandaloneScene()


@pytest.fixture
def a_volume_node(standalone):
    return add_sampled_volume(standalone.scene, "T1", GRID, two_tissues)


@pytest.fixture
def a_segmentation_node(standalone):
    return standalone.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")


def write(segmentation, volume, mask=MASK, box=BOX, look=LOOK, **keywords):
    labelmap = fit_region(segmentation, volume, Region(GRID, box, mask))
    return write_labelmap(segmentation, volume, labelmap, look, **keywords)


def whole(mask=MASK, box=BOX):
    array = np.zeros(GRID.size[::-1], np.uint8)
    array[box.slices] = mask
    return array


def test_new_segmentation_takes_over_the_reference(a_volume_node, a_segmentation_node, standalone):
    step = add_linear_transform(standalone.scene, translation([3, 0, 0]))
    a_volume_node.SetAndObserveTransformNodeID(step.GetID())
    segment_id = write(a_segmentation_node, a_volume_node)
    segment = a_segmentation_node.GetSegmentation().GetSegment(segment_id)
    assert np.array_equal(segment_region(a_segmentation_node, segment_id, GRID, None), whole())
    assert a_segmentation_node.GetTransformNodeID() == step.GetID()
    assert reference_grid(a_segmentation_node).shift_in_voxels(GRID) < 1e-9
    assert a_segmentation_node.GetNodeReferenceID("referenceImageGeometryRef") == a_volume_node.GetID()
    assert segment.GetColor() == pytest.approx(TISSUE_COLOR)
    assert segment.GetTerminology() == TISSUE_TERMINOLOGY


def test_segmentation_with_empty_segments_alone_takes_over_the_reference(
    a_volume_node, a_segmentation_node, standalone
):
    step = add_linear_transform(standalone.scene, translation([3, 0, 0]))
    a_volume_node.SetAndObserveTransformNodeID(step.GetID())
    a_segmentation_node.GetSegmentation().AddEmptySegment("empty", "Empty")
    segment_id = write(a_segmentation_node, a_volume_node)
    assert a_segmentation_node.GetTransformNodeID() == step.GetID()
    assert np.array_equal(segment_region(a_segmentation_node, segment_id, GRID, None), whole())


def test_segments_without_a_reference_geometry_keep_their_place(a_volume_node, a_segmentation_node, standalone):
    first = write(a_segmentation_node, a_volume_node)
    a_segmentation_node.GetSegmentation().SetConversionParameter("Reference image geometry", "")
    step = add_linear_transform(standalone.scene, translation([2, 0, 0]))
    a_volume_node.SetAndObserveTransformNodeID(step.GetID())
    second = write(a_segmentation_node, a_volume_node, np.ones_like(MASK), look=SegmentLook("B"))
    assert a_segmentation_node.GetTransformNodeID() is None
    assert np.array_equal(segment_region(a_segmentation_node, first, GRID, None), whole())
    moved = segment_region(a_segmentation_node, second, GRID, None)
    assert np.argwhere(moved).min(axis=0).tolist() == [6, 5, 2]


def test_labelmap_holds_the_box_only(a_volume_node, a_segmentation_node):
    segment_id = write(a_segmentation_node, a_volume_node)
    labelmap = a_segmentation_node.GetSegmentation().GetSegment(segment_id).GetRepresentation(BINARY_LABELMAP)
    assert labelmap.GetExtent() == (4, 8, 5, 8, 6, 8)


def test_new_segmentation_sits_beside_the_reference(a_volume_node, a_segmentation_node, standalone):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(standalone.scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
    for node, parent in ((a_volume_node, study), (a_segmentation_node, hierarchy.GetSceneItemID())):
        hierarchy.CreateItem(parent, node)
    write(a_segmentation_node, a_volume_node)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(a_segmentation_node)) == study


def test_replacing_keeps_id_terminology_and_color(a_volume_node, a_segmentation_node):
    first = write(a_segmentation_node, a_volume_node, look=SegmentLook("A", (0.1, 0.2, 0.3), "own~terminology"))
    again = write(a_segmentation_node, a_volume_node, mask=MASK[:1], box=Box((4, 5, 6), (9, 9, 7)))
    segment = a_segmentation_node.GetSegmentation().GetSegment(first)
    assert again == first
    assert a_segmentation_node.GetSegmentation().GetNumberOfSegments() == 1
    assert segment.GetColor() == pytest.approx((0.1, 0.2, 0.3))
    assert segment.GetTerminology() == "own~terminology"
    expected = whole(MASK[:1], Box((4, 5, 6), (9, 9, 7)))
    assert np.array_equal(segment_region(a_segmentation_node, first, GRID, None), expected)


@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        (OverwriteMode.ALLOW_OVERLAP, (True, True)),
        (OverwriteMode.OVERWRITE_ALL, (False, False)),
        (OverwriteMode.OVERWRITE_VISIBLE, (False, True)),
    ],
)
def test_overlap_rule(a_volume_node, a_segmentation_node, mode, kept):
    everything = np.ones_like(MASK)
    others = [write(a_segmentation_node, a_volume_node, everything, look=SegmentLook(n)) for n in ("shown", "hidden")]
    a_segmentation_node.GetDisplayNode().SetSegmentVisibility(others[1], False)
    new = write(a_segmentation_node, a_volume_node, look=SegmentLook("new"), overwrite=mode)
    assert np.array_equal(segment_region(a_segmentation_node, new, GRID, None), whole())
    for other, is_kept in zip(others, kept):
        expected = whole(everything) if is_kept else whole(1 - MASK)
        assert np.array_equal(segment_region(a_segmentation_node, other, GRID, None), expected)


def test_overlap_rule_holds_for_segments_on_one_shared_labelmap(a_volume_node, a_segmentation_node):
    left, right = MASK * 0, MASK * 0
    left[:, :, :2], right[:, :, 2:] = 1, 1
    ids = [write(a_segmentation_node, a_volume_node, m, look=SegmentLook(n)) for m, n in ((left, "l"), (right, "r"))]
    a_segmentation_node.GetSegmentation().CollapseBinaryLabelmaps(False)
    assert a_segmentation_node.GetSegmentation().GetNumberOfLayers() == 1
    write(a_segmentation_node, a_volume_node, look=SegmentLook("l"))
    assert np.array_equal(segment_region(a_segmentation_node, ids[0], GRID, None), whole())
    assert np.array_equal(segment_region(a_segmentation_node, ids[1], GRID, None), whole(right))
    write(a_segmentation_node, a_volume_node, look=SegmentLook("l"), overwrite=OverwriteMode.OVERWRITE_ALL)
    assert np.array_equal(segment_region(a_segmentation_node, ids[1], GRID, None), whole(right * (1 - MASK)))


def test_existing_segmentation_keeps_its_geometry_and_transform(a_volume_node, a_segmentation_node, standalone):
    coarse = grid_of((12, 12, 12), (2.0, 2.0, 2.4), (-13.1, -10.1, 2.0))
    own = add_sampled_volume(standalone.scene, "own", coarse, two_tissues)
    a_segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(own)
    place = add_linear_transform(standalone.scene, translation([1.0, 0.5, 0]))
    a_segmentation_node.SetAndObserveTransformNodeID(place.GetID())
    solid = np.ones((6, 8, 10), np.uint8)
    segment_id = write(a_segmentation_node, a_volume_node, solid, Box((4, 5, 6), (14, 13, 12)))
    assert a_segmentation_node.GetTransformNodeID() == place.GetID()
    assert reference_grid(a_segmentation_node).shift_in_voxels(coarse) < 1e-9
    result = segment_region(a_segmentation_node, segment_id, coarse, None)
    k, j, i = np.meshgrid(*(np.arange(12),) * 3, indexing="ij")
    lps = np.stack([i, j, k, np.ones_like(i)], -1) @ coarse.index_to_lps.T
    # To the world, RAS + (1, 0.5, 0), is LPS - (1, 0.5, 0); the volume itself is not moved.
    index = (lps - [1.0, 0.5, 0, 0]) @ np.linalg.inv(GRID.index_to_lps).T
    nearest = np.floor(index[..., :3] + 0.5)
    expected = ((nearest >= (4, 5, 6)) & (nearest < (14, 13, 12))).all(-1)
    assert expected.sum() > 100
    assert np.array_equal(result > 0, expected)


def test_region_that_falls_between_the_voxels_is_refused(a_volume_node, a_segmentation_node, standalone):
    own = add_sampled_volume(standalone.scene, "own", grid_of((3, 3, 3), (40.0, 40.0, 40.0)), two_tissues)
    a_segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(own)
    with pytest.raises(ValueError, match="falls between the voxels of the segmentation 'Segmentation'"):
        write(a_segmentation_node, a_volume_node, MASK[:1, 2:3, :1] * 0 + 1, Box((10, 9, 3), (11, 10, 4)))
    assert a_segmentation_node.GetSegmentation().GetNumberOfSegments() == 0


def test_segmentation_stored_as_surfaces_is_refused_by_name(a_volume_node, a_segmentation_node):
    write(a_segmentation_node, a_volume_node)
    a_segmentation_node.CreateClosedSurfaceRepresentation()
    a_segmentation_node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    with pytest.raises(ValueError, match="'Segmentation' is stored as 'Closed surface'"):
        fit_region(a_segmentation_node, a_volume_node, Region(GRID, BOX, MASK))


def test_surface_follows_the_replaced_voxels(a_volume_node, a_segmentation_node):
    segment_id = write(a_segmentation_node, a_volume_node, np.ones_like(MASK))
    a_segmentation_node.CreateClosedSurfaceRepresentation()
    bounds = []
    for box in (BOX, Box((12, 5, 6), (17, 9, 9))):
        write(a_segmentation_node, a_volume_node, np.ones_like(MASK), box)
        surface = a_segmentation_node.GetClosedSurfaceInternalRepresentation(segment_id)
        bounds.append(surface.GetBounds())
    # RAS x is -LPS x: moving by 8 voxels of 1 mm along i moves the surface by -8 mm.
    assert bounds[1][0] - bounds[0][0] == pytest.approx(-8.0, abs=1e-3)


def test_tags_are_kept(a_volume_node, a_segmentation_node):
    segment_id = write(a_segmentation_node, a_volume_node, tags={"MultiModalSegmentation": "recipe"})
    tag = vtk.reference("")
    assert a_segmentation_node.GetSegmentation().GetSegment(segment_id).GetTag("MultiModalSegmentation", tag)
    assert str(tag) == "recipe"
