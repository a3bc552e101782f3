"""What a click is for is around it."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cases import image_of
from made_scenes import SCENES
from made_scenes.judging import as_mask

from MultiModalSegmentationLib import Edge, GrowingParameters, Segmenter
from MultiModalSegmentationLib.engine.shaping.reach import seed_reaches

SPACING = (1.0, 1.0, 2.0)

AT_THRESHOLD = GrowingParameters(edge=Edge.THRESHOLD)


def test_the_first_seed_reaches_everywhere_and_later_ones_as_far_as_others_are_away():
    seeds = [(0, 0, 0), (40, 0, 0), (43, 0, 0), (40, 0, 30)]

    assert seed_reaches(seeds, [], SPACING) == (np.inf, 60.0, 20.0, 90.0)
    assert seed_reaches(seeds, [(40, 0, 10)], SPACING) == pytest.approx((np.inf, 30.0, 20.0, 60.0))
    assert seed_reaches(seeds, [(41, 0, 0)], SPACING)[1:3] == (6.0, 6.0)


@pytest.fixture
def two_shades():
    """A bright bar beside a darker one, each 120 mm long, in air."""
    rng = np.random.default_rng(0)
    array = np.zeros((24, 30, 130))
    array[4:20, 4:15, 5:125] = 100.0
    array[4:20, 15:26, 5:125] = 150.0
    return Segmenter([image_of(array + rng.normal(0, 3, array.shape))])


def test_a_seed_brings_in_its_shade_as_far_as_it_reaches(two_shades):
    first = as_mask(two_shades.grow([(20, 9, 12)], AT_THRESHOLD))
    both = as_mask(two_shades.grow([(20, 9, 12), (20, 20, 12)], AT_THRESHOLD))
    z, y, x = np.ogrid[:24, :30, :130]
    distances = np.sqrt((x - 20) ** 2 + (y - 20) ** 2 + (z - 12) ** 2)

    assert not (first & ~both).any()
    added = both & ~first
    assert added[distances < 8].mean() > 0.25 and distances[added].max() <= 20


def test_a_later_seed_far_away_finds_all_of_its_part(two_shades):
    result = as_mask(two_shades.grow([(20, 9, 12), (110, 20, 12)]))
    assert result[6:18, 17:24, 22:120].mean() > 0.95


@pytest.mark.parametrize("name", ["two rooms, 1 mm", "CT + MR spleen"])
def test_a_seed_changes_nothing_far_from_it(name):
    scene = SCENES[name]()
    segmenter = Segmenter(scene.images)
    parameters = GrowingParameters(8.0, edge=Edge.THRESHOLD)
    i, j, k = scene.seeds[0]
    out, more = [(i + 12, j + 3, k)], (i + 8, j, k)
    before = as_mask(segmenter.grow([(i, j, k)], parameters, exclusion_seeds=out))
    after = as_mask(segmenter.grow([(i, j, k), more], parameters, exclusion_seeds=out))
    places = np.argwhere(after != before)[:, ::-1]

    assert len(places) > 0 and not (before & ~after).any()
    assert np.linalg.norm((places - more) * scene.spacing, axis=1).max() <= 1.5 * 5 * scene.spacing[0] + 1e-6
