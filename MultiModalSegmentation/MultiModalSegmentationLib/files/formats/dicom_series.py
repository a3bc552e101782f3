"""Which files of a DICOM folder are the slices of its one volume, and what their tags say."""

from __future__ import annotations

import hashlib
import logging
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...geometry.errors import VolumeTypeError
from .damage import cut_short

if TYPE_CHECKING:
    from pydicom import Dataset

DICOM_ENDINGS = (".dcm", ".dicom", ".ima")
_TAGS = (
    *(
        "SOPClassUID",
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "SeriesDescription",
        "SeriesNumber",
        "Modality",
        "ImageType",
    ),
    *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "PixelSpacing", "ImagerPixelSpacing"),
    *("ImagePositionPatient", "ImageOrientationPatient"),
)
_NO_VOLUMES = ("SEG", "SR", "PR", "KO", "RTSTRUCT", "RTPLAN", "REG", "DOC")
_DEFLATED = "1.2.840.10008.1.2.1.99"
PREAMBLE = 128
_GROUPS_WITHOUT_PREAMBLE = (b"\x02\x00", b"\x08\x00")


@dataclass(frozen=True, eq=False)
class Instance:
    """A DICOM file: its tags without the pixels, and how many bytes into the file these begin."""

    path: Path
    header: Dataset
    pixels_at: int


def one_series(folder: Path) -> tuple[list[Instance], list[str]]:
    """The images of the folder's only series, and what was left out."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    found = [one for file in files if (one := read_instance(file)) is not None]
    images = [one for one in found if _is_image(one.header)]
    if not images:
        within = next((one for one in sorted(folder.iterdir()) if one.is_dir() and _holds_images(one)), None)
        advice = f"name its folder '{within.name}'" if within else "give a DICOM folder or an image file"
        raise VolumeTypeError(f"The folder '{folder}' holds no DICOM series: {advice}.")
    _refuse_unreadable(folder, files, found, images)
    notes = []
    chosen = [one for one in images if "LOCALIZER" not in _words(one.header, "ImageType")] or images
    if len(chosen) < len(images):
        notes.append(f"{_counted(len(images) - len(chosen), 'localizer')} in the folder '{folder}' left out.")
    series: dict[str, list[Instance]] = {}
    for one in chosen:
        series.setdefault(str(one.header.get("SeriesInstanceUID", "")), []).append(one)
    if len(series) > 1:
        described = ", ".join(_described(one) for one in list(series.values())[:4])
        raise VolumeTypeError(
            f"The folder '{folder}' holds {len(series)} DICOM series ({described}{', …' if len(series) > 4 else ''}): "
            "move the one to use into a folder of its own."
        )
    single = _without_copies(chosen)
    if len(single) < len(chosen):
        copies = len(chosen) - len(single)
        notes.append(f"{_counted(copies, 'file')} in the folder '{folder}' left out, a copy of another one.")
    return single, notes


def read_instance(path: Path) -> Instance | None:
    """A file's tags; None where it is no DICOM file."""
    import pydicom

    try:
        with path.open("rb") as file:
            start = file.read(PREAMBLE + 4)
            if start[PREAMBLE:] != b"DICM" and start[:2] not in _GROUPS_WITHOUT_PREAMBLE:
                return None
            file.seek(0)
            header = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
            for element in header:  # pydicom converts what a tag holds when it is first asked for
                assert element.tag is not None
            return Instance(path, header, file.tell())
    except Exception:  # whatever a broken file does to the parser, it is no image
        return None


def check_whole(instance: Instance) -> None:
    """Raise ``VolumeTypeError`` where a file's pixels are fewer than its tags say; compressed ones are left to GDCM."""
    path, header = instance.path, instance.header
    syntax = header.file_meta.get("TransferSyntaxUID") if hasattr(header, "file_meta") else None
    if syntax is not None and (syntax == _DEFLATED or syntax.is_compressed):
        return
    pixels = (
        whole_number(header, "Rows") * whole_number(header, "Columns") * max(whole_number(header, "SamplesPerPixel"), 1)
    )
    needed = pixels * frame_count(header) * max(whole_number(header, "BitsAllocated"), 1) // 8
    length_field = 8 if syntax is None or syntax.is_implicit_VR else 12
    held = max(path.stat().st_size - instance.pixels_at - length_field, 0)
    if held < needed:
        raise cut_short(path, held, needed)


