"""The chain from world to voxel and back, for any spacing, origin, direction and transforms."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import vtk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scene_helpers import grid_of, rotation_about

from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.segments import Region, SegmentLook, fit_region, write_labelmap
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.volumes import matrix_from_array, seed_points

sizes = st.tuples(*[st.integers(1, 24)] * 3)
spacings = st.tuples(*[st.floats(0.2, 5.0)] * 3)
positions = st.tuples(*[st.floats(-300, 300)] * 3)
angles = st.tuples(*[st.floats(-180, 180)] * 3)
mirrors = st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)


def rotation(degrees):
    return rotation_about(0, degrees[0]) @ rotation_about(1, degrees[1]) @ rotation_about(2, degrees[2])


@pytest.fixture(scope="module")
def standalone():
    return StandaloneScene()


@given(sizes, spacings, positions, angles, mirrors, angles, positions, st.floats(0.5, 2.0), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_seed_and_segment_lie_where_the_volume_is(
    standalone, size, spacing, origin, direction, mirror, turn, shift, scale, data
):
    scene = standalone.scene
    grid = grid_of(size, spacing, origin, rotation(direction) * np.array(mirror))
    volume = add_volume(scene, grid.image(np.zeros(size[::-1], np.float32)), "volume")
    to_parent = np.eye(4)
    to_parent[:3, :3], to_parent[:3, 3] = rotation(turn) * scale, shift
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrix_from_array(to_parent))
    volume.SetAndObserveTransformNodeID(transform.GetID())
    index = tuple(data.draw(st.integers(0, n - 1)) for n in size)
    position = world_position(volume, index)
    seeds = add_points(scene, "seeds", [position])
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    try:
        assert seed_points(seeds, volume)[0].ijk == index
        region = Region(grid, Box(index, tuple(n + 1 for n in index)), np.ones((1, 1, 1), np.uint8))
        segment_id = write_labelmap(
            segmentation, volume, fit_region(segmentation, volume, region), SegmentLook("voxel")
        )
        assert np.allclose(center_in_world(segmentation, segment_id), position, atol=1e-3)
    finally:
        for node in (seeds, segmentation, volume, transform):
            scene.RemoveNode(node)


def center_in_world(segmentation, segment_id):
    labelmap = segmentation.GetSegmentation().GetSegment(segment_id).GetRepresentation("Binary labelmap")
    matrix = vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    extent = labelmap.GetExtent()
    assert extent[0::2] == extent[1::2]
    local = matrix.MultiplyPoint([*extent[0::2], 1.0])[:3]
    world = [0.0, 0.0, 0.0]
    segmentation.TransformPointToWorld(local, world)
    return world
