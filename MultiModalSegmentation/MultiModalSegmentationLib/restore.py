"""Where a script copied from a segment finds its nodes again: the place that it has always imported them from."""

from __future__ import annotations

from .workflow.restore import find_mask, find_points, find_roi, find_volume

__all__ = ["find_mask", "find_points", "find_roi", "find_volume"]
