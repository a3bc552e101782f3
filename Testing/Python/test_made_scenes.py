"""The made scenes are what they say: their truth is exact, and what changes far away leaves the target as it was."""

from __future__ import annotations

import numpy as np
import pytest
from made_scenes import HELD_OUT, SCENES, TUNING, far_changes
from made_scenes.judging import Verdict, share_changed
from made_scenes.shapes import ball, block, ellipsoid, shares, tube, union, without

from MultiModalSegmentationLib import Segmenter

SPACING = (0.8, 1.0, 2.5)


@pytest.mark.parametrize(
    "shape, mm3",
    [
        (ball((20, 20, 20), 9.3), 4 / 3 * np.pi * 9.3**3),
        (ellipsoid((20, 21, 20), (4, 7, 12)), 4 / 3 * np.pi * 4 * 7 * 12),
        (tube([(10, 17, 18), (28, 23, 24)], 4.0), np.pi * 16 * np.sqrt(396) + 4 / 3 * np.pi * 64),
        (block((5.3, 6.1, 7.7), (20.0, 15.5, 30.2)), 14.7 * 9.4 * 22.5),
        (without(ball((20, 20, 20), 9.0), ball((20, 20, 20), 5.0)), 4 / 3 * np.pi * (729 - 125)),
        (union(ball((9, 20, 20), 6.0), ball((30, 20, 20), 7.0)), 4 / 3 * np.pi * (216 + 343)),
    ],
)
def test_shares_add_up_to_the_volume(shape, mm3):
    found = shares(shape, (52, 42, 18), SPACING)

    assert found.min() == 0.0 and found.max() == 1.0
    assert found.sum() * np.prod(SPACING) == pytest.approx(mm3, rel=0.01)


def test_a_plane_gives_exact_shares():
    found = shares(block((-9.0, -9.0, -9.0), (2.25, 9.0, 9.0)), (5, 3, 3), (1.0, 1.0, 1.0))

    assert found[1, 1].tolist() == [1.0, 1.0, 0.75, 0.0, 0.0]


def test_a_part_is_held_out_of_tuning():
    assert len(HELD_OUT) >= 12 and len(TUNING) >= 18
    assert not set(HELD_OUT) & set(TUNING) and set(SCENES) == {*TUNING, *HELD_OUT}


@pytest.mark.parametrize("name", SCENES)
def test_seeds_lie_well_inside_a_target_that_both_channels_show(name):
    scene = SCENES[name]()
    for seed in scene.seeds:
        assert scene.share[seed[::-1]] == 1.0
    near = np.zeros_like(scene.target)
    near[tuple(slice(a.min(), a.max() + 1) for a in np.nonzero(scene.target))] = True
    for channel in scene.channels:
        assert channel.dtype == np.float32 and np.isfinite(channel).all()
        assert (
            abs(channel[scene.share == 1].mean() - channel[near & (scene.share == 0)].mean())
            > 0.3 * channel[scene.share == 1].std()
        )


def test_a_scene_depends_on_its_seed_alone():
    first, again, other = (SCENES["lobulated 8 mm, 6 SD"](seed) for seed in (0, 0, 1))

    assert all(np.array_equal(a, b) for a, b in zip(first.channels, again.channels))
    assert not np.array_equal(first.channels[0], other.channels[0])
    assert not np.array_equal(first.share, other.share)


def test_far_changes_leave_the_target():
    scene = SCENES["CT + MR liver lesion"]()
    changes = list(far_changes(scene))
    assert len({c.what for c in changes}) == len(changes) == 9
    for change in changes:
        assert np.count_nonzero(change.scene.target) == np.count_nonzero(scene.target)
        for old, new in zip(scene.seeds, change.scene.seeds):
            assert tuple(np.add(new, change.offset)) == old
        assert change.scene.channels[1][change.scene.target] == pytest.approx(scene.channels[1][scene.target])


@pytest.fixture(scope="module")
def verdicts():
    """Of every scene, with the defaults."""
    scenes = {name: SCENES[name]() for name in SCENES}
    return {name: Verdict.of(Segmenter(scene.images).grow(scene.seeds), scene) for name, scene in scenes.items()}


@pytest.mark.parametrize("group", [TUNING, HELD_OUT], ids=["tuning", "held out"])
def test_regions_and_volumes_are_right_with_the_defaults(verdicts, group):
    dices = [verdicts[name].dice for name in group]
    off = [abs(np.log(verdicts[name].volume)) for name in group]

    assert np.mean(dices) > 0.96 and min(dices) > 0.85
    assert np.mean(off) < np.log(1.05) and max(off) < np.log(1.27)


@pytest.mark.parametrize("name", ["CT + MR liver lesion", "PET + CT lung tumor"])
def test_nothing_far_away_decides(name):
    scene = SCENES[name]()
    before = Segmenter(scene.images).grow(scene.seeds)
    for change in far_changes(scene):
        after = Segmenter(change.scene.images).grow(change.scene.seeds)
        assert share_changed(before, after, change) < 0.01, change.what


def test_every_click_of_a_session_is_repeated_from_its_lists():
    """The result depends on lists, parameters and volumes only, whatever was grown before."""
    scene = SCENES["CT + MR liver lesion"]()
    seeds, out = list(scene.seeds), [tuple(np.add(scene.seeds[0], (14, 0, 0)))]
    used = Segmenter(scene.images)
    for count in range(1, len(seeds) + 1):
        used.grow(seeds[:count])
    again = used.grow(seeds, exclusion_seeds=out)
    fresh = Segmenter(scene.images).grow(seeds, exclusion_seeds=out)
    assert again.box == fresh.box and np.array_equal(again.mask, fresh.mask)
