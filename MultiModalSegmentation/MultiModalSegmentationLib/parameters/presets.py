"""Named sets of all the parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

from .settings import GrowingParameters, SeedStatistics, SmoothingParameters, UniModalParameters


@dataclass(frozen=True)
class Preset:
    """A named set of all the parameters."""

    smoothing: SmoothingParameters = field(default_factory=SmoothingParameters)
    growing: GrowingParameters = field(default_factory=GrowingParameters)
    unimodal: UniModalParameters = field(default_factory=UniModalParameters)


PRESETS = {
    "default": Preset(),
    "tutorial": Preset(
        SmoothingParameters(time_step=0.125, iterations=5, limit_time_step=False),
        GrowingParameters(multiplier=0.1, iterations=1, seed_statistics=SeedStatistics.ITK),
        UniModalParameters(multiplier=1.0, iterations=3),
    ),
}
