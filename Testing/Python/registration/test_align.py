"""Known motions are found to less than a millimeter, an aligned volume stays, and what cannot be aligned is said."""

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, image_of
from moved_pairs import Change, moved_pair

from MultiModalSegmentationLib import ArrayImage, Cancelled, Grid, align
from MultiModalSegmentationLib.geometry.errors import GeometryError, VolumeTypeError
from MultiModalSegmentationLib.phantom.head import make_phantom
from MultiModalSegmentationLib.registration.alignment import Doubt

NAN = float("nan")


@pytest.fixture(scope="module")
def phantom():
    return make_phantom((64, 76, 64))


@pytest.fixture
def threads():
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    yield sitk.ProcessObject.SetGlobalDefaultNumberOfThreads
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


@pytest.fixture(scope="module")
def far(phantom):
    """A pair far apart, and what was found."""
    pair = moved_pair("head", phantom.t1, phantom.t2, Change(degrees=30, mm=30), seed=1)
    return pair, align(pair.fixed, pair.moving)


def check(pair, found, degrees):
    assert pair.error(found.transform) < 1.0
    assert found.is_trusted and found.is_moved
    assert found.metric_after > found.metric_before * 1.5
    ways = [np.linalg.norm(np.subtract(pair.truth.TransformPoint(c), c)) for c in pair.corners.tolist()]
    assert found.motion_mm == pytest.approx(max(ways), rel=0.1)
    assert found.turn_degrees == pytest.approx(degrees, abs=0.5)
    assert f"moved by up to {found.motion_mm:.1f} mm" in found.sentence()


def test_a_motion_of_30_degrees_and_30_mm_is_found(far):
    check(*far, degrees=30)


@pytest.mark.parametrize(
    "change", [Change(degrees=12, mm=20, bias=0.4), Change(degrees=8, mm=10, slab=True, fill=NAN)], ids=["bias", "slab"]
)
def test_a_motion_is_found_under_bias_and_on_part_of_the_head(phantom, change):
    pair = moved_pair("head", phantom.t1, phantom.t2, change, seed=1)
    check(pair, align(pair.fixed, pair.moving), change.degrees)


def test_resample_takes_the_transform(phantom, far):
    pair, found = far
    at_rest = array_of(phantom.t2).ravel()
    for transform, lowest, highest in ((found.transform, 0.9, 1.0), (sitk.Transform(), 0.0, 0.7)):
        onto = array_of(sitk.Resample(pair.moving, pair.fixed, transform, sitk.sitkLinear, 0.0)).ravel()
        assert lowest < np.corrcoef(at_rest, onto)[0, 1] < highest


def test_the_same_to_the_last_bit_on_any_number_of_threads(far, threads):
    pair, found = far
    threads(3)
    assert align(pair.fixed, pair.moving).transform.GetParameters() == found.transform.GetParameters()
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 3


def test_aligned_volumes_stay_where_they_are(phantom):
    found = align(phantom.t1, phantom.t2)
    assert np.allclose(found.transform.GetParameters(), 0)
    assert found.is_trusted and not found.is_moved
    assert found.motion_mm == found.turn_degrees == 0
    assert "already lies on" in found.sentence()


def test_progress_rises_and_cancel_stops(phantom):
    told = []
    with pytest.raises(Cancelled):
        align(phantom.t1, phantom.t2, on_progress=told.append, should_cancel=lambda: bool(told) and told[-1] > 0.2)
    assert told == sorted(told) and 0.2 < told[-1] < 0.6


def test_what_a_sphere_and_noise_tell_is_not_trusted():
    rng = np.random.default_rng(0)
    z, y, x = np.mgrid[:40, :40, :40] - 19.5
    balls = [100.0 * (z**2 + y**2 + (x - off) ** 2 < 12**2) + rng.normal(0, 5, z.shape) for off in (0, 3)]
    ball = align(*(image_of(array.astype(np.float32), (3, 3, 3)) for array in balls))
    noise = align(*(image_of(rng.normal(size=(30, 30, 30)), (4, 4, 4)) for _ in range(2)))
    assert Doubt.NOT_SHARP in ball.doubts and Doubt.LITTLE_IN_COMMON in noise.doubts
    assert not ball.is_trusted and ball.sentence().startswith("Do not trust the alignment of Volume 2 to Volume 1: ")


def test_arrays_of_another_type_and_padding_change_nothing(phantom):
    pair = moved_pair("head", phantom.t1, phantom.t2, Change(degrees=10, mm=10, fill=NAN), seed=4)
    values = array_of(pair.moving)
    padded = ArrayImage(np.where(np.isnan(values), -3024, values).astype(np.int16), Grid.of(pair.moving), "T2")
    found = align(pair.fixed, padded)
    assert pair.error(found.transform) < 1.0
    assert "T2 aligned to Volume 1" in found.sentence()


@pytest.mark.parametrize(
    ("moving", "error", "words"),
    [
        (sitk.Image(9, 9, sitk.sitkFloat32), GeometryError, "Volume 2 has 2 dimensions"),
        (image_of(np.full((9, 9, 9), 7.0)), VolumeTypeError, "Volume 2 has the same value nearly everywhere"),
        (image_of(np.full((9, 9, 9), NAN)), VolumeTypeError, "Volume 2 has no finite voxel"),
        (sitk.Image((9, 9, 9), sitk.sitkVectorFloat32, 3), VolumeTypeError, "several components"),
        (ArrayImage(np.zeros((4, 4, 4)), Grid((5, 4, 4), np.eye(4)), "T2"), GeometryError, "T2 has"),
    ],
    ids=["2D", "constant", "NaN", "vector", "size"],
)
def test_what_cannot_be_aligned_is_named(moving, error, words):
    fixed = image_of(np.random.default_rng(0).normal(size=(9, 9, 9)))
    with pytest.raises(error, match=words):
        align(fixed, moving)
