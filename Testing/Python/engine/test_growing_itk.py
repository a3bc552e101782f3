"""``SeedStatistics.ITK`` against SimpleITK.VectorConfidenceConnected, voxel for voxel."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, deep_seeds, grown_by_itk, image_of, real_set, two_tissues

from MultiModalSegmentationLib import GrowingParameters, SeedStatistics, Segmenter, SmoothingParameters, grow
from MultiModalSegmentationLib.explaining.points import point_table
from MultiModalSegmentationLib.geometry.points import SeedPoint

MULTIPLIERS = (0.1, 1.0, 2.0, 2.5, 3.5, 4.5)


def parameters(multiplier, iterations=0, radius=1):
    return GrowingParameters(multiplier, iterations, radius, SeedStatistics.ITK)


def assert_same_as_itk(segmenter, channels, seeds, multiplier, iterations, radius, precision=1e-9):
    """False where SimpleITK's own statistics are of no use."""
    expected, mean, covariance, used = grown_by_itk(channels, seeds, multiplier, iterations, radius)
    if not np.isfinite(covariance).all() or abs(np.linalg.det(covariance)) <= 1e-6:
        return False
    result = segmenter.grow(seeds, parameters(multiplier, iterations, radius))
    # ITK subtracts the squared mean from the mean square: its own rounding, where the mean is large.
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance))) + 1e-4 * np.abs(np.outer(mean, mean))
    assert np.array_equal(array_of(result.region), expected)
    assert result.voxel_count == np.count_nonzero(expected)
    assert np.all(np.abs(result.covariance - covariance) <= precision * scale)
    assert np.all(np.abs(result.mean - mean) <= precision * np.sqrt(np.diag(covariance)) + 1e-12 * np.abs(mean))
    if iterations == 0:
        inverse = np.linalg.inv(covariance)
        values = [np.array([c[s] for c in channels]) - mean for s in seeds]
        farthest = max(float(np.sqrt(v @ inverse @ v)) for v in values)
        assert result.effective_multiplier == pytest.approx(max(multiplier, farthest), rel=1e-9)
    assert used == multiplier
    return True


@pytest.mark.parametrize("count", [1, 2, 3])
def test_synthetic_volumes(count):
    arrays, blobs = two_tissues(shape=(24, 33, 40), channels=count)
    channels = [sitk.CurvatureFlow(image_of(a), 0.125, 3) for a in arrays]
    segmenter = Segmenter(channels, SmoothingParameters(iterations=0))
    seeds = deep_seeds(blobs, 4)
    compared = 0
    for number, multiplier, iterations, radius in itertools.product((1, 4), MULTIPLIERS, (0, 1, 4), (1, 2)):
        compared += assert_same_as_itk(segmenter, channels, seeds[:number], multiplier, iterations, radius)
    assert compared > 50


@pytest.mark.parametrize("name", ["infant", "spm", "cord"])
def test_real_volumes(name):
    images, seeds = real_set(name)
    if name == "spm":
        images = [image * 255.0 for image in images]
    step = min(0.125, 0.25 * min(images[0].GetSpacing()) ** 2)
    smoothed = [sitk.CurvatureFlow(image, step, 5) for image in images]
    settings = list(itertools.product((1, 4), MULTIPLIERS, (0, 1, 4), (1, 2)))
    for count in range(1, len(smoothed) + 1):
        channels = smoothed[:count]
        segmenter = Segmenter(channels, SmoothingParameters(iterations=0))
        # The small volume in every setting, the large ones in a sample of them that differs by channel count.
        chosen = settings if name == "cord" else settings[count::7]
        compared = sum(assert_same_as_itk(segmenter, channels, seeds[:n], *rest) for n, *rest in chosen)
        assert compared >= len(chosen) // 2


@pytest.mark.parametrize("name", ["infant", "spm", "cord"])
def test_from_files_to_region_with_itks_own_smoothing(name):
    images, seeds = real_set(name)
    segmenter = Segmenter(images)
    channels = [sitk.CurvatureFlow(image, segmenter.time_step, 5) for image in images]
    for multiplier, iterations in ((0.1, 1), (2.5, 1), (3.5, 0), (2.0, 4)):
        expected = grown_by_itk(channels, seeds, multiplier, iterations)[0]
        assert np.array_equal(array_of(segmenter.grow(seeds, parameters(multiplier, iterations)).region), expected)


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("smoothing", [SmoothingParameters(), SmoothingParameters(0.5, 3, limit_time_step=False)])
def test_smoothed_and_grown_it_is_itks_region(dtype, smoothing):
    """An unstable time step too, where every rounding grows."""
    arrays, blobs = two_tissues(shape=(40, 75, 80))
    images = [image_of(a.astype(dtype)) for a in arrays]
    segmenter = Segmenter(images, smoothing)
    channels = [sitk.CurvatureFlow(image, smoothing.time_step, smoothing.iterations) for image in images]
    for multiplier, iterations in ((0.1, 0), (2.5, 1), (3.5, 2)):
        assert assert_same_as_itk(segmenter, channels, deep_seeds(blobs, 3), multiplier, iterations, 1, 1e-7)


@pytest.mark.parametrize("corner", [(0, 0, 0), (59, 49, 39), (0, 20, 39)])
def test_a_seed_box_repeats_the_voxels_at_the_border(corner):
    arrays, _ = two_tissues(noise=20.0)
    channels = [image_of(a) for a in arrays]
    segmenter = Segmenter(channels, SmoothingParameters(iterations=0))
    for radius in (1, 2, 3):
        assert assert_same_as_itk(segmenter, channels, [corner], 2.0, 1, radius)


