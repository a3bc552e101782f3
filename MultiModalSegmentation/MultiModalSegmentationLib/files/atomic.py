"""Files that are written completely or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import SimpleITK as sitk

LABEL_IMAGE_ENDINGS = (".mhd", ".mha", ".nrrd", ".nii.gz", ".nii")


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


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, of the same name in a folder of its own; afterwards whatever was written there takes its
    place beside ``path``, the named file last. On an error nothing changes.

    Raises ``ValueError`` where the file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            yield Path(folder) / path.name
            for written in sorted(Path(folder).iterdir(), key=lambda file: file.name == path.name):
                shutil.move(written, path.parent / written.name)
    except (OSError, RuntimeError) as error:
        raise ValueError(_unwritable(path, error)) from error


def write_image(image: sitk.Image, path: Path) -> None:
    """Write an image, compressed, in the format of the path's ending."""
    with replacing(path) as temporary:
        sitk.WriteImage(image, str(temporary), useCompression=True)


def _unwritable(path: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[-1]
    return f"The file '{path}' cannot be written ({reason}): choose another name or folder."
