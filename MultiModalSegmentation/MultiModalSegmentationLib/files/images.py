"""Image files as channels: read, checked, and on the first one's grid."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..geometry.errors import GeometryError, SameVolumeError, VolumeTypeError
from ..geometry.grid import ArrayImage, Grid
from ..parameters.settings import MAXIMUM_CHANNELS
from .atomic import LABEL_IMAGE_ENDINGS, ending_of, stem_of

_COMPLEX = (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64)


@dataclass(frozen=True, eq=False)
class VolumeFile:
    """A scalar volume and where it came from. ``name`` is the file name without its ending."""

    path: Path
    name: str
    image: sitk.Image
    files: tuple[Path, ...]
    """The files read: one, or the slices of a DICOM folder."""

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
    """Read an image file, or the one series of a DICOM folder."""
    if not path.exists():
        raise ValueError(f"The volume '{path}' does not exist: check its name.")
    reader: sitk.ImageFileReader | sitk.ImageSeriesReader
    with _silent_libraries():
        if path.is_dir():
            files = _dicom_slices(path)
            reader = sitk.ImageSeriesReader()
            reader.SetFileNames([str(file) for file in files])
        else:
            files = (path,)
            reader = sitk.ImageFileReader()
            reader.SetFileName(str(path))
        try:
            if isinstance(reader, sitk.ImageFileReader):
                reader.ReadImageInformation()
                _check_type(path, reader.GetDimension(), reader.GetNumberOfComponents(), reader.GetPixelID())
            image = reader.Execute()
        except RuntimeError as error:
            raise VolumeTypeError(
                f"The volume '{path}' cannot be read as an image: give a file that SimpleITK reads "
                "(MHD, NRRD, NIfTI) or a DICOM folder."
            ) from error
    _check_type(path, image.GetDimension(), image.GetNumberOfComponentsPerPixel(), image.GetPixelID())
    return VolumeFile(path, name, image, files)


def channels_from_files(volumes: Sequence[VolumeFile]) -> list[ArrayImage]:
    """The volumes on the first one's grid; those already on it without a copy.

    Others are resampled in physical space, linearly, as float32; NaN marks what lies outside their field of view.
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
    if grid.is_same_as(volume.grid):
        # The view must outlive the image's other references, so it is taken from an image that the array keeps.
        return ArrayImage(sitk.GetArrayViewFromImage(volume.image), grid, volume.name)
    resampled = sitk.Resample(
        volume.image, reference.image, sitk.Transform(), sitk.sitkLinear, float("nan"), sitk.sitkFloat32
    )
    array = sitk.GetArrayFromImage(resampled)
    if not np.isfinite(array).any():
        raise GeometryError(
            f"The volumes '{reference.path}' and '{volume.path}' have no common field of view: register them first."
        )
    return ArrayImage(array, grid, volume.name)


def _refuse_repeated(paths: Sequence[Path]) -> None:
    for number, path in enumerate(paths):
        if any(path.resolve() == other.resolve() for other in paths[:number]):
            raise SameVolumeError(f"The volume '{path}' is given twice: give different volumes of the same anatomy.")


def _dicom_slices(folder: Path) -> tuple[Path, ...]:
    series = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if not series:
        raise VolumeTypeError(f"The folder '{folder}' holds no DICOM series: give a DICOM folder or an image file.")
    if len(series) > 1:
        raise VolumeTypeError(
            f"The folder '{folder}' holds {len(series)} DICOM series: move the one to use into a folder of its own."
        )
    return tuple(Path(file) for file in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), series[0]))


def _check_type(path: Path, dimension: int, components: int, pixel_id: int) -> None:
    if pixel_id in _COMPLEX:
        raise VolumeTypeError(f"The volume '{path}' has complex values: give its magnitude as a scalar volume.")
    if components != 1:
        raise VolumeTypeError(
            f"The volume '{path}' has {components} values per voxel (RGB or vector): give a scalar volume."
        )
    if dimension != 3:
        raise GeometryError(f"The volume '{path}' has {dimension} dimensions: give a volume with three.")


@contextmanager
def _silent_libraries() -> Iterator[None]:
    """Keep what file format libraries write to stderr by themselves from a user who gets one sentence instead."""
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
