"""Where pooled growing starts: a model for each seed, from the voxels around them, no tighter than a tissue is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .statistics import Statistics, pooled_statistics

TISSUE_SHARE = 0.1
"""Spread of one tissue across a scan as a share of a channel's own spread: what a box of 27 neighbors cannot show."""


def pooled_seed_statistics(boxes: Sequence[np.ndarray]) -> Statistics:
    """Mean and total covariance of the voxels of all the seeds' boxes (C, N) together, plus the spread of a tissue.

    ``boxes`` hold standardized channels. Neighbors are smooth and alike, so their covariance alone leaves out how a
    tissue varies from place to place (bias field, mixtures): ``TISSUE_SHARE`` squared is added to each channel's
    variance.

    Several seeds are several models, one around each box's mean, with the boxes' average covariance in common: a
    seed on another shade of the tissue brings in that shade, not everything between the two.
    """
    share = TISSUE_SHARE**2 * np.eye(len(boxes[0]))
    pooled = pooled_statistics(np.concatenate(boxes, axis=1))
    each = [pooled_statistics(box) for box in boxes if box.shape[1]]
    within = np.mean([one.covariance for one in each], axis=0) + share
    models = tuple(Statistics(one.mean, within) for one in each) if len(each) > 1 else ()
    return Statistics(pooled.mean, pooled.covariance + share, models)
