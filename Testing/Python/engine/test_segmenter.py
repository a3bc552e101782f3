"""One segmenter, many runs: its cache, its steps, its errors."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, deep_seeds, image_of, lesion_volumes, two_tissues

from MultiModalSegmentationLib import (
    ArrayImage,
    Cancelled,
    Edge,
    Grid,
    GrowingParameters,
    SeedStatistics,
    Segmenter,
    SmoothingParameters,
    curvature_flow,
    grow,
)
from MultiModalSegmentationLib.engine.model.seed_models import WIDER
from MultiModalSegmentationLib.geometry.errors import GeometryError, SeedError, VolumeTypeError


@pytest.fixture(scope="module")
def some_tissues():
    arrays, blobs = two_tissues(shape=(70, 90, 100), noise=14.0)
    return [image_of(a.astype(np.float32), (1.0, 1.1, 1.3)) for a in arrays], deep_seeds(blobs, 5)


def test_what_it_knows(some_tissues):
    images, _ = some_tissues
    segmenter = Segmenter(images)

    assert segmenter.names == ("Volume 1", "Volume 2")
    assert segmenter.channel_count == 2
    assert segmenter.grid.size == (100, 90, 70)
    assert segmenter.time_step == 0.125
    assert segmenter.time_step_limit == pytest.approx(0.25)
    assert Segmenter(images, SmoothingParameters(iterations=0)).time_step is None
    assert np.array_equal(array_of(segmenter.smoothed(1)), array_of(curvature_flow(images[1])))


def test_the_result_is_consistent(some_tissues):
    images, seeds = some_tissues
    result = Segmenter(images).grow(seeds[:2], GrowingParameters(2.5, 2, edge=Edge.THRESHOLD))
    region = array_of(result.region)
    channels = [array_of(curvature_flow(image)) for image in images]

    assert result.region.GetSpacing() == pytest.approx(images[0].GetSpacing())
    assert result.mask.dtype == np.uint8 and result.mask.shape == result.box.size[::-1]
    assert np.array_equal(region[result.box.slices], result.mask)
    assert result.voxel_count == region.sum() == result.passes[-1].voxel_count
    assert result.volume_ml == pytest.approx(result.voxel_count * 1.43e-3)
    assert result.mask.any(axis=(1, 2))[[0, -1]].all() and result.mask.any(axis=(0, 1))[[0, -1]].all()
    assert len(result.passes) == 3
    assert result.mean is result.passes[-1].mean
    before = Segmenter(images).grow(seeds[:2], GrowingParameters(2.5, 1, edge=Edge.THRESHOLD))
    inside = array_of(before.region) > 0
    assert result.mean == pytest.approx([c[inside].mean(dtype=np.float64) for c in channels], rel=1e-6)
    assert result.covariance == pytest.approx(np.cov([c[inside].astype(float) for c in channels], bias=True), rel=1e-4)


def test_pooled_statistics_are_those_of_all_boxes_together(some_tissues):
    images, seeds = some_tissues
    result = grow(images, seeds[:2], GrowingParameters(2.0, 0, 2))
    arrays = [array_of(image).astype(float) for image in images]
    boxes = [tuple(slice(v - 2, v + 3) for v in seed[::-1]) for seed in seeds[:2]]
    values = np.array([np.concatenate([a[box].ravel() for box in boxes]) for a in arrays])

    tissue = np.diag(np.mean((WIDER * result.scales) ** 2, axis=0))
    assert result.mean == pytest.approx(values.mean(axis=1))
    assert result.covariance == pytest.approx(np.cov(values, bias=True) + tissue)


def test_a_box_at_the_edge_of_the_volume_counts_what_is_there():
    values = np.random.default_rng(4).uniform(90, 110, (20, 20, 20)).astype(np.float32)
    result = grow([image_of(values)], [(0, 0, 0)], GrowingParameters(0.1, 0, 1))

    assert result.mean[0] == pytest.approx(values[:2, :2, :2].mean(dtype=np.float64))


def test_earlier_calls_leave_no_trace(some_tissues):
    images, seeds = some_tissues
    parameters = GrowingParameters(2.5, 1)
    fresh = Segmenter(images).grow(seeds[:1], parameters)
    used = Segmenter(images)
    used.grow([seeds[4]], GrowingParameters(1.0))
    used.grow(seeds, GrowingParameters(4.0, 2))
    with pytest.raises(Cancelled):
        used.grow(seeds, should_cancel=lambda: True)
    abandoned = used.steps(seeds)
    next(abandoned)
    again = used.grow(seeds[:1], parameters)

    assert again.box == fresh.box
    assert np.array_equal(again.mask, fresh.mask)
    assert np.array_equal(again.mean, fresh.mean)
    assert np.array_equal(again.covariance, fresh.covariance)


def test_neither_threads_nor_bricks_change_the_result(some_tissues, monkeypatch):
    images, seeds = some_tissues
    parameters = GrowingParameters(2.5, 2)
    usual = Segmenter(images).grow(seeds, parameters)
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    for count in (1, 2, 5):
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(count)
        other = Segmenter(images).grow(seeds, parameters)
        assert np.array_equal(other.mask, usual.mask)
        assert np.array_equal(other.covariance, usual.covariance)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    monkeypatch.setattr("MultiModalSegmentationLib.engine.bricks.flood._BRICKS_A_STEP", 1)
    assert np.array_equal(Segmenter(images).grow(seeds, parameters).mask, usual.mask)


def test_growing_on_smoothed_channels_is_growing_with_smoothing(some_tissues):
    images, seeds = some_tissues
    parameters = GrowingParameters(1.5, 1, 2, SeedStatistics.ITK)
    smoothed = grow([curvature_flow(image) for image in images], seeds, parameters)
    whole = Segmenter(images).grow(seeds, parameters)

    assert np.count_nonzero(array_of(smoothed.region) != array_of(whole.region)) <= whole.voxel_count / 10_000
    assert (smoothed.time_step, whole.time_step) == (None, 0.125)


def test_steps_are_short_rise_and_end_with_the_result(some_tissues):
    images, seeds = some_tissues
    told = []
    steps = Segmenter(images).steps(seeds, GrowingParameters(3.0, 2), on_progress=told.append)
    fractions, durations = [], []
    while True:
        began = time.perf_counter()
        try:
            fractions.append(next(steps))
        except StopIteration as end:
            result = end.value
            break
        durations.append(time.perf_counter() - began)

    assert result.voxel_count == Segmenter(images).grow(seeds, GrowingParameters(3.0, 2)).voxel_count
    assert len(fractions) > 10
    assert np.all(np.diff(fractions) >= 0) and fractions[0] >= 0 and fractions[-1] <= 1
    assert told == [*fractions, 1.0]
    assert np.median(durations) < 0.03


def test_a_cancel_takes_effect_at_once():
    images, center = lesion_volumes((300, 512, 512))
    segmenter = Segmenter(images)
    asked = []

    def after_a_while():
        asked.append(time.perf_counter())
        return len(asked) > 12

    with pytest.raises(Cancelled):
        segmenter.grow([center], GrowingParameters(60.0, 3), should_cancel=after_a_while)
    late = time.perf_counter() - asked[-1]
    assert np.median(np.diff(asked)) < 0.1 and late < 0.1


def test_errors_come_before_the_first_step(some_tissues):
    with pytest.raises(SeedError):
        Segmenter(some_tissues[0]).steps([])


@pytest.mark.parametrize(
    "seeds, exclusion_seeds, message",
    [
        ([], [], "no seed"),
        ([(100, 0, 0)], [], r"Seed 1 at \(100, 0, 0\) lies outside"),
        ([(1, 1, 1)], [(0, -1, 0)], r"Exclusion seed 1 at \(0, -1, 0\) lies outside"),
        ([(1, 1, 1), (2, 2, 2)], [(2, 2, 2)], r"Exclusion seed 1 .* same voxel as seed 2"),
        ([(1.5, 1, 1)], [], "three whole numbers"),
        ([(1, 1)], [], "three whole numbers"),
    ],
)
def test_seeds_that_cannot_be_used(some_tissues, seeds, exclusion_seeds, message):
    segmenter = Segmenter(some_tissues[0])
    with pytest.raises(SeedError, match=message):
        segmenter.check_seeds(seeds, exclusion_seeds)
    with pytest.raises(SeedError, match=message):
        segmenter.grow(seeds, exclusion_seeds=exclusion_seeds)


def test_errors_name_the_label(some_tissues):
    segmenter = Segmenter(some_tissues[0])
    with pytest.raises(SeedError, match="F-2 lies outside"):
        segmenter.check_seeds([(1, 1, 1), (1, 1, 99)], labels=["F-1", "F-2"])
    with pytest.raises(SeedError, match="X-1 lies in the same voxel as F-1"):
        segmenter.check_seeds([(1, 1, 1)], [(1, 1, 1)], labels=["F-1"], exclusion_labels=["X-1"])


def test_a_seed_without_a_value_is_named(some_tissues):
    arrays = [array_of(image) for image in some_tissues[0]]
    arrays[1][5, 6, 7] = np.nan
    grid = Grid.of(some_tissues[0][0])
    segmenter = Segmenter([ArrayImage(a, grid, n) for a, n in zip(arrays, ("T1", "T2"))])
    with pytest.raises(SeedError, match=r"Seed 1 at \(7, 6, 5\) lies where T2 has no value"):
        segmenter.grow([(7, 6, 5)])


def test_arrays_are_not_copied_and_equal_images(some_tissues):
    images, seeds = some_tissues
    grid = Grid.of(images[0])
    arrays = [array_of(image) for image in images]
    segmenter = Segmenter([ArrayImage(a, grid, n) for a, n in zip(arrays, ("T1", "T2"))])

    assert all(np.shares_memory(c.array, a) for c, a in zip(segmenter._channels, arrays))
    assert segmenter.names == ("T1", "T2")
    assert np.array_equal(segmenter.grow(seeds).mask, Segmenter(images).grow(seeds).mask)


@pytest.mark.parametrize(
    "dtype", [bool, np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64, ">i2"]
)
def test_pixel_types_mix(dtype):
    arrays, blobs = two_tissues()
    seeds = deep_seeds(blobs, 2)
    grid = Grid.of(image_of(arrays[0]))
    first = (arrays[0] > 130) if dtype is bool else arrays[0].astype(dtype)
    result = Segmenter([ArrayImage(first, grid, "A"), ArrayImage(arrays[1], grid, "B")]).grow(seeds)

    assert np.count_nonzero(array_of(result.region) != blobs) < 0.5 * blobs.size


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 30, 40), (2, 2, 2), (33, 1, 65), (64, 32, 31)])
def test_volumes_smaller_than_a_seed_box_or_a_brick(shape):
    array = np.random.default_rng(0).normal(100, 5, shape)
    seed = tuple(n // 2 for n in shape[::-1])
    result = Segmenter([image_of(array)]).grow([seed], GrowingParameters(5.0, 1, 2))

    assert array_of(result.region)[seed[::-1]] == 1
    assert result.voxel_count <= array.size and np.isfinite(result.covariance).all()


@pytest.mark.parametrize(
    "images, error, message",
    [
        ([], ValueError, "at least one"),
        ([sitk.Image(9, 9, sitk.sitkFloat32)], GeometryError, "Volume 1 has 2 dimensions"),
        ([sitk.Image([4, 4, 4, 2], sitk.sitkFloat32)], GeometryError, "Volume 1 has 4 dimensions"),
        ([sitk.Image([4, 4, 4], sitk.sitkVectorUInt8, 3)], VolumeTypeError, "Volume 1 .*RGB"),
        ([sitk.Image([4, 4, 4], sitk.sitkComplexFloat32)], VolumeTypeError, "Volume 1 .*complex"),
        (
            [sitk.Image([4, 4, 4], sitk.sitkUInt8), sitk.Image([4, 4, 5], sitk.sitkUInt8)],
            GeometryError,
            "Volume 2 .*resample",
        ),
        (["T1.nii"], VolumeTypeError, "str"),
        ([image_of(np.full((3, 3, 3), np.nan))], VolumeTypeError, "no finite voxel"),
    ],
)
def test_volumes_that_cannot_be_used(images, error, message):
    with pytest.raises(error, match=message):
        Segmenter(images)


def test_a_grid_within_a_thousandth_of_a_voxel_is_the_same():
    arrays, _ = two_tissues(shape=(8, 9, 10))
    near, far = image_of(arrays[1]), image_of(arrays[1])
    near.SetOrigin((0.0005, 0, 0))
    far.SetOrigin((0.01, 0, 0))

    assert Segmenter([image_of(arrays[0]), near]).channel_count == 2
    with pytest.raises(GeometryError):
        Segmenter([image_of(arrays[0]), far])


def test_only_what_the_region_reaches_is_smoothed():
    images, center = lesion_volumes((96, 256, 256))
    segmenter = Segmenter(images)
    segmenter.grow([center])

    assert len(segmenter._store._values) * 32**3 < 0.4 * 96 * 256 * 256


def test_distance_model_tells_the_region():
    """A voxel is in the region exactly when it is within the multiplier of the model and connected to a seed."""
    from scipy import ndimage

    arrays, blobs = two_tissues(shape=(24, 33, 40))
    for count, iterations in ((1, 0), (4, 0), (4, 2)):
        segmenter = Segmenter([image_of(array) for array in arrays])
        seeds = deep_seeds(blobs, count)
        result = segmenter.grow(seeds, GrowingParameters(3.0, iterations, edge=Edge.THRESHOLD))
        values = segmenter.values(segmenter.grid.box).astype(float).reshape(2, -1)
        within = (result.distance_model.distances(values) <= 3.0).reshape(blobs.shape)
        for seed in seeds:
            within[seed[::-1]] = True
        labels, _ = ndimage.label(within)
        expected = np.isin(labels, [labels[seed[::-1]] for seed in seeds])
        # Each of several seeds' models counts only as far as its seed reaches.
        wrong = array_of(result.region) > 0
        wrong &= ~expected
        if count == 1 or iterations:
            wrong |= expected & (array_of(result.region) == 0)
        assert np.count_nonzero(wrong) <= 2
        assert len(result.distance_model.means) == (count if iterations == 0 else 1)


def test_what_the_sample_misses_counts_without_a_copy_of_the_volume():
    array = np.full((110, 100, 90), 5.0, np.float32)
    array[3, 4, 5:9] = 1000.0
    array[7, 8, 1] = np.nan
    other = np.random.default_rng(0).normal(size=array.shape).astype(np.float32)
    segmenter = Segmenter([image_of(array), image_of(other)], SmoothingParameters(iterations=0))
    assert segmenter.values(segmenter.grid.box)[0, 3, 4, 4:7].tolist() == [5.0, 1000.0, 1000.0]
    tracemalloc.start()
    Segmenter([image_of(np.full(array.shape, 7, np.int16)), image_of(other)])
    largest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert largest < 4 * array.size * 2
