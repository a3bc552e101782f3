"""Files that are not what their names say: what lies there in their place, and what brings the real ones."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import SimpleITK as sitk

from ...geometry.errors import GeometryError, VolumeTypeError

_STAND_INS = (
    (b"version https://git-lfs", "is a pointer of Git LFS, a short text in place of the data: run 'git lfs pull'"),
    (b"/annex/objects/", "is a pointer of git-annex, a short text in place of the data: run 'git annex get'"),
    (b"../.git/annex/", "is a pointer of git-annex, a short text in place of the data: run 'git annex get'"),
    (b".git/annex/", "is a pointer of git-annex, a short text in place of the data: run 'git annex get'"),
    (b"<!doctype html", "is a web page, such as a login or an error page in place of a download: download it again"),
    (b"<html", "is a web page, such as a login or an error page in place of a download: download it again"),
)


def refuse_stand_in(path: Path) -> None:
    """Raise ``VolumeTypeError`` for a file that is empty, cannot be opened, or holds a text in place of the data."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise VolumeTypeError(
            f"The file '{path}' cannot be opened ({error.strerror}): check its name and permissions."
        ) from error
    if not start:
        raise VolumeTypeError(f"The file '{path}' is empty: copy or download it again.")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, sentence in _STAND_INS:
        if text.startswith(beginning):
            raise VolumeTypeError(f"The file '{path}' {sentence}.")


def check_scalar(path: Path, dimension: int, components: int, pixel_id: int) -> None:
    """Raise ``VolumeTypeError`` or ``GeometryError`` for a volume that is not scalar or has not three dimensions."""
    if pixel_id in (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64):
        raise VolumeTypeError(f"The volume '{path}' has complex values: give its magnitude as a scalar volume.")
    if components != 1:
        raise VolumeTypeError(
            f"The volume '{path}' has {components} values per voxel (RGB or vector): give a scalar volume."
        )
    if dimension != 3:
        raise GeometryError(f"The volume '{path}' has {dimension} dimensions: give a volume with three.")


def check_spacing(path: Path, spacing: Sequence[float]) -> None:
    """Raise ``GeometryError`` for a spacing that is not over 0."""
    for axis, length in zip("ijk", spacing):
        if not (math.isfinite(length) and length > 0):
            raise GeometryError(
                f"The volume '{path}' has a spacing of {length:g} mm along {axis}: "
                "export it again with the true spacing."
            )


def cut_short(path: Path, held: int, needed: int) -> VolumeTypeError:
    """The error for a file with fewer bytes of voxels than its header says."""
    return VolumeTypeError(
        f"The file '{path}' is cut short: it holds {held:,} of the {needed:,} bytes of voxels that its header says; "
        "copy, download or export it again."
    )


def damaged(path: Path) -> VolumeTypeError:
    """The error for compressed data that cannot be decompressed."""
    return VolumeTypeError(
        f"The file '{path}' is damaged, its compressed voxels cannot be read: copy, download or export it again."
    )


@contextmanager
def silent_libraries() -> Iterator[None]:
    """Keep what file format libraries write to stderr by themselves from a user who gets one sentence instead."""
    try:
        saved = os.dup(2)
    except OSError:  # a program without a terminal has no such file
        yield
        return
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
