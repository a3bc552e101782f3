"""Where pooled growing starts: a model for each seed, from the voxels around it and the scale of its tissue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .statistics import Statistics, pooled_statistics

WIDER = 1.25
"""Standard deviation of a model in scales: a window of some millimeters shows only a part of how a tissue varies."""


def pooled_seed_statistics(boxes: Sequence[np.ndarray], scales: Sequence[np.ndarray]) -> Statistics:
    """A model for each seed: the mean of its box (C, N), and variances from its tissue's own scale (C,).

    A seed on another shade of the tissue brings in that shade, not everything between the two; a seed elsewhere
    leaves the others' models as they are. The answer's own mean and covariance are those of all the boxes' voxels
    together, with the average of these variances on top.
    """
    pooled = pooled_statistics(np.concatenate(boxes, axis=1))
    models = tuple(
        Statistics(pooled_statistics(box).mean, np.diag(np.square(WIDER * scale)))
        for box, scale in zip(boxes, scales)
        if box.shape[1]
    )
    tissue = np.diag(np.mean(np.square(WIDER * np.asarray(scales)), axis=0))
    return Statistics(pooled.mean, pooled.covariance + tissue, models)
