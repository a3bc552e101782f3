"""NIfTI and Analyze files: the header by nibabel, the values of the very file named, the place in space by ITK.

ITK's own reader takes the values of ``A.nii`` for ``A.nii.gz`` where both lie side by side, reads what is missing of
a short file as 0, and NaN as 0. How ITK, and with it Slicer, places a volume is kept: by handing it the header alone.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ...geometry.errors import GeometryError, VolumeTypeError
from .compressed import first_bytes, read_voxels
from .damage import check_scalar, check_spacing, refuse_stand_in

if TYPE_CHECKING:
    from nibabel.analyze import AnalyzeHeader

SINGLE_ENDINGS = (".nii", ".nii.gz")
PAIR_ENDINGS = (".hdr", ".img", ".hdr.gz", ".img.gz")
_HEADER_SIZE = 348
_NIFTI_2_SIZE = 540


def is_nifti_name(path: Path) -> bool:
    """Whether a file is named as NIfTI and Analyze files are, in small or capital letters."""
    return path.name.lower().endswith((*SINGLE_ENDINGS, *PAIR_ENDINGS))


def nifti_files(path: Path) -> tuple[Path, ...]:
    """The file, or header and voxels of a pair; both from whichever of them is named.

    Raises ``VolumeTypeError`` where the other one of a pair is missing.
    """
    lower = path.name.lower()
    ending = next((ending for ending in PAIR_ENDINGS if lower.endswith(ending)), None)
    if ending is None:
        return (path,)
    stem = path.name[: -len(ending)]
    wanted = ".img" if ending.startswith(".hdr") else ".hdr"
    compressed = [ending.removeprefix(ending[:4]), ".gz", ""]
    names = [f"{stem}{wanted}{last}" for last in dict.fromkeys(compressed)]
    for name in [*names, *(name.replace(wanted, wanted.upper()) for name in names)]:
        other = path.with_name(name)
        if other.is_file():
            return (path, other) if wanted == ".img" else (other, path)
    if wanted == ".img" and _magic(first_bytes(path, _NIFTI_2_SIZE)) == b"n+1":
        return (path,)
    missing = "voxels" if wanted == ".img" else "header"
    raise VolumeTypeError(
        f"The volume '{path}' has its {missing} in a file '{stem}{wanted}', which is not there: put it beside."
    )


def read_nifti(path: Path) -> sitk.Image:
    """Read a volume. Values are scaled by the header's slope and intercept, NaN stays NaN.

    Raises ``VolumeTypeError`` or ``GeometryError``, naming the file, for one that is none, is not whole, holds no
    scalar 3D volume or has no place in space.
    """
    files = nifti_files(path)
    for file in files:
        refuse_stand_in(file)
    raw = first_bytes(files[0], _NIFTI_2_SIZE)
    header = _header(path, raw)
    placed = _placed(path, raw, is_pair=len(files) > 1)
    check_scalar(path, placed.GetDimension(), placed.GetNumberOfComponents(), placed.GetPixelID())
    check_spacing(path, placed.GetSpacing())
    array = _values(path, files[-1], header, placed.GetSize())
    image = sitk.GetImageFromArray(array)
    image.SetOrigin(placed.GetOrigin())
    image.SetSpacing(placed.GetSpacing())
    image.SetDirection(placed.GetDirection())
    return image


def read_nifti_information(path: Path) -> sitk.ImageFileReader:
    """Size, pixel type, spacing, origin and direction as ITK takes them from a header, without the voxels."""
    files = nifti_files(path)
    return _placed(path, first_bytes(files[0], _NIFTI_2_SIZE), is_pair=len(files) > 1)


def _magic(raw: bytes) -> bytes:
    return raw[344:347]


def _header(path: Path, raw: bytes) -> AnalyzeHeader:
    """The header, checked. nibabel's own checks speak of C structures and mend what they can, which is too much."""
    from nibabel.nifti1 import Nifti1Header
    from nibabel.spatialimages import HeaderDataError
    from nibabel.spm99analyze import Spm99AnalyzeHeader

    sizes = {int.from_bytes(raw[:4], order) for order in ("little", "big")}
    if _NIFTI_2_SIZE in sizes:
        raise VolumeTypeError(
            f"The volume '{path}' is a NIfTI-2 file, which ITK and Slicer do not read: save it as NIfTI-1 (.nii.gz)."
        )
    if _HEADER_SIZE not in sizes or len(raw) < _HEADER_SIZE:
        raise VolumeTypeError(f"The volume '{path}' cannot be read as an image: its content is no NIfTI file.")
    kind = Nifti1Header if _magic(raw) in (b"n+1", b"ni1") else Spm99AnalyzeHeader
    try:
        header = kind(raw[:_HEADER_SIZE], check=False)
        header.get_data_dtype()
        shape = header.get_data_shape()
    except (HeaderDataError, ValueError, KeyError) as error:
        raise VolumeTypeError(
            f"The volume '{path}' cannot be read as an image: its header names no size or no type of voxels that "
            "exist; export it again."
        ) from error
    if not shape or min(shape) < 1:
        raise VolumeTypeError(f"The volume '{path}' has no voxels: its header gives a size of 0; export it again.")
    for axis, (count, length) in enumerate(zip(shape, header["pixdim"][1:4])):
        if count > 1 and not (math.isfinite(length) and length != 0):
            raise GeometryError(
                f"The volume '{path}' has a spacing of {length:g} mm along {'ijk'[axis]}: "
                "export it again with the true spacing."
            )
    return header


