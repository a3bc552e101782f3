"""Curvature flow against SimpleITK's, on every kind of grid, and by blocks against the whole."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, image_of, real_set

from MultiModalSegmentationLib import SmoothingParameters, curvature_flow
from MultiModalSegmentationLib.engine.bricks.channels import prepare
from MultiModalSegmentationLib.engine.bricks.smoothing import (
    smooth_block,
    smooth_whole,
    stable_time_step,
    used_time_step,
)
from MultiModalSegmentationLib.geometry.box import Box


def difference_from_itk(image, parameters):
    """Largest difference as a share of the intensity range."""
    step = used_time_step(parameters, image.GetSpacing())
    expected = array_of(sitk.CurvatureFlow(sitk.Cast(image, sitk.sitkFloat64), step, parameters.iterations))
    return np.abs(array_of(curvature_flow(image, parameters)) - expected).max() / np.ptp(array_of(image))


@pytest.mark.parametrize("spacing", [(1, 1, 1), (0.82, 0.82, 3), (0.3, 0.4, 0.5), (2, 1, 1.5), (0.9, 0.9, 0.9)])
@pytest.mark.parametrize("iterations", [1, 5, 9])
def test_it_equals_itk_on_every_spacing(spacing, iterations):
    rng = np.random.default_rng(3)
    image = image_of(rng.normal(500, 100, (23, 31, 37)), spacing)

    assert difference_from_itk(image, SmoothingParameters(iterations=iterations)) < 1e-5


@pytest.mark.parametrize("shape", [(1, 20, 30), (20, 1, 30), (20, 30, 1), (1, 1, 40), (1, 1, 1), (2, 3, 2), (3, 70, 5)])
def test_it_equals_itk_at_borders_of_thin_volumes(shape):
    image = image_of(np.random.default_rng(0).normal(100, 20, shape) + np.arange(shape[2]))
    image_array = array_of(image)
    expected = array_of(sitk.CurvatureFlow(image, 0.125, 5))

    assert np.abs(array_of(curvature_flow(image)) - expected).max() <= 1e-5 * max(np.ptp(image_array), 1.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_pixel_types(dtype):
    array = np.random.default_rng(1).integers(0, 250, (12, 20, 22)).astype(dtype)

    assert difference_from_itk(image_of(array), SmoothingParameters()) < 1e-5


def test_flat_areas_and_mirror_images_stay_exact():
    array = np.zeros((20, 24, 28), np.float32)
    array[5:15, 6:18, 7:21] = 100.0
    array[9:11, 11:13, 13:15] = 37.0
    smoothed = array_of(curvature_flow(image_of(array)))

    assert difference_from_itk(image_of(array), SmoothingParameters()) < 1e-5
    assert np.ptp(smoothed[:2]) == 0.0
    assert np.array_equal(smoothed, smoothed[::-1])
    assert np.array_equal(smoothed, smoothed[:, :, ::-1])


def test_nearly_flat_areas_move_as_little_as_in_itk():
    array = np.zeros((9, 9, 30))
    array[4, 4] = 1.0 + 1e-5 * np.random.default_rng(0).standard_normal(30)
    array[2, 2] = 250.0 * np.random.default_rng(1).random(30)

    assert difference_from_itk(image_of(array, (0.859, 0.859, 0.859)), SmoothingParameters()) < 1e-5


@pytest.mark.parametrize("name", ["infant", "spm", "cord"])
def test_it_equals_itk_on_real_volumes(name):
    for image in real_set(name)[0]:
        assert difference_from_itk(image, SmoothingParameters()) < 1e-5


@pytest.mark.parametrize(
    "box",
    [
        Box((0, 0, 0), (5, 4, 3)),
        Box((30, 20, 10), (50, 40, 30)),
        Box((59, 49, 39), (60, 50, 40)),
        Box((0, 0, 3), (60, 50, 4)),
    ],
)
def test_a_block_is_bit_for_bit_the_part_of_the_whole(box):
    image = image_of(np.random.default_rng(5).normal(0, 30, (40, 50, 60)), (1, 1.2, 2))
    (channel,) = prepare([image])
    whole = smooth_block(channel, channel.grid.box, SmoothingParameters()).values

    assert np.array_equal(smooth_block(channel, box, SmoothingParameters()).values, whole[box.slices])


def test_slabs_and_thread_count_do_not_matter(monkeypatch):
    image = image_of(np.random.default_rng(5).normal(0, 30, (40, 50, 60)))
    (channel,) = prepare([image])
    one = smooth_whole(channel, SmoothingParameters())
    monkeypatch.setattr("MultiModalSegmentationLib.engine.bricks.smoothing.SLAB_VOXELS", 1)
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    for count in (1, 2, 3):
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(count)
        assert np.array_equal(smooth_whole(channel, SmoothingParameters()), one)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


def test_the_time_step_is_limited_where_the_flow_would_explode():
    noise = np.random.default_rng(0).normal(0, 20, (16, 24, 24))
    fine = image_of(noise, (0.3, 0.3, 0.3))

    assert stable_time_step((0.3, 0.5, 1.0)) == pytest.approx(0.0225)
    assert array_of(curvature_flow(fine)).std() < 20
    assert array_of(curvature_flow(fine, SmoothingParameters(limit_time_step=False))).std() > 1000
    assert difference_from_itk(fine, SmoothingParameters()) < 1e-5


def test_voxels_without_a_value_stay_so_and_spoil_no_other():
    array = np.random.default_rng(2).normal(50, 5, (20, 22, 24)).astype(np.float32)
    array[:4] = np.nan
    array[10, 10, 10] = np.inf
    smoothed = array_of(curvature_flow(image_of(array)))

    assert np.array_equal(np.isnan(smoothed), ~np.isfinite(array))
    assert np.nanmin(smoothed) > 25 and np.nanmax(smoothed) < 75


def test_no_iterations_leave_the_values():
    array = np.random.default_rng(2).normal(1e6, 5, (5, 6, 7)).astype(np.float32)

    assert np.array_equal(array_of(curvature_flow(image_of(array), SmoothingParameters(iterations=0))), array)
