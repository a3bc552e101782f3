"""What ITK's filters get wrong without a word (each shown first), and this library does not."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, deep_seeds, grown_by_itk, image_of, lesion_volumes, two_tissues

from MultiModalSegmentationLib import (
    GrowingParameters,
    SeedStatistics,
    Segmenter,
    SmoothingParameters,
    curvature_flow,
    grow,
)
from MultiModalSegmentationLib.geometry.errors import SameVolumeError

BOTH = pytest.mark.parametrize("statistics", list(SeedStatistics))


def dice(a, b):
    return 2.0 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


def test_channels_scaled_to_one():
    arrays, blobs = two_tissues(noise=6.0)
    seeds = deep_seeds(blobs, 1)
    small = [image_of(a / 1000.0) for a in arrays]
    parameters = GrowingParameters(3.5, 1, 2)
    usual = grow([image_of(a) for a in arrays], seeds, parameters)
    result = grow(small, seeds, parameters)

    assert np.count_nonzero(grown_by_itk(small, seeds, 3.5, 1, 2)[0]) < 100
    assert usual.voxel_count > 10_000
    assert np.array_equal(array_of(result.region), array_of(usual.region))
    assert result.covariance == pytest.approx(usual.covariance / 1e6)


@pytest.mark.parametrize("factor, offset", [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e6), (-1.0, 0.0), (3e-4, -7.0)])
@pytest.mark.parametrize("smoothing", [SmoothingParameters(), SmoothingParameters(iterations=0)])
def test_units_do_not_matter(factor, offset, smoothing):
    """On float64 input to the voxel, smoothed or not. (Beyond float32's own precision float32 input cannot.)"""
    arrays, blobs = two_tissues(noise=20.0)
    seeds = deep_seeds(blobs, 3)
    parameters = GrowingParameters(2.0, 2)
    usual = Segmenter([image_of(a) for a in arrays], smoothing).grow(seeds, parameters)
    changed = [image_of(arrays[0] * factor + offset), image_of(arrays[1])]
    result = Segmenter(changed, smoothing).grow(seeds, parameters)

    assert 1000 < usual.voxel_count < 100_000
    assert np.array_equal(array_of(result.region), array_of(usual.region))
    assert result.mean[0] == pytest.approx(usual.mean[0] * factor + offset)
    assert result.covariance[0, 1] == pytest.approx(usual.covariance[0, 1] * factor, rel=1e-4)


def test_one_volume_chosen_twice_is_an_error_that_says_so():
    image = image_of(two_tissues()[0][0])
    copy = sitk.Image(image)
    for other in (image, copy):
        with pytest.raises(SameVolumeError, match=r"Volume 1 and Volume 2 are the same image.*different"):
            Segmenter([image, other])


def test_volumes_that_agree_in_the_sample_only_are_different():
    array = np.zeros((70, 80, 90), np.float32)
    other = array.copy()
    other[33, 41, 47] = 1.0

    assert Segmenter([image_of(array), image_of(other)]).channel_count == 2


@pytest.mark.parametrize("constant", [0.0, 7.0])
def test_a_constant_channel_leaves_what_the_others_give(constant):
    arrays, blobs = two_tissues()
    seeds = deep_seeds(blobs, 1)
    flat = image_of(np.full_like(arrays[0], constant))
    parameters = GrowingParameters(3.0, 0, 1)
    alone = grow([image_of(arrays[0])], seeds, parameters)
    result = grow([image_of(arrays[0]), flat], seeds, parameters)

    assert np.any(grown_by_itk([image_of(arrays[0]), flat], seeds, 3.0)[0] != array_of(alone.region))
    assert np.array_equal(array_of(result.region), array_of(alone.region))
    assert alone.voxel_count > 5_000


@BOTH
def test_a_noise_free_seed_box(statistics):
    arrays, blobs = two_tissues(noise=0.0)
    seeds = deep_seeds(blobs, 1)
    channels = [image_of(a) for a in arrays]
    result = grow(channels, seeds, GrowingParameters(3.5, 1, 1, statistics))

    assert np.count_nonzero(grown_by_itk(channels, seeds, 3.5)[0] & ~blobs) == 0
    assert np.isfinite(result.covariance).all()
    assert np.all(array_of(result.region)[~blobs] == 0)
    assert result.voxel_count > 10_000


def test_a_channel_that_follows_from_another():
    arrays, blobs = two_tissues()
    seeds = deep_seeds(blobs, 2)
    channels = [image_of(arrays[0]), image_of(2.0 * arrays[0] + 5.0)]
    result = grow(channels, seeds, GrowingParameters(3.0, 1))
    alone = grow(channels[:1], seeds, GrowingParameters(3.0, 1))

    assert dice(array_of(result.region) > 0, array_of(alone.region) > 0) > 0.99


def test_seeds_on_two_tissues_do_not_raise_the_multiplier():
    arrays, blobs = two_tissues(noise=4.0)
    seeds = [*deep_seeds(blobs, 1), *deep_seeds(~blobs, 1)]
    channels = [image_of(a) for a in arrays]
    result = grow(channels, seeds, GrowingParameters(0.5))

    assert np.count_nonzero(grown_by_itk(channels, seeds, 0.5)[0]) > 0.99 * arrays[0].size
    assert result.effective_multiplier == 0.5
    assert result.voxel_count == 2


@pytest.mark.parametrize("iterations", [1, 2, 4])
@BOTH
def test_a_seed_on_one_noisy_voxel(statistics, iterations):
    arrays, blobs = two_tissues(noise=3.0)
    (seed,) = deep_seeds(blobs, 1)
    for array in arrays:
        array[seed[::-1]] += 60.0
    channels = [image_of(a) for a in arrays]
    expected, _, covariance, _ = grown_by_itk(channels, [seed], 1.0, iterations)
    result = grow(channels, [seed], GrowingParameters(1.0, iterations, 2, statistics))

    assert np.count_nonzero(expected) == 0
    assert iterations == 1 or not np.isfinite(covariance).all()
    assert np.isfinite(result.mean).all() and np.isfinite(result.covariance).all()
    if statistics is SeedStatistics.POOLED or iterations > 1:
        assert result.voxel_count >= 1
        assert array_of(result.region)[seed[::-1]] == 1 or statistics is SeedStatistics.ITK
    if statistics is SeedStatistics.ITK and iterations == 1:
        # An empty last pass with finite statistics is ITK's answer, and this mode's.
        assert result.voxel_count == np.count_nonzero(grown_by_itk(channels, [seed], 1.0, 1, 2)[0])


@pytest.mark.parametrize("seed", [(60, 0, 0), (0, 50, 0), (0, 0, 40), (-1, 2, 3)])
def test_a_seed_outside_is_named(seed):
    segmenter = Segmenter([image_of(a) for a in two_tissues()[0]])
    with pytest.raises(ValueError, match=r"Seed 2 at .* lies outside Volume 1, which has 60 x 50 x 40 voxels"):
        segmenter.grow([(1, 1, 1), seed])


def test_a_seed_box_across_a_boundary_keeps_to_the_seeds_own_side():
    arrays, _ = two_tissues(noise=1.0)
    for number, array in enumerate(arrays):
        array[:] = np.where(np.arange(60) < 30, 100.0, 200.0) + np.random.default_rng(number).normal(0, 1, array.shape)
    result = grow([image_of(a) for a in arrays], [(30, 20, 20)])

    region = array_of(result.region)
    assert np.count_nonzero(region != (np.arange(60) >= 30)) < 0.001 * region.size
    assert result.touches_border
    assert {(c.border, c.direction): c.voxel_count for c in result.border_contacts} == {
        ("grid", "+i"): region[:, :, -1].sum(),
        ("grid", "-j"): region[:, 0].sum(),
        ("grid", "+j"): region[:, -1].sum(),
        ("grid", "-k"): region[0].sum(),
        ("grid", "+k"): region[-1].sum(),
    }
    assert result.coverage == pytest.approx(1.0 - np.exp(-0.5 * 3.5**2))


def test_curvature_flow_on_fine_grids_does_not_explode():
    noise = image_of(np.random.default_rng(0).normal(0, 20, (20, 20, 20)), (0.3, 0.3, 0.3))

    assert array_of(sitk.CurvatureFlow(noise, 0.125, 5)).std() > 1000
    assert array_of(curvature_flow(noise)).std() < 20
    segmenter = Segmenter([noise])
    assert (segmenter.time_step, segmenter.time_step_limit) == (pytest.approx(0.0225), pytest.approx(0.0225))
    assert segmenter.grow([(10, 10, 10)]).time_step == segmenter.time_step


@pytest.mark.parametrize("iterations", [0, 2])
def test_the_maximum_volume_stops_a_flood(iterations):
    arrays, blobs = two_tissues(noise=20.0)
    seeds = deep_seeds(blobs, 2)
    channels = [image_of(a, (1.0, 1.0, 2.0)) for a in arrays]
    whole = grow(channels, seeds, GrowingParameters(4.0))
    limited = grow(channels, seeds, GrowingParameters(4.0, iterations, max_volume_ml=5.0))
    roomy = grow(channels, seeds, GrowingParameters(4.0, max_volume_ml=whole.volume_ml))

    assert whole.volume_ml > 50.0 and whole.stopped_by is None
    assert limited.stopped_by == "max_volume"
    assert limited.volume_ml == pytest.approx(5.0) and limited.voxel_count == 2500
    assert np.all(array_of(limited.region) <= array_of(whole.region))
    assert all(array_of(limited.region)[s[::-1]] == 1 for s in seeds)
    assert roomy.stopped_by is None and roomy.voxel_count == whole.voxel_count


def test_the_limited_region_is_the_part_nearest_to_the_seed():
    flat = np.random.default_rng(0).normal(0, 1, (60, 60, 60))
    result = grow([image_of(flat)], [(30, 30, 30)], GrowingParameters(50.0, max_volume_ml=0.063))
    mask = array_of(result.region)
    axes = np.ogrid[:60, :60, :60]
    steps = sum(abs(a - 30) for a in axes)

    assert result.voxel_count == 63
    assert np.array_equal(mask > 0, steps <= 3)


@BOTH
@pytest.mark.parametrize("voxel_count", [60, 114, 500])
def test_the_limited_region_stays_where_a_file_turns_the_slices_round(statistics, voxel_count):
    """Slicer writes the slices of a left-handed volume in the other order, which makes it right-handed."""
    arrays, blobs = two_tissues(noise=20.0)
    seeds = deep_seeds(blobs, 2)
    parameters = GrowingParameters(4.0, 0, 1, statistics, max_volume_ml=voxel_count / 1000)
    left_handed = [image_of(a) for a in arrays]
    for image in left_handed:
        image.SetDirection((-1, 0, 0, 0, 1, 0, 0, 0, 1))
    turned = [sitk.Flip(image, (False, False, True)) for image in left_handed]
    turned_seeds = [(i, j, len(blobs) - 1 - k) for i, j, k in seeds]
    one, other = grow(left_handed, seeds, parameters), grow(turned, turned_seeds, parameters)

    assert one.grid.is_left_handed and not other.grid.is_left_handed
    assert one.stopped_by == "max_volume" and one.voxel_count == voxel_count
    assert np.array_equal(array_of(one.region), array_of(other.region)[::-1])


@BOTH
def test_voxels_outside_a_field_of_view_never_join(statistics):
    arrays, _ = two_tissues(noise=2.0)
    arrays = [np.random.default_rng(n).normal(100, 5, (40, 50, 60)) for n in range(2)]
    arrays[1][:, :, 45:] = np.nan
    arrays[0][20, 20, 20] = np.inf
    for smoothing in (SmoothingParameters(), SmoothingParameters(iterations=0)):
        result = (
            Segmenter([image_of(a) for a in arrays], smoothing).grow(
                [(10, 10, 10), (43, 30, 30)], GrowingParameters(6.0, 1, 3, statistics)
            )
            if statistics is SeedStatistics.POOLED
            else Segmenter([image_of(a) for a in arrays], smoothing).grow(
                [(10, 10, 10)], GrowingParameters(6.0, 1, 3, statistics)
            )
        )
        region = array_of(result.region)
        assert not region[:, :, 45:].any() and region[20, 20, 20] == 0
        assert region[:, :, 44].mean() > 0.98
        assert np.isfinite(result.covariance).all()
        contacts = {c.direction: c.voxel_count for c in result.border_contacts if c.border == "field of view"}
        assert contacts["+i"] == np.count_nonzero(region[:, :, 44]) + int(region[20, 20, 19])
        assert contacts["-j"] == int(region[20, 21, 20])


def test_allowed_voxels_restrict_growing_but_not_smoothing():
    arrays, blobs = two_tissues()
    images = [image_of(a) for a in arrays]
    segmenter = Segmenter(images)
    (seed,) = deep_seeds(blobs, 1)
    free = array_of(segmenter.grow([seed]).region)
    allowed = np.zeros(blobs.shape, np.uint8)
    window = tuple(slice(max(0, v - 6), v + 7) for v in seed[::-1])
    allowed[window] = 255
    result = segmenter.grow([seed], allowed=image_of(allowed))
    region = array_of(result.region)

    assert not region[allowed == 0].any()
    assert np.all(region <= free) and result.voxel_count > 200
    assert {c.border for c in result.border_contacts} >= {"allowed"}
    right = [c.voxel_count for c in result.border_contacts if (c.border, c.direction) == ("allowed", "+i")]
    assert sum(right) == np.count_nonzero(region[:, :, seed[0] + 6])
    with pytest.raises(ValueError, match="outside the allowed voxels"):
        segmenter.grow([seed, (0, 0, 0)], allowed=image_of(allowed))


def test_a_lesion_in_a_large_volume_touches_nothing():
    images, center = lesion_volumes((64, 128, 128))
    result = Segmenter(images).grow([center, (center[0] + 12, center[1], center[2])])

    assert not result.touches_border and result.border_contacts == ()
    assert result.volume_ml == pytest.approx(4.19, rel=0.3)