def test_a_seed_listed_twice_counts_twice():
    arrays, blobs = two_tissues()
    channels = [image_of(a) for a in arrays]
    first, second = deep_seeds(blobs, 2)
    segmenter = Segmenter(channels, SmoothingParameters(iterations=0))

    assert assert_same_as_itk(segmenter, channels, [first, first, second], 1.0, 2, 1)


def test_integers_and_ties_at_the_threshold():
    rng = np.random.default_rng(7)
    arrays = [rng.integers(0, 6, (20, 20, 20)).astype(np.int32) for _ in range(2)]
    channels = [image_of(a) for a in arrays]
    for seed in ((3, 4, 5), (10, 10, 10), (18, 1, 9)):
        expected = grown_by_itk(channels, [seed], 0.1)[0]
        result = grow(channels, [seed], parameters(0.1))
        assert np.array_equal(array_of(result.region), expected)
        assert result.effective_multiplier > 0.1


def test_seeds_on_two_tissues_say_what_multiplier_was_used():
    arrays, blobs = two_tissues(noise=4.0)
    channels = [image_of(a) for a in arrays]
    seeds = [*deep_seeds(blobs, 1), *deep_seeds(~blobs, 1)]
    expected, *_, claimed = grown_by_itk(channels, seeds, 2.5)
    result = grow(channels, seeds, parameters(2.5))

    assert np.array_equal(array_of(result.region), expected)
    assert claimed == 2.5
    assert result.effective_multiplier > 3.5
    assert result.voxel_count > 0.9 * expected.size


def test_exclusion_seeds_are_refused():
    arrays, blobs = two_tissues()
    segmenter = Segmenter([image_of(a) for a in arrays])
    with pytest.raises(ValueError, match="POOLED"):
        segmenter.grow(deep_seeds(blobs, 1), parameters(2.5), exclusion_seeds=[(1, 1, 1)])


@pytest.mark.parametrize("factor", [1 / 2000, 1e-5])
@pytest.mark.parametrize("smoothing", [SmoothingParameters(), SmoothingParameters(iterations=0)])
def test_small_units_are_itks_singular_covariance(factor, smoothing):
    """ITK calls a determinant under 1e-6 singular, and does not smooth what hardly changes: repeated, and said."""
    arrays, blobs = two_tissues(shape=(24, 33, 40))
    seeds = deep_seeds(blobs, 4)
    small = [image_of(array * factor) for array in arrays]
    smooth = [sitk.CurvatureFlow(image, 0.125, smoothing.iterations) for image in small]
    expected = grown_by_itk(smooth, seeds, 2.5, 1, 1)[0]
    result = Segmenter(small, smoothing).grow(seeds, parameters(2.5, 1))
    usual = Segmenter([image_of(array) for array in arrays], smoothing).grow(seeds, parameters(2.5, 1))
    assert expected.any()
    assert np.array_equal(array_of(result.region), expected)
    assert result.is_singular_to_itk
    assert not usual.is_singular_to_itk
    assert (array_of(usual.region) != expected).any()


@pytest.mark.parametrize("factor", [1.0, 1 / 2000])
def test_points_of_a_singular_covariance_have_the_distances_that_itk_measures(factor):
    """One voxel has no spread; in small units the seeds' boxes have too little for ITK."""
    arrays, blobs = two_tissues(shape=(24, 33, 40))
    seeds = deep_seeds(blobs, 4)[: 1 if factor == 1.0 else 4]
    segmenter = Segmenter([image_of(array * factor) for array in arrays], SmoothingParameters(iterations=0))
    radius = 0 if factor == 1.0 else 1
    result = segmenter.grow(seeds, GrowingParameters(2.5, 0, radius, SeedStatistics.ITK))
    assert result.is_singular_to_itk
    values = np.array([[array[k, j, i] * factor for i, j, k in seeds] for array in arrays])
    plain = np.sqrt(((values - result.mean[:, None]) ** 2).sum(axis=0))
    expected = plain * np.sqrt(np.finfo(float).max ** (1 / 3) / 2)
    np.testing.assert_allclose(result.distance_model.distances(values), expected, rtol=1e-9)
    points = [SeedPoint(f"S-{n}", (0.0, 0.0, 0.0), seed) for n, seed in enumerate(seeds)]
    rows = point_table(segmenter, points, result, radius=radius)
    assert max(row.distance for row in rows) == pytest.approx(1.0 if factor < 1 else 0.0)


@pytest.mark.parametrize(
    ("smoothing", "cases"), [(SmoothingParameters(), 10), (SmoothingParameters(iterations=0), 300)]
)
def test_the_farthest_seed_of_a_singular_covariance_belongs(smoothing, cases):
    """One voxel a seed has no spread: the multiplier is raised to the farthest one, which lies at the threshold."""
    arrays, blobs = two_tissues(shape=(24, 33, 40), noise=15.0)
    images = [image_of(array) for array in arrays]
    segmenter = Segmenter(images, smoothing)
    smooth = [sitk.CurvatureFlow(image, 0.125, smoothing.iterations) for image in images]
    candidates = np.argwhere(blobs)
    for number in range(cases):
        chosen = np.random.default_rng(number).choice(len(candidates), 4, replace=False)
        seeds = [tuple(int(v) for v in candidates[n][::-1]) for n in chosen]
        expected = grown_by_itk(smooth, seeds, 2.5, 0, 0)[0]
        result = segmenter.grow(seeds, parameters(2.5, 0, 0))
        assert result.is_singular_to_itk
        assert all(expected[seed[::-1]] for seed in seeds)
        assert np.array_equal(array_of(result.region), expected)
