"""Bricks of channel values are parts of the whole volume, and distances from them those of double precision."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cases import image_of
from hypothesis import given, settings
from hypothesis import strategies as st

from MultiModalSegmentationLib import SmoothingParameters
from MultiModalSegmentationLib.engine.bricks.channels import prepare
from MultiModalSegmentationLib.engine.bricks.distances import DistanceMap
from MultiModalSegmentationLib.engine.bricks.itk_distances import ItkDistanceMap
from MultiModalSegmentationLib.engine.bricks.smoothing import smooth_whole
from MultiModalSegmentationLib.engine.bricks.store import LONGEST, BrickStore, _merged, brick_box, brick_of, bricks_of
from MultiModalSegmentationLib.engine.model.statistics import Statistics
from MultiModalSegmentationLib.engine.work.steps import drained
from MultiModalSegmentationLib.geometry.box import Box

SHAPE = (40, 70, 75)
PLAIN, SMOOTH = SmoothingParameters(iterations=0), SmoothingParameters()


def a_store(smoothing, holes=False, channels=2):
    rng = np.random.default_rng(11)
    arrays = [rng.normal(100 * n + 50, 10.0 + n, SHAPE) for n in range(channels)]
    if holes:
        arrays[0][:, :, 60:] = np.nan
        arrays[1][5, 6, 7] = np.inf
    return BrickStore(prepare([image_of(array.astype(np.float32)) for array in arrays]), smoothing)


@pytest.mark.parametrize("smoothing", [PLAIN, SMOOTH], ids=["plain", "smooth"])
def test_bricks_are_parts_of_the_whole_volume_in_whatever_order_they_are_read(smoothing):
    store = a_store(smoothing, holes=True)
    whole = np.stack([smooth_whole(channel, smoothing) for channel in store.channels])
    bricks = bricks_of(store.grid.box)
    np.random.default_rng(0).shuffle(bricks)
    for first in range(0, len(bricks), 5):
        drained(store.load([tuple(map(int, brick)) for brick in bricks[first : first + 5]]))
    for brick in bricks_of(store.grid.box):
        box = brick_box(brick, store.grid)
        expected = whole[(slice(None), *box.slices)]
        finite = np.isfinite(expected).all(axis=0)
        given_units = store.exact(brick, None, True).reshape(expected.shape)
        np.testing.assert_allclose(given_units[:, finite], expected[:, finite], rtol=1e-6)
        standardized = (expected - store.center[:, None, None, None]) / store.scale[:, None, None, None]
        np.testing.assert_allclose(store.values(brick)[:, finite], standardized[:, finite], atol=2e-5)
        excluded = store.excluded(brick)
        assert np.array_equal(np.zeros(finite.shape, bool) if excluded is None else excluded, ~finite)
    some = Box((20, 25, 10), (66, 50, 39))
    assert np.array_equal(store.excluded_block(some), ~np.isfinite(whole[(slice(None), *some.slices)]).all(axis=0))
    chosen = np.array([3, 77, 500])
    assert np.array_equal(store.exact((1, 1, 0), chosen, True), store.exact((1, 1, 0), None, True)[:, chosen])


@given(st.sets(st.tuples(*[st.integers(0, 6)] * 3), max_size=60))
@settings(max_examples=100, deadline=None)
def test_bricks_read_together_are_boxes_and_each_is_read_once(bricks):
    groups = _merged(bricks)
    assert sorted(brick for group in groups for brick in group) == sorted(bricks)
    for group in groups:
        low, high = np.min(group, axis=0), np.max(group, axis=0)
        assert np.prod(high - low + 1) == len(group)
        assert np.all(high - low + 1 <= LONGEST)


def squared(values, models):
    """Squared Mahalanobis distances of values (C, …) from the nearest model, by solving, in double precision."""
    each = []
    for model in models:
        centered = values - model.mean.reshape(-1, 1)
        each.append((centered * np.linalg.solve(model.covariance, centered)).sum(axis=0))
    return np.min(each, axis=0)


COVARIANCE = np.array([[1.0, 0.4, 0.1], [0.4, 1.5, -0.3], [0.1, -0.3, 0.7]])


@pytest.mark.parametrize("keep", [False, True])
def test_voxels_within_itks_distance_are_those_of_double_precision(keep):
    """At multipliers between the distances that lie closest to each other, where single precision cannot tell."""
    store = a_store(PLAIN, channels=3)
    current = Statistics(np.array((0.1, -0.2, 0.3)), COVARIANCE).in_units(store.center, store.scale)
    drained(store.load(bricks_of(store.grid.box)))
    distances = ItkDistanceMap(store, current, allowed=None, keep=keep)
    brick = (1, 0, 0)
    exact = np.sort(squared(store.exact(brick, None, True).astype(float), [current]))
    gaps = np.diff(exact)
    close = np.flatnonzero((gaps > 1e-10) & (exact[1:] > 0.1))
    for number in close[np.argsort(gaps[close])][:100]:
        multiplier = float(np.sqrt(exact[number] + gaps[number] / 2))
        assert np.count_nonzero(distances.within(multiplier)(brick)) == number + 1


@pytest.mark.parametrize("smoothing", [PLAIN, SMOOTH], ids=["plain", "smooth"])
@pytest.mark.parametrize("keep", [False, True])
def test_voxels_within_the_nearest_models_distance_are_so_to_single_precision(smoothing, keep):
    store = a_store(smoothing, channels=3)
    models = (
        Statistics(np.array((0.1, -0.2, 0.3)), COVARIANCE),
        Statistics(np.array((0.9, 0.4, -0.5)), np.diag([0.5, 2.0, 0.3])),
    )
    drained(store.load(bricks_of(store.grid.box)))
    distances = DistanceMap(store, Statistics(models[0].mean, COVARIANCE, models), allowed=None, keep=keep)
    brick = (1, 0, 0)
    exact = squared(store.exact(brick, None, False).astype(float), models)
    for multiplier in np.linspace(0.3, 1.5, 60):
        accepted = distances.within(multiplier)(brick).ravel()
        differs = accepted != (exact <= multiplier**2)
        assert np.all(np.abs(exact[differs] / multiplier**2 - 1.0) < 1e-5)
        assert 0 < np.count_nonzero(accepted) < accepted.size


def test_barred_voxels_are_never_within_and_seeds_always_are():
    store = a_store(PLAIN, holes=True)
    allowed = np.ones(SHAPE, np.uint8)
    allowed[:, :32, :32] = 0
    allowed[:, :, 40] = 0
    seeds = [(50, 3, 4), (33, 40, 20)]
    distances = DistanceMap(store, Statistics(np.full(2, 50.0), np.eye(2)), allowed=allowed, belong=seeds)
    everywhere = DistanceMap(store, Statistics(np.zeros(2), np.eye(2)), allowed=allowed)
    drained(store.load(bricks_of(store.grid.box)))

    assert distances.within(1.0)((0, 0, 0)) is None
    assert distances.within(1.0)((2, 0, 0)) is None
    for seed in seeds:
        only = distances.within(1.0)(brick_of(seed))
        start = brick_box(brick_of(seed), store.grid).start
        assert np.argwhere(only).tolist() == [[v - o for v, o in zip(seed[::-1], start[::-1])]]
    box = Box((28, 0, 0), (70, 70, 40))
    accepted = drained(everywhere.within_box(box, 1e3))
    free = (allowed > 0) & np.isfinite([channel.array for channel in store.channels]).all(axis=0)
    assert np.array_equal(accepted, free[box.slices])
