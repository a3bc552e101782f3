"""What is face-connected to the seeds among the voxels that a test accepts, without looking anywhere else."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import ndimage

from ...geometry.box import Box, Index, tight_box
from ...geometry.grid import Grid
from ..work.threads import in_parallel
from .distances import Accept
from .store import BRICK, Brick, brick_box, brick_of, overlap

CELL = (4, 4, 2)
"""Bricks along i, j, k of the cells within which bricks are examined together where that is known to pay."""

_BRICKS_A_STEP = 16
_ASSEMBLED_A_STEP = 128
_SIDES = tuple((axis, side) for axis in range(3) for side in (-1, 1))


@dataclass(eq=False)
class _Unit:
    """Bricks examined together: the connected components of their accepted voxels, and which are reached.

    ``labels`` (z, y, x) cover ``box``, which may hold other bricks as well: there they are 0.
    """

    places: dict[Brick, tuple[slice, ...]]
    """Where each of the bricks lies in ``labels``."""

    box: Box
    labels: np.ndarray
    reached: np.ndarray
    outward: list[tuple[Brick, int, int, Brick]] = field(default_factory=list)
    """Faces that look out of the unit: brick, axis, side, neighbor."""

    @cached_property
    def sizes(self) -> np.ndarray:
        """Voxels of each component."""
        return np.bincount(self.labels.ravel(), minlength=len(self.reached))

    def mask(self) -> np.ndarray:
        """The reached voxels of the box."""
        numbers = np.flatnonzero(self.reached)
        if len(numbers) > 4:
            return self.reached[self.labels]
        result = self.labels == numbers[0]
        for number in numbers[1:]:
            result |= self.labels == number
        return result


class Flood:
    """A flood that advances brick by brick from the seeds (i, j, k).

    ``due`` are the bricks that it comes to next: before :meth:`advance` what ``accept`` needs to know about them
    must be there. Bricks of ``together`` (those of an earlier flood) are examined in larger units, which is faster.
    The region depends neither on that nor on any order. With a ``limit`` the flood ends when it is larger.
    """

    def __init__(
        self,
        grid: Grid,
        seeds: Sequence[Index],
        accept: Accept,
        together: Iterable[Brick] = (),
        limit: int | None = None,
    ) -> None:
        self._grid = grid
        self._accept = accept
        self._limit = limit
        self._counted = 0
        self._units: dict[Brick, _Unit | None] = {}
        self._entries: dict[Brick, list[tuple]] = {}
        self._cells: dict[Brick, list[Brick]] = {}
        for brick in together:
            self._cells.setdefault(_cell(brick), []).append(brick)
        for seed in seeds:
            brick = brick_of(seed)
            local = tuple(v - o for v, o in zip(seed[::-1], brick_box(brick, grid).start[::-1]))
            self._entries.setdefault(brick, []).append((local, None))

    @property
    def entered(self) -> list[Brick]:
        """All the bricks examined so far."""
        return list(self._units)

    @property
    def waiting(self) -> int:
        """How many bricks the flood has come to without entering them."""
        return len(self._entries)

    @property
    def exceeds_limit(self) -> bool:
        return self._limit is not None and self._counted > self._limit

    def due(self) -> list[Brick]:
        return list(dict.fromkeys(b for brick in self._entries if brick not in self._units for b in self._group(brick)))

    def advance(self) -> None:
        """Enter some of the waiting bricks: a short step."""
        chosen: dict[Brick, None] = {}
        groups: list[tuple[Brick, ...]] = []
        for brick in self._entries:
            if sum(map(len, groups)) >= _BRICKS_A_STEP or len(chosen) >= 4 * _BRICKS_A_STEP:
                break
            chosen[brick] = None
            if brick not in self._units and not any(brick in group for group in groups):
                groups.append(self._group(brick))
        self._examine(groups)
        fresh: dict[int, tuple[_Unit, np.ndarray]] = {}
        for brick in chosen:
            unit = self._units[brick]
            entries = self._entries.pop(brick)
            if unit is not None:
                _, new = fresh.setdefault(id(unit), (unit, np.zeros(unit.reached.shape, bool)))
                self._touch(unit, brick, entries, new)
        for unit, new in fresh.values():
            self._reach(unit, new)

    def regions(self) -> Generator[None, None, dict[Brick, np.ndarray]]:
        """The region's voxels (z, y, x) of each brick that holds some, in an order that only the region determines.

        Yields between short steps, as :func:`assembled` does.
        """
        found = {}
        for unit in self._reached_units():
            mask = unit.mask()
            for brick, place in unit.places.items():
                part = mask[place]
                if part.any():
                    found[brick] = part
            if len(found) % _BRICKS_A_STEP == 0 or len(unit.places) > 1:
                yield
        return dict(sorted(found.items()))

    def _reached_units(self) -> list[_Unit]:
        unique = {id(unit): unit for unit in self._units.values() if unit is not None}
        return [unit for unit in unique.values() if unit.reached.any()]

    def _group(self, brick: Brick) -> tuple[Brick, ...]:
        """The bricks to examine together with one that has not been."""
        cell = self._cells.get(_cell(brick), ())
        return tuple(b for b in cell if b not in self._units) if brick in cell else (brick,)

    def _examine(self, groups: list[tuple[Brick, ...]]) -> None:
        bricks = [brick for group in groups for brick in group]
        masks = dict(zip(bricks, in_parallel(self._accept, bricks)))
        for group in groups:
            unit = self._unit({brick: masks[brick] for brick in group if masks[brick] is not None})
            self._units.update((brick, unit if unit is not None and brick in unit.places else None) for brick in group)
        for unit in {id(u): u for u in map(self._units.get, bricks) if u is not None}.values():
            unit.outward.extend(self._outward(unit))

    def _unit(self, masks: dict[Brick, np.ndarray]) -> _Unit | None:
        if not masks:
            return None
        boxes = [brick_box(brick, self._grid) for brick in masks]
        box = _around(boxes)
        places = {brick: overlap(box, part)[0] for brick, part in zip(masks, boxes)}
        if len(masks) == 1:
            (accepted,) = masks.values()
        else:
            accepted = np.zeros(box.size[::-1], bool)
            for place, mask in zip(places.values(), masks.values()):
                accepted[place] = mask
        # In the 32³ voxels of a brick no more than half can be components of their own: uint16 holds their number.
        labels = np.empty(accepted.shape, np.uint16 if len(masks) == 1 else np.int32)
        count = ndimage.label(accepted, output=labels)
        return _Unit(places, box, labels, np.zeros(count + 1, bool)) if count else None

    def _outward(self, unit: _Unit) -> list[tuple[Brick, int, int, Brick]]:
        faces = []
        for brick in unit.places:
            for axis, side in _SIDES:
                number = brick[2 - axis] + side
                neighbor = tuple(number if a == 2 - axis else v for a, v in enumerate(brick))
                if number >= 0 and number * BRICK < self._grid.size[2 - axis] and neighbor not in unit.places:
                    faces.append((brick, axis, side, neighbor))
        return faces

    def _touch(self, unit: _Unit, brick: Brick, entries: list[tuple], new: np.ndarray) -> None:
        """Note in ``new`` the components that the entries into a brick touch."""
        labels = unit.labels[unit.places[brick]]
        for where, through in entries:
            touched = labels[where]
            new[touched if through is None else touched[through]] = True

    def _reach(self, unit: _Unit, new: np.ndarray) -> None:
        new[0] = False
        new &= ~unit.reached
        if not new.any():
            return
        unit.reached |= new
        if self._limit is not None:
            self._counted += int(unit.sizes[new].sum())
        for brick, axis, side, neighbor in unit.outward:
            if self._units.get(neighbor, unit) is None:
                continue
            through = new[unit.labels[unit.places[brick]][_face(axis, side)]]
            if through.any():
                self._entries.setdefault(neighbor, []).append((_face(axis, -side), through))


def assembled(grid: Grid, regions: dict[Brick, np.ndarray]) -> Generator[None, None, tuple[Box, np.ndarray]]:
    """Box and uint8 mask (z, y, x) of a region given brick by brick; both empty for none."""
    if not regions:
        return Box((0, 0, 0), (0, 0, 0)), np.zeros((0, 0, 0), np.uint8)
    boxes = [brick_box(brick, grid) for brick in regions]
    tight = []
    for number, (box, mask) in enumerate(zip(boxes, regions.values())):
        tight.append(tight_box(mask, box.start))
        if number % _ASSEMBLED_A_STEP == 0:
            yield
    whole = _around(tight)
    result = np.zeros(whole.size[::-1], np.uint8)
    for number, (box, mask) in enumerate(zip(boxes, regions.values())):
        here, there = overlap(whole, box)
        result[here] = mask[there]
        if number % _ASSEMBLED_A_STEP == 0:
            yield
    return whole, result


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        tuple(min(b.start[a] for b in boxes) for a in range(3)), tuple(max(b.stop[a] for b in boxes) for a in range(3))
    )


def _cell(brick: Brick) -> Brick:
    return tuple(v // n for v, n in zip(brick, CELL))


def _face(axis: int, side: int) -> tuple:
    """A brick's outermost layer on one side, as an index of its (z, y, x) array."""
    return tuple((0 if side < 0 else -1) if a == axis else slice(None) for a in range(3))
