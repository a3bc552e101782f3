"""Dice, and the sweep over what one volume alone can do."""

import numpy as np
import pytest
import SimpleITK as sitk

from MultiModalSegmentationLib.explaining.comparison import MULTIPLIERS, best_unimodal, dice, unimodal_passes

SEEDS = ((10, 12, 9), (14, 11, 10))


@pytest.fixture(scope="module")
def image():
    values = np.random.default_rng(5).normal(100, 12, (20, 24, 28)).astype(np.float32)
    values[4:16, 4:20, 4:24] += 60
    result = sitk.CurvatureFlow(sitk.GetImageFromArray(values), 0.125, 2)
    result.SetSpacing((1.0, 1.2, 2.0))
    return result


def test_dice():
    one, other = np.zeros((2, 4), np.uint8), np.zeros((2, 4), bool)
    assert dice(one, other) == 1.0
    one[0] = 1
    assert dice(one, other) == 0.0
    other[:, :2] = True
    assert dice(one, other) == 0.5
    assert dice(one, one) == 1.0


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_passes_are_those_of_simpleitk(image, multiplier):
    for iterations, region in enumerate(unimodal_passes(image, SEEDS, multiplier)):
        expected = sitk.GetArrayFromImage(
            sitk.ConfidenceConnected(image, SEEDS, iterations, multiplier, initialNeighborhoodRadius=1, replaceValue=1)
        )
        np.testing.assert_array_equal(region, expected > 0)
    assert iterations == 4


def test_best_is_the_highest_dice_that_simpleitk_gives(image):
    inside = np.zeros((20, 24, 28), np.uint8)
    inside[4:16, 4:20, 4:24] = 1
    truth = sitk.GetImageFromArray(inside)
    truth.CopyInformation(image)
    found = {}
    for multiplier in MULTIPLIERS:
        for iterations in range(5):
            region = sitk.ConfidenceConnected(image, SEEDS, iterations, multiplier, 1, 1)
            overlap = sitk.LabelOverlapMeasuresImageFilter()
            overlap.Execute(truth, region)
            found[multiplier, iterations] = overlap.GetDiceCoefficient()
    best = best_unimodal(image, SEEDS, inside > 0)
    assert len(found) == 45
    assert best.dice == pytest.approx(max(found.values()))
    assert best.dice > 0.9
    assert found[best.multiplier, best.iterations] == pytest.approx(best.dice)
