"""What is found about a region: alarms where something is wrong, and none where nothing is."""

import numpy as np
import pytest
from engine_cases import REAL, array_of, image_of, real_set
from scipy import ndimage

from MultiModalSegmentationLib import GrowingParameters, Segmenter, SmoothingParameters
from MultiModalSegmentationLib.explaining.alignment import estimated_shift, nearly_same
from MultiModalSegmentationLib.explaining.findings import Finding, FindingKind, findings, shares_of_view
from MultiModalSegmentationLib.explaining.points import point_table
from MultiModalSegmentationLib.geometry.points import SeedPoint
from MultiModalSegmentationLib.phantom.head import Tissue, make_phantom

OF_REGION = {FindingKind.TOUCHES_EDGE, FindingKind.TOUCHES_FIELD_OF_VIEW, FindingKind.STOPPED}


@pytest.fixture(scope="module")
def phantom():
    return make_phantom((96, 112, 96))


@pytest.fixture(scope="module")
def truth(phantom):
    return array_of(phantom.truth)


def points_at(seeds):
    return [SeedPoint(f"F-{n}", (0.0, 0.0, 0.0), tuple(int(v) for v in seed)) for n, seed in enumerate(seeds, 1)]


def found(images, seeds, parameters=None):
    segmenter = Segmenter(images)
    result = segmenter.grow(seeds, parameters or GrowingParameters(max_volume_ml=50.0))
    return findings(segmenter, result, points_at(seeds))


def about_seeds_and_volumes(images, seeds):
    return [f for f in found(images, seeds) if f.kind not in OF_REGION]


def deepest(mask):
    depth = ndimage.distance_transform_edt(mask)
    return np.unravel_index(depth.argmax(), depth.shape)[::-1]


def moved(image, shift):
    result = image_of(np.roll(array_of(image), shift, (0, 1, 2)), image.GetSpacing())
    result.CopyInformation(image)
    return result


def test_no_alarm_on_the_phantoms_suggested_seeds(phantom):
    assert about_seeds_and_volumes([phantom.t1, phantom.t2], phantom.seeds) == []


@pytest.mark.parametrize("name", REAL)
def test_no_alarm_on_aligned_real_volumes(name):
    images, seeds = real_set(name)
    assert about_seeds_and_volumes(images, seeds) == []


@pytest.mark.parametrize(
    ("tissue", "channels"),
    [
        (Tissue.WHITE_MATTER, {"Volume 1", "Volume 2"}),
        (Tissue.FAT, {"Volume 1"}),
        (Tissue.MUSCLE, {"Volume 2"}),
        (Tissue.VENTRICLES, {"Volume 1", "Volume 2"}),
    ],
)
def test_a_seed_that_slipped_into_another_tissue_is_named(phantom, truth, tissue, channels):
    seeds = [*phantom.seeds[:3], deepest(truth == tissue)]
    odd = [f for f in found([phantom.t1, phantom.t2], seeds) if f.kind is FindingKind.ODD_SEED]
    assert {f.label for f in odd} == {"F-4"}
    assert {f.channel for f in odd} == channels
    assert odd[0].sentence() == f"The seed F-4 is unlike the others on {odd[0].channel}."


def test_two_and_two_seeds_leave_nobody_odd(phantom, truth):
    ventricle = np.array(deepest(truth == Tissue.VENTRICLES))
    seeds = [*phantom.seeds[:2], ventricle, ventricle + 1]
    kinds = [f.kind for f in found([phantom.t1, phantom.t2], seeds)]
    assert FindingKind.ODD_SEED not in kinds


