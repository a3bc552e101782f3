"""NIfTI and Analyze: values as the header scales them, NaN as NaN, and the place in space that ITK gives."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from nibabel.quaternions import mat2quat

from MultiModalSegmentationLib.files.formats.reading import read_image
from MultiModalSegmentationLib.geometry.errors import GeometryError, VolumeTypeError

VALUES = np.random.default_rng(4).normal(100, 20, (4, 5, 6)).astype(np.float32)


def rotation(degrees: float, axis: int) -> np.ndarray:
    angle = np.deg2rad(degrees)
    matrix = np.eye(3)
    first, second = [n for n in range(3) if n != axis]
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix


AFFINES = {
    "straight": np.diag([2.0, 3.0, 4.0]),
    "turned": rotation(20, 0) @ rotation(-35, 2) @ np.diag([1.5, 0.7, 2.0]),
    "mirrored": np.diag([-1.0, 1.0, 1.0]) @ rotation(10, 1) @ np.diag([1.0, 1.0, 3.0]),
    "permuted": np.array([[0, 0, 2.0], [1.5, 0, 0], [0, -1.0, 0]]),
}


def affine_of(linear: np.ndarray) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = linear
    affine[:3, 3] = 10.0, -20.0, 5.5
    return affine


def assert_placed_as_by_itk(path: Path) -> None:
    read, expected = read_image(path).image, sitk.ReadImage(str(path))
    assert read.GetSize() == expected.GetSize()
    assert read.GetOrigin() == expected.GetOrigin()
    assert read.GetSpacing() == expected.GetSpacing()
    assert read.GetDirection() == expected.GetDirection()


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("codes", [(1, 0), (0, 1), (1, 1), (2, 4), (0, 0)], ids=str)
@pytest.mark.parametrize("kind", AFFINES)
def test_placed_as_itk_places_it(tmp_path, kind, codes, ending):
    image = nibabel.Nifti1Image(VALUES, None)
    image.set_qform(affine_of(AFFINES[kind]), codes[0])
    image.set_sform(affine_of(AFFINES[kind]), codes[1])
    nibabel.save(image, tmp_path / f"a{ending}")
    assert_placed_as_by_itk(tmp_path / f"a{ending}")
    assert np.array_equal(sitk.GetArrayFromImage(read_image(tmp_path / f"a{ending}").image), VALUES.T)


def test_qform_and_sform_that_differ(tmp_path):
    image = nibabel.Nifti1Image(VALUES, None)
    image.set_qform(affine_of(AFFINES["straight"]), 1)
    image.set_sform(affine_of(AFFINES["turned"]), 1)
    nibabel.save(image, tmp_path / "a.nii")
    assert_placed_as_by_itk(tmp_path / "a.nii")


@pytest.mark.parametrize("unit", ["meter", "mm", "micron"])
def test_units_of_length(tmp_path, unit):
    image = nibabel.Nifti1Image(VALUES, affine_of(AFFINES["straight"]))
    image.header.set_xyzt_units(unit)
    nibabel.save(image, tmp_path / "a.nii")
    assert_placed_as_by_itk(tmp_path / "a.nii")


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.AnalyzeImage, nibabel.Spm99AnalyzeImage])
@pytest.mark.parametrize("named", ["a.hdr", "a.img"])
def test_pairs(tmp_path, kind, named):
    nibabel.save(kind(VALUES.astype(np.int16), affine_of(AFFINES["straight"])), tmp_path / "a.img")
    read = read_image(tmp_path / named)
    assert np.array_equal(sitk.GetArrayFromImage(read.image), VALUES.astype(np.int16).T)
    assert set(read.files) == {tmp_path / "a.hdr", tmp_path / "a.img"}
    assert_placed_as_by_itk(tmp_path / named)


@pytest.mark.parametrize("named, missing", [("a.hdr", "a.img"), ("a.img", "a.hdr")])
def test_half_a_pair(tmp_path, named, missing):
    nibabel.save(nibabel.Nifti1Pair(VALUES, np.eye(4)), tmp_path / "a.img")
    (tmp_path / missing).unlink()
    with pytest.raises(VolumeTypeError, match=missing):
        read_image(tmp_path / named)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".img"])
def test_nan_and_infinity_stay(tmp_path, ending):
    values = VALUES.copy()
    values[0], values[1, 0], values[1, 1] = np.nan, np.inf, -np.inf
    kind = nibabel.Nifti1Pair if ending == ".img" else nibabel.Nifti1Image
    nibabel.save(kind(values, np.eye(4)), tmp_path / f"a{ending}")
    read = sitk.GetArrayFromImage(read_image(tmp_path / f"a{ending}").image)
    assert np.array_equal(read, values.T, equal_nan=True)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_pixel_types_and_byte_orders(tmp_path, dtype, order):
    values = (VALUES / 2).astype(np.dtype(dtype).newbyteorder(order))
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(values.dtype)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4), header), tmp_path / "a.nii.gz")
    image = read_image(tmp_path / "a.nii.gz").image
    assert np.array_equal(sitk.GetArrayFromImage(image), values.T)
    assert image.GetPixelID() == sitk.ReadImage(str(tmp_path / "a.nii.gz")).GetPixelID()


def test_slope_and_intercept(tmp_path):
    stored = np.arange(120, dtype=np.int16).reshape(4, 5, 6)
    image = nibabel.Nifti1Image(stored, np.eye(4))
    nibabel.save(image, tmp_path / "a.nii")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[112:120] = np.array([0.004, -1.5], "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(content)
    read = sitk.GetArrayFromImage(read_image(tmp_path / "a.nii").image)
    assert read == pytest.approx(stored.T * 0.004 - 1.5, rel=1e-6)
    assert np.allclose(read, sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "a.nii"))), rtol=1e-6)


def test_one_time_point_is_a_volume_and_more_are_none(tmp_path):
    nibabel.save(nibabel.Nifti1Image(VALUES[..., None], np.eye(4)), tmp_path / "one.nii")
    nibabel.save(nibabel.Nifti1Image(np.stack([VALUES] * 3, -1), np.eye(4)), tmp_path / "three.nii")
    assert np.array_equal(sitk.GetArrayFromImage(read_image(tmp_path / "one.nii").image), VALUES.T)
    with pytest.raises(GeometryError, match=r"three\.nii.*4 dimensions"):
        read_image(tmp_path / "three.nii")


def test_sheared_sform(tmp_path):
    affine = affine_of(AFFINES["straight"])
    affine[0, 1] = 0.4
    image = nibabel.Nifti1Image(VALUES, affine)
    image.set_qform(None, 0)
    nibabel.save(image, tmp_path / "a.nii")
    with pytest.raises(GeometryError, match=r"a\.nii.*sheared"):
        read_image(tmp_path / "a.nii")


def test_nifti_2(tmp_path):
    nibabel.save(nibabel.Nifti2Image(VALUES, np.eye(4)), tmp_path / "a.nii.gz")
    with pytest.raises(VolumeTypeError, match=r"a\.nii\.gz.*NIfTI-2.*NIfTI-1"):
        read_image(tmp_path / "a.nii.gz")


@pytest.mark.parametrize("length", [0.0, np.nan])
def test_spacing_of_zero(tmp_path, length):
    nibabel.save(nibabel.Nifti1Image(VALUES, np.eye(4)), tmp_path / "a.nii")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[84:88] = np.array([length], "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(content)
    with pytest.raises(GeometryError, match=r"a\.nii.*spacing of (0|nan) mm along j"):
        read_image(tmp_path / "a.nii")


def test_gzip_under_a_name_without_it_and_the_other_way(tmp_path):
    nibabel.save(nibabel.Nifti1Image(VALUES, np.eye(4)), tmp_path / "a.nii.gz")
    nibabel.save(nibabel.Nifti1Image(VALUES, np.eye(4)), tmp_path / "b.nii")
    (tmp_path / "a.nii.gz").rename(tmp_path / "c.nii")
    (tmp_path / "b.nii").rename(tmp_path / "d.nii.gz")
    for name in ("c.nii", "d.nii.gz"):
        assert np.array_equal(sitk.GetArrayFromImage(read_image(tmp_path / name).image), VALUES.T)


def test_quaternion_that_is_none(tmp_path):
    nibabel.save(nibabel.Nifti1Image(VALUES, np.eye(4)), tmp_path / "a.nii")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[252:256] = np.array([1, 0], "<i2").tobytes()
    content[256:268] = np.array(mat2quat(rotation(30, 2))[1:] * 9, "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(content)
    assert_placed_as_by_itk(tmp_path / "a.nii")
