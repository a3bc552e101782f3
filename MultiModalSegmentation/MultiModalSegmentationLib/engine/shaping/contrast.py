"""Which side of a border each voxel lies on, told from the tissues on either side of it nearby.

Inside and outside have a mean each around every place, on the values as given; the outside has two where tissues
that differ in opposite ways lie around (gray matter between white matter and fluid). A voxel's score is positive
where it is nearer to the inside: the linear discriminant between both (R. A. Fisher, Annals of Eugenics 7, 1936), in
log-likelihood ratios of the inside's noise. Means of a window that moves along with the border: S. Lankton and
A. Tannenbaum, Localizing region-based active contours, IEEE Trans Image Process 17 (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..work.threads import in_parallel, thread_count
from .blocks import Blocks, spread, windows

BLOCK_MM = 2.0
"""Means are taken over windows of five blocks of about this size, the middle ones weighing most."""

CLEAR = 2.0
"""Inside and outside differ clearly where their means are so many standard deviations of the inside apart."""

LEAST_NOISE = 0.1
"""The inside's standard deviation is at least this share of the difference: no channel decides quite alone."""

FAR = 5.0
"""Voxels so many standard deviations from the inside count half as its outside: of several tissues around, the most
similar one tells where the border lies."""

LIKELY = 4.0
"""What differs by up to so many standard deviations from the inside may belong to it, and what is less than about
half way to the outside."""

ROUNDS = 2
"""How often the outside is told anew, without what lies on the inside's half of the way."""

DECIDED = 8.0
"""Scores are cut off here, so that one voxel's noise does not outweigh all its neighbors."""

MOST_SAMPLED = 1_000_000
"""Of a larger box each block's middle rows alone count for the means."""

NEVER, ALWAYS = -1e6, 1e6

T = TypeVar("T")
Voxels = tuple[slice, slice]


@dataclass(eq=False)
class _Half:
    """The half of the way to one outside at each block: what scores follow from. ``weights`` (C, z, y, x)."""

    weights: np.ndarray
    middle: np.ndarray
    squared: np.ndarray
    is_clear: np.ndarray


