"""From the scene to arrays: volumes become channels on one grid, control points become seeds.

World positions go through the parent transforms of every node involved, linear or not. Nothing here changes the scene.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..engine.bricks.channels import strided_sample
from ..engine.bricks.padding import without_padding
from ..geometry.box import Index
from ..geometry.errors import GeometryError, VolumeTypeError
from ..geometry.grid import SAME_GRID_TOLERANCE, ArrayImage, Grid
from ..geometry.points import SeedPoint, voxel_at
from ..parameters.settings import MAXIMUM_CHANNELS

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def channels_from_volumes(volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> list[ArrayImage]:
    """The volumes on the first one's grid; those already on it as views of their voxels, without a copy.

    Voxels outside the field of view of a resampled volume are NaN. Raises ``ValueError`` or a subclass naming the
    volume.
    """
    check_volumes(volumes)
    reference = volumes[0]
    return [_channel(volume, reference) for volume in volumes]


def check_volumes(volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> None:
    """Raise an error naming the volume that cannot be a channel."""
    if not volumes or any(volume is None for volume in volumes):
        raise ValueError("No input volume is chosen: choose the reference volume and at least a second one.")
    if len(volumes) > MAXIMUM_CHANNELS:
        raise ValueError(f"{len(volumes)} volumes are chosen: choose at most {MAXIMUM_CHANNELS}.")
    for number, volume in enumerate(volumes):
        if volume in volumes[:number]:
            raise ValueError(f"The volume '{volume.GetName()}' is chosen twice: choose different volumes.")
        _check_volume(volume)


def _check_volume(volume: slicer.vtkMRMLScalarVolumeNode) -> None:
    name = volume.GetName()
    if volume.IsA("vtkMRMLLabelMapVolumeNode"):
        raise VolumeTypeError(f"The volume '{name}' is a label map: choose a scalar volume.")
    image = volume.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None or image.GetNumberOfPoints() == 0:
        raise VolumeTypeError(f"The volume '{name}' has no voxels: load it again or choose another volume.")
    if image.GetNumberOfScalarComponents() != 1:
        raise VolumeTypeError(
            f"The volume '{name}' has {image.GetNumberOfScalarComponents()} values per voxel (RGB or vector): "
            "choose a scalar volume."
        )
    if grid_of_volume(volume).is_sheared():
        raise GeometryError(f"The axes of the volume '{name}' are not at right angles: resample it to a regular grid.")


def volume_array(volume: slicer.vtkMRMLScalarVolumeNode) -> np.ndarray:
    """The volume's voxels (z, y, x), as a view."""
    image = volume.GetImageData()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])


def grid_of_volume(volume: slicer.vtkMRMLVolumeNode) -> Grid:
    """The volume's grid in its own coordinates, its parent transform not applied."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return Grid(tuple(volume.GetImageData().GetDimensions()), RAS_TO_LPS @ array_from_matrix(matrix))


def array_from_matrix(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    """A VTK matrix as a 4 x 4 array."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_from_array(array: np.ndarray) -> vtk.vtkMatrix4x4:
    """A 4 x 4 array as a VTK matrix."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(array, float).ravel().tolist())
    return matrix


def transform_between(
    source: slicer.vtkMRMLTransformableNode | None, target: slicer.vtkMRMLTransformableNode | None
) -> vtk.vtkGeneralTransform:
    """From the source's own coordinates (RAS, mm) to the target's; ``None`` stands for the world."""
    transform = vtk.vtkGeneralTransform()
    parents = [node.GetParentTransformNode() if node else None for node in (source, target)]
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(*parents, transform)
    return transform


def linear_matrix(transform: vtk.vtkAbstractTransform) -> np.ndarray | None:
    """The transform as a 4 x 4 matrix, or ``None`` where it is not linear."""
    linear = vtk.vtkTransform()
    if not slicer.vtkMRMLTransformNode.IsGeneralTransformLinear(transform, linear):
        return None
    return array_from_matrix(linear.GetMatrix())


def index_transform(
    from_grid: Grid, to_grid: Grid, between: vtk.vtkAbstractTransform
) -> tuple[vtk.vtkGeneralTransform, np.ndarray | None]:
    """From voxel indices of one grid to voxel indices of another, and the same as a matrix where it is linear.

    ``between`` leads from the first grid's own RAS coordinates to the second's.
    """
    to_ras = RAS_TO_LPS @ from_grid.index_to_lps
    from_ras = np.linalg.inv(RAS_TO_LPS @ to_grid.index_to_lps)
    matrix = linear_matrix(between)
    transform = vtk.vtkGeneralTransform()
    transform.PostMultiply()
    if matrix is not None:
        # What transforms that cancel out leave behind must not decide on which side of a border a voxel lies.
        matrix = (from_ras @ matrix @ to_ras).round(9) + 0.0
        transform.Concatenate(matrix_from_array(matrix))
        return transform, matrix
    transform.Concatenate(matrix_from_array(to_ras))
    transform.Concatenate(between)
    transform.Concatenate(matrix_from_array(from_ras))
    return transform, None


def is_same_grid(grid: Grid, other: Grid, matrix: np.ndarray | None) -> bool:
    """Whether an index of one grid is, within the tolerance, the same index of the other."""
    if matrix is None or grid.size != other.size:
        return False
    moved = Grid(grid.size, grid.index_to_lps @ matrix)
    return grid.shift_in_voxels(moved) < SAME_GRID_TOLERANCE


def _channel(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> ArrayImage:
    grid, own_grid = grid_of_volume(reference), grid_of_volume(volume)
    transform, matrix = index_transform(grid, own_grid, transform_between(reference, volume))
    if is_same_grid(grid, own_grid, matrix):
        return ArrayImage(volume_array(volume), grid, volume.GetName())
    image, padding = _without_padding(volume)
    array = resample(image, grid.size, transform)
    if not np.isfinite(array).any():
        raise GeometryError(
            f"The volumes '{reference.GetName()}' and '{volume.GetName()}' have no common field of view: "
            "register them first, or check their transforms."
        )
    return ArrayImage(array, grid, volume.GetName(), padding)


def _without_padding(volume: slicer.vtkMRMLScalarVolumeNode) -> tuple[vtk.vtkImageData, tuple[float, ...]]:
    """A volume's image, as a copy with NaN in the place of a margin before interpolation blends it with the rest."""
    array = volume_array(volume)
    clean, padding = without_padding(array, strided_sample(array))
    image = volume.GetImageData()
    if padding:
        copy = vtk.vtkImageData()
        copy.CopyStructure(image)
        copy.GetPointData().SetScalars(numpy_to_vtk(clean.ravel(), deep=True))
        image = copy
    return image, padding


