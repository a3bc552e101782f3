"""Channels prepared once, grown many times."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ..geometry.box import Box, Index
from ..geometry.errors import GeometryError
from ..geometry.grid import ArrayImage, Grid
from ..parameters.settings import GrowingParameters, SeedStatistics, SmoothingParameters
from .bricks.channels import prepare
from .bricks.smoothing import smooth_whole, smooth_whole_by_itk, stable_time_step, used_time_step
from .bricks.store import BrickStore, bricks_of
from .itk_rule import ItkRule
from .model.result import GrowingResult
from .pooled_rule import PooledRule
from .rule import Rule
from .run import ALMOST_DONE, Grown, Run
from .scales import TissueScales
from .seed_checks import as_indices, check_seeds
from .shape import shaped
from .shaping.competition import parted
from .shaping.contacts import border_contacts, padded
from .work.steps import at_fraction, drained, reporting

if TYPE_CHECKING:
    from .bricks.channels import Volume

Steps = Generator[float, None, GrowingResult]
_OTHER_GRID = "The allowed voxels lie on another grid than {}: resample them to it."


class Segmenter:
    """Grows regions on one or more volumes of one grid; what it smoothed once it keeps.

    ``images`` are ``SimpleITK.Image`` or :class:`~.grid.ArrayImage` of any scalar pixel types; voxels that are not
    finite lie outside the field of view and never join a region.
    """

    def __init__(self, images: Sequence[Volume], smoothing: SmoothingParameters = SmoothingParameters()) -> None:
        self.smoothing = smoothing
        self._channels = prepare(images)
        self._store = BrickStore(self._channels, smoothing)
        self._scales = TissueScales(self._store)

    @property
    def grid(self) -> Grid:
        return self._channels[0].grid

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self._channels)

    @property
    def channel_count(self) -> int:
        return len(self._channels)

    @property
    def time_step_limit(self) -> float:
        """The largest stable time step on this grid, in mm²."""
        return stable_time_step(self.grid.spacing)

    @property
    def time_step(self) -> float | None:
        """The time step that smoothing really uses, in mm²; None without smoothing."""
        return used_time_step(self.smoothing, self.grid.spacing) if self.smoothing.iterations else None

    def smoothed(self, number: int, *, by_itk: bool = False) -> sitk.Image:
        """One channel, smoothed, as a float32 image of the whole grid; not finite where the input is not.

        ``by_itk``: by ITK's own filter, as float64, for what ITK's filters do with it next.
        """
        smooth = smooth_whole_by_itk if by_itk else smooth_whole
        return self.grid.image(smooth(self._channels[number], self.smoothing))

    def values(self, box: Box) -> np.ndarray:
        """Smoothed values (C, z, y, x) of a box, in the inputs' units; smooths only what is missing."""
        for _ in self._store.load(bricks_of(box)):
            pass
        return self._store.block(box, as_given=True)

    def excluded(self, box: Box) -> np.ndarray | None:
        """Where (z, y, x) in a box any channel is not finite; None for nowhere."""
        masks = [~np.isfinite(c.array[box.slices]) for c in self._channels if c.may_be_non_finite]
        union = np.logical_or.reduce(masks) if masks else None
        return union if union is not None and union.any() else None

    def raw(self, number: int) -> np.ndarray:
        """One channel's voxels (z, y, x) as given: a view."""
        return self._channels[number].array

    @property
    def paddings(self) -> tuple[tuple[float, ...], ...]:
        """Each channel's values of constant margins, which count as outside of its field of view."""
        return tuple(c.padding for c in self._channels)

    def scales(self, points: Sequence[Index], radius: int = 1) -> np.ndarray:
        """How much the tissue around each point varies: scales (P, C) in the inputs' units.

        They come from the smoothed channels within 14 mm of the point; ``radius`` is that of its own box in voxels.
        """
        for _ in self._scales.load(points, radius):
            pass
        return np.array([self._scales.of(point, radius) for point in points]) * self._store.scale

    def check_seeds(
        self,
        seeds: Sequence[Index],
        exclusion_seeds: Sequence[Index] = (),
        *,
        labels: Sequence[str] | None = None,
        exclusion_labels: Sequence[str] | None = None,
        allowed: Volume | None = None,
    ) -> None:
        """Raise a SeedError naming the seed (by its label, if given) for one that cannot be used, and why."""
        check_seeds(
            self._channels,
            as_indices(seeds),
            as_indices(exclusion_seeds, "exclusion seed"),
            labels=labels,
            exclusion_labels=exclusion_labels,
            allowed=self._allowed_array(allowed),
        )

    def grow(
        self,
        seeds: Sequence[Index],
        parameters: GrowingParameters = GrowingParameters(),
        *,
        exclusion_seeds: Sequence[Index] = (),
        allowed: Volume | None = None,
        on_progress: Callable[[float], None] | None = None,
        should_cancel: Callable[[], bool] | None = None,
    ) -> GrowingResult:
        """Grow a region from ``seeds`` (i, j, k).

        ``allowed`` is an image on the same grid, 0 where the region may not go. ``on_progress`` is told a fraction
        that rises from 0 to 1.

        Raises:
            Cancelled: ``should_cancel`` answered True.
            SeedError: a seed that cannot be used.
        """
        steps = self.steps(
            seeds,
            parameters,
            exclusion_seeds=exclusion_seeds,
            allowed=allowed,
            on_progress=on_progress,
            should_cancel=should_cancel,
        )
        return drained(steps)

    def steps(
        self,
        seeds: Sequence[Index],
        parameters: GrowingParameters = GrowingParameters(),
        *,
        exclusion_seeds: Sequence[Index] = (),
        allowed: Volume | None = None,
        on_progress: Callable[[float], None] | None = None,
        should_cancel: Callable[[], bool] | None = None,
    ) -> Steps:
        """As :meth:`grow`, a short step at a time: yields the fraction done, returns the result."""
        seeds, exclusion_seeds = as_indices(seeds), as_indices(exclusion_seeds, "exclusion seed")
        if exclusion_seeds and parameters.seed_statistics is SeedStatistics.ITK:
            raise ValueError(
                "Exclusion seeds need pooled seed statistics: choose SeedStatistics.POOLED or remove them."
            )
        allowed_array = self._allowed_array(allowed)
        check_seeds(self._channels, seeds, exclusion_seeds, allowed=allowed_array)
        return reporting(self._grow(seeds, parameters, exclusion_seeds, allowed_array), on_progress, should_cancel)

    def volumes_ml_steps(
        self,
        seeds: Sequence[Index],
        multipliers: Sequence[float],
        parameters: GrowingParameters = GrowingParameters(),
        *,
        allowed: Volume | None = None,
    ) -> Generator[float, None, np.ndarray]:
        """Volumes of the regions that a single pass (0 iterations) grows at each multiplier, from one distance map.

        A short step at a time: yields the fraction done, returns the volumes in mL.
        """
        seeds, allowed_array = as_indices(seeds), self._allowed_array(allowed)
        check_seeds(self._channels, seeds, allowed=allowed_array)
        run = Run(self._store, self._rule(seeds, parameters, allowed_array), seeds, parameters)
        counts = yield from run.voxel_counts(multipliers)
        return np.array(counts) * self.grid.voxel_volume_ml

    def parted_steps(
        self,
        box: Box,
        masks: Sequence[np.ndarray],
        tissues: Sequence[tuple[Sequence[Index], Sequence[Index]]],
        radius: int,
    ) -> Generator[None, None, list[np.ndarray]]:
        """Several tissues' masks (z, y, x) of a box with every voxel in one of them at most, a short step at a time.

        ``tissues`` are the seeds of each, and what is an exclusion seed to it; ``radius`` is that of a seed's box.
        """
        yield from self._store.load(bricks_of(box))
        voters = []
        for seeds, exclusion_seeds in tissues:
            rule = PooledRule(self._store, self._scales, seeds, radius, None, exclusion_seeds)
            voters.append((yield from rule.voters(box)))
        return (yield from parted(self._store.block(box), masks, voters, self.grid.spacing[::-1]))

    def _allowed_array(self, allowed: Volume | None) -> np.ndarray | None:
        if allowed is None:
            return None
        is_array = isinstance(allowed, ArrayImage)
        if not (is_array or allowed.GetDimension() == 3) or not self.grid.is_same_as(
            allowed.grid if is_array else Grid.of(allowed)
        ):
            raise GeometryError(_OTHER_GRID.format(self.names[0]))
        return allowed.array if is_array else sitk.GetArrayViewFromImage(allowed)

    def _rule(
        self,
        seeds: list[Index],
        parameters: GrowingParameters,
        allowed: np.ndarray | None,
        exclusion_seeds: Sequence[Index] = (),
    ) -> Rule:
        radius = parameters.initial_neighborhood_radius
        if parameters.seed_statistics is SeedStatistics.ITK:
            return ItkRule(self._store, seeds, radius, allowed)
        return PooledRule(self._store, self._scales, seeds, radius, allowed, exclusion_seeds)

    def _grow(
        self,
        seeds: list[Index],
        parameters: GrowingParameters,
        exclusion_seeds: list[Index],
        allowed: np.ndarray | None,
    ) -> Steps:
        rule = self._rule(seeds, parameters, allowed, exclusion_seeds)
        grown = yield from Run(self._store, rule, seeds, parameters).steps()
        shaping = shaped(self._store, rule, grown, seeds, parameters, exclusion_seeds=exclusion_seeds, allowed=allowed)
        grown = yield from at_fraction(ALMOST_DONE, shaping)
        result = yield from self._result(grown, allowed, rule)
        if parameters.seed_statistics is SeedStatistics.POOLED:
            result = replace(result, scales=self.scales(seeds, parameters.initial_neighborhood_radius))
        return result

    def _result(self, grown: Grown, allowed: np.ndarray | None, rule: Rule) -> Steps:
        around = padded(grown.box, self.grid)
        barriers = {
            "allowed": None if allowed is None else allowed[around.slices] == 0,
            "field of view": self._store.excluded_block(around),
        }
        contacts = yield from at_fraction(ALMOST_DONE, border_contacts(grown.box, grown.mask, self.grid, barriers))
        return GrowingResult(
            self.grid,
            grown.box,
            grown.mask,
            effective_multiplier=grown.multiplier,
            passes=grown.passes,
            border_contacts=contacts,
            stopped_by=grown.stopped_by,
            time_step=self.time_step,
            automatic=grown.automatic,
            distance_model=rule.model(grown.statistics),
            is_singular_to_itk=rule.is_singular(grown.statistics),
        )


def grow(
    channels: Sequence[Volume],
    seeds: Sequence[Index],
    parameters: GrowingParameters = GrowingParameters(),
    *,
    exclusion_seeds: Sequence[Index] = (),
    allowed: Volume | None = None,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> GrowingResult:
    """Grow once on channels that are smoothed already; see :meth:`Segmenter.grow`."""
    return Segmenter(channels, SmoothingParameters(iterations=0)).grow(
        seeds,
        parameters,
        exclusion_seeds=exclusion_seeds,
        allowed=allowed,
        on_progress=on_progress,
        should_cancel=should_cancel,
    )
