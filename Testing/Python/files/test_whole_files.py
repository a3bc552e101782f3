"""A file that is shorter than its header says, or not the one that was named, is refused in every format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MultiModalSegmentationLib.files.formats.reading import files_of, read_image
from MultiModalSegmentationLib.geometry.errors import GeometryError, VolumeTypeError

FORMATS = [
    *("a.nii", "a.nii.gz", "a.hdr", "a.img", "a.img.gz", "a.gipl", "a.gipl.gz", "a.vtk", "a.mha", "a.mhd"),
    *("a.nrrd", "a.nhdr", "a.mrc", "a.tif", "a.h5"),
]
SIZE = (7, 6, 5)
VALUES = np.random.default_rng(3).integers(1, 5000, SIZE[::-1]).astype(np.int16)
META = "ObjectType = Image\nNDims = 3\nBinaryData = {binary}\nDimSize = 7 6 5\nElementType = MET_SHORT\n"
NRRD = "NRRD0004\ntype: short\ndimension: 3\nsizes: 7 6 5\nendian: little\nencoding: {encoding}\n"


def write(path: Path, *, compressed: bool = False) -> Path:
    image = sitk.GetImageFromArray(VALUES)
    image.SetSpacing((1.0, 2.0, 3.0))
    image.SetOrigin((4.0, -5.0, 6.0))
    sitk.WriteImage(image, str(path), compressed)
    return path


def refused(path: Path, *words: str, error: type[ValueError] = VolumeTypeError) -> None:
    with pytest.raises(error) as raised:
        read_image(path)
    for word in words:
        assert word in str(raised.value), str(raised.value)
    assert "ITK ERROR" not in str(raised.value) and "\n" not in str(raised.value)


def values_of(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(read_image(path).image)


def slices(folder: Path, count: int = SIZE[2]) -> list[str]:
    """The volume as a raw file a slice."""
    names = [f"s{number:02d}.raw" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(VALUES[number].tobytes())
    return names


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_whole_file_is_read_as_itk_reads_it(tmp_path, name, compressed):
    path = write(tmp_path / name, compressed=compressed)
    read, expected = read_image(path).image, sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(read), VALUES)
    assert read.GetPixelID() == expected.GetPixelID()
    for here, there in zip(
        (read.GetSpacing(), read.GetOrigin(), read.GetDirection()),
        (expected.GetSpacing(), expected.GetOrigin(), expected.GetDirection()),
    ):
        assert np.allclose(here, there)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("share", [0.05, 0.6, 0.9])
@pytest.mark.parametrize("name", FORMATS)
def test_cut_file_is_refused(tmp_path, name, share, compressed):
    write(tmp_path / name, compressed=compressed)
    data = max(tmp_path.iterdir(), key=lambda file: file.stat().st_size)
    whole = data.read_bytes()
    data.write_bytes(whole[: int(len(whole) * share)])
    refused(tmp_path / name, "a.")


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mha", "a.nrrd", "a.gipl.gz"])
def test_damaged_compressed_voxels_are_refused(tmp_path, name):
    path = write(tmp_path / name, compressed=True)
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 0xFF
    path.write_bytes(content)
    refused(path, name)


def test_a_header_that_claims_terabytes_is_refused(tmp_path):
    path = write(tmp_path / "a.nii.gz", compressed=True)
    claim = NRRD.format(encoding="gzip").replace("7 6 5", "70000 60000 50000") + "\n"
    (tmp_path / "b.nrrd").write_bytes(claim.encode() + path.read_bytes())
    refused(tmp_path / "b.nrrd", "cut short")


@pytest.mark.parametrize("names", ["LIST\n{list}", "LIST 2\n{list}", "LIST 2D\n{list}", "s%02d.raw 0 4 1"])
def test_metaimage_of_several_files(tmp_path, names):
    listed = "\n".join(slices(tmp_path))
    path = tmp_path / "a.mhd"
    path.write_text(META.format(binary=True) + "ElementDataFile = " + names.format(list=listed) + "\n")
    assert np.array_equal(values_of(path), VALUES)
    assert len(files_of(path)) == 1 + SIZE[2]
    (tmp_path / "s03.raw").write_bytes(VALUES[3].tobytes()[:-2])
    refused(path, "s03.raw", "cut short")
    (tmp_path / "s03.raw").unlink()
    refused(path, "s03.raw", "not there")


@pytest.mark.parametrize("names", ["LIST\ns00.raw\ns01.raw\n", "s%02d.raw 0 1 1\n"])
def test_metaimage_that_names_too_few_files(tmp_path, names):
    slices(tmp_path)
    (tmp_path / "a.mhd").write_text(META.format(binary=True) + "ElementDataFile = " + names)
    refused(tmp_path / "a.mhd", "a.mhd", "2 of the 5 data files")


@pytest.mark.parametrize("names", ["LIST\n{list}", "LIST 2\n{list}", "s%02d.raw 0 4 1", "s%02d.raw 0 4 1 2"])
def test_nrrd_of_several_files(tmp_path, names):
    listed = "\n".join(slices(tmp_path))
    path = tmp_path / "a.nhdr"
    path.write_text(NRRD.format(encoding="raw") + "data file: " + names.format(list=listed) + "\n")
    assert np.array_equal(values_of(path), VALUES)
    assert len(files_of(path)) == 1 + SIZE[2]
    (tmp_path / "s04.raw").write_bytes(VALUES[4].tobytes()[:-2])
    refused(path, "s04.raw", "cut short")


def test_nrrd_that_names_too_few_files(tmp_path):
    slices(tmp_path)
    (tmp_path / "a.nhdr").write_text(NRRD.format(encoding="raw") + "data file: LIST\ns00.raw\ns01.raw\n")
    refused(tmp_path / "a.nhdr", "2 of the 5 data files")


@pytest.mark.parametrize("kept", [1.0, 0.5])
@pytest.mark.parametrize("name", ["a.mha", "a.nrrd"])
def test_voxels_as_text(tmp_path, name, kept):
    words = " ".join(map(str, VALUES.ravel()[: int(VALUES.size * kept)]))
    head = META.format(binary=False) + "ElementDataFile = LOCAL\n"
    (tmp_path / name).write_text((head if name == "a.mha" else NRRD.format(encoding="text") + "\n") + words + "\n")
    if kept == 1:
        assert np.array_equal(values_of(tmp_path / name), VALUES)
    else:
        refused(tmp_path / name, "cut short")


def test_a_percent_sign_in_the_name_of_a_data_file(tmp_path):
    write(tmp_path / "plain.mhd")
    (tmp_path / "plain.raw").rename(tmp_path / "dose 100%s.raw")
    text = (tmp_path / "plain.mhd").read_text().replace("plain.raw", "dose 100%s.raw")
    (tmp_path / "a.mhd").write_text(text)
    assert np.array_equal(values_of(tmp_path / "a.mhd"), VALUES)


@pytest.mark.parametrize("name", ["A.MHA", "A.MHD", "A.NRRD", "A.NII", "A.NII.GZ", "A.Nii.gz", "A.GIPL", "A.VTK"])
def test_endings_in_capitals_are_read(tmp_path, name):
    write(tmp_path / name.lower()).rename(tmp_path / name)
    assert np.array_equal(values_of(tmp_path / name), VALUES)


@pytest.mark.parametrize("named", ["A.nii", "A.nii.gz"])
def test_the_file_that_is_named_is_read(tmp_path, named):
    write(tmp_path / named)
    other = tmp_path / ("A.nii.gz" if named == "A.nii" else "A.nii")
    sitk.WriteImage(sitk.GetImageFromArray(VALUES[:, ::-1, ::-1]), str(other))
    assert np.array_equal(values_of(tmp_path / named), VALUES)
    assert read_image(tmp_path / named).files == (tmp_path / named,)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n", "git lfs pull"),
        (b"/annex/objects/SHA256E-s123--abc.nii.gz\n", "git annex get"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page"),
        (b"no image at all", "cannot be read as an image"),
    ],
)
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii", "a.mha", "a.nrrd", "a.gipl", "a.vtk", "a.dcm", "a.h5", "a"])
def test_something_in_place_of_the_data(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, name, words)


def test_a_pointer_in_place_of_a_data_file(tmp_path):
    write(tmp_path / "a.mhd")
    (tmp_path / "a.raw").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 420\n")
    refused(tmp_path / "a.mhd", "a.raw", "git lfs pull")


@pytest.mark.parametrize("name, header", [("a.mha", "ElementSpacing = 1 0 1\n"), ("a.nrrd", "spacings: 1 0 1\n")])
def test_a_spacing_of_zero(tmp_path, name, header):
    head = META.format(binary=True) if name == "a.mha" else NRRD.format(encoding="raw")
    end = "ElementDataFile = LOCAL\n" if name == "a.mha" else "\n"
    (tmp_path / name).write_bytes((head + header + end).encode() + VALUES.tobytes())
    refused(tmp_path / name, name, "spacing", error=GeometryError)