def _placed(path: Path, raw: bytes, *, is_pair: bool) -> sitk.ImageFileReader:
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / ("header.hdr" if is_pair else "header.nii")
        alone.write_bytes(raw[:_HEADER_SIZE] + (b"" if is_pair else bytes(4)))
        if is_pair:
            alone.with_suffix(".img").touch()
        reader = sitk.ImageFileReader()
        reader.SetImageIO("NiftiImageIO")
        reader.SetFileName(str(alone))
        try:
            reader.ReadImageInformation()
        except RuntimeError as error:
            if "orthonormal" in str(error).lower():
                raise GeometryError(
                    f"The volume '{path}' has a sheared grid (its sform's axes are not at right angles), which ITK and "
                    "Slicer do not place: resample it to a grid with right angles."
                ) from error
            raise VolumeTypeError(
                f"The volume '{path}' cannot be read as an image: its NIfTI header makes no sense; export it again."
            ) from error
        return reader


def _values(path: Path, data: Path, header: AnalyzeHeader, size: tuple[int, ...]) -> np.ndarray:
    """The voxels (z, y, x), scaled as the header says."""
    dtype, count = header.get_data_dtype(), math.prod(header.get_data_shape())
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise VolumeTypeError(f"The volume '{path}' has voxels of type {dtype}: give a scalar volume.")
    offset = max(int(header.get_data_offset()), 0) if math.isfinite(float(header["vox_offset"])) else 0
    array = read_voxels(data, offset, count * dtype.itemsize).view(dtype).reshape(size[::-1])
    slope, intercept = _scaling(path, header)
    if (slope, intercept) == (1.0, 0.0):
        return array.astype(dtype.newbyteorder("="), copy=False)
    precision = np.float32 if dtype.itemsize <= 2 or dtype == np.float32 else np.float64
    return (array * np.float64(slope) + np.float64(intercept)).astype(precision)


def _scaling(path: Path, header: AnalyzeHeader) -> tuple[float, float]:
    from nibabel.spatialimages import HeaderDataError

    try:
        slope, intercept = header.get_slope_inter()
    except HeaderDataError as error:
        raise VolumeTypeError(
            f"The volume '{path}' has an intercept that is no number: its values are unknown; export it again."
        ) from error
    return 1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)
