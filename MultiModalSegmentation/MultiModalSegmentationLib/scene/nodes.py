"""New nodes in a scene: volumes from images, and point lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ..geometry.grid import Grid
from ..parameters.colors import SEED_COLOR
from .volumes import RAS_TO_LPS, matrix_from_array


def add_volume(scene: slicer.vtkMRMLScene, image: sitk.Image, name: str) -> slicer.vtkMRMLScalarVolumeNode:
    """A scalar volume node with a copy of the image's voxels."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetIJKToRASMatrix(matrix_from_array(RAS_TO_LPS @ Grid.of(image).index_to_lps))
    node.SetAndObserveImageData(_image_data(sitk.GetArrayViewFromImage(image)))
    node.CreateDefaultDisplayNodes()
    return node


def add_points(
    scene: slicer.vtkMRMLScene,
    name: str,
    positions: Sequence[Sequence[float]] = (),
    color: tuple[float, float, float] = SEED_COLOR,
    label_format: str = "%N-%d",
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """A point list with points at these world positions (mm, RAS); labels hold the list's name (%N) and a number."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    style_points(node, color, label_format)
    for position in positions:
        node.AddControlPointWorld(vtk.vtkVector3d(*position))
    return node


def style_points(
    node: slicer.vtkMRMLMarkupsNode, color: tuple[float, float, float], label_format: str = "%N-%d"
) -> None:
    """Color and labels of a point list; its points are seen through the surface of the region that they lie in."""
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetColor(color)
    display.SetSelectedColor(color)
    display.SetOccludedVisibility(True)
    display.SetOccludedOpacity(1.0)
    node.SetControlPointLabelFormat(label_format)


def world_position(volume: slicer.vtkMRMLScalarVolumeNode, index: Sequence[float]) -> tuple[float, float, float]:
    """The center of a voxel in the world (mm, RAS), through the volume's parent transform."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    local = matrix.MultiplyPoint([*index, 1.0])[:3]
    to_world = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(volume.GetParentTransformNode(), None, to_world)
    return tuple(to_world.TransformPoint(local))


def _image_data(array: np.ndarray) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(*array.shape[::-1])
    scalars = numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image
