"""The numbers of every segment made here as a table node, ready for Slicer's table export."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ..engine.model.statistics import coverage
from ..parameters.settings import UniModalParameters
from ..recipes.recipe import Recipe
from ..scene.segments import place_beside, recipe_of

TABLE_REFERENCE = "multiModalSegmentationTable"
"""The segmentation's reference to its table."""

Row = dict[str, Any]


def update_table(segmentation: slicer.vtkMRMLSegmentationNode) -> slicer.vtkMRMLTableNode:
    """One row for each segment that was made here; the segmentation's own table is written anew.

    Voxels and volume are the segment's as it is now, in the segmentation's own coordinates, as in Segment Statistics;
    the rest is what its recipe tells. A channel that a segment was not made from is left empty (NaN).
    """
    rows = segment_rows(segmentation)
    table = segmentation.GetNodeReference(TABLE_REFERENCE)
    if table is None:
        scene = segmentation.GetScene()
        name = scene.GenerateUniqueName(f"{segmentation.GetName()} statistics")
        table = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
        segmentation.SetNodeReferenceID(TABLE_REFERENCE, table.GetID())
        place_beside(segmentation, table)
    with slicer.util.NodeModify(table):
        table.RemoveAllColumns()
        for name in _column_names(rows):
            table.AddColumn(_column(name, [row.get(name) for row in rows]))
    return table


def segment_rows(segmentation: slicer.vtkMRMLSegmentationNode) -> list[Row]:
    """The table's rows as column name and value."""
    content = segmentation.GetSegmentation()
    recipes = ((segment_id, recipe_of(segmentation, segment_id)) for segment_id in content.GetSegmentIDs())
    return [_row(segmentation, segment_id, recipe) for segment_id, recipe in recipes if recipe]


def _row(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, recipe: Recipe) -> Row:
    voxels, volume_ml = _size(segmentation, segment_id)
    row = {
        "Segment": segmentation.GetSegmentation().GetSegment(segment_id).GetName(),
        "Volume (mL)": volume_ml,
        "Voxels": voxels,
    }
    result = recipe["result"]
    names = [volume["name"] for volume in recipe["volumes"]]
    if recipe.is_growing:
        row |= _of_growing(result)
        means, variances = result["mean"], np.diag(np.array(result["covariance"]))
    else:
        row |= _of_one_volume(recipe.parameters.unimodal)
        means, variances = [result["mean"]], [result["standardDeviation"] ** 2]
    shares = recipe.get("fieldOfViewShares", [math.nan] * len(names))
    for name, share, mean, variance in zip(names, shares, means, variances):
        row |= {
            f"{name}: share of field of view (%)": 100 * share,
            f"{name}: mean": mean,
            f"{name}: SD": math.sqrt(variance),
        }
    row["Warnings"] = " ".join(finding["sentence"] for finding in recipe.get("findings", ()))
    return row


def _of_growing(result: Mapping[str, Any]) -> Row:
    return {
        "Coverage (%)": 100 * result["coverage"],
        "Effective multiplier": result["effectiveMultiplier"],
        "Passes": len(result["passes"]),
    }


def _of_one_volume(parameters: UniModalParameters) -> Row:
    return {
        "Coverage (%)": 100 * coverage(parameters.multiplier, 1),
        "Effective multiplier": parameters.multiplier,
        "Passes": 1 + parameters.iterations,
    }


def _size(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str) -> tuple[int, float]:
    """Voxels and mL of a segment."""
    labelmap = slicer.vtkOrientedImageData()
    segmentation.GetBinaryLabelmapRepresentation(segment_id, labelmap)
    scalars = labelmap.GetPointData().GetScalars()
    count = int(np.count_nonzero(vtk_to_numpy(scalars))) if scalars else 0
    return count, count * math.prod(labelmap.GetSpacing()) / 1000.0


def _column_names(rows: Sequence[Row]) -> list[str]:
    """Every row's columns in the order in which they first occur, the warnings last."""
    names = dict.fromkeys(name for row in rows for name in row)
    return sorted(names or ["Segment"], key=lambda name: name == "Warnings")


def _column(name: str, values: Sequence[Any]) -> vtk.vtkAbstractArray:
    if name in ("Segment", "Warnings"):
        column = vtk.vtkStringArray()
    elif name in ("Voxels", "Passes"):
        column = vtk.vtkLongLongArray()
    else:
        column = vtk.vtkDoubleArray()
        values = [math.nan if value is None else value for value in values]
    column.SetName(name)
    for value in values:
        column.InsertNextValue(value)
    return column
