"""Growing on one channel alone equals SimpleITK.ConfidenceConnected."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, deep_seeds, image_of, two_tissues

from MultiModalSegmentationLib import UniModalParameters, grow_unimodal


@pytest.mark.parametrize("multiplier, iterations, radius", [(1.0, 3, 1), (2.5, 1, 2), (0.5, 0, 0)])
def test_it_is_itks_filter(multiplier, iterations, radius):
    arrays, blobs = two_tissues()
    image = sitk.CurvatureFlow(image_of(arrays[0], (1, 1, 2)), 0.125, 5)
    seeds = deep_seeds(blobs, 3)
    expected = sitk.ConfidenceConnected(image, seeds, iterations, multiplier, radius, 1)
    result = grow_unimodal(image, seeds, UniModalParameters(multiplier, iterations, radius), "T1")
    inside = array_of(expected) > 0

    assert np.array_equal(array_of(result.region), array_of(expected))
    assert result.name == "T1"
    assert result.voxel_count == inside.sum() > 0
    assert result.volume_ml == pytest.approx(result.voxel_count * 2e-3)
    assert result.mean == pytest.approx(array_of(image)[inside].mean())
    assert result.standard_deviation == pytest.approx(array_of(image)[inside].std())
