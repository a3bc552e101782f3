"""How many workers fit this machine: what a case needs, estimated from the headers of its volumes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import SimpleITK as sitk
from dask.system import CPU_COUNT
from distributed.system import MEMORY_LIMIT

from ...files.formats.reading import read_information
from ...pipeline.memory import memory_needed
from .table import Case

BASE_BYTES = 600 * 2**20
"""A worker with its libraries, and a small case."""

PICTURES = 8
"""Bytes a voxel of the first volume, for each channel: a smoothed copy for the figure."""


@dataclass(frozen=True)
class Crew:
    """Worker processes of one thread each; ``threads`` are those that a case's filters may use."""

    workers: int
    threads: int
    memory: int
    """Bytes for each worker."""

    needed: int
    """Bytes for the largest case."""


def crew_for(cases: Sequence[Case], workers: int | None) -> Crew:
    """As many workers as were asked for, or as fit cores, memory and cases.

    Cores and memory are those that a container or a job is allowed, as Dask sees them.
    """
    available = min(MEMORY_LIMIT, psutil.virtual_memory().available)
    needed = max(memory_of(case) for case in cases)
    fitting = workers or max(1, min(CPU_COUNT, len(cases), available // needed))
    return Crew(fitting, max(1, CPU_COUNT // fitting), available // fitting, needed)


def memory_of(case: Case) -> int:
    """Bytes that a case needs at most, about. A volume that cannot be read counts with its file's size."""
    held = [_voxels_and_bytes(path) for path in case.sources.volumes]
    voxels, channels = held[0][0], len(held)
    computing = memory_needed(
        voxels,
        voxels,
        case.parameters,
        channel_count=channels,
        resampled=channels - 1,
        excludes=bool(case.sources.exclusion_voxels or case.sources.exclusion_file),
    )
    return BASE_BYTES + sum(size for _, size in held) + computing + voxels * PICTURES * channels


def _voxels_and_bytes(path: Path) -> tuple[int, int]:
    if path.is_dir():
        # Slices of DICOM hold two bytes a voxel and are rarely compressed.
        size = sum(file.stat().st_size for file in os.scandir(path) if file.is_file())
        return size // 2, size
    try:
        reader = read_information(path)
        pixel = sitk.Image([1, 1], reader.GetPixelID(), reader.GetNumberOfComponents())
    except (RuntimeError, ValueError):
        return path.stat().st_size // 2, path.stat().st_size
    voxels = 1
    for length in reader.GetSize():
        voxels *= length
    return voxels, voxels * pixel.GetSizeOfPixelComponent() * pixel.GetNumberOfComponentsPerPixel()
