"""How far a region is from the truth, and how much something far away changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from MultiModalSegmentationLib import GrowingResult

from .scene import MadeScene

PADDING = 12
"""Voxels added on each side."""

KEPT_MM = 40.0
"""What is cropped lies farther than this from every seed and from the target."""


@dataclass(frozen=True)
class Verdict:
    """``dice`` against the voxels of half or more, and the volume found over the true one (the sum of the shares)."""

    dice: float
    volume: float

    @classmethod
    def of(cls, result: GrowingResult, scene: MadeScene) -> Verdict:
        region = as_mask(result)
        both = np.count_nonzero(region & scene.target)
        all_voxels = np.count_nonzero(region) + np.count_nonzero(scene.target)
        return cls(2.0 * both / all_voxels, float(np.count_nonzero(region) / scene.share.sum()))


@dataclass(frozen=True, eq=False)
class FarChange:
    """A scene changed far from its target; its first voxel was ``offset`` (i, j, k) of the scene before."""

    what: str
    scene: MadeScene
    offset: tuple[int, int, int] = (0, 0, 0)


def as_mask(result: GrowingResult) -> np.ndarray:
    return sitk.GetArrayFromImage(result.region) > 0


def far_changes(scene: MadeScene) -> Iterator[FarChange]:
    """Padding, air, metal, units, cropping: none of them has to do with the target."""
    for value in (0.0, -1024.0, -3024.0, 65535.0, np.nan):
        yield FarChange(f"padded with {value:g}", _padded(scene, value), (-PADDING,) * 3)
    metal = scene.channels[0].copy()
    metal[:3, :8, :8] = 30000.0
    first, *others = scene.channels
    yield FarChange("metal in a corner", replace(scene, channels=(metal, *others)))
    yield FarChange("first channel x 1e-6", replace(scene, channels=(first * np.float32(1e-6), *others)))
    yield FarChange("first channel + 10000", replace(scene, channels=(first + np.float32(1e4), *others)))
    yield _cropped(scene)


def share_changed(before: GrowingResult, after: GrowingResult, change: FarChange) -> float:
    """Voxels that only one of two regions has, over those of the first."""
    old = {tuple(v) for v in np.argwhere(as_mask(before)).tolist()}
    new = {tuple(v) for v in (np.argwhere(as_mask(after)) + change.offset[::-1]).tolist()}
    return len(old ^ new) / len(old)


def _padded(scene: MadeScene, value: float) -> MadeScene:
    return replace(
        scene,
        channels=tuple(np.pad(c, PADDING, constant_values=value) for c in scene.channels),
        share=np.pad(scene.share, PADDING),
        seeds=tuple(tuple(v + PADDING for v in seed) for seed in scene.seeds),
    )


def _cropped(scene: MadeScene) -> FarChange:
    there = np.argwhere(scene.target)[:, ::-1]
    low = np.minimum(there.min(axis=0), np.min(scene.seeds, axis=0))
    high = np.maximum(there.max(axis=0), np.max(scene.seeds, axis=0))
    reach = [int(np.ceil(KEPT_MM / h)) for h in scene.spacing]
    start = [max(0, int(a) - r) for a, r in zip(low, reach)]
    kept = tuple(slice(a, int(b) + r + 1) for a, b, r in zip(start, high, reach))[::-1]
    cropped = replace(
        scene,
        channels=tuple(np.ascontiguousarray(c[kept]) for c in scene.channels),
        share=scene.share[kept],
        seeds=tuple(tuple(v - a for v, a in zip(seed, start)) for seed in scene.seeds),
    )
    return FarChange(f"cropped to {KEPT_MM:g} mm around the target", cropped, tuple(start))
