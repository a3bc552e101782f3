"""Multi-channel seeded region growing with explained results.

Names are imported when first used (PEP 562): importing the package itself loads neither numpy nor Slicer.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.2.0"

_HOMES = {
    "Alignment": "registration.alignment",
    "AlignmentMode": "parameters",
    "ArrayImage": "geometry.grid",
    "AutomaticMultiplier": "engine.model.plateau",
    "BiasCorrection": "parameters",
    "BorderContact": "engine.model.result",
    "Box": "geometry.box",
    "Cancelled": "geometry.errors",
    "CleanupParameters": "parameters",
    "DistanceModel": "engine.model.result",
    "Edge": "parameters",
    "EmptyRegionError": "geometry.errors",
    "Grid": "geometry.grid",
    "GrowingParameters": "parameters",
    "GrowingResult": "engine.model.result",
    "LeakCurve": "engine.leaks",
    "OverwriteMode": "parameters",
    "PRESETS": "parameters",
    "Parameters": "parameters",
    "Pass": "engine.model.result",
    "Points": "pipeline.segmentation",
    "PreparationParameters": "parameters",
    "Preset": "parameters",
    "Region": "geometry.region",
    "SeedPoint": "geometry.points",
    "SeedStatistics": "parameters",
    "Segmentation": "pipeline.segmentation",
    "Segmenter": "engine.segmenter",
    "SmoothingParameters": "parameters",
    "Tissue": "pipeline.segmentation",
    "UniModalParameters": "parameters",
    "UniModalResult": "engine.unimodal",
    "align": "registration.rigid",
    "bias_corrected": "registration.bias",
    "curvature_flow": "engine.bricks.smoothing",
    "grow": "engine.segmenter",
    "grow_tissues": "engine.tissues",
    "grow_tissues_steps": "engine.tissues",
    "grow_unimodal": "engine.unimodal",
    "leak_curve": "engine.leaks",
    "segment": "pipeline.segmentation",
    "segment_tissues": "pipeline.segmentation",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
