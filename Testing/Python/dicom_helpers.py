"""DICOM series for tests, written by pydicom: a file a slice, or one file of many frames, with any place in space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_MR_STORAGE = "1.2.840.10008.5.1.4.1.1.4.1"
SERIES = "1.2.826.0.1.3680043.8.498.1"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def voxels(count: int = 8, rows: int = 10, columns: int = 12) -> np.ndarray:
    """int16 (z, y, x), every voxel with a value of its own."""
    return np.arange(count * rows * columns, dtype=np.int16).reshape(count, rows, columns)


def along_z(count: int, step: float = 2.0, start: float = -5.0) -> list[tuple[float, float, float]]:
    return [(-20.0, 10.0, start + step * number) for number in range(count)]


def write_slice(path: Path, array: np.ndarray, position: Sequence[float] | None, **tags) -> Path:
    """One file; ``tags`` take the place of those of an axial CT slice, ``None`` leaves one out."""
    image = _image(array, CT_STORAGE, tags.pop("SOPInstanceUID", None) or generate_uid())
    image.Modality = "CT"
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.SeriesInstanceUID = SERIES
    image.PixelSpacing = [1.5, 1.25]
    image.SliceThickness = 2
    image.ImageOrientationPatient = list(AXIAL)
    if position is not None:
        image.ImagePositionPatient = [pydicom.valuerep.DSfloat(value, auto_format=True) for value in position]
    for name, value in tags.items():
        if value is None:
            delattr(image, name)
        else:
            setattr(image, name, list(value) if isinstance(value, tuple) else value)
    image.save_as(path, enforce_file_format=True)
    return path


def write_series(folder: Path, array: np.ndarray, positions: Sequence[Sequence[float] | None], **tags) -> Path:
    """A folder with a file a slice; a tag given as a list of as many values as slices differs from slice to slice."""
    folder.mkdir(exist_ok=True)
    for number, (plane, position) in enumerate(zip(array, positions)):
        own = {name: value[number] if isinstance(value, list) else value for name, value in tags.items()}
        write_slice(folder / f"IM{number:04d}.dcm", plane, position, InstanceNumber=number + 1, **own)
    return folder


def write_enhanced(
    path: Path, array: np.ndarray, positions: Sequence[Sequence[float]], slopes: Sequence[float] | None = None
) -> Path:
    """One file of many frames, each with its place in its functional groups."""
    image = _image(array, ENHANCED_MR_STORAGE, generate_uid())
    image.Modality = "MR"
    image.NumberOfFrames = len(array)
    image.SeriesInstanceUID = SERIES
    shared = Dataset()
    shared.PlaneOrientationSequence = [_holding(ImageOrientationPatient=list(AXIAL))]
    shared.PixelMeasuresSequence = [_holding(PixelSpacing=[1.5, 1.25], SliceThickness=2)]
    image.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for number, position in enumerate(positions):
        frame = Dataset()
        frame.PlanePositionSequence = [_holding(ImagePositionPatient=list(position))]
        if slopes:
            scaling = _holding(RescaleSlope=slopes[number], RescaleIntercept=0, RescaleType="US")
            frame.PixelValueTransformationSequence = [scaling]
        frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = frames
    image.save_as(path, enforce_file_format=True)
    return path


def _image(array: np.ndarray, storage: str, uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    image.SOPClassUID = storage
    image.SOPInstanceUID = uid
    image.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.2"
    image.Rows, image.Columns = array.shape[-2:]
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 1
    image.PixelData = array.astype("<i2").tobytes()
    return image


def _holding(**values) -> Dataset:
    holder = Dataset()
    for name, value in values.items():
        setattr(holder, name, value)
    return holder
