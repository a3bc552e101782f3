"""A DICOM folder is read with every slice at the place that its file tells, or refused in a sentence that names it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_helpers import along_z, voxels, write_enhanced, write_series, write_slice
from pydicom.uid import ImplicitVRLittleEndian, RLELossless

from MultiModalSegmentationLib.files.formats.reading import read_image
from MultiModalSegmentationLib.geometry.errors import GeometryError, VolumeTypeError
from MultiModalSegmentationLib.geometry.grid import Grid

COUNT = 8
WHOLE = voxels(COUNT)


def values_of(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(read_image(path).image)


def refused(path: Path, *words: str, error: type[ValueError] = ValueError) -> None:
    with pytest.raises(error) as raised:
        read_image(path)
    sentence = str(raised.value)
    for word in (*words, path.name):
        assert word in sentence, sentence
    assert "\n" not in sentence and "ITK ERROR" not in sentence


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "reversed"])
def test_regular_series_lies_where_itk_puts_it(tmp_path, is_reversed):
    positions = along_z(COUNT)
    order = slice(None, None, -1) if is_reversed else slice(None)
    folder = write_series(tmp_path / "T1", WHOLE[order], positions[order])
    read = read_image(folder)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    expected = reader.Execute()
    assert np.array_equal(sitk.GetArrayFromImage(read.image), WHOLE)
    assert np.array_equal(sitk.GetArrayFromImage(expected), WHOLE)
    assert Grid.of(read.image).shift_in_voxels(Grid.of(expected)) < 1e-6
    assert len(read.files) == COUNT and read.notes == ()


def test_oblique_series_lies_where_its_files_say(tmp_path):
    row, column = np.array([0.8, 0.6, 0.0]), np.array([-0.36, 0.48, 0.8])
    normal = np.cross(row, column)
    positions = [tuple(np.array([3.0, -4.0, 7.0]) + 2.5 * n * normal) for n in range(COUNT)]
    folder = write_series(tmp_path / "T1", WHOLE, positions, ImageOrientationPatient=None)
    for number, file in enumerate(sorted(folder.iterdir())):
        write_slice(file, WHOLE[number], positions[number], ImageOrientationPatient=(*row, *column))
    image = read_image(folder).image
    for number, position in enumerate(positions):
        assert np.allclose(image.TransformIndexToPhysicalPoint((0, 0, number)), position, atol=1e-6)
    last = positions[-1] + row * 1.25 * 11 + column * 1.5 * 9
    assert np.allclose(image.TransformIndexToPhysicalPoint((11, 9, COUNT - 1)), last, atol=1e-6)


def test_jitter_of_half_a_micrometer_is_harmless(tmp_path):
    positions = np.array(along_z(COUNT)) + np.random.default_rng(1).uniform(-5e-4, 5e-4, (COUNT, 3))
    folder = write_series(tmp_path / "T1", WHOLE, [tuple(p) for p in positions.round(6)])
    assert np.array_equal(values_of(folder), WHOLE)


def test_positions_rounded_to_a_tenth_are_harmless(tmp_path):
    positions = [(-20.0, 10.0, round(1.25 * n, 1)) for n in range(COUNT)]
    image = read_image(write_series(tmp_path / "T1", WHOLE, positions)).image
    assert image.GetSpacing()[2] == pytest.approx(1.25, abs=0.01)


@pytest.mark.parametrize("missing", [[3], [2, 3, 4], [2, 5]])
def test_missing_slices(tmp_path, missing):
    kept = [n for n in range(COUNT) if n not in missing]
    folder = write_series(tmp_path / "T1", WHOLE[kept], [along_z(COUNT)[n] for n in kept])
    refused(folder, f"lacks {len(missing)} slice", error=GeometryError)


@pytest.mark.parametrize("degrees", [20, 3, 0.5])
def test_tilted_gantry(tmp_path, degrees):
    angle = np.deg2rad(degrees)
    orientation = (1, 0, 0, 0, float(np.cos(angle)), float(np.sin(angle)))
    folder = write_series(tmp_path / "CT", WHOLE, along_z(COUNT, 5), ImageOrientationPatient=orientation)
    refused(folder, "sheared", f"{degrees:g} degrees", error=GeometryError)


def test_a_slice_shifted_sideways(tmp_path):
    positions = along_z(COUNT)
    positions[4] = (-18.0, 10.0, positions[4][2])
    refused(write_series(tmp_path / "T1", WHOLE, positions), "sideways", "IM0004", error=GeometryError)


def test_two_slices_at_one_position(tmp_path):
    positions = [*along_z(COUNT - 1), along_z(COUNT)[3]]
    refused(write_series(tmp_path / "T1", WHOLE, positions), "same position", error=GeometryError)


def test_two_echoes_in_one_series(tmp_path):
    positions = [p for p in along_z(COUNT // 2) for _ in range(2)]
    refused(write_series(tmp_path / "T1", WHOLE, positions), "same position", error=GeometryError)


def test_uneven_distances(tmp_path):
    positions = [(-20.0, 10.0, z) for z in (0, 2, 4.3, 6, 8.4, 10, 12, 14)]
    refused(write_series(tmp_path / "T1", WHOLE, positions), "uneven", error=GeometryError)


def test_one_slice_of_another_orientation(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    write_slice(folder / "IM0009.dcm", WHOLE[0], (0, 0, 0), ImageOrientationPatient=(0, 1, 0, 0, 0, -1))
    refused(folder, "orientation", "IM0009", error=GeometryError)


def test_slices_of_other_sizes(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    write_slice(folder / "IM0009.dcm", WHOLE[0, :5], (-20, 10, 11))
    refused(folder, "12 x 10", "12 x 5", error=GeometryError)


@pytest.mark.parametrize("tag", ["ImageOrientationPatient", "PixelSpacing"])
def test_slices_without_a_place(tmp_path, tag):
    refused(write_series(tmp_path / "T1", WHOLE, along_z(COUNT), **{tag: None}), "without", error=GeometryError)


def test_slices_without_positions(tmp_path):
    refused(write_series(tmp_path / "T1", WHOLE, [None] * COUNT), "without a position", error=GeometryError)


def test_two_series(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT), SeriesDescription="T1 MPRAGE")
    write_slice(folder / "other.dcm", WHOLE[0], (0, 0, 0), SeriesInstanceUID="1.2.3", SeriesDescription="T2")
    refused(folder, "2 DICOM series", "T1 MPRAGE: 8 files", "T2: 1 file", error=VolumeTypeError)


def test_localizers_are_left_out_and_said(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    for number, series in enumerate(("1.2.3", "1.2.826.0.1.3680043.8.498.1")):
        kind = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        write_slice(folder / f"scout{number}.dcm", WHOLE[0], (0, 0, 0), ImageType=kind, SeriesInstanceUID=series)
    read = read_image(folder)
    assert np.array_equal(sitk.GetArrayFromImage(read.image), WHOLE)
    assert len(read.notes) == 1 and "2 localizers" in read.notes[0] and "T1" in read.notes[0]


def test_a_copy_of_a_file_is_left_out_and_said(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    shutil.copy(folder / "IM0003.dcm", folder / "IM0003 (1).dcm")
    read = read_image(folder)
    assert np.array_equal(sitk.GetArrayFromImage(read.image), WHOLE)
    assert len(read.notes) == 1 and "1 file" in read.notes[0]


def test_files_of_other_kinds_do_not_matter(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    (folder / "notes.txt").write_text("patient moved")
    (folder / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (folder / "._IM0003.dcm").write_bytes(b"\0\5\x16\7Mac OS X")
    (folder / "old").mkdir()
    read = read_image(folder)
    assert np.array_equal(sitk.GetArrayFromImage(read.image), WHOLE) and read.notes == ()


@pytest.mark.parametrize("name", ["IM0003.dcm", "IM0000.dcm", "IM0007.dcm"])
@pytest.mark.parametrize("kept", [0, 40, 140, 400, 0.9])
def test_a_slice_that_cannot_be_read(tmp_path, name, kept):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    refused(folder, name, error=VolumeTypeError)


def test_the_last_slice_without_an_ending_that_cannot_be_read(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    for file in folder.iterdir():
        file.rename(file.with_suffix(""))
    (folder / "IM0007").write_bytes(b"\0" * 500)
    refused(folder, "IM0007", error=VolumeTypeError)


def test_slopes_that_differ_between_slices(tmp_path):
    slopes = [1.0, *np.linspace(0.004, 0.02, COUNT - 1).round(4).tolist()]
    folder = write_series(tmp_path / "PET", WHOLE, along_z(COUNT), RescaleSlope=slopes, RescaleIntercept=0)
    assert np.allclose(values_of(folder), WHOLE * np.array(slopes)[:, None, None], rtol=1e-6)


def test_intercepts_beyond_the_pixel_type(tmp_path):
    intercepts = [0, *[30000 + 1000 * n for n in range(COUNT - 1)]]
    folder = write_series(tmp_path / "CT", WHOLE, along_z(COUNT), RescaleSlope=1, RescaleIntercept=intercepts)
    assert np.array_equal(values_of(folder), WHOLE + np.array(intercepts)[:, None, None])


@pytest.mark.parametrize("as_folder", [True, False])
@pytest.mark.parametrize("order", [range(COUNT), range(COUNT - 1, -1, -1), (3, 1, 0, 2, 7, 6, 5, 4)])
def test_frames_lie_where_each_says(tmp_path, as_folder, order):
    positions = along_z(COUNT)
    (tmp_path / "MR").mkdir()
    file = write_enhanced(tmp_path / "MR" / "m.dcm", WHOLE[list(order)], [positions[n] for n in order])
    image = read_image(file.parent if as_folder else file).image
    assert np.array_equal(sitk.GetArrayFromImage(image), WHOLE)
    assert np.allclose(image.GetOrigin(), positions[0]) and np.allclose(image.GetSpacing(), (1.25, 1.5, 2.0))


@pytest.mark.parametrize("kind", ["missing", "uneven", "doubled"])
def test_frames_that_are_no_stack(tmp_path, kind):
    positions = {
        "missing": [along_z(COUNT + 2)[n] for n in (0, 1, 2, 5, 6, 7, 8, 9)],
        "uneven": [(0, 0, z) for z in (0, 2, 4.3, 6, 8.4, 10, 12, 14)],
        "doubled": [*along_z(COUNT // 2), *along_z(COUNT // 2)],
    }[kind]
    refused(write_enhanced(tmp_path / "m.dcm", WHOLE, positions), error=GeometryError)


def test_frames_with_slopes_that_differ(tmp_path):
    file = write_enhanced(tmp_path / "m.dcm", WHOLE, along_z(COUNT), slopes=[1.0 + n for n in range(COUNT)])
    refused(file, "slopes", error=VolumeTypeError)


def test_frames_with_one_slope(tmp_path):
    file = write_enhanced(tmp_path / "m.dcm", WHOLE, along_z(COUNT), slopes=[0.5] * COUNT)
    assert np.allclose(values_of(file), WHOLE * 0.5)


def test_several_files_of_many_frames(tmp_path):
    (tmp_path / "MR").mkdir()
    for name in ("a.dcm", "b.dcm"):
        write_enhanced(tmp_path / "MR" / name, WHOLE, along_z(COUNT))
    refused(tmp_path / "MR", "8 frames", error=VolumeTypeError)


def test_a_file_of_many_frames_cut_short(tmp_path):
    file = write_enhanced(tmp_path / "m.dcm", WHOLE, along_z(COUNT))
    file.write_bytes(file.read_bytes()[:-100])
    refused(file, "cut short", error=VolumeTypeError)


def test_a_single_slice_is_said(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    (note,) = read_image(folder / "IM0003.dcm").notes
    assert "IM0003.dcm" in note and "folder" in note


@pytest.mark.parametrize("cut", [None, 0.6, 0.9])
def test_compressed_slices(tmp_path, cut):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    for file in folder.iterdir():
        image = pydicom.dcmread(file)
        image.compress(RLELossless)
        image.save_as(file)
    if cut is None:
        assert np.array_equal(values_of(folder), WHOLE)
        return
    whole = (folder / "IM0003.dcm").read_bytes()
    (folder / "IM0003.dcm").write_bytes(whole[: int(len(whole) * cut)])
    refused(folder, "IM0003.dcm", error=VolumeTypeError)


def test_implicit_and_without_preamble(tmp_path):
    folder = write_series(tmp_path / "T1", WHOLE, along_z(COUNT))
    for number, file in enumerate(folder.iterdir()):
        if number % 2:
            image = pydicom.dcmread(file)
            image.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
            image.save_as(file, implicit_vr=True, little_endian=True)
        else:
            file.write_bytes(file.read_bytes()[132:])
    assert np.array_equal(values_of(folder), WHOLE)


def test_a_series_in_a_folder_below_is_pointed_to(tmp_path):
    (tmp_path / "P1").mkdir()
    (tmp_path / "P1" / "a notes").mkdir()
    write_series(tmp_path / "P1" / "T1", WHOLE, along_z(COUNT))
    refused(tmp_path / "P1", "no DICOM series", "'T1'", error=VolumeTypeError)
