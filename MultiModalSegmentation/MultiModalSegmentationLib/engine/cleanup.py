"""What is done to a region after it has grown: close gaps, fill holes, drop islands; in the region's box only."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..geometry.box import Box, Index, tight_box
from ..geometry.grid import Grid
from ..parameters.settings import CleanupParameters
from .bricks.store import overlap
from .model.result import GrowingResult
from .shaping.contacts import border_contacts, padded
from .work.steps import drained

if TYPE_CHECKING:
    from .segmenter import Segmenter

Masks = Generator[None, None, np.ndarray]

_ON_THE_BALL = 1.0 + 1e-6
_MOST_ROWS = 300
"""A ball of more rows of voxels is quicker by a distance map."""


def clean(
    mask: np.ndarray,
    box: Box,
    grid: Grid,
    parameters: CleanupParameters,
    *,
    seeds: Sequence[Index] = (),
    allowed: np.ndarray | None = None,
) -> tuple[Box, np.ndarray]:
    """A region's ``mask`` (z, y, x) of ``box`` after the cleanup: its new box and uint8 mask.

    Closing is by a Euclidean ball in mm. Nothing is added outside the grid or where ``allowed``, an array (z, y, x)
    of the whole grid, is 0. Parts that hold a seed (i, j, k) stay, however small.
    """
    work = _working_box(box, grid, parameters.closing_mm)
    allowed = None if allowed is None else allowed[work.slices]
    return drained(_clean(mask, box, work, grid, parameters, seeds, allowed))


def cleanup_steps(
    result: GrowingResult,
    parameters: CleanupParameters,
    segmenter: Segmenter,
    *,
    seeds: Sequence[Index] = (),
    allowed: np.ndarray | None = None,
) -> Generator[None, None, GrowingResult]:
    """A result after the cleanup, with the voxels, volume and borders it then has; yields between steps.

    Voxels outside a channel's field of view count as not ``allowed``. Statistics and passes are those of growing.
    """
    if parameters.does_nothing or not result.voxel_count:
        return result
    grid = result.grid
    work = _working_box(result.box, grid, parameters.closing_mm)
    excluded = segmenter.excluded(work)
    free = None if allowed is None else allowed[work.slices] != 0
    if excluded is not None:
        free = ~excluded if free is None else free & ~excluded
    box, mask = yield from _clean(result.mask, result.box, work, grid, parameters, seeds, free)
    around = padded(box, grid)
    barriers = {
        "allowed": None if allowed is None else allowed[around.slices] == 0,
        "field of view": segmenter.excluded(around),
    }
    contacts = yield from border_contacts(box, mask, grid, barriers)
    return dataclasses.replace(result, box=box, mask=mask, border_contacts=contacts)


def _working_box(box: Box, grid: Grid, closing_mm: float) -> Box:
    """The voxels that a cleanup can look at or add."""
    return box.grown(tuple(math.ceil(closing_mm / spacing) for spacing in grid.spacing), grid.box)


def _clean(
    mask: np.ndarray,
    box: Box,
    work: Box,
    grid: Grid,
    parameters: CleanupParameters,
    seeds: Sequence[Index],
    allowed: np.ndarray | None,
) -> Generator[None, None, tuple[Box, np.ndarray]]:
    """``allowed`` is that of the box ``work``."""
    result = np.zeros(work.size[::-1], bool)
    result[overlap(work, box)[0]] = mask > 0
    if parameters.closing_mm:
        closed = yield from _closed(result, grid.spacing, parameters.closing_mm)
        result = result | _permitted(closed, allowed)
        yield
    if parameters.fill_holes:
        result = result | _permitted(_filled(result), allowed)
        yield
    if parameters.minimum_island_ml:
        least = parameters.minimum_island_ml / grid.voxel_volume_ml
        local = [tuple(s - o for s, o in zip(seed[::-1], work.start[::-1])) for seed in seeds]
        result = _without_islands(result, least, local)
        yield
    tight = tight_box(result, work.start)
    return tight, result[overlap(work, tight)[0]].astype(np.uint8)


def _permitted(mask: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
    return mask if allowed is None else mask & (allowed != 0)


def _closed(mask: np.ndarray, spacing: Sequence[float], radius: float) -> Masks:
    """Dilation, then erosion, by a ball; the array's surroundings count as free."""
    margins = [math.ceil(radius / s) + 1 for s in spacing[::-1]]
    dilated = yield from _within(np.pad(mask, [(m, m) for m in margins]), spacing, radius)
    free = yield from _within(~dilated, spacing, radius)
    return ~free[tuple(slice(m, -m) for m in margins)]


