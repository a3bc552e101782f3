"""Where pooled growing starts: statistics from the voxels around the seeds, no tighter than a tissue is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .statistics import Statistics, pooled_statistics

TISSUE_SHARE = 0.1
"""Spread of one tissue across a scan as a share of a channel's own spread: what a box of 27 neighbors cannot show."""


def pooled_seed_statistics(boxes: Sequence[np.ndarray]) -> Statistics:
    """Mean and total covariance of the voxels of all the seeds' boxes (C, N) together, plus the spread of a tissue.

    ``boxes`` hold standardized channels. The spread between the seeds counts, unlike in ITK's average of the boxes'
    covariances. Neighbors are smooth and alike, so their covariance alone leaves out how a tissue varies from place
    to place (bias field, mixtures): ``TISSUE_SHARE`` squared is added to each channel's variance.
    """
    pooled = pooled_statistics(np.concatenate(boxes, axis=1))
    return Statistics(pooled.mean, pooled.covariance + TISSUE_SHARE**2 * np.eye(len(pooled.mean)))
