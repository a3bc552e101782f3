"""Several tissues at once: each grows as it would alone, and where they meet every voxel goes to one of them.

Where two regions have voxels in common the exclusion rule decides: to each tissue the seeds of all the others are
exclusion seeds. What no tissue has grown to belongs to none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..geometry.box import Box, Index, tight_box
from ..geometry.errors import SeedError
from ..geometry.grid import ArrayImage
from ..parameters.settings import CleanupParameters, GrowingParameters, SeedStatistics
from .bricks.store import overlap
from .cleanup import cleanup_steps
from .model.result import GrowingResult
from .run import ALMOST_DONE
from .seed_checks import as_indices
from .shaping.contacts import border_contacts, padded
from .work.steps import at_fraction, drained, reporting

if TYPE_CHECKING:
    from .bricks.channels import Volume
    from .segmenter import Segmenter

Results = dict[str, GrowingResult]
Growing = Generator[float, None, GrowingResult]
Tissues = Mapping[str, Sequence[Index]]
"""Names, and the seeds (i, j, k) of each."""


def grow_tissues(
    segmenter: Segmenter,
    tissues: Tissues,
    parameters: GrowingParameters = GrowingParameters(),
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Results:
    """Grow a region for each tissue, a name and its seeds (i, j, k), so that no voxel belongs to two.

    One tissue alone is what :meth:`Segmenter.grow` answers; ``exclusion_seeds`` and ``allowed`` hold for all. The
    order of the tissues changes nothing.

    Raises:
        Cancelled: ``should_cancel`` answered True.
        SeedError: a seed that cannot be used, or two tissues' seeds in one voxel.
        ValueError: several tissues with ITK's statistics.
    """
    steps = grow_tissues_steps(segmenter, tissues, parameters, exclusion_seeds=exclusion_seeds, allowed=allowed)
    return drained(reporting(steps, on_progress, should_cancel))


def grow_tissues_steps(
    segmenter: Segmenter,
    tissues: Tissues,
    parameters: GrowingParameters = GrowingParameters(),
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
) -> Generator[float, None, Results]:
    """As :func:`grow_tissues`, a short step at a time: yields the fraction done, returns the results."""
    seeds = {name: as_indices(some) for name, some in tissues.items()}
    exclusion_seeds = as_indices(exclusion_seeds, "exclusion seed")
    check_tissues(segmenter, seeds, parameters, allowed)
    results: Results = {}
    for number, (name, own) in enumerate(seeds.items()):
        growing = segmenter.steps(own, parameters, exclusion_seeds=exclusion_seeds, allowed=allowed)
        results[name] = yield from _part(growing, number, len(seeds))
    if len(results) == 1:
        return results
    parting = parted_steps(segmenter, seeds, results, parameters, exclusion_seeds=exclusion_seeds, allowed=allowed)
    return (yield from at_fraction(ALMOST_DONE, parting))


def check_tissues(
    segmenter: Segmenter,
    seeds: Tissues,
    parameters: GrowingParameters,
    allowed: Volume | None = None,
    *,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Raise a ``SeedError``, or ``ValueError``, naming the tissue and the seed, for what cannot be grown together.

    ``labels`` are what each tissue's seeds are called in the sentence.
    """
    if not seeds:
        raise SeedError("There is no tissue: name at least one, with a seed in it.")
    if len(seeds) == 1:
        return
    if parameters.seed_statistics is SeedStatistics.ITK:
        raise ValueError("Several tissues need pooled seed statistics: choose SeedStatistics.POOLED, or one tissue.")
    called = labels or {name: [f"seed {n}" for n in range(1, len(some) + 1)] for name, some in seeds.items()}
    named = {name: [f"'{name}': {label}" for label in called[name]] for name in seeds}
    for name, own in seeds.items():
        if not own:
            raise SeedError(f"The tissue '{name}' has no seed: place at least one in it, or leave the tissue out.")
        others = [(label, seed) for n, some in seeds.items() if n != name for label, seed in zip(named[n], some)]
        segmenter.check_seeds(
            own,
            [seed for _, seed in others],
            labels=named[name],
            exclusion_labels=[label for label, _ in others],
            allowed=allowed,
        )


