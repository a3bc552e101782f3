"""Regions as a DICOM segmentation that refers to the slices of the series they were drawn on, by highdicom.

It needs the package ``highdicom`` (the extra ``[dicom]``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..geometry.grid import Grid
from ..parameters.colors import TISSUE_COLOR, TISSUE_TERMINOLOGY
from .formats.dicom import is_dicom
from .formats.dicom_series import quiet_pydicom
from .images import VolumeFile

if TYPE_CHECKING:
    from pydicom import Dataset

DICOM_ENDING = ".dcm"

_MAKER = "MultiModalSegmentation"
_EMPTY_WHERE_MISSING = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName"),
)
_NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_SERIES_NUMBER = 100


@dataclass(frozen=True)
class DicomSegment:
    """What a segment is called; its color (0 to 1) and its terminology entry, written as Slicer writes it."""

    name: str
    color: tuple[float, float, float] = TISSUE_COLOR
    terminology: str = TISSUE_TERMINOLOGY


def require_dicom_output(path: Path, reference: Path) -> None:
    """Raise ``ValueError`` where the reference is no DICOM series, or highdicom is not installed."""
    if not (reference.is_dir() or (reference.is_file() and is_dicom(reference))):
        raise ValueError(
            f"The DICOM segmentation '{path}' must refer to a DICOM series, but the first volume '{reference}' is "
            "none: give a DICOM folder as the first volume, or another ending for the output."
        )
    if find_spec("highdicom") is None:
        raise ValueError(
            f"The DICOM segmentation '{path}' needs the package highdicom: install it by "
            'pip install "multimodal-segmentation[dicom]", or choose another ending for the output.'
        )


def write_dicom_segmentation(
    path: Path, labels: np.ndarray, segments: Mapping[int, DicomSegment], reference: VolumeFile
) -> None:
    """Write the voxels (z, y, x) of each value in ``segments`` as a segment, in the order of the values.

    ``labels`` lie on the reference's grid, which was read from a DICOM folder or a DICOM file of many frames; its
    slices may be in any order there. Raises ``ValueError`` where the series lacks what a segmentation must refer to.
    """
    import highdicom
    from pydicom.uid import generate_uid

    with quiet_pydicom():
        sources = [_header(file) for file in reference.files]
        frames = _frames_in_order(sources, reference.grid)
        numbers = sorted(segments)
        planes = np.stack([labels[frames] == number for number in numbers], axis=-1)
        segmentation = highdicom.seg.Segmentation(
            source_images=sources,
            pixel_array=planes,
            segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[_description(n, segments[v]) for n, v in enumerate(numbers, 1)],
            series_instance_uid=generate_uid(),
            series_number=_SERIES_NUMBER,
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer=_MAKER,
            manufacturer_model_name=_MAKER,
            software_versions=__version__,
            device_serial_number="1",
            series_description=", ".join(segments[number].name for number in numbers)[:64],
        )
        segmentation.save_as(path)


def _header(file: Path) -> Dataset:
    import pydicom

    header = pydicom.dcmread(file, stop_before_pixels=True)
    for name in _NEEDED:
        if not header.get(name):
            raise ValueError(
                f"The DICOM file '{file}' has no {name}, which a DICOM segmentation refers to: "
                "choose another ending for the output."
            )
    for name in _EMPTY_WHERE_MISSING:
        if name not in header:
            setattr(header, name, None)
    return header


def _frames_in_order(sources: Sequence[Dataset], grid: Grid) -> list[int]:
    """The slice number on the grid of each source image, or of each frame of the only one."""
    positions = [position for source in sources for position in _positions(source)]
    to_index = np.linalg.inv(grid.index_to_lps)
    return [round(float(to_index[2, :3] @ position + to_index[2, 3])) for position in positions]


def _positions(source: Dataset) -> list[np.ndarray]:
    if "PerFrameFunctionalGroupsSequence" not in source:
        return [np.array(source.ImagePositionPatient, float)]
    return [
        np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        for frame in source.PerFrameFunctionalGroupsSequence
    ]


def _description(number: int, segment: DicomSegment) -> Any:
    import highdicom
    from pydicom.sr.codedict import codes

    category, kind = (_code(part) for part in segment.terminology.split("~")[1:3])
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.name[:64],
        segmented_property_category=category,
        segmented_property_type=kind,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name="Multi-channel seeded region growing", family=codes.DCM.MultispectralProcessing, version=__version__
        ),
        display_color=highdicom.color.CIELabColor.from_rgb(*(round(255 * value) for value in segment.color)),
    )


def _code(part: str) -> Any:
    from highdicom.sr import CodedConcept

    scheme, value, meaning = part.split("^")
    return CodedConcept(value, scheme, meaning)
