"""The scale around a point: what a tissue is, whatever else lies around it or far away."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cases import array_of, image_of
from scipy import ndimage

from MultiModalSegmentationLib import GrowingParameters, SeedStatistics, Segmenter, SmoothingParameters
from MultiModalSegmentationLib.engine.model.scale import consistency, noise, smallest_step, tissue_scale

RAW = SmoothingParameters(iterations=0)
CENTER = (24, 24, 24)


def textured(seed=0, size=49, sd=10.0):
    """Tissue of 100 whose values vary over two voxels and more, by ``sd``."""
    field = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size,) * 3), 2.0)
    return 100.0 + sd * field / field.std()


def scale_of(array, smoothing=RAW, spacing=(1.0, 1.0, 1.0), point=CENTER):
    return Segmenter([image_of(array, spacing)], smoothing).scales([point])[0, 0]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_gaussians_scale_is_its_standard_deviation(channels):
    rng = np.random.default_rng(channels)
    values = rng.normal(0.0, 3.0, (channels, 200_000))
    own = values[:, :2000]

    assert tissue_scale(own, values, np.zeros(channels)) == pytest.approx(3.0, rel=0.02)
    assert 1.0 < consistency(channels) < 2.0


@pytest.mark.parametrize("other", [0.0, 60.0, 170.0, -1024.0, 65535.0, -3.4e38, np.nan])
@pytest.mark.parametrize("smoothing", [RAW, SmoothingParameters()])
def test_what_else_is_in_the_window_does_not_set_it(other, smoothing):
    """Nearly half of the window is air, padding, metal or another tissue."""
    array = textured(sd=4.0).astype(np.float32)
    alone = scale_of(array, smoothing)
    array[:, :, 27:] = other
    array[:4] = other

    assert scale_of(array, smoothing) == pytest.approx(alone, rel=0.15)


def test_it_is_the_tissues_own_not_only_that_of_a_box_of_neighbors():
    array = textured(sd=10.0)
    box = array[23:26, 23:26, 23:26]

    assert scale_of(array) > 1.2 * box.std()
    assert scale_of(array) < 12.0


def test_a_window_of_one_value_has_a_defined_scale():
    constant = np.full((30, 30, 30), 40.0, np.float32)
    constant[0, 0, 0] = 41.0

    assert scale_of(constant, point=(20, 20, 20)) == pytest.approx(40e-6)
    assert smallest_step(np.full(5, -3.0)) == pytest.approx(3e-6)
    assert smallest_step(np.zeros(5)) > 0.0 and smallest_step(np.zeros(0)) > 0.0


def test_rounded_values_leave_a_share_of_their_step():
    """What varies by less than the gray values' step still has a scale."""
    ramp = np.floor(np.broadcast_to(np.arange(49) / 8.0, (49, 49, 49)))

    assert scale_of(ramp, point=(20, 24, 24)) == pytest.approx(0.1)


def test_noise_ignores_slopes_and_thick_slices():
    rng = np.random.default_rng(0)
    values = rng.normal(0.0, 2.0, (1, 7, 40, 40)) + 5.0 * np.arange(40)
    values += 300.0 * rng.normal(size=(1, 7, 1, 1))

    assert noise(values) == pytest.approx(2.0, rel=0.1)
    assert noise(np.zeros((2, 2, 2, 2))).tolist() == [0.0, 0.0]


def far_away(arrays, value):
    return [np.pad(a, ((20, 20), (0, 0), (20, 20)), constant_values=value) for a in arrays]


@pytest.mark.parametrize("value", [0, -1024, -3024, 65535, np.nan, -3.4e38])
@pytest.mark.parametrize("exclusion_seeds", [[], [(60, 40, 40)]])
def test_padding_leaves_the_region_as_it_is(value, exclusion_seeds):
    rng = np.random.default_rng(2)
    axes = np.ogrid[:80, :80, :80]
    ball = sum((a - 40) ** 2 for a in axes) < 12**2
    arrays = [np.where(ball, 150.0, 100.0) + rng.normal(0, 10, ball.shape) for _ in range(2)]
    arrays = [a.astype(np.float32) for a in arrays]
    seeds = [(40, 40, 40), (44, 40, 38)]
    usual = Segmenter([image_of(a) for a in arrays]).grow(seeds, exclusion_seeds=exclusion_seeds)
    moved = [(i + 20, j, k + 20) for i, j, k in seeds]
    excluded = [(i + 20, j, k + 20) for i, j, k in exclusion_seeds]
    padded = Segmenter([image_of(a) for a in far_away(arrays, value)]).grow(moved, exclusion_seeds=excluded)

    assert 4000 < usual.voxel_count < 1.1 * ball.sum()
    assert np.array_equal(array_of(padded.region)[20:-20, :, 20:-20], array_of(usual.region))
    assert padded.voxel_count == usual.voxel_count
    assert padded.scales == pytest.approx(usual.scales, rel=1e-5)


def test_a_seed_far_away_leaves_the_others_models_as_they_are():
    array = textured(size=90)
    array[:, :, 60:] = 400.0 + 30.0 * np.random.default_rng(1).normal(size=array[:, :, 60:].shape)
    segmenter = Segmenter([image_of(array)], RAW)
    alone = segmenter.grow([(20, 40, 40)], GrowingParameters(2.0))
    both = segmenter.grow([(20, 40, 40), (80, 40, 40)], GrowingParameters(2.0))

    assert both.scales[0] == alone.scales[0] and both.scales[1, 0] > 1.5 * both.scales[0, 0]
    assert np.array_equal(array_of(both.region)[:, :, :45], array_of(alone.region)[:, :, :45])


def test_itk_statistics_have_no_scale():
    result = Segmenter([image_of(textured())], RAW).grow(
        [CENTER], GrowingParameters(2.0, seed_statistics=SeedStatistics.ITK)
    )
    assert result.scales is None