def parted_steps(
    segmenter: Segmenter,
    seeds: Tissues,
    results: Results,
    parameters: GrowingParameters,
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
) -> Generator[None, None, Results]:
    """The results with every voxel in one of them at most; yields between short steps.

    Each keeps what is then face-connected to its seeds.
    """
    names = sorted((name for name in results if results[name].voxel_count), key=lambda name: min(seeds[name]))
    meeting = [name for name in names if any(_meet(results[name], results[other]) for other in names if other != name)]
    if not meeting:
        return results
    box = results[meeting[0]].box
    for name in meeting[1:]:
        box = box.union(results[name].box)
    others = {name: sorted(s for n in meeting if n != name for s in seeds[n]) for name in meeting}
    masks = yield from segmenter.parted_steps(
        box,
        [_in_box(results[name], box) for name in meeting],
        [(seeds[name], [*exclusion_seeds, *others[name]]) for name in meeting],
        parameters.initial_neighborhood_radius,
    )
    parted = dict(results)
    for name, mask in zip(meeting, masks):
        kept = yield from _connected(mask, [box.place(seed) for seed in seeds[name]])
        parted[name] = yield from _with_mask(segmenter, results[name], box, kept, allowed)
    return parted


def cleaned_steps(
    segmenter: Segmenter,
    seeds: Tissues,
    grown: Results,
    parameters: GrowingParameters,
    cleanup: CleanupParameters,
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
) -> Generator[None, None, Results]:
    """The results after the cleanup, which adds to none of them what another one has; yields between steps."""
    free = None if allowed is None else _array(allowed)
    cleaned: Results = {}
    for name, result in grown.items():
        cleaned[name] = yield from cleanup_steps(result, cleanup, segmenter, seeds=seeds[name], allowed=free)
    if cleanup.does_nothing or len(grown) == 1:
        return cleaned
    for name, result in cleaned.items():
        mask = result.mask > 0
        for other in grown:
            if other != name:
                here, there = overlap(result.box, grown[other].box)
                mask[here] &= grown[other].mask[there] == 0
        cleaned[name] = yield from _with_mask(segmenter, result, result.box, mask, allowed)
    return (
        yield from parted_steps(segmenter, seeds, cleaned, parameters, exclusion_seeds=exclusion_seeds, allowed=allowed)
    )


def _part(steps: Growing, number: int, count: int) -> Growing:
    """One tissue's steps as its share of the whole."""
    while True:
        try:
            fraction = next(steps)
        except StopIteration as end:
            return end.value
        yield fraction if count == 1 else (number + fraction) / count * ALMOST_DONE


def _meet(one: GrowingResult, other: GrowingResult) -> bool:
    here, there = overlap(one.box, other.box)
    return bool(np.any((one.mask[here] > 0) & (other.mask[there] > 0)))


def _in_box(result: GrowingResult, box: Box) -> np.ndarray:
    mask = np.zeros(box.size[::-1], bool)
    mask[result.box.offset_in(box)] = result.mask > 0
    return mask


def _connected(mask: np.ndarray, seeds: Sequence[tuple[int, int, int]]) -> Generator[None, None, np.ndarray]:
    """What of a mask (z, y, x) is face-connected to a seed."""
    labels, count = ndimage.label(mask)
    yield
    wanted = np.zeros(count + 1, bool)
    wanted[[labels[seed] for seed in seeds]] = True
    wanted[0] = False
    return wanted[labels]


def _with_mask(
    segmenter: Segmenter, result: GrowingResult, box: Box, mask: np.ndarray, allowed: Volume | None
) -> Generator[None, None, GrowingResult]:
    """A result whose region is that of a box's mask (z, y, x), with the borders that it then has."""
    tight = tight_box(mask, box.start)
    kept = mask[overlap(box, tight)[0]].astype(np.uint8)
    around = padded(tight, result.grid)
    free = None if allowed is None else _array(allowed)
    barriers = {
        "allowed": None if free is None else free[around.slices] == 0,
        "field of view": segmenter.excluded(around),
    }
    contacts = yield from border_contacts(tight, kept, result.grid, barriers)
    return dataclasses.replace(result, box=tight, mask=kept, border_contacts=contacts)


def _array(allowed: Volume) -> np.ndarray:
    return allowed.array if isinstance(allowed, ArrayImage) else sitk.GetArrayViewFromImage(allowed)
