"""How much memory a run may need, known before anything is allocated."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import slicer

from ..geometry.box import Box
from .volumes import grid_of_volume, index_transform, is_same_grid, transform_between

RESAMPLED = 4
"""Bytes a voxel of the reference for each volume on another grid: float32."""

SMOOTHED = 4
"""Bytes a voxel that the region can reach, for each channel: float32."""

REGION = 10
"""Bytes a voxel that the region can reach: labels of two passes (2 each), masks while the result is explained, and
the segment with what it is fitted and written through."""

CLEANUP = 5
"""Bytes a voxel that the region can reach, for closing, labels of holes and islands."""

EXCLUSION = 18
"""Bytes a voxel that the region can reach, for what exclusion seeds take away: all channels of its box at once."""

ALONE = 17
"""Bytes a voxel of the reference for a uni-modal run, which works on whole volumes: the smoothed volume, its copy as an
image, and the filter's regions."""

_GB = 1e9


def memory_needed(
    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
    *,
    box: Box | None = None,
    unimodal: bool = False,
    cleanup: bool = False,
    exclusion: bool = False,
) -> int:
    """Bytes that segmenting takes at most, over the volumes themselves: where the region fills ``box``.

    Without a box it may fill the reference. Volumes on the reference's grid are never copied, and smoothing follows
    the region, so that a small one takes far less.
    """
    reference = volumes[0]
    whole = grid_of_volume(reference).box.voxel_count
    reached = whole if box is None else box.voxel_count
    resampled = sum(_is_resampled(volume, reference) for volume in volumes[1:])
    alone = ALONE * whole if unimodal else 0
    each = SMOOTHED * len(volumes) + REGION + CLEANUP * cleanup + EXCLUSION * exclusion
    return RESAMPLED * whole * resampled + each * reached + alone


def check_memory(
    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode],
    *,
    box: Box | None = None,
    unimodal: bool = False,
    cleanup: bool = False,
    exclusion: bool = False,
    available: int | None = None,
) -> None:
    """Raise ``ValueError``, which tells the memory needed, where a run might not fit into what is ``available``."""
    available = memory_available() if available is None else available
    needed = memory_needed(volumes, box=box, unimodal=unimodal, cleanup=cleanup, exclusion=exclusion)
    if available is None or needed <= available:
        return
    advice = (
        "restrict it to a region of interest, or crop the volume"
        if box is None or box == grid_of_volume(volumes[0]).box
        else "restrict it to a smaller region of interest, or crop the volume"
    )
    raise ValueError(
        f"Segmenting the volume '{volumes[0].GetName()}' may need {needed / _GB:.1f} GB of memory, and only "
        f"{available / _GB:.1f} GB are free: {advice}."
    )


def memory_available() -> int | None:
    """Bytes of physical memory that are free for use; where only the total is known half of it, or ``None``."""
    try:
        if sys.platform == "win32":
            return _windows_memory()
        if sys.platform.startswith("linux"):
            lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, StopIteration, ValueError, AttributeError):
        return None


class _MemoryStatus(ctypes.Structure):
    """``MEMORYSTATUSEX`` of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *((name, ctypes.c_ulonglong) for name in ("total", "available", "c", "d", "e", "f", "g")),
    )


def _windows_memory() -> int:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        raise OSError("GlobalMemoryStatusEx failed")
    return status.available


def _is_resampled(volume: slicer.vtkMRMLScalarVolumeNode, reference: slicer.vtkMRMLScalarVolumeNode) -> bool:
    grid, own_grid = grid_of_volume(reference), grid_of_volume(volume)
    _, matrix = index_transform(grid, own_grid, transform_between(reference, volume))
    return not is_same_grid(grid, own_grid, matrix)
