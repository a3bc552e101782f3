"""Cleanup of a region: geometry of the ball, what is filled, what is dropped, and where nothing may be added."""

import numpy as np
import pytest
from engine_cases import image_of
from scipy import ndimage
from scipy.spatial import KDTree

from MultiModalSegmentationLib import (
    Box,
    CleanupParameters,
    Grid,
    GrowingParameters,
    Segmenter,
    SmoothingParameters,
)
from MultiModalSegmentationLib.engine import cleanup
from MultiModalSegmentationLib.engine.cleanup import clean, cleanup_steps
from MultiModalSegmentationLib.engine.work.steps import drained
from MultiModalSegmentationLib.geometry.box import tight_box


def grid_of(shape, spacing=(1.0, 1.0, 1.0)):
    return Grid(shape[::-1], np.diag([*spacing, 1.0]))


def cleaned(whole, parameters, spacing=(1.0, 1.0, 1.0), **keywords):
    grid = grid_of(whole.shape, spacing)
    box = tight_box(whole)
    box, mask = clean(whole[box.slices].astype(np.uint8), box, grid, parameters, **keywords)
    result = np.zeros(whole.shape, bool)
    result[box.slices] = mask > 0
    assert box == tight_box(result)
    return result


def closed_by_definition(whole, spacing, radius):
    """Every voxel that no ball free of the region covers, one ball after the other."""
    pad = [int(2 * radius / s) + 2 for s in spacing[::-1]]
    wide = np.pad(whole, [(p, p) for p in pad])
    places = np.argwhere(np.ones(wide.shape)) * np.array(spacing[::-1])
    inside = wide.ravel()
    distances, _ = KDTree(places[inside]).query(places)
    to_free_centers, _ = KDTree(places[distances > radius + 1e-9]).query(places)
    covered = to_free_centers <= radius + 1e-9
    return ~covered.reshape(wide.shape)[tuple(slice(p, -p) for p in pad)]


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 1.1, 1.9)])
@pytest.mark.parametrize("radius", [1.0, 2.0])
def test_closing_is_by_a_euclidean_ball(spacing, radius):
    whole = ndimage.gaussian_filter(np.random.default_rng(4).standard_normal((9, 10, 11)), 1.0) > 0.05
    result = cleaned(whole, CleanupParameters(closing_mm=radius), spacing)
    assert np.array_equal(result, closed_by_definition(whole, spacing, radius))
    assert result.sum() > whole.sum()


def test_both_ways_to_a_ball_agree():
    whole = ndimage.gaussian_filter(np.random.default_rng(4).standard_normal((30, 32, 34)), 2.0) > 0.05
    spacing = (0.7, 1.1, 1.9)
    for radius in (0.3, 1.9, 4.2, 5.5):
        by_rows = drained(cleanup._within(whole, spacing, radius))
        assert np.array_equal(by_rows, cleanup._within_by_distance(whole, spacing, radius))
        assert (by_rows.sum() > whole.sum()) == (radius > 0.7)


def test_large_balls_close_as_well():
    whole = np.zeros((60, 60, 60), bool)
    whole[5:55, 5:55, 5:20] = whole[5:55, 5:55, 38:55] = True
    assert cleaned(whole, CleanupParameters(closing_mm=12.0))[30, 30, 29]
    assert not cleaned(whole, CleanupParameters(closing_mm=8.0))[30, 30, 29]


def test_closing_bridges_a_gap_of_twice_the_radius_but_no_wider():
    for gap, is_closed in ((2, True), (6, False)):
        whole = np.zeros((20, 20, 30), bool)
        whole[5:15, 5:15, 4:10] = whole[5:15, 5:15, 10 + gap : 20] = True
        result = cleaned(whole, CleanupParameters(closing_mm=2.0))
        assert result[10, 10, 10] == is_closed


def test_closing_stays_within_the_grid_and_the_allowed_voxels():
    whole = np.zeros((9, 9, 9), bool)
    whole[2:7, 2:7, 0:3] = whole[2:7, 2:7, 5:8] = True
    allowed = np.ones(whole.shape, np.uint8)
    allowed[:, :5] = 0
    allowed[whole] = 1
    result = cleaned(whole, CleanupParameters(closing_mm=2.0), allowed=allowed)
    assert result[4, 5, 3]
    assert not result[4, 4, 3]
    assert not (result & (allowed == 0)).any()
    assert not result[:, :, 8].any()


