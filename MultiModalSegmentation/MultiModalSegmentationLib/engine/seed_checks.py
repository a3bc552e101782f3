"""Seeds that cannot be used, and errors that name them."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from ..geometry.box import Index
from ..geometry.errors import SeedError
from .bricks.channels import Channel


def as_indices(seeds: Sequence[Index], kind: str = "seed") -> list[Index]:
    """Seeds as (i, j, k) tuples of int."""
    try:
        result = [tuple(operator.index(v) for v in seed) for seed in seeds]
    except TypeError as error:
        raise SeedError(f"Every {kind} must be a voxel index of three whole numbers (i, j, k).") from error
    for seed in result:
        if len(seed) != 3:
            raise SeedError(f"The {kind} {seed} must be a voxel index of three whole numbers (i, j, k).")
    return result


def check_seeds(
    channels: Sequence[Channel],
    seeds: Sequence[Index],
    exclusion_seeds: Sequence[Index] = (),
    *,
    labels: Sequence[str] | None = None,
    exclusion_labels: Sequence[str] | None = None,
    allowed: np.ndarray | None = None,
) -> None:
    """Raise a SeedError, which names the seed, for one that cannot be used. ``allowed`` is a (z, y, x) array."""
    if len(seeds) == 0:
        raise SeedError("There is no seed: place at least one in the tissue to segment.")
    named = _named(seeds, labels, "Seed")
    excluded = _named(exclusion_seeds, exclusion_labels, "Exclusion seed")
    for name, seed in named + excluded:
        _check_inside(channels, name, seed)
    for name, seed in named:
        if allowed is not None and not allowed[seed[::-1]]:
            raise SeedError(f"{name} lies outside the allowed voxels (region of interest or mask): move it into them.")
    at = {seed: name for name, seed in reversed(named)}
    for name, seed in excluded:
        if seed in at:
            raise SeedError(f"{name} lies in the same voxel as {at[seed].lower_first()}: move or delete one of them.")


class _Name(str):
    """A seed's name in a sentence."""

    def lower_first(self) -> str:
        return self[:1].lower() + self[1:] if self.startswith(("Seed ", "Exclusion ")) else str(self)


def _named(seeds: Sequence[Index], labels: Sequence[str] | None, kind: str) -> list[tuple[_Name, Index]]:
    if labels is not None:
        return [(_Name(label), seed) for label, seed in zip(labels, seeds)]
    return [(_Name(f"{kind} {number} at {seed}"), seed) for number, seed in enumerate(seeds, 1)]


def _check_inside(channels: Sequence[Channel], name: str, seed: Index) -> None:
    grid = channels[0].grid
    if not grid.contains(seed):
        size = " x ".join(str(n) for n in grid.size)
        raise SeedError(f"{name} lies outside {channels[0].name}, which has {size} voxels: move it into the volume.")
    for channel in channels:
        if not np.isfinite(channel.array[seed[::-1]]):
            raise SeedError(
                f"{name} lies where {channel.name} has no value (outside its field of view): "
                "move it to where all volumes have one."
            )
