"""The closed surface of a region, made and written as Slicer makes and writes it.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer
import vtk

from ..files.atomic import ending_of, replacing, stem_of
from ..geometry.box import Box
from ..geometry.grid import Grid
from .segments import BINARY_LABELMAP, Region, oriented_image
from .volumes import RAS_TO_LPS, matrix_from_array

SURFACE_ENDINGS = (".stl", ".obj", ".vtp")
CLOSED_SURFACE = "Closed surface"


def surface_of_region(mask: np.ndarray, box: Box, grid: Grid) -> vtk.vtkPolyData:
    """The surface of a region in mm, LPS: closed, and smoothed as Slicer does with its default parameters.

    ``mask`` (z, y, x) covers the box only. Raises ``ValueError`` where the region has no voxel.
    """
    if not np.any(mask):
        raise ValueError("The region is empty: it has no surface.")
    segment = slicer.vtkSegment()
    segment.AddRepresentation(BINARY_LABELMAP, oriented_image(Region(grid, box, mask)))
    # By the rule itself: a segmentation finds it only where a segmentations logic has registered it.
    rule = slicer.vtkBinaryLabelmapToClosedSurfaceConversionRule()
    segment.AddRepresentation(CLOSED_SURFACE, rule.ConstructRepresentationObjectByRepresentation(CLOSED_SURFACE))
    if not rule.Convert(segment):
        raise ValueError("The region is too small for a surface: save it as a label image.")
    return _between_ras_and_lps(segment.GetRepresentation(CLOSED_SURFACE))


def write_surface(polydata: vtk.vtkPolyData, path: Path) -> None:
    """Write a surface given in mm, LPS, as ``.stl``, ``.obj`` or ``.vtp``, with a header that says so.

    Raises ``ValueError`` for another ending, for a surface without cells, or where the file cannot be written.
    """
    ending = ending_of(path, SURFACE_ENDINGS)
    if ending is None:
        raise ValueError(f"The surface '{path}' has an unknown ending: use {', '.join(SURFACE_ENDINGS)}.")
    if not polydata.GetNumberOfCells():
        raise ValueError(f"The surface for '{path}' is empty: there is nothing to write.")
    model = slicer.vtkMRMLModelNode()
    model.SetAndObservePolyData(_between_ras_and_lps(polydata))
    storage = slicer.vtkMRMLModelStorageNode()
    with replacing(path) as temporary:
        # Slicer writes some formats under an ending in small letters whatever the name says.
        plain = temporary.with_name(f"{stem_of(temporary, ending)}{ending}")
        storage.SetFileName(str(plain))
        if not storage.WriteData(model):
            raise OSError(storage.GetUserMessages().GetAllMessagesAsString() or "the disk is full or not writable")
        plain.rename(temporary)


def _between_ras_and_lps(polydata: vtk.vtkPolyData) -> vtk.vtkPolyData:
    transform = vtk.vtkTransform()
    transform.SetMatrix(matrix_from_array(RAS_TO_LPS))
    turn = vtk.vtkTransformPolyDataFilter()
    turn.SetInputData(polydata)
    turn.SetTransform(transform)
    turn.Update()
    return turn.GetOutput()
