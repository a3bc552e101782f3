"""Measures keep three significant digits at any scale."""

from __future__ import annotations

import pytest

from MultiModalSegmentationLib.geometry.numbers import significant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1474 * 5e-3**3 / 1000, "0.000000184"),
        (0.00123456, "0.00123"),
        (0.93, "0.930"),
        (1.474, "1.47"),
        (15.32, "15.3"),
        (929.4, "929"),
        (34560.7, "34,561"),
        (0.0, "0"),
        (1.84e-19, "1.84e-19"),
        (1.5e30, "1.5e+30"),
        (-0.0456, "-0.0456"),
        (float("nan"), "nan"),
    ],
)
def test_three_significant_digits(value, text):
    assert significant(value) == text
