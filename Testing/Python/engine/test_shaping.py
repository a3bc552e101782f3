"""The outline of a region: the part nearest to the seeds, and where a region touches a border."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from MultiModalSegmentationLib.engine.shaping import nearest
from MultiModalSegmentationLib.engine.shaping.contacts import border_contacts
from MultiModalSegmentationLib.engine.shaping.nearest import nearest_part
from MultiModalSegmentationLib.engine.work.steps import drained
from MultiModalSegmentationLib.geometry.box import Box, tight_box
from MultiModalSegmentationLib.geometry.grid import Grid

FACES = ndimage.generate_binary_structure(3, 1)
SIDES = {"-i": (0, 0, -1), "+i": (0, 0, 1), "-j": (0, -1, 0), "+j": (0, 1, 0), "-k": (-1, 0, 0), "+k": (1, 0, 0)}


def steps_from(seeds, accepted):
    """How many faces lie between each voxel and a seed, within the accepted ones; -1 where there is no way."""
    reached = np.zeros(accepted.shape, bool)
    for seed in seeds:
        reached[seed[::-1]] = True
    reached &= accepted
    steps = np.where(reached, 0, -1)
    for number in range(1, accepted.size):
        grown = ndimage.binary_dilation(reached, FACES) & accepted
        if np.array_equal(grown, reached):
            break
        steps[grown & ~reached] = number
        reached = grown
    return steps


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_the_nearest_part_holds_the_fewest_steps(data):
    size = data.draw(st.tuples(*[st.integers(1, 12)] * 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    accepted = rng.random(size[::-1]) < data.draw(st.sampled_from([0.4, 0.7, 1.0]))
    seeds = data.draw(st.lists(st.tuples(*(st.integers(0, n - 1) for n in size)), min_size=1, max_size=3, unique=True))
    for seed in seeds:
        accepted[seed[::-1]] = True
    steps = steps_from(seeds, accepted)
    count = data.draw(st.integers(len(seeds), max(len(seeds), int((steps >= 0).sum()))))
    direction = np.diag([data.draw(st.sampled_from([-1.0, 1.0])), 1.0, 1.0, 1.0])
    grid = Grid(size, direction)
    reach = data.draw(st.sampled_from([1, 2, 16]))

    def accept(box):
        yield
        return accepted[box.slices]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "_FIRST_REACH", reach)
        box, mask = drained(nearest_part(grid, seeds, accept, count))
    part = np.zeros(accepted.shape, bool)
    part[box.slices] = mask > 0

    assert np.count_nonzero(part) == count
    assert np.all(steps[part] >= 0)
    last = steps[part].max()
    assert np.all(part[(steps >= 0) & (steps < last)])
    assert (box.start, box.stop) == (tight_box(part).start, tight_box(part).stop)
    taken, left = np.argwhere(part & (steps == last)), np.argwhere(~part & (steps == last))
    if len(taken) and len(left) and last > 0:
        sign = -1 if grid.is_left_handed else 1
        assert max((sign * k, j, i) for k, j, i in taken) < min((sign * k, j, i) for k, j, i in left)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_contacts_are_counted_face_by_face(data):
    size = data.draw(st.tuples(*[st.integers(1, 9)] * 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    region = rng.random(size[::-1]) < 0.3
    region[tuple(int(rng.integers(n)) for n in region.shape)] = True
    barrier = (rng.random(size[::-1]) < 0.4) & ~region
    grid = Grid(size, np.eye(4))
    box = tight_box(region)
    around = box.grown(1, grid.box)
    contacts = drained(
        border_contacts(
            box, region[box.slices].astype(np.uint8), grid, {"allowed": barrier[around.slices], "none": None}
        )
    )
    found = {(contact.border, contact.direction): contact.voxel_count for contact in contacts}
    expected = {}
    outside = np.pad(np.zeros(region.shape, bool), 1, constant_values=True)
    barred = np.pad(barrier, 1)
    for direction, offset in SIDES.items():
        there = tuple(slice(1 + d, 1 + d + n) for d, n in zip(offset, region.shape))
        expected["grid", direction] = np.count_nonzero(region & outside[there])
        expected["allowed", direction] = np.count_nonzero(region & barred[there])
    assert found == {key: count for key, count in expected.items() if count}


def test_an_empty_region_touches_nothing():
    grid = Grid((4, 4, 4), np.eye(4))
    assert drained(border_contacts(Box((0, 0, 0), (0, 0, 0)), np.zeros((0, 0, 0), np.uint8), grid, {})) == ()
