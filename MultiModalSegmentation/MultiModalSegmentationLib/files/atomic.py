"""Files that are written completely or not at all."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .formats.damage import silent_libraries

LABEL_IMAGE_ENDINGS = (".mhd", ".mha", ".nrrd", ".nii.gz", ".nii")

_PLAIN_NAME = re.compile(r"(?!LIST|LOCAL)[\w .()+,=@#~&'!-]+", re.IGNORECASE)
"""What MetaImage takes for a file's name when it stands in a header, and not for a pattern or a word of its own."""


_SPACE_LEFT = 2**20
"""Bytes: more than any of these libraries writes at a time, so that a full disk still is full for them."""


def ending_of(path: Path, endings: tuple[str, ...]) -> str | None:
    """Which of the endings (such as ``.nii.gz``) the file name has, or ``None``."""
    name = path.name.lower()
    return next((ending for ending in endings if name.endswith(ending) and len(name) > len(ending)), None)


def stem_of(path: Path, ending: str) -> str:
    """The file name without that ending."""
    return path.name[: -len(ending)]


def check_writable(path: Path) -> None:
    """Raise ``ValueError`` where a file cannot be written, before anything is computed for it."""
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-"):
            pass
    except OSError as error:
        raise ValueError(_unwritable(path, error)) from error


def check_readable_name(path: Path) -> None:
    """Raise ``ValueError`` for a name under which ITK, and with it Slicer, would not read a label image again.

    A small image is written under it, into a folder of its own, and read.
    """
    small = sitk.GetImageFromArray(np.arange(8, dtype=np.uint8).reshape(2, 2, 2))
    with tempfile.TemporaryDirectory() as folder, silent_libraries():
        there = Path(folder) / path.name
        try:
            write_under_any_name(small, there)
            is_read = np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(there))).ravel(), range(8))
        except (RuntimeError, OSError):
            is_read = False
    if is_read:
        return
    ending = ending_of(path, LABEL_IMAGE_ENDINGS) or path.suffix
    if not path.name.endswith(ending):
        raise ValueError(
            f"The file '{path}' has an ending in capitals, which ITK and Slicer do not read: write it as '{ending}'."
        )
    raise ValueError(f"The file '{path}' has a name that ITK and Slicer do not read: use letters, digits, '-' and '_'.")


def hidden_by_another(path: Path) -> str | None:
    """A sentence where another file lies beside this one that ITK reads in its place."""
    ending = ending_of(path, (".nii.gz",))
    other = path.with_name(f"{stem_of(path, ending)}.nii") if ending else path
    if not ending or not other.exists():
        return None
    return f"Beside '{path}' lies '{other.name}', which ITK and Slicer read in its place: move one of them elsewhere."


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, of the same name in a folder of its own; afterwards whatever was written there takes its
    place beside ``path``, the named file last. On an error nothing changes.

    Raises ``ValueError`` where the file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            with silent_libraries():
                yield Path(folder) / path.name
            _check_space(folder)
            for written in sorted(Path(folder).iterdir(), key=lambda file: file.name == path.name):
                shutil.move(written, path.parent / written.name)
    except (OSError, RuntimeError) as error:
        raise ValueError(_unwritable(path, error)) from error


def _check_space(folder: str) -> None:
    """Raise ``OSError`` on a full disk: the libraries that write NIfTI, NRRD and surfaces leave cut files without a
    word."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(_SPACE_LEFT))
        probe.flush()
        os.fsync(probe.fileno())


def write_image(image: sitk.Image, path: Path) -> None:
    """Write an image, compressed, in the format of the path's ending."""
    with replacing(path) as temporary:
        write_under_any_name(image, temporary)


def write_under_any_name(image: sitk.Image, path: Path) -> None:
    """Write an image, compressed, into a folder where nothing else is; formats that are particular about a file's name
    get a plain one first. Raises ``RuntimeError`` or ``OSError``."""
    ending = ending_of(path, LABEL_IMAGE_ENDINGS)
    is_plain = path.name.endswith(str(ending)) and _PLAIN_NAME.fullmatch(path.name) and "%" not in str(path)
    if ending is None or (ending == ".mhd" and is_plain):
        sitk.WriteImage(image, str(path), useCompression=True)
        return
    # With its voxels in the same file a MetaImage header needs no name of another one.
    plain = path.with_name("image.mha" if ending == ".mhd" else f"image{ending}")
    sitk.WriteImage(image, str(plain), useCompression=True)
    plain.rename(path)


def _unwritable(path: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None)
    told = f" ({reason})" if reason else ""
    return f"The file '{path}' cannot be written{told}: choose another name or folder."
