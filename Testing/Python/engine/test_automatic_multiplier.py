"""The multiplier found from the curve of volume against multiplier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_cases import image_of, real_set
from made_scenes import SCENES, Verdict
from made_scenes.judging import as_mask

from MultiModalSegmentationLib import Cancelled, GrowingParameters, SeedStatistics, Segmenter
from MultiModalSegmentationLib.engine.model.plateau import LEVELS, AutomaticMultiplier, automatic_multiplier
from MultiModalSegmentationLib.explaining.findings import FindingKind, result_findings
from MultiModalSegmentationLib.recipes.recipe import summary

AUTOMATIC = GrowingParameters(multiplier=None)
MULTIPLIERS = np.array(LEVELS)


def counts_of(slopes):
    """Voxels whose logarithm rises by these multiples of the multiplier's."""
    return 1000.0 * np.exp(np.concatenate([[0.0], np.cumsum(slopes * np.diff(np.log(MULTIPLIERS)))]))


def test_the_stable_range_before_a_leak_is_found():
    slopes = np.full(23, 2.0)
    slopes[4:14] = 0.1
    slopes[14] = 20.0
    found = automatic_multiplier(MULTIPLIERS, counts_of(slopes), 54)

    assert (found.low, found.high) == (MULTIPLIERS[4], MULTIPLIERS[14])
    assert found.multiplier == pytest.approx(np.sqrt(found.low * found.high))
    assert found.change == pytest.approx((found.high / found.low) ** 0.1 - 1)
    assert found.has_plateau


@pytest.mark.parametrize("slope", [0.8, 2.0])
def test_without_a_stable_range_it_is_the_default(slope):
    assert automatic_multiplier(MULTIPLIERS, counts_of(np.full(23, slope)), 54) == AutomaticMultiplier()
    assert AutomaticMultiplier().multiplier == GrowingParameters().multiplier and not AutomaticMultiplier().has_plateau


def test_a_short_range_is_none():
    slopes = np.full(23, 2.0)
    slopes[6:10] = 0.1
    assert not automatic_multiplier(MULTIPLIERS, counts_of(slopes), 54).has_plateau


def test_everything_there_is_is_no_object():
    slopes = np.full(23, 2.0)
    slopes[17:] = 0.0
    assert not automatic_multiplier(MULTIPLIERS, counts_of(slopes), 54).has_plateau


def test_a_region_that_has_not_found_its_tissue_does_not_count():
    assert not automatic_multiplier(MULTIPLIERS, np.full(24, 53), 54).has_plateau
    assert automatic_multiplier(MULTIPLIERS, np.full(24, 54), 54).has_plateau


@pytest.mark.parametrize("name", ["texture 1.2 SD of 4 mm, 13 mm, 8 SD", "CT + MR spleen", "two rooms, 1 mm"])
def test_objects_have_a_stable_range_and_lose_nothing_by_it(name):
    scene = SCENES[name]()
    segmenter = Segmenter(scene.images)
    found = segmenter.grow(scene.seeds, AUTOMATIC)
    by_default = Verdict.of(segmenter.grow(scene.seeds), scene)

    assert found.automatic.has_plateau
    assert found.automatic.low < found.automatic.multiplier < found.automatic.high
    assert found.effective_multiplier == found.automatic.multiplier
    assert Verdict.of(found, scene).dice >= max(0.9, by_default.dice - 0.02)
    again = segmenter.grow(scene.seeds, replace(AUTOMATIC, multiplier=found.automatic.multiplier))
    assert np.array_equal(as_mask(again), as_mask(found)) and again.automatic is None


def test_a_structure_of_the_brain_has_none():
    images, seeds = real_set("infant")
    segmenter = Segmenter(images)
    found = segmenter.grow(seeds[:1], AUTOMATIC)

    assert not found.automatic.has_plateau and found.effective_multiplier == 3.5
    assert found.voxel_count == segmenter.grow(seeds[:1]).voxel_count


def test_the_reason_is_a_finding_and_in_the_recipe():
    scene = SCENES["CT + MR spleen"]()
    result = Segmenter(scene.images).grow(scene.seeds, AUTOMATIC)
    found = next(f for f in result_findings(result) if f.kind is FindingKind.STABLE)

    assert found.sentence().startswith(f"The multiplier {result.automatic.multiplier:.2g} was found where the volume")
    assert found.sentence().endswith(f"from {result.automatic.low:.1f} to {result.automatic.high:.1f}.")
    assert found.change == pytest.approx(100 * result.automatic.change)
    assert summary(result)["automatic"]["hasPlateau"] is True


def test_without_a_stable_range_a_finding_says_so():
    slope = np.random.default_rng(0).normal(100, 1, (16, 16, 120)) + np.linspace(0, 60, 120)
    result = Segmenter([image_of(slope)]).grow([(60, 8, 8)], AUTOMATIC)

    assert result_findings(result)[0].kind is FindingKind.NOT_STABLE
    assert "3.5, the default" in result_findings(result)[0].sentence()


def test_the_maximum_volume_bounds_the_curve():
    scene = SCENES["two rooms, 1 mm"]()
    result = Segmenter(scene.images).grow(scene.seeds, replace(AUTOMATIC, max_volume_ml=1.0))

    assert result.automatic == AutomaticMultiplier()
    assert result.stopped_by == "max_volume" and result.volume_ml == pytest.approx(1.0)


def test_itk_statistics_need_a_number():
    with pytest.raises(ValueError, match="The multiplier is automatic, but ITK statistics need a number"):
        GrowingParameters(multiplier=None, seed_statistics=SeedStatistics.ITK)


def test_progress_rises_and_a_cancel_is_obeyed():
    scene = SCENES["two rooms, 1 mm"]()
    segmenter = Segmenter(scene.images)
    fractions = []
    segmenter.grow(scene.seeds, replace(AUTOMATIC, iterations=1), on_progress=fractions.append)

    assert len(fractions) > 24 and fractions[-1] == 1.0
    assert np.all(np.diff(fractions) >= 0)
    with pytest.raises(Cancelled):
        segmenter.grow(scene.seeds, AUTOMATIC, should_cancel=lambda: True)
