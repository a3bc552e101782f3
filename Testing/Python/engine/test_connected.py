"""The connected part of a mask, found brick by brick."""

import numpy as np
import pytest
from scipy import ndimage

from MultiModalSegmentationLib.engine.shaping.connected import connected_part
from MultiModalSegmentationLib.engine.work.steps import drained


@pytest.mark.parametrize("share", [0.25, 0.32, 0.5])
@pytest.mark.parametrize("shape", [(7, 5, 9), (40, 70, 33), (1, 100, 64)])
def test_it_is_what_labels_say(shape, share):
    mask = np.random.default_rng(5).random(shape) < share
    voxels = [tuple(voxel) for voxel in np.argwhere(mask)[:: max(1, mask.sum() // 3)]]
    labels, _ = ndimage.label(mask)
    expected = np.isin(labels, [labels[voxel] for voxel in voxels])
    assert np.array_equal(drained(connected_part(mask, voxels)), expected)
    assert 0 < expected.sum() <= mask.sum()


def test_a_large_mask_comes_in_many_steps():
    mask = np.ones((150, 150, 150), bool)
    mask[75] = False
    steps = connected_part(mask, [(0, 0, 0)])
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            part = end.value
            break
        count += 1
    assert count >= 10
    assert part.sum() == 75 * 150 * 150 and part[:75].all()