def resample(
    image: vtk.vtkImageData, size: Index, transform: vtk.vtkAbstractTransform, *, linear: bool = True
) -> np.ndarray:
    """An image's values at every index of a grid of this size, as float32 (z, y, x); NaN outside the image.

    ``transform`` leads from that grid's indices to the image's. A voxel reaches half a voxel around its center, as in
    ``itk::LinearInterpolateImageFunction``.
    """
    reslice = vtk.vtkImageReslice()
    reslice.SetInputData(_in_index_coordinates(image))
    reslice.SetResliceTransform(transform)
    reslice.SetOutputSpacing(1, 1, 1)
    reslice.SetOutputOrigin(0, 0, 0)
    reslice.SetOutputExtent(0, size[0] - 1, 0, size[1] - 1, 0, size[2] - 1)
    if linear:
        reslice.SetInterpolationModeToLinear()
    else:
        reslice.SetInterpolationModeToNearestNeighbor()
    reslice.BorderOn()
    reslice.SetOutputScalarType(vtk.VTK_FLOAT)
    reslice.SetBackgroundLevel(float("nan"))
    reslice.Update()
    output = reslice.GetOutput()
    return vtk_to_numpy(output.GetPointData().GetScalars()).reshape(size[::-1])


def _in_index_coordinates(image: vtk.vtkImageData) -> vtk.vtkImageData:
    view = vtk.vtkImageData()
    view.ShallowCopy(image)
    view.SetOrigin(0, 0, 0)
    view.SetSpacing(1, 1, 1)
    view.SetDirectionMatrix(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return view


def is_resampled(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Whether a volume lies on another grid than the reference, transforms included."""
    grid, own_grid = grid_of_volume(reference), grid_of_volume(volume)
    _, matrix = index_transform(grid, own_grid, transform_between(reference, volume))
    return not is_same_grid(grid, own_grid, matrix)


def seed_points(
    markups: slicer.vtkMRMLMarkupsNode | None, reference: slicer.vtkMRMLScalarVolumeNode
) -> list[SeedPoint]:
    """The defined control points as voxels of the reference; unplaced and preview points are left out.

    Raises ``SeedError`` naming the label of a point outside the reference.
    """
    if markups is None:
        return []
    grid = grid_of_volume(reference)
    to_index, _ = index_transform(_world_grid(), grid, transform_between(None, reference))
    return [_seed_point(markups, n, to_index, reference, grid) for n in defined_points(markups)]


def defined_points(markups: slicer.vtkMRMLMarkupsNode) -> list[int]:
    """The numbers of the control points that have a position."""
    defined = slicer.vtkMRMLMarkupsNode.PositionDefined
    count = markups.GetNumberOfControlPoints()
    return [n for n in range(count) if markups.GetNthControlPointPositionStatus(n) == defined]


def _world_grid() -> Grid:
    return Grid((1, 1, 1), RAS_TO_LPS)


def _seed_point(
    markups: slicer.vtkMRMLMarkupsNode,
    number: int,
    to_index: vtk.vtkAbstractTransform,
    reference: slicer.vtkMRMLScalarVolumeNode,
    grid: Grid,
) -> SeedPoint:
    label = markups.GetNthControlPointLabel(number) or f"{markups.GetName()}-{number + 1}"
    position = [0.0, 0.0, 0.0]
    markups.GetNthControlPointPositionWorld(number, position)
    voxel = voxel_at(label, to_index.TransformPoint(position), grid, reference.GetName())
    return SeedPoint(label, tuple(position), voxel)