@pytest.mark.parametrize("others", [0, 3])
def test_a_box_across_a_border_is_named(phantom, truth, others):
    border = np.argwhere(ndimage.binary_dilation(truth == Tissue.CSF) & (truth == Tissue.SKULL))
    seeds = [*phantom.seeds[:others], border[len(border) // 2][::-1]]
    crossing = [f for f in found([phantom.t1, phantom.t2], seeds) if f.kind is FindingKind.CROSSES_BORDER]
    assert [f.label for f in crossing] == [f"F-{others + 1}"]


@pytest.mark.parametrize("shift", [(0, 0, 2), (0, -2, 0), (1, 1, 1)])
def test_a_shift_is_measured_in_mm(phantom, shift):
    shifted = [f for f in found([phantom.t1, moved(phantom.t2, shift)], phantom.seeds) if f.kind is FindingKind.SHIFTED]
    spacing = phantom.t1.GetSpacing()[::-1]
    assert len(shifted) == 1
    assert (shifted[0].channel, shifted[0].other) == ("Volume 2", "Volume 1")
    assert shifted[0].value == pytest.approx(np.linalg.norm(np.array(shift) * spacing))
    assert "Volume 2 seems shifted by about" in shifted[0].sentence()


@pytest.mark.parametrize("name", ["spm", "infant"])
def test_a_shift_of_real_volumes_is_measured(name):
    images, seeds = real_set(name)
    shift = estimated_shift(array_of(images[0]), array_of(moved(images[1], (0, 2, 0))), Segmenter(images).grid, seeds)
    assert shift == pytest.approx(2 * images[0].GetSpacing()[1])


def test_thin_and_empty_volumes_give_no_shift(phantom):
    noise = np.random.default_rng(0).normal(size=(2, 3, 40, 40))
    grid = Segmenter([image_of(n) for n in noise]).grid
    assert estimated_shift(noise[0], noise[1], grid, [(20, 20, 1)]) is None
    assert estimated_shift(noise[0] * 0, noise[1], grid, [(20, 20, 1)]) is None


def test_nearly_the_same_image_is_said_of_copies_alone(phantom):
    t1, t2 = array_of(phantom.t1), array_of(phantom.t2)
    noisy = 3 * t1 - 50 + np.random.default_rng(0).normal(0, 5, t1.shape)
    assert nearly_same(t1, noisy)
    assert nearly_same(t1, -noisy)
    assert not nearly_same(t1, t2)
    assert not nearly_same(t1, np.full(t1.shape, np.nan))
    image = image_of(noisy.astype(np.float32))
    image.CopyInformation(phantom.t1)
    assert Finding(FindingKind.SAME_IMAGE, channel="Volume 1", other="Volume 2") in found(
        [phantom.t1, image], phantom.seeds
    )


def test_empty_background_makes_no_volumes_the_same():
    random = np.random.default_rng(0)
    inside = np.zeros((30, 30, 30), bool)
    inside[10:20, 10:20, 10:20] = True
    a, b = (np.where(inside, 100 + random.normal(0, 5, inside.shape), 0) for _ in range(2))
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.99
    assert not nearly_same(a, b)


def test_region_at_the_edge_and_region_that_was_stopped():
    random = np.random.default_rng(0)
    arrays = [100 + random.normal(0, 5, (20, 20, 20)) for _ in range(2)]
    images = [image_of(a) for a in arrays]
    kinds = [f.kind for f in found(images, [(10, 10, 10)], GrowingParameters(6.0))]
    assert kinds == [FindingKind.TOUCHES_EDGE]
    stopped = found(images, [(10, 10, 10)], GrowingParameters(6.0, max_volume_ml=0.5))
    assert [f.kind for f in stopped] == [FindingKind.STOPPED]
    assert stopped[0].as_plain() == {
        "kind": "stopped",
        "value": 0.5,
        "sentence": "Growing stopped at the maximum volume (0.5 mL): probably a leak.",
    }


def test_region_at_the_edge_of_a_field_of_view_and_its_share():
    random = np.random.default_rng(0)
    arrays = [100 + random.normal(0, 5, (20, 20, 20)) for _ in range(2)]
    arrays[1][:, :, :5] = np.nan
    segmenter = Segmenter([image_of(a) for a in arrays], SmoothingParameters(iterations=0))
    result = segmenter.grow([(10, 10, 10)], GrowingParameters(8.0))
    kinds = {f.kind for f in findings(segmenter, result, points_at([(10, 10, 10)]))}
    assert FindingKind.TOUCHES_FIELD_OF_VIEW in kinds
    assert shares_of_view(segmenter, result) == pytest.approx([0.75, 1.0], abs=1e-3)


def test_point_table_tells_values_and_distances(phantom, truth):
    segmenter = Segmenter([phantom.t1, phantom.t2])
    ventricle = tuple(int(v) for v in deepest(truth == Tissue.VENTRICLES))
    seeds = [*phantom.seeds, ventricle]
    result = segmenter.grow(phantom.seeds, GrowingParameters(max_volume_ml=50.0))
    rows = point_table(segmenter, points_at(seeds), result)
    smoothed = [array_of(segmenter.smoothed(n)) for n in range(2)]
    for row, seed in zip(rows, seeds):
        values = np.array([s[tuple(seed)[::-1]] for s in smoothed])
        assert row.values == pytest.approx(values.tolist(), rel=1e-5)
        model = result.distance_model
        differences = values - model.means
        squares = [d @ np.linalg.inv(c) @ d for d, c in zip(differences, model.covariances)]
        expected = np.sqrt(min(squares)) / 3.5
        assert row.distance == pytest.approx(expected, rel=1e-4)
    assert [row.is_odd for row in rows] == [False] * 4 + [True]
    assert max(row.distance for row in rows[:4]) < 1 < rows[4].distance
    assert not any(row.is_odd for row in point_table(segmenter, points_at(seeds), result, are_seeds=False))
