"""What the scene tells about a region beyond its voxels."""

from __future__ import annotations

import numpy as np
import slicer

from ..explaining.findings import Finding, FindingKind
from ..scene.volumes import linear_matrix, transform_between

_TOLERANCE = 1e-3


def transform_findings(reference: slicer.vtkMRMLScalarVolumeNode) -> list[Finding]:
    """Whether volumes in mL are other ones in the world, because the reference's transform is not rigid."""
    matrix = linear_matrix(transform_between(reference, None))
    if matrix is not None and np.abs(matrix[:3, :3].T @ matrix[:3, :3] - np.eye(3)).max() < _TOLERANCE:
        return []
    return [Finding(FindingKind.NOT_RIGID, channel=reference.GetName())]
