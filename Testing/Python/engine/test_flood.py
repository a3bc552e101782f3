"""The flood is what is face-connected to the seeds, however large bricks and cells are and whatever the limit is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from MultiModalSegmentationLib.engine.bricks import flood as flooding
from MultiModalSegmentationLib.engine.bricks import store as storing
from MultiModalSegmentationLib.engine.bricks.flood import Flood, assembled
from MultiModalSegmentationLib.engine.bricks.store import bricks_of
from MultiModalSegmentationLib.engine.work.steps import drained
from MultiModalSegmentationLib.geometry.grid import Grid

SIZES = st.tuples(st.integers(1, 15), st.integers(1, 15), st.integers(1, 15))


def connected(accepted, seeds):
    """The same by ``scipy.ndimage.label`` on the whole grid."""
    labels, _ = ndimage.label(accepted)
    return np.isin(labels, [labels[seed[::-1]] for seed in seeds if accepted[seed[::-1]]])


def run(flood):
    """Advance to the end; how many steps that took."""
    steps = 0
    while flood.waiting and not flood.exceeds_limit:
        assert set(flood.due()).isdisjoint(flood.entered)
        flood.advance()
        steps += 1
    return steps


def on_grid(size, accepted, regions):
    box, mask = drained(assembled(Grid(size, np.eye(4)), regions))
    whole = np.zeros(accepted.shape, bool)
    whole[box.slices] = mask > 0
    return whole


@given(st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flood_is_what_ndimage_labels(monkeypatch, data):
    size = data.draw(SIZES)
    density = data.draw(st.sampled_from([0.2, 0.35, 0.5, 0.8, 1.0]))
    accepted = np.random.default_rng(data.draw(st.integers(0, 10**6))).random(size[::-1]) < density
    seeds = data.draw(st.lists(st.tuples(*(st.integers(0, n - 1) for n in size)), min_size=1, max_size=4))
    brick, cell = data.draw(st.integers(2, 8)), data.draw(st.tuples(*[st.integers(1, 4)] * 3))
    monkeypatch.setattr(storing, "BRICK", brick)
    monkeypatch.setattr(flooding, "BRICK", brick)
    monkeypatch.setattr(flooding, "CELL", cell)
    grid = Grid(size, np.eye(4))
    known = data.draw(st.lists(st.sampled_from(bricks_of(grid.box)), unique=True))
    limit = data.draw(st.none() | st.integers(1, accepted.size))
    expected = connected(accepted, seeds)

    def accept(each):
        mask = accepted[storing.brick_box(each, grid).slices].copy()
        return mask if mask.any() else None

    flood = Flood(grid, seeds, accept, known, limit)
    run(flood)

    assert flood.exceeds_limit == (limit is not None and np.count_nonzero(expected) > limit)
    region = on_grid(size, accepted, drained(flood.regions()))
    if flood.exceeds_limit:
        assert not region[~expected].any() and np.count_nonzero(region) > limit
    else:
        assert np.array_equal(region, expected)
    assert len(flood.entered) == len(set(flood.entered))


@pytest.mark.parametrize("together", [False, True])
def test_only_bricks_that_the_region_comes_to_are_looked_at(together):
    """A thin channel through the middle of four bricks of 32 voxels, of the 64 that there are."""
    size = (128, 128, 128)
    accepted = np.zeros(size[::-1], bool)
    accepted[50, 50, :] = True
    grid = Grid(size, np.eye(4))
    asked = []

    def accept(each):
        asked.append(each)
        mask = accepted[storing.brick_box(each, grid).slices].copy()
        return mask if mask.any() else None

    way = [(n, 1, 1) for n in range(4)]
    flood = Flood(grid, [(3, 50, 50)], accept, way if together else ())
    run(flood)
    assert np.array_equal(on_grid(size, accepted, drained(flood.regions())), accepted)
    assert sorted(asked) == way


def test_no_voxel_no_region():
    grid = Grid((8, 8, 8), np.eye(4))
    flood = Flood(grid, [(1, 2, 3)], lambda brick: None)
    run(flood)
    assert drained(flood.regions()) == {}
    box, mask = drained(assembled(grid, {}))
    assert box.voxel_count == 0 and mask.size == 0
