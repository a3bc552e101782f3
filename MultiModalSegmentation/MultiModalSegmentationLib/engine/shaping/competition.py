"""Which of several tissues gets a voxel that more than one of them has grown to.

The exclusion rule, the same way for all: the tissue that has the strongest vote. Voxels that only one tissue has grown
to are not voted on.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from .votes import Poll, Voter


def parted(
    values: np.ndarray, masks: Sequence[np.ndarray], tissues: Sequence[Sequence[Voter]], spacing: Sequence[float]
) -> Generator[None, None, list[np.ndarray]]:
    """The regions' bool masks (z, y, x) with every voxel in one of them at most, a short step at a time.

    ``values`` (C, z, y, x) are the channels of a box that holds all regions, ``tissues`` the seeds of each.
    ``spacing`` is in mm along z, y, x. A seed's voxel stays its tissue's; where votes are equal the first one has it.
    """
    kept = [np.array(mask, dtype=bool) for mask in masks]
    contested = np.sum(kept, axis=0, dtype=np.uint8) > 1
    yield
    if contested.any():
        poll = yield from Poll.over(values, spacing, np.median([seeds[0].scale for seeds in tissues], axis=0))
        best = np.full(contested.shape, -np.inf, np.float32)
        winner = np.zeros(contested.shape, np.uint8)
        for number, seeds in enumerate(tissues):
            votes = yield from poll.strongest(seeds)
            score = yield from poll.refined(np.log(votes))
            better = kept[number] & (score > best)
            best[better] = score[better]
            winner[better] = number
            yield
        for number, seeds in enumerate(tissues):
            for seed in seeds:
                winner[seed.voxel] = number
        for number, mask in enumerate(kept):
            mask &= ~contested | (winner == number)
    return kept
