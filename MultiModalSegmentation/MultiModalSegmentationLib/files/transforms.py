"""Transforms as files that ITK and Slicer read: from points of the reference to points of a volume, mm, LPS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

TRANSFORM_ENDING = ".tfm"


def read_transform(path: Path) -> sitk.Transform:
    """Read a transform of 3D points. Raises ``ValueError`` naming the file."""
    if not path.is_file():
        raise ValueError(f"The transform '{path}' does not exist: check its name.")
    try:
        transform = sitk.ReadTransform(str(path))
    except RuntimeError as error:
        raise ValueError(
            f"The transform '{path}' cannot be read: give a .tfm, .txt or .h5 file that ITK or Slicer wrote."
        ) from error
    if transform.GetDimension() != 3:
        raise ValueError(f"The transform '{path}' has {transform.GetDimension()} dimensions: give one with three.")
    return transform


def write_transform(transform: sitk.Transform, path: Path) -> None:
    """Write a linear transform as an affine one, the kind that every reader knows."""
    matrix = matrix_of(transform)
    affine = sitk.AffineTransform(3)
    affine.SetMatrix(matrix[:3, :3].ravel().tolist())
    affine.SetTranslation(matrix[:3, 3].tolist())
    sitk.WriteTransform(affine, str(path))


def matrix_of(transform: sitk.Transform) -> np.ndarray:
    """A linear transform of 3D points as a 4 x 4 matrix."""
    corners = np.vstack([np.zeros(3), np.eye(3)])
    images = np.array([transform.TransformPoint(corner.tolist()) for corner in corners])
    matrix = np.eye(4)
    matrix[:3, :3] = (images[1:] - images[0]).T
    matrix[:3, 3] = images[0]
    return matrix