class Contrast:
    """Scores of a box's voxels.

    ``channels`` (z, y, x) are the box's values as given, ``spacing`` is in mm along z, y, x. Arrays of voxels are
    framed: one voxel more in front and so many behind that blocks divide them. ``mask`` is the region, ``free`` where
    it may go. Values are taken from ``reference`` (C,), near those of the region, for precision.
    """

    def __init__(
        self,
        channels: Sequence[np.ndarray],
        spacing: Sequence[float],
        mask: np.ndarray,
        free: np.ndarray,
        reference: Sequence[float],
    ) -> None:
        size = mask.shape
        factors = tuple(max(1, round(BLOCK_MM / s)) for s in spacing)
        self._blocks = Blocks(tuple(-(-(n + 2) // f) for n, f in zip(size, factors)), factors)
        self.inner = tuple(slice(1, n + 1) for n in size)
        self._channels = channels
        self._reference = reference
        self.mask = self.framed(mask)
        self._free = self.framed(free)
        self._steps_of_sample = factors[:2] if mask.size > MOST_SAMPLED else (1, 1)
        kept = tuple(f // s for f, s in zip(factors, self._steps_of_sample))
        self._sample = Blocks(self._blocks.lattice, (*kept, factors[2]))
        self._values = np.zeros((len(channels), *self._sample.shape), np.float32)
        self._valid = np.zeros(self._sample.shape, bool)

    def framed(self, array: np.ndarray) -> np.ndarray:
        result = np.zeros(self._blocks.shape, array.dtype)
        result[self.inner] = array
        return result

    def scores(self) -> Generator[None, None, np.ndarray]:
        """Float32 scores (z, y, x), framed; yields between short steps."""
        step_z, step_y = self._steps_of_sample
        rows = (slice(step_z // 2, None, step_z), slice(step_y // 2, None, step_y))
        for values, valid, slab in self._sampled_slabs(rows):
            self._read(values, valid, slab)
            yield
        ring = spread(self.mask, range(3))[rows]
        yield
        yield from self._set_inside(self.mask[rows])
        halves = yield from self._halves(ring)
        self._set_likely(halves)
        scores = np.empty(self._blocks.shape, np.float32)

        def decide(lattice: slice, voxels: slice) -> None:
            scores[voxels] = self._decided(halves, lattice, voxels)

        yield from self._each(self._blocks, decide)
        return scores

    def _each(self, blocks: Blocks, function: Callable[[slice, slice], T]) -> Generator[None, None, list[T]]:
        """What a function answers for each slab; yields between short steps."""
        slabs, results = blocks.slabs(), []
        at_once = 2 * thread_count()
        with np.errstate(over="ignore", invalid="ignore"):
            for first in range(0, len(slabs), at_once):
                results += in_parallel(lambda slab: function(*slab), slabs[first : first + at_once])
                yield
        return results

    def _sampled_slabs(self, rows: tuple[slice, slice]) -> Generator[tuple[np.ndarray, np.ndarray, Voxels], None, None]:
        """Parts of the sample, and which of the framed box's rows they are."""
        for _, voxels in self._sample.slabs():
            first, step = rows[0].start + voxels.start * rows[0].step, rows[0].step
            there = (slice(first, rows[0].start + (voxels.stop - 1) * step + 1, step), rows[1])
            yield self._values[:, voxels], self._valid[voxels], there

    def _read(self, values: np.ndarray, valid: np.ndarray, rows: Voxels) -> None:
        """Values (C, z, y, x) of some rows along z and y of the framed box; those not finite count nowhere."""
        here, there = [], []
        for part, size, length in zip((*rows, slice(0, None, 1)), self._channels[0].shape, values.shape[1:]):
            places = part.start + part.step * np.arange(length) - 1
            inside = np.flatnonzero((places >= 0) & (places < size))
            if not inside.size:
                return
            here.append(slice(inside[0], inside[-1] + 1))
            there.append(slice(places[inside[0]], places[inside[-1]] + 1, part.step))
        here, there = tuple(here), tuple(there)
        valid[here] = True
        for target, channel, zero in zip(values, self._channels, self._reference):
            part = channel[there]
            with np.errstate(over="ignore", invalid="ignore"):
                np.subtract(part, zero, out=target[here], casting="unsafe")
            finite = np.isfinite(target[here])
            if not finite.all():
                target[here][~finite] = 0.0
                valid[here] &= finite

    def _sums(self, weights: Callable[[slice, slice], np.ndarray], squares: bool = False) -> Generator:
        """Sums over windows of weights, of weighted values (C) and, if wanted, squares (C)."""

        def of_slab(lattice: slice, voxels: slice) -> list[np.ndarray]:
            of_voxels = weights(lattice, voxels)
            found = [self._sample.sums(of_voxels)]
            for values in self._values[:, voxels]:
                weighted = values * of_voxels
                found.append(self._sample.sums(weighted))
                if squares:
                    found.append(self._sample.sums(weighted * values))
            return found

        parts = yield from self._each(self._sample, of_slab)
        whole = [windows(np.concatenate(part)) for part in zip(*parts)]
        yield
        if squares:
            return whole[0], np.stack(whole[1::2]), np.stack(whole[2::2])
        return whole[0], np.stack(whole[1:])

    def _set_inside(self, mask: np.ndarray) -> Generator[None, None, None]:
        def inside(lattice: slice, voxels: slice) -> np.ndarray:
            return (mask[voxels] & self._valid[voxels]).astype(np.float32)

        weights, values, squares = yield from self._sums(inside, squares=True)
        count = np.maximum(weights, 1e-9)
        self._is_inside = weights > 0.0
        self._inside = values / count
        variance = squares / count - np.square(self._inside)
        self._variance = np.maximum(variance, 1e-12 * np.square(self._inside) + 1e-30)
        self._precision = np.where(self._is_inside, 1.0 / self._variance, 0.0).astype(np.float32)

    def _halves(self, ring: np.ndarray) -> Generator[None, None, list[_Half]]:
        """The halves of the way to what differs as most of the outside does, and to what differs in opposite ways."""
        weights = np.empty(self._sample.shape, np.float32)

        def weigh(lattice: slice, voxels: slice) -> np.ndarray:
            unlike = self._unlikeness(self._sample, self._values[:, voxels], lattice)
            weights[voxels] = (self._valid[voxels] & ~ring[voxels]) / (1.0 + unlike / np.float32(FAR**2))
            return weights[voxels]

        first = self._half((yield from self._sums(weigh)))
        halves = []
        for sign in (-1.0, 1.0):
            half = None
            for _ in range(1 + ROUNDS):

                def chosen(lattice: slice, voxels: slice, sign: float = sign, half: _Half | None = half) -> np.ndarray:
                    values = self._values[:, voxels]
                    side = self._discriminant(self._sample, first, values, lattice, from_inside=True)
                    use = side * np.float32(sign) > 0.0
                    if half is not None:
                        use &= self._discriminant(self._sample, half, values, lattice) <= 0.0
                    return weights[voxels] * use

                half = self._half((yield from self._sums(chosen)))
            halves.append(half)
        return halves

    def _half(self, sums: tuple[np.ndarray, np.ndarray]) -> _Half:
        outside = sums[1] / np.maximum(sums[0], 1e-9)
        difference = self._inside - outside
        weights = difference / (self._variance + np.square(LEAST_NOISE * difference))
        squared = (difference * weights).sum(axis=0)
        middle = (weights * (self._inside + outside)).sum(axis=0) / 2.0
        is_clear = self._is_inside & (sums[0] > 1e-3) & (squared >= CLEAR**2)
        return _Half(weights.astype(np.float32), middle.astype(np.float32), squared.astype(np.float32), is_clear)

    def _set_likely(self, halves: Sequence[_Half]) -> None:
        least = np.min([np.where(half.is_clear, half.squared, np.inf) for half in halves], axis=0)
        least = np.where(np.isfinite(least), least, 0.0)
        self._precision = np.where(self._is_inside, 1.0 / (self._variance + LEAST_NOISE**2 * least * self._variance), 0)
        self._precision = self._precision.astype(np.float32)
        self._most = (1.5 * np.maximum(least / 4.0, LIKELY**2)).astype(np.float32)

    def _decided(self, halves: Sequence[_Half], lattice: slice, voxels: slice) -> np.ndarray:
        """Scores of a slab of the box."""
        blocks = self._blocks
        values = np.zeros((len(self._channels), *self.mask[voxels].shape), np.float32)
        valid = np.zeros(values.shape[1:], bool)
        self._read(values, valid, (slice(voxels.start, voxels.stop, 1), slice(0, None, 1)))
        scores = np.full(valid.shape, DECIDED, np.float32)
        for half in halves:
            score = self._discriminant(blocks, half, values, lattice)
            blocks.blockwise(score)[np.broadcast_to(blocks.along(~half.is_clear[lattice]), _shape(blocks, score))] = 1e3
            np.minimum(scores, score, out=scores)
        np.maximum(scores, -DECIDED, out=scores)
        mask = blocks.blockwise(self.mask[voxels])
        unclear = blocks.along(~np.any([half.is_clear[lattice] for half in halves], axis=0))
        unlike = blocks.blockwise(self._unlikeness(blocks, values, lattice)) > blocks.along(self._most[lattice])
        barred = ~mask & (unlike | unclear | ~blocks.blockwise(valid & self._free[voxels]))
        blocks.blockwise(scores)[barred] = NEVER
        blocks.blockwise(scores)[mask & unclear] = ALWAYS
        return scores

    def _discriminant(
        self, blocks: Blocks, half: _Half, values: np.ndarray, lattice: slice, from_inside: bool = False
    ) -> np.ndarray:
        """Log-likelihood ratios of a slab's values, of the middle between both means or of the inside's mean."""
        zero = (half.weights[:, lattice] * self._inside[:, lattice]).sum(0) if from_inside else half.middle[lattice]
        result = np.empty(values.shape[1:], np.float32)
        total = blocks.blockwise(result)
        for number, value in enumerate(values):
            part = blocks.blockwise(value) * blocks.along(half.weights[number, lattice])
            if number:
                total += part
            else:
                total[...] = part
        total -= blocks.along(zero)
        return result

    def _unlikeness(self, blocks: Blocks, values: np.ndarray, lattice: slice) -> np.ndarray:
        """Squared distances from the inside's mean, in its standard deviations."""
        result = np.zeros(values.shape[1:], np.float32)
        total = blocks.blockwise(result)
        for number, value in enumerate(values):
            part = blocks.blockwise(value) - blocks.along(self._inside[number, lattice])
            part *= part
            part *= blocks.along(self._precision[number, lattice])
            total += part
        return result


def _shape(blocks: Blocks, array: np.ndarray) -> tuple[int, ...]:
    return blocks.blockwise(array).shape
