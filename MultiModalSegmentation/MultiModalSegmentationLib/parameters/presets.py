"""All the parameters of a run together, and the named sets of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .settings import (
    CleanupParameters,
    GrowingParameters,
    PreparationParameters,
    SeedStatistics,
    SmoothingParameters,
    UniModalParameters,
)


@dataclass(frozen=True)
class Parameters:
    """All that a run can be told apart from volumes, points and where it may grow.

    ``unimodal`` asks for each volume alone as well; ``None`` leaves that out.
    """

    smoothing: SmoothingParameters = field(default_factory=SmoothingParameters)
    growing: GrowingParameters = field(default_factory=GrowingParameters)
    unimodal: UniModalParameters | None = field(default_factory=UniModalParameters)
    cleanup: CleanupParameters = field(default_factory=CleanupParameters)
    preparation: PreparationParameters = field(default_factory=PreparationParameters)


Preset = Parameters
"""The name that scripts of version 0.1.0 import."""

PRESETS = {
    "default": Parameters(),
    "tutorial": Parameters(
        SmoothingParameters(time_step=0.125, iterations=5, limit_time_step=False),
        GrowingParameters(multiplier=0.1, iterations=1, seed_statistics=SeedStatistics.ITK),
        UniModalParameters(multiplier=1.0, iterations=3),
    ),
}