def unreadable(path: Path) -> VolumeTypeError:
    """The error for a file that should hold an image and does not."""
    return VolumeTypeError(
        f"The DICOM file '{path}' cannot be read as an image: it is damaged or holds none; copy or export it again, "
        "or move it elsewhere where it does not belong to the series."
    )


def frame_count(header: Dataset) -> int:
    """How many frames a file has; 1 where it does not say."""
    return max(whole_number(header, "NumberOfFrames"), 1)


def whole_number(header: Dataset, name: str) -> int:
    """A tag's number, or 0 where it has none."""
    try:
        return int(header.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def numbers(header: Dataset | None, name: str, count: int) -> tuple[float, ...] | None:
    """A tag's numbers, all finite; None where it has not as many."""
    try:
        values = tuple(float(value) for value in (header.get(name) or ())) if header is not None else ()
    except (TypeError, ValueError):
        return None
    return values if len(values) == count and all(map(math.isfinite, values)) else None


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Without pydicom's own warnings about values that break the standard and do no harm."""
    logger = logging.getLogger("pydicom")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was_disabled


def _holds_images(folder: Path) -> bool:
    files = (file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith("."))
    return any((one := read_instance(file)) and _is_image(one.header) for file in files)


def _is_image(header: Dataset) -> bool:
    modality = str(header.get("Modality", ""))
    return whole_number(header, "Rows") > 0 and whole_number(header, "Columns") > 0 and modality not in _NO_VOLUMES


def _should_have_image(header: Dataset) -> bool:
    """Whether a file without an image was to have one, or is cut before it says what it is."""
    from pydicom.uid import UID_dictionary

    if str(header.get("Modality", "")) in _NO_VOLUMES:
        return False
    meta = getattr(header, "file_meta", None) or {}
    kind = str(meta.get("MediaStorageSOPClassUID") or header.get("SOPClassUID") or "")
    return kind not in UID_dictionary or "Image Storage" in UID_dictionary[kind][0]


def _refuse_unreadable(
    folder: Path, files: Sequence[Path], found: Sequence[Instance], images: Sequence[Instance]
) -> None:
    """A file named as the slices are, or as DICOM files are, that is none or has no image, is a broken slice."""
    kinds = {_name_pattern(one.path) for one in images}
    headers = {one.path: one.header for one in found}
    readable = {one.path for one in images}
    for file in files:
        if file in readable or file.name.upper() == "DICOMDIR":
            continue
        is_named_so = file.suffix.lower() in DICOM_ENDINGS or _name_pattern(file) in kinds
        header = headers.get(file)
        if header is None:
            if is_named_so:
                raise unreadable(file)
        elif _should_have_image(header):
            raise unreadable(file)
    for one in images:
        check_whole(one)


def _name_pattern(path: Path) -> str:
    return re.sub(r"\d+", "0", path.name.lower())


def _without_copies(instances: Sequence[Instance]) -> list[Instance]:
    """Without files that are equal to another one to the last byte."""
    by_uid: dict[str, list[Instance]] = {}
    for one in instances:
        by_uid.setdefault(str(one.header.get("SOPInstanceUID", one.path)), []).append(one)
    kept = []
    for same in by_uid.values():
        seen: set[bytes] = set()
        for one in same:
            digest = hashlib.sha256(one.path.read_bytes()).digest() if len(same) > 1 else b""
            if digest not in seen:
                kept.append(one)
            seen.add(digest)
    return kept


def _words(header: Dataset, name: str) -> list[str]:
    value = header.get(name) or ()
    return [str(value).upper()] if isinstance(value, str) else [str(word).upper() for word in value]


def _described(series: Sequence[Instance]) -> str:
    name = str(series[0].header.get("SeriesDescription", "") or series[0].header.get("Modality", "")).strip()
    return f"{name or 'unnamed'}: {_counted(len(series), 'file')}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
