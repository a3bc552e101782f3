"""How much memory a run may need, known before anything is allocated."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from ..geometry.box import Box
from ..geometry.grid import Grid
from ..parameters.presets import Parameters

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
    whole: int,
    reached: int,
    parameters: Parameters,
    *,
    channel_count: int,
    resampled: int = 0,
    excludes: bool = False,
    tissues: int = 1,
) -> int:
    """Bytes that segmenting takes at most, over the volumes themselves.

    ``whole`` are the voxels of the reference, ``reached`` those that the region can fill, ``resampled`` the volumes
    that lie on another grid, ``excludes`` says that there are exclusion seeds, ``tissues`` how many regions there are.
    Volumes on the reference's grid are never copied, and smoothing follows the region, so that a small one takes far
    less.
    """
    alone = ALONE * whole if parameters.unimodal else 0
    cleanup = 0 if parameters.cleanup.does_nothing else CLEANUP
    each = SMOOTHED * channel_count + REGION * tissues + cleanup + EXCLUSION * (excludes or tissues > 1)
    return RESAMPLED * whole * resampled + each * reached + alone


def check_memory(
    name: str,
    grid: Grid,
    box: Box,
    parameters: Parameters,
    *,
    channel_count: int,
    resampled: int = 0,
    excludes: bool = False,
    tissues: int = 1,
    available: int | None = None,
) -> None:
    """Raise ``ValueError``, which tells the memory needed, where a run might not fit into what is ``available``.

    ``name`` and ``grid`` are the reference's, ``box`` is what the region may fill of it.
    """
    available = memory_available() if available is None else available
    whole = grid.box.voxel_count
    needed = memory_needed(
        whole,
        box.voxel_count,
        parameters,
        channel_count=channel_count,
        resampled=resampled,
        excludes=excludes,
        tissues=tissues,
    )
    if available is None or needed <= available:
        return
    smaller = "a" if box == grid.box else "a smaller"
    raise ValueError(
        f"Segmenting the volume '{name}' may need {needed / _GB:.1f} GB of memory, and only "
        f"{available / _GB:.1f} GB are free: restrict it to {smaller} region of interest, or crop the volume."
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
