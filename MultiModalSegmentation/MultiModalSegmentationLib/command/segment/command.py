"""``segment``: from image files and seeds to a region and everything that explains it.

All is computed first and written last, so that an error or Ctrl+C leaves every file as it was.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import SimpleITK as sitk

from ...engine.leaks import LeakCurve, leak_curve
from ...engine.model.result import GrowingResult
from ...engine.segmenter import Segmenter
from ...engine.unimodal import UniModalResult, grow_unimodal
from ...explaining.findings import Finding, findings
from ...files.images import VolumeFile, channels_from_files, read_volumes
from ...files.markups import read_markups
from ...geometry.box import Index
from ...geometry.errors import SeedError
from ...geometry.grid import Grid
from ...geometry.points import SeedPoint, indices, labels, point_from_voxel
from ...parameters.presets import PRESETS, Preset
from ...parameters.settings import SeedStatistics, UniModalParameters
from ..common.progress import Progress
from .outputs import plan_outputs, write_outputs
from .summary import summary


class Sources(Protocol):
    """Where inputs come from: the options of ``segment``, or a case of ``batch``."""

    volumes: Sequence[Path]
    seed: Sequence[Index]
    seeds: Path | None
    exclude: Sequence[Index]
    exclude_seeds: Path | None


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a run starts from. The volumes stay here because the channels are views of their voxels."""

    volumes: list[VolumeFile]
    seeds: list[SeedPoint]
    exclusion_seeds: list[SeedPoint]


@dataclass(frozen=True, eq=False)
class Results:
    """What a run computed. ``seconds`` are those of the multi-modal run, then of each uni-modal one."""

    segmenter: Segmenter
    growing: GrowingResult
    unimodal: tuple[UniModalResult, ...]
    curve: LeakCurve | None
    seconds: tuple[float, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Run:
    """A run with all it came from: what files and summary are made of."""

    inputs: Inputs
    parameters: Preset
    results: Results


def run(options: argparse.Namespace) -> int:
    """Run ``segment``. Raises ``ValueError`` or a subclass, in one sentence, for what the user can put right."""
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    parameters = parameters_from(options)
    outputs = plan_outputs(options)
    inputs = read_inputs(options)
    slice_number = figure_slice(options.slice, inputs)
    with Progress(sys.stderr) as progress:
        results = compute(inputs, parameters, compare=options.compare, curve=bool(options.leak_curve), on=progress)
        finished = Run(inputs, parameters, results)
        progress.show("Writing")
        write_outputs(outputs, finished, slice_number)
    print(summary(finished, outputs.paths))
    return 0


def parameters_from(options: argparse.Namespace) -> Preset:
    """The preset with every parameter given in its place.

    The uni-modal parameters are the tutorial's own for its preset, otherwise those of the multi-modal run.
    """
    preset = PRESETS[options.preset]
    smoothing = _with(preset.smoothing, time_step=options.time_step, iterations=options.smoothing_iterations)
    growing = _with(
        preset.growing,
        multiplier=options.multiplier,
        iterations=options.iterations,
        initial_neighborhood_radius=options.radius,
        seed_statistics=SeedStatistics(options.statistics) if options.statistics else None,
        max_volume_ml=options.max_volume,
    )
    unimodal = preset.unimodal
    if options.preset != "tutorial":
        unimodal = UniModalParameters(growing.multiplier, growing.iterations, growing.initial_neighborhood_radius)
    return Preset(smoothing, growing, unimodal)


def read_inputs(options: Sources) -> Inputs:
    """Read volumes and seeds; seeds given as voxels come before those of a file."""
    if not options.seed and not options.seeds:
        raise SeedError("No seed is given: name a voxel by --seed I,J,K or a file by --seeds FILE.mrk.json.")
    volumes = read_volumes(options.volumes)
    reference = volumes[0]
    return Inputs(
        volumes,
        _points(options.seed, options.seeds, reference.grid, reference.name),
        _points(options.exclude, options.exclude_seeds, reference.grid, reference.name),
    )


def figure_slice(number: int | None, inputs: Inputs) -> int:
    """The slice to draw: the one asked for, or the first seed's. Raises ``ValueError`` for one that does not exist."""
    count = inputs.volumes[0].grid.size[2]
    if number is None:
        return inputs.seeds[0].ijk[2]
    if not 0 <= number < count:
        raise ValueError(
            f"The slice {number} lies outside the volume '{inputs.volumes[0].name}': choose 0 to {count - 1}."
        )
    return number


def compute(inputs: Inputs, parameters: Preset, *, compare: bool, curve: bool, on: Progress) -> Results:
    """Grow on all volumes together, on each alone where a comparison is asked for, and at many multipliers."""
    started = time.perf_counter()
    segmenter = Segmenter(channels_from_files(inputs.volumes), parameters.smoothing)
    seeds, exclusion_seeds = indices(inputs.seeds), indices(inputs.exclusion_seeds)
    segmenter.check_seeds(
        seeds, exclusion_seeds, labels=labels(inputs.seeds), exclusion_labels=labels(inputs.exclusion_seeds)
    )
    on_all = on.stage("Growing on " + " + ".join(segmenter.names))
    growing = segmenter.grow(seeds, parameters.growing, exclusion_seeds=exclusion_seeds, on_progress=on_all)
    seconds = [time.perf_counter() - started]
    unimodal = []
    for number, name in enumerate(segmenter.names if compare else ()):
        on.show(f"Growing on {name} alone")
        started = time.perf_counter()
        unimodal.append(grow_unimodal(segmenter.smoothed(number, by_itk=True), seeds, parameters.unimodal, name=name))
        seconds.append(time.perf_counter() - started)
    leaks = None
    if curve:
        on.show("Growing at many multipliers")
        unlimited = replace(parameters.growing, max_volume_ml=None)
        leaks = leak_curve(segmenter, seeds, unlimited, exclusion_seeds=exclusion_seeds)
    found = findings(segmenter, growing, inputs.seeds, parameters.growing.initial_neighborhood_radius)
    return Results(segmenter, growing, tuple(unimodal), leaks, tuple(seconds), tuple(found))


def _with(parameters: Any, **given: Any) -> Any:
    return replace(parameters, **{name: value for name, value in given.items() if value is not None})


def _points(voxels: Sequence[Index], file: Path | None, grid: Grid, volume_name: str) -> list[SeedPoint]:
    points = [point_from_voxel(",".join(map(str, voxel)), voxel, grid, volume_name) for voxel in voxels]
    return points + (read_markups(file, grid, volume_name) if file else [])
