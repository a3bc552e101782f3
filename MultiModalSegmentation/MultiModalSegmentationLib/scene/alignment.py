"""A volume brought onto the reference by a transform node above it, and taken back.

Slicer's transforms move a volume to where it is seen, from its own coordinates to its parent's (RAS); that of an
alignment takes points of the reference to points of the volume (LPS), as resampling needs it: the other way.
"""

from __future__ import annotations

import numpy as np
import slicer

from ..geometry.errors import GeometryError
from ..geometry.grid import ArrayImage, Grid
from .volumes import (
    RAS_TO_LPS,
    channels_from_volumes,
    check_volumes,
    grid_of_volume,
    linear_matrix,
    matrix_from_array,
    transform_between,
    volume_array,
)

_ATTRIBUTE = "MultiModalSegmentation.ParentBeforeAlignment"


def volumes_to_align(
    reference: slicer.vtkMRMLScalarVolumeNode, volume: slicer.vtkMRMLScalarVolumeNode
) -> tuple[ArrayImage, ArrayImage]:
    """The reference and the volume as it lies now, both in the reference's own coordinates (LPS).

    A volume that is bent against the reference is resampled. Raises ``ValueError`` or a subclass naming the volume
    that is no scalar volume, or that cannot be aligned where it is.
    """
    check_volumes([reference, volume])
    grid = grid_of_volume(reference)
    fixed = ArrayImage(volume_array(reference), grid, reference.GetName())
    matrix = _to_reference(volume, reference)
    if matrix is not None:
        own = grid_of_volume(volume)
        seen = Grid(own.size, RAS_TO_LPS @ matrix @ RAS_TO_LPS @ own.index_to_lps)
        return fixed, ArrayImage(volume_array(volume), seen, volume.GetName())
    _check_alone(volume, reference)
    return fixed, channels_from_volumes([reference, volume])[1]


def put_alignment(
    reference: slicer.vtkMRMLScalarVolumeNode, volume: slicer.vtkMRMLScalarVolumeNode, fixed_to_moving: np.ndarray
) -> slicer.vtkMRMLLinearTransformNode:
    """A new transform node that moves the volume by an alignment, a 4 x 4 matrix (LPS, mm) from points of the reference
    to points of the volume as it lay.

    The volume's own transforms stay in it. Where those bend the volume, the node lies above them; otherwise it takes
    their place and follows the reference. :func:`take_alignment` brings the volume back.
    """
    scene = volume.GetScene()
    back = RAS_TO_LPS @ np.linalg.inv(fixed_to_moving) @ RAS_TO_LPS
    matrix = _to_reference(volume, reference)
    name = scene.GenerateUniqueName(f"{volume.GetName()} to {reference.GetName()}")
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    before = volume.GetParentTransformNode()
    node.SetAttribute(_ATTRIBUTE, before.GetID() if before else "")
    if matrix is not None:
        node.SetMatrixTransformToParent(matrix_from_array(back @ matrix))
        node.SetAndObserveTransformNodeID(_parent_id(reference))
        volume.SetAndObserveTransformNodeID(node.GetID())
        return node
    to_world = linear_matrix(transform_between(reference, None))
    node.SetMatrixTransformToParent(matrix_from_array(to_world @ back @ np.linalg.inv(to_world)))
    _top(volume).SetAndObserveTransformNodeID(node.GetID())
    return node


def alignment_of(volume: slicer.vtkMRMLScalarVolumeNode | None) -> slicer.vtkMRMLLinearTransformNode | None:
    """The node above the volume that :func:`put_alignment` made."""
    node = volume.GetParentTransformNode() if volume else None
    while node is not None and node.GetAttribute(_ATTRIBUTE) is None:
        node = node.GetParentTransformNode()
    return node


def take_alignment(volume: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Bring the volume back to where it lay before it was aligned, and remove the node."""
    node = alignment_of(volume)
    if node is None:
        return
    scene = volume.GetScene()
    if volume.GetParentTransformNode() is node:
        before = scene.GetNodeByID(node.GetAttribute(_ATTRIBUTE)) if node.GetAttribute(_ATTRIBUTE) else None
        volume.SetAndObserveTransformNodeID(before.GetID() if before else None)
    else:
        below = volume.GetParentTransformNode()
        while below.GetParentTransformNode() is not node:
            below = below.GetParentTransformNode()
        below.SetAndObserveTransformNodeID(_parent_id(node))
    scene.RemoveNode(node)


def _to_reference(
    volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode
) -> np.ndarray | None:
    """From the volume's own coordinates to the reference's (RAS), or ``None`` where that is not linear."""
    return linear_matrix(transform_between(volume, reference))


def _check_alone(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> None:
    """A node above a bent transform moves all that is below it."""
    top = _top(volume)
    others = [node for node in _below(top, volume.GetScene()) if node is not volume]
    if others or linear_matrix(transform_between(reference, None)) is None:
        raise GeometryError(
            f"The volume '{volume.GetName()}' is bent by a transform against '{reference.GetName()}' that it does not "
            "have for itself: harden the transform first."
        )


def _below(top: slicer.vtkMRMLTransformNode, scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLTransformableNode]:
    """The nodes that a transform moves, transforms aside."""
    nodes = [scene.GetNthNodeByClass(n, "vtkMRMLTransformableNode") for n in range(_count(scene))]
    return [node for node in nodes if not node.IsA("vtkMRMLTransformNode") and _top(node) is top]


def _count(scene: slicer.vtkMRMLScene) -> int:
    return scene.GetNumberOfNodesByClass("vtkMRMLTransformableNode")


def _top(node: slicer.vtkMRMLTransformableNode) -> slicer.vtkMRMLTransformNode | None:
    top = node.GetParentTransformNode()
    while top is not None and top.GetParentTransformNode() is not None:
        top = top.GetParentTransformNode()
    return top


def _parent_id(node: slicer.vtkMRMLTransformableNode) -> str | None:
    parent = node.GetParentTransformNode()
    return parent.GetID() if parent else None
