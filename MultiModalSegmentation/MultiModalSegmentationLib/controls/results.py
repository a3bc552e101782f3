"""What a region says about itself, as facts: the panel and the browser put them into words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry.numbers import significant
from ..pipeline.segmentation import Segmentation

ELLIPSE_POINTS = 90


@dataclass(frozen=True)
class Fact:
    """A name, a value as people read it and, where there is one, what stands in parentheses behind it."""

    name: str
    value: str
    remark: str = ""


def result_facts(segmentation: Segmentation) -> list[Fact]:
    """Volume, share of each volume's field of view, effective multiplier with its coverage, passes."""
    result = segmentation.result
    return [
        Fact("Volume", f"{significant(result.volume_ml)} mL", f"{result.voxel_count:,} voxels"),
        *(
            Fact(name, f"{100 * share:.2g} % of its field of view")
            for name, share in zip(segmentation.segmenter.names, segmentation.shares_of_view())
        ),
        Fact("Effective multiplier", f"{result.effective_multiplier:.3g}", f"coverage {100 * result.coverage:.1f} %"),
        Fact("Passes", str(len(result.passes))),
    ]


def ellipse_points(mean: Sequence[float], covariance: np.ndarray, multiplier: float) -> np.ndarray:
    """The closed curve (N, 2) of all points at that Mahalanobis distance from a mean of two channels."""
    values, vectors = np.linalg.eigh(covariance)
    angles = np.linspace(0, 2 * np.pi, ELLIPSE_POINTS)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    return np.asarray(mean) + multiplier * (vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * circle)).T