def test_holes_are_filled_where_allowed_and_clefts_stay():
    whole = np.zeros((12, 12, 12), bool)
    whole[2:10, 2:10, 2:10] = True
    whole[4:6, 4:6, 4:6] = False
    whole[7, 7, 2:8] = False
    allowed = np.ones(whole.shape, np.uint8)
    allowed[5, 5, 5] = 0
    result = cleaned(whole, CleanupParameters(fill_holes=True), allowed=allowed)
    assert result.sum() - whole.sum() == 7
    assert not result[5, 5, 5]
    assert not result[7, 7, 2:8].any()


def test_what_is_open_to_the_edge_of_the_grid_is_no_hole():
    whole = np.zeros((6, 6, 6), bool)
    whole[0:5, 0:5, 0:5] = True
    whole[0:3, 2, 2] = False
    assert np.array_equal(cleaned(whole, CleanupParameters(fill_holes=True)), whole)


def test_islands_are_dropped_unless_they_hold_a_seed():
    whole = np.zeros((10, 10, 20), bool)
    whole[2:8, 2:8, 2:8] = True
    whole[2, 2, 10:12] = whole[5, 5, 15:17] = True
    parameters = CleanupParameters(minimum_island_ml=0.003)
    result = cleaned(whole, parameters, seeds=[(10, 2, 2)])
    assert result[2, 2, 10:12].all()
    assert not result[5, 5, 15:17].any()
    assert np.array_equal(cleaned(whole, CleanupParameters(minimum_island_ml=0.002)), whole)
    assert cleaned(whole, parameters, spacing=(1, 1, 2)).sum() == whole.sum(), "4 mm³ each"


def test_nothing_asked_for_changes_nothing():
    whole = np.random.default_rng(0).random((8, 8, 8)) > 0.5
    assert CleanupParameters().does_nothing
    assert np.array_equal(cleaned(whole, CleanupParameters()), whole)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"closing_mm": -1.0}, "closing radius is -1.0: it must be 0 mm or more"),
        ({"closing_mm": float("nan")}, "closing radius is nan"),
        ({"minimum_island_ml": -0.1}, "smallest island is -0.1: it must be 0 mL or more"),
    ],
)
def test_impossible_values_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        CleanupParameters(**values)


def test_result_tells_the_numbers_after_the_cleanup():
    random = np.random.default_rng(2)
    inside = np.zeros((20, 22, 24), bool)
    inside[4:16, 4:16, 1:20] = True
    inside[8:11, 8:11, 8:11] = False
    arrays = [np.where(inside, 100.0, 20.0) + random.normal(0, 2, inside.shape) for _ in range(2)]
    arrays[0][4:16, 4:16, 0] = np.nan
    segmenter = Segmenter([image_of(a, (1.0, 1.0, 1.5)) for a in arrays], SmoothingParameters(iterations=0))
    seeds = [(5, 6, 6), (15, 12, 12)]
    grown = segmenter.grow(seeds, GrowingParameters(6.0))
    assert grown.box == Box((1, 4, 4), (20, 16, 16))
    parameters = CleanupParameters(fill_holes=True, closing_mm=2.0)
    result = drained(cleanup_steps(grown, parameters, segmenter, seeds=seeds))
    assert result.mask[4:7, 4:7, 7:10].all()
    assert result.voxel_count == np.count_nonzero(result.mask) > grown.voxel_count
    assert result.volume_ml == pytest.approx(result.voxel_count * 1.5e-3)
    assert [(c.border, c.direction) for c in result.border_contacts] == [("field of view", "-i")]
    assert not sum(result.region[0, j, k] for j in range(22) for k in range(20)), "outside the field of view"
    assert result.effective_multiplier == grown.effective_multiplier
    assert result.passes == grown.passes
    assert drained(cleanup_steps(grown, CleanupParameters(), segmenter)) is grown
