"""A scene of Slicer's own MRML classes without the Slicer application: for the command line, the demo and tests.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from .grid import Grid
from .scene import RAS_TO_LPS, matrix_from_array

LOGICS = (
    "vtkMRMLColorLogic",
    "vtkSlicerSubjectHierarchyModuleLogic",
    "vtkSlicerVolumesLogic",
    "vtkSlicerTransformLogic",
    "vtkSlicerMarkupsLogic",
    "vtkSlicerSegmentationsModuleLogic",
)


class StandaloneScene:
    """A scene with the module logics that have to exist before their nodes are used."""

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self.application_logic = slicer.vtkSlicerApplicationLogic()
        self.application_logic.SetMRMLScene(self.scene)
        self.logics = {name: self._start_logic(name) for name in LOGICS}

    def _start_logic(self, name: str) -> slicer.vtkMRMLAbstractLogic:
        logic = getattr(slicer, name)()
        logic.SetMRMLApplicationLogic(self.application_logic)
        logic.SetMRMLScene(self.scene)
        return logic

    def add_volume(self, image: sitk.Image, name: str) -> slicer.vtkMRMLScalarVolumeNode:
        """A scalar volume node with a copy of the image's voxels."""
        grid = Grid.of(image)
        node = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        node.SetAndObserveImageData(_image_data(sitk.GetArrayViewFromImage(image)))
        node.SetIJKToRASMatrix(matrix_from_array(RAS_TO_LPS @ grid.index_to_lps))
        node.CreateDefaultDisplayNodes()
        return node

    def add_grid(self, grid: Grid, name: str) -> slicer.vtkMRMLScalarVolumeNode:
        """A volume node that only carries a geometry: one value, stretched over the grid without memory of its own."""
        node = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        image = vtk.vtkImageData()
        image.SetDimensions(*grid.size)
        node.SetAndObserveImageData(image)
        node.SetIJKToRASMatrix(matrix_from_array(RAS_TO_LPS @ grid.index_to_lps))
        return node

    def add_points(
        self, name: str, points: Sequence[tuple[float, float, float]], color: tuple[float, float, float]
    ) -> slicer.vtkMRMLMarkupsFiducialNode:
        """A list of points at world positions in mm, RAS."""
        node = self.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetSelectedColor(color)
        for number, point in enumerate(points, 1):
            node.AddControlPointWorld(vtk.vtkVector3d(*point), f"{name}-{number}")
        return node


def _image_data(array: np.ndarray) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(*array.shape[::-1])
    scalars = numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image
