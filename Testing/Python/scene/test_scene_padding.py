"""A constant margin of a volume node is outside of its field of view, resampled or not."""

from __future__ import annotations

import numpy as np
import pytest

from MultiModalSegmentationLib.engine.segmenter import Segmenter


@pytest.mark.parametrize("shift", [0.0, 0.4], ids=["same grid", "resampled"])
def test_margin_of_a_volume_node(a_scene, shift):
    import slicer

    from MultiModalSegmentationLib.scene.volumes import channels_from_volumes

    random = np.random.default_rng(5)
    first = random.normal(100, 5, (20, 24, 26)).astype(np.float32)
    second = random.normal(1000, 50, first.shape).astype(np.uint16)
    second[:, :4] = 65535
    nodes = [slicer.util.addVolumeFromArray(array, name=name) for array, name in ((first, "T1"), (second, "T2"))]
    nodes[1].SetOrigin(shift, shift, shift)
    segmenter = Segmenter(channels_from_volumes(nodes))
    values = segmenter.raw(1)
    assert segmenter.paddings == ((), (65535.0,))
    assert np.isnan(values[:, :4]).all()
    assert np.isfinite(values[2:-2, 6:-2, 2:-2]).all()
    assert np.nanmax(values) < 2000
    assert slicer.util.arrayFromVolume(nodes[1])[0, 0, 0] == 65535
