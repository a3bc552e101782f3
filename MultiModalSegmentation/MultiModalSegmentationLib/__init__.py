"""Multi-channel seeded region growing with explained results.

Names are imported when first used (PEP 562): importing the package itself loads neither numpy nor Slicer.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "ArrayImage": "grid",
    "BorderContact": "growing",
    "Box": "grid",
    "Cancelled": "errors",
    "CleanupParameters": "parameters",
    "DistanceModel": "growing",
    "Grid": "grid",
    "GrowingParameters": "parameters",
    "GrowingResult": "growing",
    "LeakCurve": "leaks",
    "OverwriteMode": "parameters",
    "PRESETS": "parameters",
    "Pass": "growing",
    "Preset": "parameters",
    "SeedStatistics": "parameters",
    "Segmenter": "segmenter",
    "SmoothingParameters": "parameters",
    "UniModalParameters": "parameters",
    "UniModalResult": "unimodal",
    "curvature_flow": "smoothing",
    "grow": "segmenter",
    "grow_unimodal": "unimodal",
    "leak_curve": "leaks",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
