"""Exclusion seeds on small arrays whose answer is known without computing it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from MultiModalSegmentationLib import GrowingParameters, Segmenter, SmoothingParameters
from MultiModalSegmentationLib.engine.shaping.exclusion import without_exclusions
from MultiModalSegmentationLib.engine.shaping.votes import Voter
from MultiModalSegmentationLib.engine.shaping.ways import lattice_factors

SPACING = (1.0, 1.0, 1.0)
SCALE = 0.1
"""Around every point of these arrays."""


def answer_of(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def voters(values, points, reach):
    """Points at voxels (z, y, x)."""
    return [Voter(point, reach, np.full(len(values), SCALE)) for point in points]


def corrected(values, mask, seeds, exclusion_seeds, spacing=SPACING, reach=np.inf):
    against = voters(values, exclusion_seeds, reach)
    return answer_of(without_exclusions(values, mask, voters(values, seeds, np.inf), against, spacing))


@pytest.fixture
def two_rooms():
    """Two rooms of equal intensity behind a wall with a door; everything was grown."""
    values = np.zeros((2, 12, 16, 32), np.float32)
    values[0, :, :, 15:17] = 2.0
    values[:, 5:7, 7:9, 15:17] = 0.0
    return values, values[0] < 1.0


def test_without_exclusion_seeds_the_region_stays(two_rooms):
    values, mask = two_rooms
    assert np.array_equal(corrected(values, mask, [(6, 8, 4)], []), mask)


def test_a_click_beyond_the_door_takes_that_room_and_leaves_the_other(two_rooms):
    values, mask = two_rooms
    kept = corrected(values, mask, [(6, 8, 6)], [(6, 8, 25)])

    assert kept[:, :, :14].all()
    assert not kept[:, :, 18:].any()


def test_an_edge_counts_where_nothing_but_distance_would_keep_the_leak():
    values = np.zeros((1, 6, 6, 30), np.float32)
    values[..., 8:] = 1.0
    kept = corrected(values, np.ones((6, 6, 30), bool), [(3, 3, 4)], [(3, 3, 28)])

    assert np.count_nonzero(kept) == 6 * 6 * 8


def test_the_order_matters_by_reach_alone(two_rooms):
    values, mask = two_rooms
    seeds, exclusion_seeds = [(6, 8, 4), (2, 3, 10), (9, 12, 7)], [(6, 8, 25), (1, 1, 30)]
    expected = corrected(values, mask, seeds, exclusion_seeds)
    for order in itertools.permutations(seeds):
        assert np.array_equal(corrected(values, mask, order, exclusion_seeds[::-1]), expected)


def test_each_seed_stays_and_each_exclusion_seed_goes(two_rooms):
    values, mask = two_rooms
    seed, around = (6, 8, 4), [(6, 8, 3), (6, 8, 5), (6, 7, 4), (6, 9, 4), (5, 8, 4), (7, 8, 4)]
    kept = corrected(values, mask, [seed], around)

    assert kept[seed]
    assert not any(kept[voxel] for voxel in around)
    assert np.count_nonzero(kept) == 1


def test_an_exclusion_seed_takes_nothing_beyond_its_reach(two_rooms):
    values, mask = two_rooms
    kept = corrected(values, mask, [(6, 8, 4)], [(6, 8, 25)], reach=4.0)
    z, y, x = np.ogrid[:12, :16, :32]
    beyond = (z - 6) ** 2 + (y - 8) ** 2 + (x - 25) ** 2 > 16

    assert np.array_equal(kept, mask & beyond)


def test_each_exclusion_seed_takes_only_what_is_nearest_to_it():
    values = np.zeros((1, 4, 4, 60), np.float32)
    mask = np.ones((4, 4, 60), bool)
    one = corrected(values, mask, [(2, 2, 10)], [(2, 2, 50)])
    several = corrected(values, mask, [(2, 2, 10)], [(2, 2, 50), (1, 1, 55), (2, 1, 52), (0, 3, 58)])

    assert np.count_nonzero(one[2, 2]) == 30
    assert np.array_equal(one[2, 2], several[2, 2])


def test_an_exclusion_seed_outside_the_box_is_measured_from_where_it_enters(two_rooms):
    values, mask = two_rooms
    near = corrected(values, mask, [(6, 8, 4)], [(6, 8, 33)])
    far = corrected(values, mask, [(6, 8, 4)], [(6, 8, 4000)])

    assert np.count_nonzero(near) < np.count_nonzero(far)
    assert far[:, :, :14].all()


def test_large_boxes_are_measured_on_a_lattice_with_even_voxels():
    assert lattice_factors((40, 40, 40), SPACING) == (1, 1, 1)
    assert lattice_factors((40, 160, 160), (2.0, 1.0, 1.0)) == (1, 2, 2)
    assert lattice_factors((1, 1000, 1000), SPACING) == (1, 2, 2)


def test_a_lattice_gives_nearly_what_every_voxel_would(two_rooms, monkeypatch):
    values, mask = two_rooms
    fine = corrected(values, mask, [(6, 8, 6)], [(6, 8, 25)])
    monkeypatch.setattr("MultiModalSegmentationLib.engine.shaping.ways.LATTICE_SIZE", 2000)
    coarse = corrected(values, mask, [(6, 8, 6)], [(6, 8, 25)])

    assert 2 * np.count_nonzero(fine & coarse) / (np.count_nonzero(fine) + np.count_nonzero(coarse)) > 0.95


def test_steps_come_often_enough_to_cancel(two_rooms):
    values, mask = two_rooms
    seeds, against = voters(values, [(6, 8, 4)], np.inf), voters(values, [(6, 8, 25)], np.inf)
    steps = without_exclusions(values, mask, seeds, against, SPACING)
    assert sum(1 for _ in steps) >= 6


@pytest.mark.parametrize("factor, shift", [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e6)])
def test_units_of_a_channel_do_not_matter(factor, shift):
    rng = np.random.default_rng(1)
    tissue = np.zeros((20, 20, 40))
    tissue[:, :, 20:] = 0.4
    arrays = [tissue + rng.normal(0, 0.1, tissue.shape) for _ in range(2)]

    def region(channels):
        segmenter = Segmenter([sitk.GetImageFromArray(a) for a in channels], SmoothingParameters(iterations=0))
        result = segmenter.grow([(8, 10, 10)], GrowingParameters(5.0), exclusion_seeds=[(30, 10, 10)])
        return sitk.GetArrayFromImage(result.region)

    expected = region(arrays)
    assert 1000 < expected.sum() < 16000
    assert np.array_equal(region([arrays[0] * factor + shift, arrays[1]]), expected)
