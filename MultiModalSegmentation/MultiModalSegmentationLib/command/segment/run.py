"""A run on files: what it starts from, and what comes of it. ``segment`` and ``batch`` both go this way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...engine.leaks import LeakCurve
from ...engine.segmenter import Segmenter
from ...engine.work.steps import drained, reporting
from ...files.images import VolumeFile, channels_from_files, read_volumes
from ...files.markups import read_markups
from ...files.restrictions import Places, Restriction, read_restriction
from ...files.transforms import read_transform
from ...geometry.box import Index
from ...geometry.errors import SeedError
from ...geometry.points import SeedPoint, point_from_voxel
from ...parameters.presets import Parameters
from ...parameters.settings import AlignmentMode
from ...pipeline.memory import check_memory
from ...pipeline.preparation import preparation_steps
from ...pipeline.segmentation import Segmentation, Tissue, segment_tissues
from ..common.progress import Progress
from ..common.tissues import TissueSource
from .prepare import aligned


@dataclass(frozen=True)
class Sources:
    """Where the inputs of a run come from: files, and voxels (i, j, k) of the first volume."""

    volumes: tuple[Path, ...]
    seed_voxels: tuple[Index, ...] = ()
    seeds_file: Path | None = None
    exclusion_voxels: tuple[Index, ...] = ()
    exclusion_file: Path | None = None
    places: Places = field(default_factory=Places)
    transforms: tuple[Path, ...] = ()
    """From points of the first volume to points of each further one, in their order."""

    tissues: tuple[TissueSource, ...] = ()
    """Several tissues in place of the seeds."""

    @property
    def files(self) -> list[Path]:
        """All the files and folders that are read."""
        tissues = dict.fromkeys(tissue.file for tissue in self.tissues)
        lists = (self.seeds_file, self.exclusion_file, *tissues)
        return [*self.volumes, *(path for path in lists if path), *self.places.files, *self.transforms]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a run starts from. The volumes stay here because the channels are views of their voxels."""

    sources: Sources
    volumes: list[VolumeFile]
    tissues: tuple[Tissue, ...]
    exclusion_seeds: list[SeedPoint]
    restriction: Restriction


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run, of one tissue: what files and summary are made of."""

    inputs: Inputs
    segmentation: Segmentation
    curve: LeakCurve | None = None
    tissue: str = ""
    """Its name, where it has one."""

    @property
    def is_one_of_several(self) -> bool:
        return len(self.inputs.tissues) > 1


def read_inputs(sources: Sources) -> Inputs:
    """Read volumes, points and restrictions; seeds given as voxels come before those of a file."""
    if sources.tissues and (sources.seed_voxels or sources.seeds_file):
        raise SeedError("Seeds and tissues are both given: name every list of seeds by --tissue NAME=SEEDS.")
    if not sources.tissues and not sources.seed_voxels and not sources.seeds_file:
        raise SeedError("No seed is given: name a voxel by --seed I,J,K or a file by --seeds FILE.mrk.json.")
    volumes = _with_transforms(read_volumes(sources.volumes), sources.transforms)
    reference = volumes[0]
    only = TissueSource("", sources.seed_voxels, sources.seeds_file)
    tissues = tuple(Tissue(one.name, _points(one, reference)) for one in sources.tissues or [only])
    excluded = _points(TissueSource("", sources.exclusion_voxels, sources.exclusion_file), reference)
    return Inputs(sources, volumes, tissues, excluded, read_restriction(sources.places, reference))


def figure_slice(number: int | None, inputs: Inputs) -> int:
    """The slice to draw: the one asked for, or the first seed's. Raises ``ValueError`` for one that does not exist."""
    count = inputs.volumes[0].grid.size[2]
    if number is None:
        return inputs.tissues[0].seeds[0].ijk[2]
    if not 0 <= number < count:
        raise ValueError(
            f"The slice {number} lies outside the volume '{inputs.volumes[0].name}': choose 0 to {count - 1}."
        )
    return number


def compute(inputs: Inputs, parameters: Parameters, *, curve: bool, on: Progress) -> list[Run]:
    """Segment every tissue, and grow each at many multipliers where the leak curve is asked for."""
    reference, *others = inputs.volumes
    is_moved = parameters.preparation.alignment is AlignmentMode.RIGID
    check_memory(
        reference.name,
        reference.grid,
        inputs.restriction.box,
        parameters,
        channel_count=len(inputs.volumes),
        resampled=sum(is_moved or not reference.grid.is_same_as(volume.grid) for volume in others),
        excludes=bool(inputs.exclusion_seeds),
        tissues=len(inputs.tissues),
    )
    if is_moved:
        inputs = replace(inputs, volumes=aligned(inputs.volumes, on))
    preparing = preparation_steps(channels_from_files(inputs.volumes), parameters.preparation)
    channels, found = drained(reporting(preparing, on.stage("Correcting the bias"), None))
    segmenter = Segmenter(channels, parameters.smoothing)
    segmentations = segment_tissues(
        segmenter,
        inputs.tissues,
        inputs.exclusion_seeds,
        parameters,
        allowed=inputs.restriction.allowed,
        known=found,
        on_progress=on.stage("Growing on " + " + ".join(segmenter.names)),
    )
    report = on.stage("Growing at many multipliers") if curve else None
    curves = [drained(reporting(one.leak_curve_steps(), report, None)) if curve else None for one in segmentations]
    return [
        Run(inputs, segmentation, leaks, tissue.name)
        for segmentation, leaks, tissue in zip(segmentations, curves, inputs.tissues)
    ]


def _with_transforms(volumes: list[VolumeFile], paths: Sequence[Path]) -> list[VolumeFile]:
    if paths and len(paths) != len(volumes) - 1:
        raise ValueError(
            f"{len(paths)} transforms are given for {len(volumes) - 1} further volumes: give one for each, in order."
        )
    moved = [replace(volume, transform=read_transform(path)) for volume, path in zip(volumes[1:], paths)]
    return [volumes[0], *(moved or volumes[1:])]


def _points(source: TissueSource, reference: VolumeFile) -> list[SeedPoint]:
    """Voxels come before the points of a file."""
    grid, name = reference.grid, reference.name
    points = [point_from_voxel(",".join(map(str, voxel)), voxel, grid, name) for voxel in source.voxels]
    return points + (read_markups(source.file, grid, name, source.list_number) if source.file else [])
