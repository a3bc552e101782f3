"""Measures as people read them: three significant digits, whether a voxel has a side of 1 mm or of 5 micrometers."""

from __future__ import annotations

import math

DIGITS = 3
_MOST_DECIMALS = 12
_LEAST, _MOST = 1e-10, 1e9
"""Beyond them nobody counts zeros."""


def decimals(value: float) -> int:
    """How many digits behind the point show three significant ones."""
    if value == 0 or not math.isfinite(value):
        return 0
    return min(max(DIGITS - 1 - math.floor(math.log10(abs(value))), 0), _MOST_DECIMALS)


def significant(value: float) -> str:
    """A number with three significant digits, or all before the point where these are more; thousands separated."""
    if math.isfinite(value) and value and not _LEAST <= abs(value) < _MOST:
        return f"{value:.{DIGITS}g}"
    return f"{value:,.{decimals(value)}f}"
