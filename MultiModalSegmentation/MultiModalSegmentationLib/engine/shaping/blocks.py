"""Arrays (z, y, x) in blocks: sums over windows of blocks, and values of blocks for each of their voxels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_VOXELS_A_SLAB = 150_000


@dataclass(frozen=True)
class Blocks:
    """``lattice`` counts the blocks along z, y, x, ``factors`` the voxels of each."""

    lattice: tuple[int, int, int]
    factors: tuple[int, int, int]

    @property
    def shape(self) -> tuple[int, int, int]:
        return tuple(n * f for n, f in zip(self.lattice, self.factors))

    def slabs(self) -> list[tuple[slice, slice]]:
        """Slices along z of the lattice, and of the voxels that belong to them."""
        depth = self.factors[0]
        thickness = max(1, _VOXELS_A_SLAB // (depth * self.shape[1] * self.shape[2]))
        ends = [(a, min(a + thickness, self.lattice[0])) for a in range(0, self.lattice[0], thickness)]
        return [(slice(a, b), slice(a * depth, b * depth)) for a, b in ends]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums over each block of a slab's voxels."""
        for axis, factor in enumerate(self.factors):
            if factor > 1:
                moved = np.moveaxis(values, axis, 0)
                total = moved[0::factor] + moved[1::factor]
                for number in range(2, factor):
                    total += moved[number::factor]
                values = np.moveaxis(total, 0, axis)
        return values

    def blockwise(self, array: np.ndarray) -> np.ndarray:
        """A view (z, a block's z, y, a block's y, x) of a slab's voxels."""
        _, y, x = self.shape
        fz, fy, _ = self.factors
        return array.reshape(-1, fz, y // fy, fy, x)

    def along(self, lattice: np.ndarray) -> np.ndarray:
        """Values of a slab's blocks, to go with :meth:`blockwise` views."""
        factor = self.factors[2]
        return (lattice if factor == 1 else np.repeat(lattice, factor, axis=2))[:, None, :, None, :]


def spread(mask: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """A mask and the neighbors of its voxels along some axes."""
    result = mask.copy()
    for axis in axes:
        for here, there in _neighbors(axis):
            result[here] |= mask[there]
    return result


def windows(blocks: np.ndarray) -> np.ndarray:
    """Sums over the five blocks around each along every axis, weighted 1, 2, 3, 2, 1."""
    result = blocks
    for axis in range(3):
        for _ in range(2):
            wider = result.copy()
            for here, there in _neighbors(axis):
                wider[here] += result[there]
            result = wider
    return result


def _neighbors(axis: int) -> Iterator[tuple[tuple, tuple]]:
    front, back = slice(None, -1), slice(1, None)
    for here, there in ((front, back), (back, front)):
        yield tuple(tuple(part if a == axis else slice(None) for a in range(3)) for part in (here, there))
