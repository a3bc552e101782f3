"""Several tissues at once, on arrays whose parts are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of, deep_seeds, image_of, real_set, two_tissues

from MultiModalSegmentationLib import (
    Cancelled,
    GrowingParameters,
    SeedStatistics,
    Segmenter,
    SmoothingParameters,
    grow_tissues,
    grow_tissues_steps,
)
from MultiModalSegmentationLib.engine.bricks import store
from MultiModalSegmentationLib.geometry.errors import SeedError

UNSMOOTHED = SmoothingParameters(iterations=0)


@pytest.fixture
def three_shades():
    """Three tissues side by side, whose noise overlaps; a segmenter, the seeds and the true label of each voxel."""
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), 16)[None, None, :] * np.ones((24, 24, 1), int)
    shades = np.array([(100.0, 300.0), (125.0, 260.0), (150.0, 220.0)])
    channels = [shades[labels, n] + rng.normal(0, 10, labels.shape) for n in range(2)]
    seeds = {name: [(8 + 16 * n, 6, 12), (8 + 16 * n, 18, 12)] for n, name in enumerate(("dark", "gray", "bright"))}
    return Segmenter([image_of(c) for c in channels], UNSMOOTHED), seeds, labels


def regions(results):
    return {name: array_of(result.region) > 0 for name, result in results.items()}


def test_one_tissue_alone_is_what_growing_answers():
    arrays, blobs = two_tissues()
    segmenter = Segmenter([image_of(a) for a in arrays])
    seeds, exclusion_seeds = deep_seeds(blobs, 2), deep_seeds(~blobs, 1)
    alone = segmenter.grow(seeds, exclusion_seeds=exclusion_seeds)
    together = grow_tissues(segmenter, {"blobs": seeds}, exclusion_seeds=exclusion_seeds)["blobs"]
    assert alone.voxel_count > 1000
    assert together.box == alone.box
    assert np.array_equal(together.mask, alone.mask)
    assert np.array_equal(together.covariance, alone.covariance)


def test_no_voxel_belongs_to_two_and_none_is_claimed_that_no_tissue_has_grown_to(three_shades):
    segmenter, seeds, labels = three_shades
    alone = {name: array_of(segmenter.grow(own).region) > 0 for name, own in seeds.items()}
    assert np.sum(list(alone.values()), axis=0).max() > 1, "the tissues must meet"
    found = regions(grow_tissues(segmenter, seeds))
    assert np.sum(list(found.values()), axis=0).max() == 1
    for name, region in found.items():
        assert not (region & ~alone[name]).any()
    right = [np.mean(region[labels == n]) for n, region in enumerate(found.values())]
    wrong = [np.mean(region[labels != n]) for n, region in enumerate(found.values())]
    assert min(right) > 0.9
    assert max(wrong) < 0.05


def test_the_order_of_the_tissues_changes_nothing(three_shades):
    segmenter, seeds, _ = three_shades
    expected = regions(grow_tissues(segmenter, seeds))
    for order in itertools.permutations(seeds):
        found = regions(grow_tissues(segmenter, {name: seeds[name] for name in order}))
        assert list(found) == list(order)
        assert all(np.array_equal(found[name], expected[name]) for name in seeds)


def test_an_exclusion_seed_is_no_tissues(three_shades):
    segmenter, seeds, _ = three_shades
    voxel = (24, 12, 12)
    before = regions(grow_tissues(segmenter, seeds))
    found = regions(grow_tissues(segmenter, seeds, exclusion_seeds=[voxel]))
    assert any(region[voxel[::-1]] for region in before.values())
    assert not any(region[voxel[::-1]] for region in found.values())
    assert np.sum(list(found.values())) < np.sum(list(before.values()))


def test_every_seed_is_in_its_own_region_also_on_another_tissue(three_shades):
    segmenter, seeds, _ = three_shades
    astray = {**seeds, "dark": [*seeds["dark"], (40, 12, 20)]}
    found = regions(grow_tissues(segmenter, astray))
    for name, own in astray.items():
        assert all(found[name][seed[::-1]] for seed in own)


@pytest.mark.parametrize("contrast", [60, 120])
def test_the_border_between_two_tissues_lies_where_they_meet(contrast):
    rng = np.random.default_rng(0)
    right = np.zeros((40, 40, 60), bool)
    right[:, :, 30:] = True
    shades = ((100, 100 + contrast), (300, 300 - contrast))
    images = [image_of(np.where(right, b, a) + rng.normal(0, 10, right.shape)) for a, b in shades]
    found = regions(grow_tissues(Segmenter(images), {"left": [(8, 20, 20)], "right": [(40, 10, 10)]}))
    ends = {name: region.sum(axis=2).mean() for name, region in found.items()}
    assert ends == pytest.approx({"left": 30, "right": 30}, abs=0.1)


def test_tissues_that_do_not_meet_are_as_each_alone():
    array = np.zeros((20, 20, 60)) + np.random.default_rng(1).normal(0, 1, (20, 20, 60))
    array[5:15, 5:15, 5:15] += 100
    array[5:15, 5:15, 40:50] -= 100
    segmenter = Segmenter([image_of(array), image_of(-2 * array)], UNSMOOTHED)
    seeds = {"bright": [(10, 10, 10)], "dark": [(45, 10, 10)]}
    together = grow_tissues(segmenter, seeds)
    for name, own in seeds.items():
        alone = segmenter.grow(own)
        assert 900 <= alone.voxel_count <= 1100
        assert np.array_equal(together[name].mask, alone.mask)


def test_regions_stay_where_they_may_go_and_know_their_borders(three_shades):
    segmenter, seeds, labels = three_shades
    allowed = np.ones(labels.shape, np.uint8)
    allowed[:, :3] = 0
    found = grow_tissues(segmenter, seeds, allowed=image_of(allowed))
    for result in found.values():
        region = array_of(result.region) > 0
        assert not region[:, :3].any()
        touching = np.count_nonzero(region[:, 3])
        assert [c.voxel_count for c in result.border_contacts if c.border == "allowed"] == [touching]


def test_channels_are_smoothed_once(three_shades, monkeypatch):
    _, seeds, labels = three_shades
    smoothed = []
    smooth = store.smooth_block
    monkeypatch.setattr(store, "smooth_block", lambda *args: smoothed.append(args[1]) or smooth(*args))
    image = image_of(labels * 10.0 + np.random.default_rng(0).normal(0, 4, labels.shape))
    grow_tissues(Segmenter([image, image_of(array_of(image) ** 2)]), seeds)
    assert len(smoothed) == len(set(map(str, smoothed))) * 2


def test_the_fraction_done_rises_and_a_cancel_stops(three_shades):
    segmenter, seeds, _ = three_shades
    fractions = list(grow_tissues_steps(segmenter, seeds))
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] < 1
    with pytest.raises(Cancelled):
        grow_tissues(segmenter, seeds, should_cancel=lambda: True)


def test_errors_name_the_tissue(three_shades):
    segmenter, seeds, _ = three_shades
    with pytest.raises(SeedError, match="There is no tissue"):
        grow_tissues(segmenter, {})
    with pytest.raises(SeedError, match="The tissue 'empty' has no seed"):
        grow_tissues(segmenter, {**seeds, "empty": []})
    with pytest.raises(SeedError, match="'other': seed 1 lies in the same voxel as 'dark': seed 2"):
        grow_tissues(segmenter, {**seeds, "other": [seeds["dark"][1]]})
    with pytest.raises(SeedError, match="'other': seed 1 lies outside"):
        grow_tissues(segmenter, {**seeds, "other": [(99, 0, 0)]})
    with pytest.raises(ValueError, match="Several tissues need pooled"):
        grow_tissues(segmenter, seeds, GrowingParameters(seed_statistics=SeedStatistics.ITK))


def test_several_passes_and_a_limit_hold_for_each(three_shades):
    segmenter, seeds, _ = three_shades
    found = grow_tissues(segmenter, seeds, GrowingParameters(iterations=1, max_volume_ml=1.0))
    assert all(len(result.passes) >= 1 and result.volume_ml <= 1.0 for result in found.values())
    assert any(result.stopped_by == "max_volume" for result in found.values())
    assert np.sum(list(regions(found).values()), axis=0).max() == 1


def test_of_what_two_tissues_of_a_brain_have_in_common_the_brighter_part_is_white_matter():
    images, white = real_set("spm")
    segmenter = Segmenter(images)
    seeds = {"white": white, "gray": [(57, 30, 24), (21, 61, 17), (29, 27, 22), (12, 49, 49)]}
    found = regions(grow_tissues(segmenter, seeds))
    alone = {name: array_of(segmenter.grow(own).region) > 0 for name, own in seeds.items()}
    assert not (found["white"] & found["gray"]).any()
    common = alone["white"] & alone["gray"]
    assert common.any()
    t1 = sitk.GetArrayFromImage(images[0])
    assert t1[common & found["white"]].mean() > t1[common & found["gray"]].mean()
