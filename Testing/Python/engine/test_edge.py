"""The half-way edge against exact truth: volumes, and where it must not go."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cases import array_of, image_of
from made_scenes import SCENES
from made_scenes.judging import Verdict
from made_scenes.shapes import ball, shares

from MultiModalSegmentationLib import Edge, GrowingParameters, SeedStatistics, Segmenter

THRESHOLD = GrowingParameters(edge=Edge.THRESHOLD)


def a_ball(radius=8.0, spacing=(1.0, 1.0, 1.0), contrast=8.0, size=44.0, seed=0):
    """Two volumes with a ball in even tissue, contrast in SD of the noise; the shares (z, y, x) and a seed."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(size / s) for s in spacing)
    center = tuple((n // 2) * s for n, s in zip(shape, spacing))
    share = shares(ball(center, radius), shape, spacing)
    arrays = [
        base + sign * contrast * 10.0 * share + rng.normal(0, 10.0, share.shape) for base, sign in ((100, 1), (300, -1))
    ]
    return [image_of(a, spacing) for a in arrays], share, tuple(n // 2 for n in shape)


@pytest.mark.parametrize(
    "spacing, off", [((1.0, 1.0, 1.0), 0.05), ((0.6, 0.6, 0.6), 0.05), ((0.9, 0.9, 3.0), 0.05), ((2.0, 2.0, 2.0), 0.08)]
)
@pytest.mark.parametrize("contrast", [5.0, 15.0])
def test_a_balls_volume_is_right(spacing, off, contrast):
    images, share, seed = a_ball(10.0, spacing, contrast)
    result = Segmenter(images).grow([seed])
    threshold = Segmenter(images).grow([seed], THRESHOLD)

    assert result.voxel_count == pytest.approx(share.sum(), rel=off)
    assert threshold.voxel_count < 0.95 * share.sum()


@pytest.mark.parametrize(
    "name, dice",
    [
        ("fold, 1 mm", 0.98),
        ("two rooms, 1 mm", 0.96),
        ("organ's edge, 9 mm, 6 SD", 0.95),
        ("bias 20 %, 12 mm, 6 SD", 0.96),
    ],
)
def test_walls_folds_and_slopes(name, dice):
    scene = SCENES[name]()
    images = [image_of(channel, scene.spacing) for channel in scene.channels]
    verdict = Verdict.of(Segmenter(images).grow([tuple(map(int, s)) for s in scene.seeds]), scene)

    assert verdict.dice > dice and verdict.volume == pytest.approx(1.0, abs=0.06)


def test_two_walls_of_two_voxels_two_voxels_apart_stay_apart():
    rng = np.random.default_rng(0)
    tissue = np.zeros((30, 40, 40))
    tissue[5:25, 10:30, 14:16] = tissue[5:25, 10:30, 18:20] = 1.0
    tissue[5:25, 28:30, 14:20] = 1.0
    arrays = [100.0 + 100.0 * tissue + rng.normal(0, 8.0, tissue.shape) for _ in range(2)]
    region = array_of(Segmenter([image_of(a) for a in arrays]).grow([(15, 29, 15), (15, 20, 15)]).region) > 0

    assert not region[8:22, 12:26, 16:18].any()
    assert 2 * (region & (tissue > 0)).sum() / (region.sum() + tissue.sum()) > 0.95


def test_it_leaves_neither_allowed_voxels_nor_fields_of_view():
    images, share, seed = a_ball()
    allowed = np.ones(share.shape, np.uint8)
    allowed[:, :, seed[0] + 5 :] = 0
    values = array_of(images[0])
    values[:, seed[1] + 4 :] = np.nan
    result = Segmenter([image_of(values), images[1]]).grow([seed], allowed=image_of(allowed))
    region = array_of(result.region) > 0

    assert not region[:, :, seed[0] + 5 :].any() and not region[:, seed[1] + 4 :].any()
    assert region[share == 1][allowed[share == 1] > 0].mean() > 0.5


def test_it_takes_nothing_of_an_exclusion_seeds_share():
    images, _, seed = a_ball()
    other = (seed[0] + 6, seed[1], seed[2])
    threshold = array_of(Segmenter(images).grow([seed], THRESHOLD, exclusion_seeds=[other]).region) > 0
    region = array_of(Segmenter(images).grow([seed], exclusion_seeds=[other]).region) > 0

    assert region[seed[::-1]] and not region[other[::-1]]
    assert not region[:, :, other[0] :].any()
    assert region.sum() > threshold.sum()


def test_it_stays_within_the_maximum_volume():
    images, _, seed = a_ball()
    free = Segmenter(images).grow([seed], THRESHOLD)
    limit = 1.02 * free.volume_ml
    result = Segmenter(images).grow([seed], GrowingParameters(max_volume_ml=limit))

    assert result.volume_ml <= limit and result.stopped_by == "max_volume"


def test_where_there_is_no_contrast_nothing_moves():
    slope = np.broadcast_to(np.arange(80.0), (40, 40, 80)) + np.random.default_rng(0).normal(0, 3.0, (40, 40, 80))
    segmenter = Segmenter([image_of(slope)])
    threshold = segmenter.grow([(30, 20, 20)], THRESHOLD)
    result = segmenter.grow([(30, 20, 20)])

    assert result.voxel_count == pytest.approx(threshold.voxel_count, rel=0.12)


def test_itk_statistics_end_at_the_threshold():
    images, _, seed = a_ball()
    one, other = (
        Segmenter(images).grow([seed], GrowingParameters(2.5, seed_statistics=SeedStatistics.ITK, edge=edge))
        for edge in Edge
    )

    assert np.array_equal(one.mask, other.mask)


def test_seeds_stay_and_all_is_connected_to_one():
    from scipy import ndimage

    images, _, seed = a_ball(contrast=4.0)
    seeds = [seed, (seed[0] + 5, seed[1], seed[2])]
    region = array_of(Segmenter(images).grow(seeds).region) > 0
    labels, _ = ndimage.label(region)

    assert all(region[s[::-1]] for s in seeds)
    assert set(np.unique(labels[region])) <= {labels[s[::-1]] for s in seeds}
