"""Statistics and distances on numbers that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from MultiModalSegmentationLib.engine.model.statistics import (
    Moments,
    coverage,
    floored,
    inverse,
    pooled_statistics,
    squared_distance,
    squared_threshold,
)


@pytest.mark.parametrize(
    "multiplier, channels, expected",
    [(1.0, 1, 0.682689), (2.0, 1, 0.9545), (3.5, 2, 1 - math.exp(-6.125)), (2.5, 3, 0.8999391), (0.1, 2, 0.00498752)],
)
def test_coverage(multiplier, channels, expected):
    assert coverage(multiplier, channels) == pytest.approx(expected, abs=1e-6)


def test_distances():
    matrix = np.array([[4.0, 0.0], [0.0, 9.0]])
    values = np.array([[2.0, 0.0, 4.0], [0.0, 3.0, 6.0]])

    assert squared_distance(values, np.zeros(2), inverse(matrix)) == pytest.approx([1.0, 1.0, 8.0])


def test_the_inverse_holds_for_channels_of_any_units():
    matrix = np.array([[1e-12, 0.5e-3], [0.5e-3, 1e6]])

    assert inverse(matrix) @ matrix == pytest.approx(np.eye(2), abs=1e-7)


@pytest.mark.parametrize("multiplier", [0.1, 1.0, 2.5, math.sqrt(2), 3.5, 1e-160])
def test_the_squared_threshold_decides_like_the_root(multiplier):
    limit = squared_threshold(multiplier)

    assert math.sqrt(limit) <= multiplier < math.sqrt(math.nextafter(limit, math.inf))


def test_a_floored_covariance_keeps_its_other_directions():
    assert floored(np.diag([4.0, 0.0])) == pytest.approx(np.diag([4.0, 1e-4]))
    regular = np.array([[2.0, 0.3], [0.3, 1.0]])
    assert floored(regular) is regular


def test_moments_of_parts_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    values = rng.normal(1e6, 1.0, (2, 6, 7, 8))
    mask = rng.random((6, 7, 8)) < 0.4
    total = Moments(np.array([1e6, 1e6]))
    for part in (slice(0, 2), slice(2, 6)):
        total.add(Moments.of(values[:, part][:, mask[part]], total.origin))
    expected = pooled_statistics(values[:, mask])

    assert total.count == mask.sum()
    assert total.statistics().mean == pytest.approx(expected.mean, rel=1e-14)
    assert total.statistics().covariance == pytest.approx(expected.covariance, rel=1e-9)