def _within(mask: np.ndarray, spacing: Sequence[float], radius: float) -> Masks:
    """The voxels no farther than ``radius`` from the center of one in the mask."""
    rows = _rows_of_ball(spacing, radius)
    if sum(map(len, rows)) > _MOST_ROWS:
        return _within_by_distance(mask, spacing, radius)
    result = mask.copy()
    longer = mask.copy()
    for width, offsets in enumerate(rows):
        for step in (-width, width) if width else ():
            _add_moved(longer, mask, (0, 0, step))
        for dz, dy in offsets:
            _add_moved(result, longer, (dz, dy, 0))
            yield
    return result


def _rows_of_ball(spacing: Sequence[float], radius: float) -> list[list[tuple[int, int]]]:
    """A ball as rows of voxels: for each number of voxels left and right, where (z, y) such a row lies."""
    reach = [int(radius * _ON_THE_BALL / s) for s in spacing[::-1]]
    rows: list[list[tuple[int, int]]] = [[] for _ in range(reach[2] + 1)]
    for dz in range(-reach[0], reach[0] + 1):
        for dy in range(-reach[1], reach[1] + 1):
            rest = (radius * _ON_THE_BALL) ** 2 - (dz * spacing[2]) ** 2 - (dy * spacing[1]) ** 2
            if rest >= 0:
                rows[min(reach[2], int(math.sqrt(rest) / spacing[0]))].append((dz, dy))
    return rows


def _add_moved(target: np.ndarray, mask: np.ndarray, offset: Sequence[int]) -> None:
    """Add to the target the mask moved by an offset (z, y, x); what leaves the array is lost."""
    if any(abs(d) >= n for d, n in zip(offset, mask.shape)):
        return
    here = tuple(slice(max(0, d), n + min(0, d)) for d, n in zip(offset, mask.shape))
    there = tuple(slice(max(0, -d), n + min(0, -d)) for d, n in zip(offset, mask.shape))
    target[here] |= mask[there]


def _within_by_distance(mask: np.ndarray, spacing: Sequence[float], radius: float) -> np.ndarray:
    """The same from a distance map, which costs the same for any radius."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([float(s) for s in spacing])
    squared = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=True, useImageSpacing=True)
    return sitk.GetArrayViewFromImage(squared) <= (radius * _ON_THE_BALL) ** 2


def _filled(mask: np.ndarray) -> np.ndarray:
    """The mask with every part of its surroundings that has no face-connected way out."""
    outside, _ = ndimage.label(~np.pad(mask, 1))
    return (outside != outside[0, 0, 0])[1:-1, 1:-1, 1:-1]


def _without_islands(mask: np.ndarray, least: float, seeds: Sequence[tuple[int, ...]]) -> np.ndarray:
    """The mask without the face-connected parts of fewer than ``least`` voxels that hold no seed (z, y, x)."""
    labels, count = ndimage.label(mask)
    keep = np.bincount(labels.ravel(), minlength=count + 1) >= least - 1e-6
    for seed in seeds:
        if all(0 <= v < n for v, n in zip(seed, mask.shape)):
            keep[labels[seed]] = True
    if keep[1:].all():
        return mask
    keep[0] = False
    return keep[labels]
