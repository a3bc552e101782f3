"""Region volume against multiplier."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cases import deep_seeds, image_of, two_tissues

from MultiModalSegmentationLib import Cancelled, Edge, GrowingParameters, SeedStatistics, Segmenter, leak_curve
from MultiModalSegmentationLib.engine.leaks import leak_curve_steps


@pytest.fixture
def a_ball_with_a_bridge():
    """A ball, a thin bridge of intensities in between, and much of another tissue behind it."""
    rng = np.random.default_rng(0)
    array = rng.normal(0, 3, (48, 64, 96))
    z, y, x = np.ogrid[:48, :64, :96]
    array += 100.0 * ((z - 24) ** 2 + (y - 32) ** 2 + (x - 20) ** 2 < 12**2)
    array[:, :, 44:] += 118.0
    array[19:30, 27:38, 28:48] = 109.0 + rng.normal(0, 3, (11, 11, 20))
    return Segmenter([image_of(array)]), (20, 32, 24)


def test_it_finds_the_leak(a_ball_with_a_bridge):
    segmenter, seed = a_ball_with_a_bridge
    parameters = GrowingParameters(16.0, 0, 3)
    curve = leak_curve(segmenter, [seed], parameters)
    ball_ml = 4 / 3 * np.pi * 12**3 / 1000

    assert len(curve.multipliers) >= 20 and len(curve.volumes_ml) == len(curve.multipliers)
    assert np.all(np.diff(curve.multipliers) > 0) and np.all(np.diff(curve.volumes_ml) >= 0)
    assert len(curve.jumps) >= 1
    assert curve.suggested == curve.multipliers[list(curve.multipliers).index(curve.jumps[0]) - 1]
    before = segmenter.grow([seed], GrowingParameters(curve.suggested, 0, 3, edge=Edge.THRESHOLD)).volume_ml
    after = segmenter.grow([seed], GrowingParameters(curve.multipliers[-1], 0, 3)).volume_ml
    assert before == pytest.approx(ball_ml, rel=0.25)
    assert after > 10 * ball_ml


@pytest.mark.parametrize("statistics", list(SeedStatistics))
@pytest.mark.parametrize("limit", [None, 20.0])
def test_the_distance_map_gives_what_growing_gives(statistics, limit):
    arrays, blobs = two_tissues(noise=20.0)
    segmenter = Segmenter([image_of(a) for a in arrays])
    seeds = deep_seeds(blobs, 2)
    multipliers = [3.0, 0.5, 2.0, 1.0]
    parameters = GrowingParameters(seed_statistics=statistics, max_volume_ml=limit)
    curve = leak_curve(segmenter, seeds, parameters, multipliers=multipliers)
    grown = [
        segmenter.grow(seeds, GrowingParameters(m, 0, 1, statistics, limit, Edge.THRESHOLD)).volume_ml
        for m in sorted(multipliers)
    ]

    assert curve.multipliers.tolist() == sorted(multipliers)
    assert curve.volumes_ml == pytest.approx(grown, rel=1e-12)


def test_iterations_and_exclusion_seeds_are_grown_one_by_one(a_ball_with_a_bridge):
    segmenter, seed = a_ball_with_a_bridge
    curve = leak_curve(segmenter, [seed], GrowingParameters(3.0, 1, 3), multipliers=[2.0, 3.0])
    excluding = leak_curve(
        segmenter, [seed], GrowingParameters(3.0, 0, 3), multipliers=[32.0], exclusion_seeds=[(80, 32, 24)]
    )

    assert curve.volumes_ml[1] == segmenter.grow([seed], GrowingParameters(3.0, 1, 3, edge=Edge.THRESHOLD)).volume_ml
    assert (
        excluding.volumes_ml[0] < segmenter.grow([seed], GrowingParameters(32.0, 0, 3, edge=Edge.THRESHOLD)).volume_ml
    )


def test_no_jump_suggests_the_largest():
    array = np.random.default_rng(0).normal(100, 5, (30, 30, 30))
    curve = leak_curve(Segmenter([image_of(array)]), [(15, 15, 15)], GrowingParameters(3.0, 0, 4))

    assert curve.jumps == () and curve.suggested == pytest.approx(6.0)


def test_it_can_be_cancelled(a_ball_with_a_bridge):
    segmenter, seed = a_ball_with_a_bridge
    with pytest.raises(Cancelled):
        leak_curve(segmenter, [seed], should_cancel=lambda: True)


@pytest.mark.parametrize("growing", [{}, {"iterations": 1}], ids=["one map", "one by one"])
@pytest.mark.parametrize("excluding", [(), ((80, 32, 24),)], ids=["seeds", "exclusion seeds"])
def test_it_comes_in_many_short_steps(a_ball_with_a_bridge, growing, excluding):
    segmenter, seed = a_ball_with_a_bridge
    parameters = GrowingParameters(3.0, initial_neighborhood_radius=3, **growing)
    steps = leak_curve_steps(segmenter, [seed], parameters, exclusion_seeds=excluding)
    fractions = []
    while True:
        try:
            fractions.append(next(steps))
        except StopIteration as end:
            curve = end.value
            break

    assert len(fractions) > len(curve.multipliers)
    assert np.all(np.diff(fractions) >= 0) and fractions[0] >= 0 and fractions[-1] < 1
    at_once = leak_curve(segmenter, [seed], parameters, exclusion_seeds=excluding)
    assert np.array_equal(curve.volumes_ml, at_once.volumes_ml)
