"""What a user can choose. Nothing here imports anything numeric: Slicer's module file needs it at start-up."""

from __future__ import annotations

from .colors import (
    EXCLUSION_SEED_COLOR,
    SEED_COLOR,
    TISSUE_COLOR,
    TISSUE_COLORS,
    TISSUE_TERMINOLOGY,
    UNIMODAL_COLORS,
    color_from_hex,
    color_to_hex,
    tissue_color,
)
from .presets import PRESETS, Parameters, Preset
from .settings import (
    MAXIMUM_CHANNELS,
    SCHEMA_VERSION,
    AlignmentMode,
    BiasCorrection,
    CleanupParameters,
    Edge,
    GrowingParameters,
    OverwriteMode,
    PreparationParameters,
    SeedStatistics,
    SmoothingParameters,
    UniModalParameters,
)

__all__ = [
    "EXCLUSION_SEED_COLOR",
    "MAXIMUM_CHANNELS",
    "PRESETS",
    "SCHEMA_VERSION",
    "SEED_COLOR",
    "TISSUE_COLOR",
    "TISSUE_COLORS",
    "TISSUE_TERMINOLOGY",
    "UNIMODAL_COLORS",
    "AlignmentMode",
    "BiasCorrection",
    "CleanupParameters",
    "Edge",
    "GrowingParameters",
    "OverwriteMode",
    "Parameters",
    "PreparationParameters",
    "Preset",
    "SeedStatistics",
    "SmoothingParameters",
    "UniModalParameters",
    "color_from_hex",
    "color_to_hex",
    "tissue_color",
]
