"""Image files as channels: read, checked, and on the first one's grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..engine.bricks.channels import strided_sample
from ..engine.bricks.padding import without_padding
from ..geometry.errors import GeometryError, SameVolumeError
from ..geometry.grid import ArrayImage, Grid
from ..parameters.settings import MAXIMUM_CHANNELS
from .atomic import LABEL_IMAGE_ENDINGS, ending_of, stem_of
from .formats.reading import read_image


@dataclass(frozen=True, eq=False)
class VolumeFile:
    """A scalar volume and where it came from. ``name`` is the file name without its ending."""

    path: Path
    name: str
    image: sitk.Image
    files: tuple[Path, ...]
    """The files read: header and data files, or the slices of a DICOM folder in their order."""

    notes: tuple[str, ...] = ()
    """What was left out on reading, and what was done since, a sentence each."""

    transform: sitk.Transform | None = None
    """From points of the first volume to points of this one, mm, LPS; ``None`` where it lies as its file says."""

    @property
    def grid(self) -> Grid:
        return Grid.of(self.image)


def read_volumes(paths: Sequence[Path]) -> list[VolumeFile]:
    """Read the volumes of a run, under names that differ.

    Raises ``ValueError`` or a subclass naming the file that is missing, given twice or no scalar 3D image.
    """
    if not 2 <= len(paths) <= MAXIMUM_CHANNELS:
        given = f"Only the volume '{paths[0]}' is" if len(paths) == 1 else f"{len(paths) or 'No'} volumes are"
        raise ValueError(f"{given} given: give 2 to {MAXIMUM_CHANNELS} volumes of the same anatomy.")
    _refuse_repeated(paths)
    return [read_volume(path, name) for path, name in zip(paths, unique_names(paths))]


def read_volume(path: Path, name: str) -> VolumeFile:
    """Read an image file, or the one series of a DICOM folder.

    Raises ``ValueError`` or a subclass naming the file that is missing, not whole or no scalar 3D image.
    """
    if not path.exists():
        link = "is a link to a file that is not there: fetch the data (git-annex: 'git annex get')"
        raise ValueError(f"The volume '{path}' {link if path.is_symlink() else 'does not exist: check its name'}.")
    read = read_image(path)
    if Grid.of(read.image).is_sheared():
        raise GeometryError(f"The volume '{path}' has a sheared grid: resample it to one with axes at right angles.")
    return VolumeFile(path, name, read.image, read.files, read.notes)


def channels_from_files(volumes: Sequence[VolumeFile]) -> list[ArrayImage]:
    """The volumes on the first one's grid; those already on it without a copy.

    Others are resampled in physical space through their transforms, linearly, as float32; NaN marks what lies outside
    their field of view.
    Raises ``GeometryError`` naming a volume that has no voxel in common with the first.
    """
    grid = volumes[0].grid
    return [_channel(volume, volumes[0], grid) for volume in volumes]


def unique_names(paths: Sequence[Path]) -> list[str]:
    """The files' names without their endings, numbered where two are equal."""
    names: list[str] = []
    for path in paths:
        stem = name_of(path)
        candidates = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(paths) + 1))
        taken = {name.lower() for name in names}
        names.append(next(name for name in candidates if name.lower() not in taken))
    return names


def name_of(path: Path) -> str:
    """What a volume is called: the file name without its ending, or the folder's name."""
    if path.is_dir():
        return path.resolve().name or "volume"
    ending = ending_of(path, LABEL_IMAGE_ENDINGS)
    return stem_of(path, ending) if ending else path.stem


def _channel(volume: VolumeFile, reference: VolumeFile, grid: Grid) -> ArrayImage:
    if volume.transform is None and grid.is_same_as(volume.grid):
        # The view must outlive the image's other references, so it is taken from an image that the array keeps.
        return ArrayImage(sitk.GetArrayViewFromImage(volume.image), grid, volume.name)
    image, padding = _without_padding(volume.image)
    transform = volume.transform or sitk.Transform()
    resampled = sitk.Resample(image, reference.image, transform, sitk.sitkLinear, float("nan"), sitk.sitkFloat32)
    array = sitk.GetArrayFromImage(resampled)
    if not np.isfinite(array).any():
        raise GeometryError(
            f"The volumes '{reference.path}' and '{volume.path}' have no common field of view: register them first."
        )
    return ArrayImage(array, grid, volume.name, padding)


def _without_padding(image: sitk.Image) -> tuple[sitk.Image, tuple[float, ...]]:
    """NaN in the place of a margin, before interpolation blends it with what was measured."""
    array = sitk.GetArrayViewFromImage(image)
    clean, padding = without_padding(array, strided_sample(array))
    return (Grid.of(image).image(clean) if padding else image), padding


def _refuse_repeated(paths: Sequence[Path]) -> None:
    for number, path in enumerate(paths):
        if any(path.resolve() == other.resolve() for other in paths[:number]):
            raise SameVolumeError(f"The volume '{path}' is given twice: give different volumes of the same anatomy.")
