"""Which reader a file is for, and what must be true of it before ITK reads it.

A file is whole and the one that was named, or it is refused: in some formats ITK reads what is missing as 0.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from ...geometry.errors import GeometryError, VolumeTypeError
from .damage import check_scalar, check_spacing, refuse_stand_in, silent_libraries
from .dicom import is_dicom, read_dicom_file, read_dicom_folder, single_slice_note
from .dicom_series import DICOM_ENDINGS
from .fixed_headers import FIXED_LAYOUTS
from .layout import Layout
from .metaimage import metaimage_layout
from .nifti import is_nifti_name, nifti_files, read_nifti, read_nifti_information
from .nrrd import nrrd_layout

_LAYOUTS: dict[str, Callable[[Path], Layout]] = {
    ".mha": metaimage_layout,
    ".mhd": metaimage_layout,
    ".nrrd": nrrd_layout,
    ".nhdr": nrrd_layout,
    **FIXED_LAYOUTS,
}
_META_ENDINGS = (".mha", ".mhd")
_OTHER = "cannot be read as an image, it is damaged or of no kind that ITK reads: give an MHD, MHA, NRRD or NIfTI file"


@dataclass(frozen=True, eq=False)
class ReadImage:
    """Voxels, the files they came from, and what was left out, a sentence each."""

    image: sitk.Image
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def read_image(path: Path) -> ReadImage:
    """Read a scalar 3D image from a file or a DICOM folder.

    Raises ``VolumeTypeError`` or ``GeometryError``, naming the file and what to do.
    """
    with silent_libraries():
        try:
            return _read(path)
        except (VolumeTypeError, GeometryError):
            raise
        except MemoryError as error:
            raise VolumeTypeError(f"The volume '{path}' does not fit into memory: crop it.") from error
        except OSError as error:
            raise VolumeTypeError(
                f"The volume '{path}' cannot be read ({error.strerror or 'the disk fails'}): copy it again."
            ) from error
        except Exception as error:  # whatever a damaged header does to the libraries that read it
            raise VolumeTypeError(
                f"The volume '{path}' cannot be read as an image, it is damaged: export it again."
            ) from error


def _read(path: Path) -> ReadImage:
    if path.is_dir():
        volume = read_dicom_folder(path)
        return ReadImage(volume.image, volume.files, volume.notes)
    refuse_stand_in(path)
    if is_nifti_name(path):
        return ReadImage(read_nifti(path), nifti_files(path))
    if path.suffix.lower() in DICOM_ENDINGS or is_dicom(path):
        volume = read_dicom_file(path)
        return ReadImage(volume.image, volume.files, single_slice_note(path, volume.image))
    layout = _layout(path)
    if layout:
        layout.check()
    return ReadImage(_read_by_itk(path, layout), layout.files if layout else (path,))


def files_of(path: Path) -> tuple[Path, ...]:
    """All the files that a volume consists of, read or not: those of a folder, a header and its data files."""
    if path.is_dir():
        return tuple(sorted(file for file in path.rglob("*") if file.is_file()))
    try:
        if is_nifti_name(path):
            return nifti_files(path)
        layout = _layout(path)
    except (ValueError, OSError):
        return (path,)
    return tuple(file for file in layout.files if file.is_file()) if layout else (path,)


def read_information(path: Path) -> sitk.ImageFileReader:
    """A file's size and pixel type from its header. Raises ``ValueError`` or ``RuntimeError`` where it has none."""
    with silent_libraries():
        if is_nifti_name(path):
            return read_nifti_information(path)
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
        return reader


def _layout(path: Path) -> Layout | None:
    name = path.name.lower()
    ending = next((ending for ending in sorted(_LAYOUTS, key=len, reverse=True) if name.endswith(ending)), None)
    return _LAYOUTS[ending](path) if ending else None


def _read_by_itk(path: Path, layout: Layout | None) -> sitk.Image:
    with _as_itk_reads_it(path, layout) as readable:
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(readable))
        try:
            reader.ReadImageInformation()
            check_scalar(path, reader.GetDimension(), reader.GetNumberOfComponents(), reader.GetPixelID())
            check_spacing(path, reader.GetSpacing())
            image = reader.Execute()
        except RuntimeError as error:
            raise _reason(path, layout, error) from error
    check_scalar(path, image.GetDimension(), image.GetNumberOfComponentsPerPixel(), image.GetPixelID())
    return image


@contextmanager
def _as_itk_reads_it(path: Path, layout: Layout | None) -> Iterator[Path]:
    """The file under a name that ITK takes it by: it knows some endings in small letters only, and MetaImage takes
    "%" in the name of a data file for a pattern."""
    is_capital = path.suffix != path.suffix.lower()
    has_percent = (
        bool(layout) and path.suffix.lower() in _META_ENDINGS and any("%" in file.name for file in layout.files[1:])
    )
    if not layout or not (is_capital or has_percent):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / f"volume{path.suffix.lower()}"
        if len(layout.files) == 1 or path.suffix.lower() not in _META_ENDINGS:
            _link(path, here)
            for file in layout.files[1:]:
                _link(file, Path(folder) / file.name)
        else:
            _write_meta_header(path, here, layout)
        yield here


def _write_meta_header(path: Path, here: Path, layout: Layout) -> None:
    """The header beside links to its data files under plain names."""
    names = []
    for number, part in enumerate(layout.parts):
        names.append(f"{number}{part.path.suffix.replace('%', '')}")
        _link(part.path, here.parent / names[-1])
    lines = path.read_bytes().splitlines()
    last = next(n for n, line in enumerate(lines) if line.split(b"=")[0].strip().lower() == b"elementdatafile")
    data = names[0] if len(names) == 1 else "\n".join(["LIST", *names])
    here.write_bytes(b"\n".join([*lines[:last], f"ElementDataFile = {data}".encode(), b""]))


def _link(file: Path, here: Path) -> None:
    try:
        here.symlink_to(file.resolve())
    except OSError:  # Windows lets only some users link
        shutil.copyfile(file, here)


def _reason(path: Path, layout: Layout | None, error: RuntimeError) -> ValueError:
    """ITK's reason in words that say what to do."""
    words = str(error).lower()
    if "orthonormal" in words or ("direction" in words and "determinant" in words):
        return GeometryError(
            f"The volume '{path}' has axes that are not at right angles or not three: resample it to a grid that has."
        )
    if "spacing" in words and ("zero" in words or "negative" in words):
        return GeometryError(
            f"The volume '{path}' has a spacing of 0 mm or less: export it again with the true spacing."
        )
    if "memory" in words or "allocat" in words:
        return VolumeTypeError(f"The volume '{path}' does not fit into memory: crop it, or use a larger machine.")
    if layout is None:
        return VolumeTypeError(f"The volume '{path}' {_OTHER} or a DICOM folder.")
    return VolumeTypeError(
        f"The volume '{path}' cannot be read as an image: its header is damaged or its voxels are of a kind that ITK "
        "does not know; export it again."
    )
