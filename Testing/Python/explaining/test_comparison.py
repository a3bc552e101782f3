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


def test_best_is_the_highest_dice_of_all(image):
    truth = np.zeros((20, 24, 28), bool)
    truth[4:16, 4:20, 4:24] = True
    best = best_unimodal(image, SEEDS, truth)
    every = [dice(region, truth) for multiplier in MULTIPLIERS for region in unimodal_passes(image, SEEDS, multiplier)]
    assert len(every) == 45
    assert best.dice == max(every) > 0.9
    again = list(unimodal_passes(image, SEEDS, best.multiplier))[best.iterations]
    assert dice(again, truth) == best.dice
