"""One volume rigidly aligned to another, whatever their contrasts: several starts, coarse to fine.

After Jenkinson and Smith, Med Image Anal 5:143, 2001: many starts are judged at a coarse spacing, the best are climbed
from, and fewer and fewer of them at finer spacings.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..engine.bricks.channels import checked
from ..engine.work.pool import Workers
from ..engine.work.steps import drained, reporting
from ..geometry.errors import GeometryError
from .alignment import Alignment, judged
from .pair import Pair
from .search import Frame, Motion, turned_starts

if TYPE_CHECKING:
    from ..engine.bricks.channels import Volume


@dataclass(frozen=True)
class _Stage:
    """Climbs from the ``kept`` best motions that differ by ``apart`` radii, at the level of this number."""

    kept: int
    apart: float
    first: float
    last: float
    """Fractions of the whole work."""


_STAGES = (_Stage(4, 0.3, 0.25, 0.5), _Stage(2, 0.1, 0.5, 0.7), _Stage(1, 0.0, 0.7, 0.95))


def align(
    fixed: Volume,
    moving: Volume,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Alignment:
    """The rigid motion that brings ``moving`` onto ``fixed``, by Mattes mutual information where they overlap.

    Both are scalar 3D volumes, ``SimpleITK.Image`` or :class:`~..geometry.grid.ArrayImage`, of any contrast, spacing
    and field of view. Turns of up to 30 degrees and shifts of up to 30 mm are found, from where the volumes lie and
    from where their middles meet. Voxels that are not finite, and a scanner's padding, count as not measured. The same
    volumes give the same transform to the last bit, on any number of threads. ``on_progress`` is told a fraction from
    0 to 1; both callbacks run in the caller's thread.

    Raises:
        VolumeTypeError: a volume is no scalar image, or has the same value nearly everywhere.
        GeometryError: a volume has no three dimensions, is sheared, or the two cannot be laid over each other.
        Cancelled: ``should_cancel`` answered True.
    """
    with closing(align_steps(fixed, moving)) as steps:
        return drained(reporting(steps, on_progress, should_cancel))


def align_steps(fixed: Volume, moving: Volume) -> Generator[float, None, Alignment]:
    """:func:`align` as short steps, each of which yields the fraction done; closing them stops the work."""
    channels = checked(fixed, 1), checked(moving, 2)
    yield 0.0
    with Workers() as workers:
        (pair,) = yield from workers.done(lambda pair: Pair.of(*pair), [channels], 0.0, 0.05)
        starts = [start for start in turned_starts(pair.shifts) if pair.overlaps(start)]
        if not starts:
            first, second = pair.names
            raise GeometryError(f"{second} cannot be laid over {first}: they have too little in common to be aligned.")
        scores = yield from workers.done(pair.levels[0].information, starts, 0.05, 0.25)
        coarse = yield from _climb(workers, pair, 0, list(zip(scores, starts)))
        middle = yield from _climb(workers, pair, 1, coarse)
        fine = yield from _climb(workers, pair, 2, middle)
        (found,) = yield from workers.done(lambda best: judged(pair, best, coarse), [fine[0][1]], 0.95, 1.0)
    return found


Scored = list[tuple[float, Motion]]


def _climb(workers: Workers, pair: Pair, number: int, from_: Scored) -> Generator[float, None, Scored]:
    """Where climbs from the best of some motions end at a level, with their scores, the best first."""
    stage, level = _STAGES[number], pair.levels[number]

    def climb(start: Motion) -> tuple[float, Motion]:
        end = level.climbed(start, workers.is_stopped)
        return (level.information(end) if pair.overlaps(end) else -np.inf), end

    begun = _best_apart(from_, stage, pair.frame)
    ends = yield from workers.done(climb, begun, stage.first, stage.last)
    return sorted(ends, key=lambda scored: -scored[0])


def _best_apart(scored: Scored, stage: _Stage, frame: Frame) -> list[Motion]:
    """The motions of the best scores, none of them close to a better one."""
    chosen: list[Motion] = []
    for _, motion in sorted(scored, key=lambda each: -each[0]):
        if all(frame.between(motion, other) > stage.apart * frame.radius for other in chosen):
            chosen.append(motion)
    return chosen[: stage.kept]
