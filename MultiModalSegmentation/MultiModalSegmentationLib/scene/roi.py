"""Regions of interest that fit a volume or a part of it."""

from __future__ import annotations

import itertools

import numpy as np
import slicer

from ..geometry.box import Box
from .nodes import world_position
from .volumes import grid_of_volume, transform_between


def fit_roi(roi: slicer.vtkMRMLMarkupsROINode, volume: slicer.vtkMRMLScalarVolumeNode, box: Box | None = None) -> None:
    """Give the ROI the bounds, along its own axes, of an index box of the volume, or of the whole volume.

    The voxels' edges count, not their centers, through the parent transforms of both; of a bent one, the corners do.
    """
    box = box or grid_of_volume(volume).box
    ranges = [(start - 0.5, stop - 0.5) for start, stop in zip(box.start, box.stop)]
    to_node = transform_between(None, roi)
    object_to_node = slicer.util.arrayFromVTKMatrix(roi.GetObjectToNodeMatrix())
    corners = [to_node.TransformPoint(world_position(volume, corner)) for corner in itertools.product(*ranges)]
    local = (np.array(corners) - object_to_node[:3, 3]) @ object_to_node[:3, :3]
    low, high = local.min(axis=0), local.max(axis=0)
    roi.SetSize(*(high - low))
    roi.SetCenter(*(object_to_node[:3, 3] + object_to_node[:3, :3] @ ((low + high) / 2)))
