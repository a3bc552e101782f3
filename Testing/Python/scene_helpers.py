"""Small volumes, transforms and whole-scene comparisons for the tests on real MRML."""

import itertools

import numpy as np
import slicer
import vtk

from MultiModalSegmentationLib.geometry.grid import Grid
from MultiModalSegmentationLib.scene.nodes import add_volume
from MultiModalSegmentationLib.scene.volumes import RAS_TO_LPS, matrix_from_array


def grid_of(size, spacing=(1, 1, 1), origin=(0, 0, 0), rotation=None):
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if rotation is None else rotation) * np.asarray(spacing, float)
    matrix[:3, 3] = origin
    return Grid(tuple(size), matrix)


def rotation_about(axis, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = [n for n in range(3) if n != axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def sample_array(grid, function):
    """Values (z, y, x) of a function of the position (LPS, mm), at every voxel center."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.size[::-1]), indexing="ij")
    positions = np.stack([i, j, k, np.ones_like(i)], -1) @ grid.index_to_lps.T
    return np.asarray(function(positions[..., :3]), np.float32)


def add_sampled_volume(scene, name, grid, function):
    return add_volume(scene, grid.image(sample_array(grid, function)), name)


def two_tissues(positions):
    """100 within a ball of 8 mm around (10, 10, 10), 20 outside, and a little texture."""
    distance = np.linalg.norm(positions - 10.0, axis=-1)
    texture = np.sin(positions @ [1.3, 2.1, 0.7])
    return np.where(distance < 8, 100.0, 20.0) + texture


def add_linear_transform(scene, matrix_ras):
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetMatrixTransformToParent(matrix_from_array(matrix_ras))
    return node


def translation(ras):
    matrix = np.eye(4)
    matrix[:3, 3] = ras
    return matrix


def add_grid_transform(scene, displacement, extent=60.0, spacing=4.0):
    """A displacement field (mm, RAS) over +-extent, as a grid transform to the parent."""
    count = int(2 * extent / spacing) + 1
    image = vtk.vtkImageData()
    image.SetDimensions(count, count, count)
    image.SetSpacing(spacing, spacing, spacing)
    image.SetOrigin(-extent, -extent, -extent)
    image.AllocateScalars(vtk.VTK_DOUBLE, 3)
    from vtk.util.numpy_support import vtk_to_numpy

    ticks = np.arange(count) * spacing - extent
    z, y, x = np.meshgrid(ticks, ticks, ticks, indexing="ij")
    vtk_to_numpy(image.GetPointData().GetScalars())[:] = displacement(np.stack([x, y, z], -1)).reshape(-1, 3)
    transform = slicer.vtkOrientedGridTransform()
    transform.SetDisplacementGridData(image)
    transform.SetInterpolationModeToCubic()
    node = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    node.SetAndObserveTransformToParent(transform)
    return node


def scene_state(scene):
    """Every node of the scene as text, with its voxels: what an error must leave as it was."""
    return {node.GetID(): _node_state(node) for node in nodes_of(scene)}


def nodes_of(scene):
    return [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]


def _node_state(node):
    state = [node.GetName(), node.GetClassName(), node.GetAttributeNames()]
    if node.IsA("vtkMRMLTransformableNode"):
        state.append(node.GetTransformNodeID())
    if node.IsA("vtkMRMLVolumeNode") and node.GetImageData():
        state.append(slicer.util.arrayFromVolume(node).tobytes())
    if node.IsA("vtkMRMLSegmentationNode"):
        state.append(segmentation_state(node))
    if node.IsA("vtkMRMLMarkupsNode"):
        state.append([tuple(node.GetNthControlPointPosition(n)) for n in range(node.GetNumberOfControlPoints())])
    return state


def segmentation_state(node):
    content = node.GetSegmentation()
    state = [content.GetSourceRepresentationName(), content.GetConversionParameter("Reference image geometry")]
    for segment_id in content.GetSegmentIDs():
        segment = content.GetSegment(segment_id)
        labelmap = segment.GetRepresentation("Binary labelmap")
        voxels = None
        if labelmap and labelmap.GetPointData().GetScalars():
            from vtk.util.numpy_support import vtk_to_numpy

            voxels = (labelmap.GetExtent(), vtk_to_numpy(labelmap.GetPointData().GetScalars()).tobytes())
        state.append((segment_id, segment.GetName(), segment.GetColor(), segment.GetTerminology(), voxels))
    return state


def corners(grid):
    return [np.array(corner) * (np.array(grid.size) - 1) for corner in itertools.product((0, 1), repeat=3)]


def ras_of(grid, index):
    return (RAS_TO_LPS @ grid.index_to_lps @ [*index, 1.0])[:3]
