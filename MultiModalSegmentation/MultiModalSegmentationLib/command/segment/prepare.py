"""Volumes brought onto the first one before anything is grown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import SimpleITK as sitk

from ...files.images import VolumeFile
from ...geometry.grid import ArrayImage
from ...registration.rigid import align
from ..common.progress import Progress


def aligned(volumes: Sequence[VolumeFile], on: Progress) -> list[VolumeFile]:
    """The volumes with their transforms, and what was found as a note; one that cannot be trusted leaves the volume
    where it lies."""
    return [volumes[0], *(_aligned(volume, volumes[0], on) for volume in volumes[1:])]


def _aligned(volume: VolumeFile, reference: VolumeFile, on: Progress) -> VolumeFile:
    report = on.stage(f"Aligning {volume.name} to {reference.name}")
    found = align(_array(reference), _array(volume), on_progress=report)
    if not found.is_trusted:
        note = f"{found.sentence()} It stays where it lies: align it by hand, and give its transform by --transform."
        return replace(volume, notes=(*volume.notes, note))
    moved = found.transform if found.is_moved else None
    return replace(volume, transform=moved, notes=(*volume.notes, found.sentence()))


def _array(volume: VolumeFile) -> ArrayImage:
    return ArrayImage(sitk.GetArrayViewFromImage(volume.image), volume.grid, volume.name)
