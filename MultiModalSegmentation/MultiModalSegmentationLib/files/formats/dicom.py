"""A DICOM folder or file as one volume: every slice compared with its place in the stack, and scaled by its own slope.

ITK's series reader takes positions from the first and last slice and the pixel type from the first one, and reads on
where slices are missing, tilted, uneven or scaled differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ...geometry.errors import GeometryError, VolumeTypeError
from .damage import check_scalar, refuse_stand_in
from .dicom_series import (
    PREAMBLE,
    Instance,
    check_whole,
    frame_count,
    numbers,
    one_series,
    quiet_pydicom,
    read_instance,
    unreadable,
    whole_number,
)
from .dicom_stack import PlacedSlice, stacked

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, eq=False)
class DicomVolume:
    """The voxels of a series; ``files`` in the order of the slices, ``notes`` a sentence for each thing left out."""

    image: sitk.Image
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM files do."""
    with path.open("rb") as file:
        start = file.read(PREAMBLE + 4)
    return start[PREAMBLE:] == b"DICM"


def read_dicom_folder(folder: Path) -> DicomVolume:
    """Read the one series of a folder. Files of other kinds, localizers and copies are left out.

    Raises ``VolumeTypeError`` or ``GeometryError``, naming the folder or the file, for a folder without a series or
    with several, with a slice that cannot be read, or whose slices are no regular stack.
    """
    with quiet_pydicom():
        instances, notes = one_series(folder)
        if len(instances) == 1:
            volume = read_dicom_file(instances[0].path)
            return DicomVolume(volume.image, volume.files, (*notes, *volume.notes))
        many = [one for one in instances if frame_count(one.header) > 1]
        if many:
            raise VolumeTypeError(
                f"The folder '{folder}' holds {len(instances)} files, of which '{many[0].path.name}' has "
                f"{frame_count(many[0].header)} frames: name the file of the volume to use."
            )
        source = f"The folder '{folder}'"
        ordered, grid = stacked([_placed(one, source) for one in instances], source)
        array = _stacked_values([one.path for one in ordered])
    return DicomVolume(grid.image(array), tuple(one.path for one in ordered), tuple(notes))


def read_dicom_file(path: Path) -> DicomVolume:
    """Read a file with one slice or with many frames, whose places are checked where the file tells them.

    Raises ``VolumeTypeError`` or ``GeometryError``, naming the file.
    """
    with quiet_pydicom():
        refuse_stand_in(path)
        instance = read_instance(path)
        if instance is None:
            raise unreadable(path)
        check_whole(instance)
        image = _read(path)
        check_scalar(path, image.GetDimension(), image.GetNumberOfComponentsPerPixel(), image.GetPixelID())
        if frame_count(instance.header) > 1:
            image = _enhanced(path, image)
    return DicomVolume(image, (path,))


def single_slice_note(path: Path, image: sitk.Image) -> tuple[str, ...]:
    """What to say where one file is named, and holds one slice."""
    if image.GetSize()[2] > 1:
        return ()
    return (f"The file '{path}' is a single slice: name its folder for the whole series.",)


def _placed(one: Instance, source: str) -> PlacedSlice:
    header = one.header
    size = (whole_number(header, "Columns"), whole_number(header, "Rows"))
    spacing = numbers(header, "PixelSpacing", 2) or numbers(header, "ImagerPixelSpacing", 2)
    return _placed_slice(
        one.path,
        numbers(header, "ImagePositionPatient", 3),
        numbers(header, "ImageOrientationPatient", 6),
        spacing,
        size,
        source,
    )


def _placed_slice(
    path: Path,
    position: tuple[float, ...] | None,
    orientation: tuple[float, ...] | None,
    spacing: tuple[float, ...] | None,
    size: tuple[int, int],
    source: str,
    frame: int = 0,
) -> PlacedSlice:
    for value, what in ((position, "position"), (orientation, "orientation"), (spacing, "pixel spacing")):
        if value is None:
            raise GeometryError(
                f"{source} has slices without a {what}, such as '{path.name}': it cannot be placed in space; "
                "export the original series."
            )
    axes = np.array(orientation).reshape(2, 3)
    lengths = np.linalg.norm(axes, axis=1)
    if np.abs(lengths - 1).max() > 1e-2 or min(spacing) <= 0:
        raise GeometryError(
            f"{source} has a slice whose orientation or pixel spacing makes no sense ('{path.name}'): "
            "export the original series."
        )
    # DICOM gives the distance between rows first, which is that along a column.
    return PlacedSlice(path, np.array(position), axes / lengths[:, None], (spacing[1], spacing[0]), size, frame)


def _stacked_values(files: Sequence[Path]) -> np.ndarray:
    """The slices' values (z, y, x), each scaled by its own slope, in a type that holds all of them."""
    array: np.ndarray | None = None
    for number, file in enumerate(files):
        image = _read(file)
        check_scalar(file, image.GetDimension(), image.GetNumberOfComponentsPerPixel(), image.GetPixelID())
        values = sitk.GetArrayViewFromImage(image)[0]
        if array is None:
            array = np.empty((len(files), *values.shape), values.dtype)
        elif not np.can_cast(values.dtype, array.dtype):
            array = array.astype(np.result_type(array.dtype, values.dtype))
        array[number] = values
    return array


def _enhanced(path: Path, image: sitk.Image) -> sitk.Image:
    """A file of many frames at the places that it tells for each; as GDCM placed it where it tells none."""
    import pydicom

    whole = pydicom.dcmread(path, stop_before_pixels=True)
    frames = whole.get("PerFrameFunctionalGroupsSequence")
    shared = next(iter(whole.get("SharedFunctionalGroupsSequence") or ()), None)
    if not frames:
        return image
    source = f"The file '{path}'"
    if len({_frame_scaling(frame, shared) for frame in frames}) > 1:
        raise VolumeTypeError(
            f"{source} has frames that are scaled by different slopes, which cannot be read right: "
            "export them as a file a slice."
        )
    size = (int(whole.Columns), int(whole.Rows))
    slices = [
        _placed_slice(
            path,
            numbers(_group(frame, shared, "PlanePositionSequence"), "ImagePositionPatient", 3),
            numbers(_group(frame, shared, "PlaneOrientationSequence"), "ImageOrientationPatient", 6),
            numbers(_group(frame, shared, "PixelMeasuresSequence"), "PixelSpacing", 2),
            size,
            source,
            number,
        )
        for number, frame in enumerate(frames)
    ]
    array = sitk.GetArrayViewFromImage(image)
    if len(slices) != len(array):
        raise VolumeTypeError(
            f"{source} tells the places of {len(slices)} frames but holds {len(array)}: export it again."
        )
    ordered, grid = stacked(slices, source)
    return grid.image(array[[one.frame for one in ordered]])


def _group(frame: Dataset, shared: Dataset | None, name: str) -> Dataset | None:
    for holder in (frame, shared):
        if holder is not None and holder.get(name):
            return holder[name][0]
    return None


def _frame_scaling(frame: Dataset, shared: Dataset | None) -> tuple[str, str]:
    group = _group(frame, shared, "PixelValueTransformationSequence")
    return ("", "") if group is None else (str(group.get("RescaleSlope", 1)), str(group.get("RescaleIntercept", 0)))


def _read(path: Path) -> sitk.Image:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    try:
        return reader.Execute()
    except RuntimeError as error:
        raise unreadable(path) from error
