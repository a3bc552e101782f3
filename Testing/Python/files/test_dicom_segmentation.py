"""A DICOM segmentation holds the label image voxel for voxel, whatever the order and the direction of the slices."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from dicom_helpers import along_z, voxels, write_enhanced, write_series

from MultiModalSegmentationLib.files.dicom_segmentation import (
    DicomSegment,
    require_dicom_output,
    write_dicom_segmentation,
)
from MultiModalSegmentationLib.files.images import read_volume

highdicom = pytest.importorskip("highdicom", reason="needs the extra [dicom]")

COUNT = 8
FRAME = "1.2.826.0.1.3680043.8.498.3"
ROW, COLUMN = (0.8, 0.6, 0.0), (-0.36, 0.48, 0.8)
OBLIQUE = [tuple(np.array([3.0, -4.0, 7.0]) + 2.5 * n * np.cross(ROW, COLUMN)) for n in range(COUNT)]
SEGMENTS = {
    1: DicomSegment("Lesion | 1: a", (1.0, 0.25, 0.5)),
    3: DicomSegment("Liver", (0.2, 0.4, 0.1), "List~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~~~"),
}


def labels_of(shape):
    labels = np.random.default_rng(0).integers(0, 4, shape).astype(np.uint8)
    labels[0], labels[5] = 0, 0
    return labels


def series(folder, order, positions, **tags):
    return write_series(folder, voxels(COUNT)[order], [positions[n] for n in order], FrameOfReferenceUID=FRAME, **tags)


def written(tmp_path, folder):
    reference = read_volume(folder, "T1")
    labels = labels_of(reference.grid.size[::-1])
    write_dicom_segmentation(tmp_path / "region.dcm", labels, SEGMENTS, reference)
    return reference, labels, highdicom.seg.segread(tmp_path / "region.dcm")


def on_the_grid(segmentation, number, grid):
    """The voxels (z, y, x) of a segment, each frame put where its own position says."""
    volume = segmentation.get_volume(segment_numbers=[number], combine_segments=False)
    inside = np.argwhere(volume.array[..., 0] > 0)
    points = inside @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    to_index = np.linalg.inv(grid.index_to_lps)
    indices = points @ to_index[:3, :3].T + to_index[:3, 3]
    assert np.abs(indices - indices.round()).max() < 1e-3
    result = np.zeros(grid.size[::-1], bool)
    result[tuple(indices.round().astype(int).T[::-1])] = True
    return result


@pytest.mark.parametrize("order", [range(COUNT), (3, 1, 0, 2, 7, 6, 5, 4)], ids=["in order", "any order"])
@pytest.mark.parametrize("is_oblique", [False, True], ids=["axial", "oblique"])
def test_read_back_it_equals_the_label_image(tmp_path, order, is_oblique):
    tags = {"ImageOrientationPatient": (*ROW, *COLUMN)} if is_oblique else {}
    folder = series(tmp_path / "T1", list(order), OBLIQUE if is_oblique else along_z(COUNT), **tags)
    reference, labels, segmentation = written(tmp_path, folder)
    assert segmentation.number_of_segments == 2
    for number, value in ((1, 1), (2, 3)):
        assert np.array_equal(on_the_grid(segmentation, number, reference.grid), labels == value)


def test_read_by_pydicom_alone_each_frame_is_that_of_the_slice_it_refers_to(tmp_path):
    folder = series(tmp_path / "T1", [3, 1, 0, 2, 7, 6, 5, 4], along_z(COUNT))
    reference, labels, _ = written(tmp_path, folder)
    slices = {pydicom.dcmread(file).SOPInstanceUID: number for number, file in enumerate(reference.files)}
    read = pydicom.dcmread(tmp_path / "region.dcm")
    found = np.zeros((2, *labels.shape), bool)
    for plane, frame in zip(read.pixel_array, read.PerFrameFunctionalGroupsSequence):
        segment = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        source = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        found[segment - 1, slices[source]] = plane
    assert np.array_equal(found, [labels == 1, labels == 3])
    assert read.ReferencedSeriesSequence[0].SeriesInstanceUID == pydicom.dcmread(reference.files[0]).SeriesInstanceUID
    assert (read.FrameOfReferenceUID, read.Modality) == (FRAME, "SEG")


def test_name_codes_and_color_are_those_of_the_segment(tmp_path):
    _, _, segmentation = written(tmp_path, series(tmp_path / "T1", list(range(COUNT)), along_z(COUNT)))
    first, second = (segmentation.get_segment_description(number) for number in (1, 2))
    assert first.segment_label == "Lesion | 1: a" and second.segment_label == "Liver"
    assert (first.segmented_property_type.value, first.segmented_property_type.scheme_designator) == ("85756007", "SCT")
    assert second.segmented_property_category.meaning == "Anatomical Structure"
    assert second.segmented_property_type.value == "10200004"
    color = highdicom.color.CIELabColor.from_dicom_value(list(first.RecommendedDisplayCIELabValue)).to_rgb()
    assert np.allclose(color, (255, 64, 128), atol=2)


@pytest.mark.parametrize("order", [range(COUNT), (3, 1, 0, 2, 7, 6, 5, 4)])
def test_a_file_of_many_frames(tmp_path, order):
    positions = along_z(COUNT)
    file = write_enhanced(tmp_path / "m.dcm", voxels(COUNT)[list(order)], [positions[n] for n in order])
    header = pydicom.dcmread(file)
    header.FrameOfReferenceUID = FRAME
    header.save_as(file)
    reference, labels, segmentation = written(tmp_path, file)
    assert np.array_equal(on_the_grid(segmentation, 1, reference.grid), labels == 1)


def test_a_series_without_frame_of_reference_is_named(tmp_path):
    folder = write_series(tmp_path / "T1", voxels(COUNT), along_z(COUNT))
    with pytest.raises(ValueError, match=r"IM0000\.dcm' has no FrameOfReferenceUID"):
        written(tmp_path, folder)
    assert not (tmp_path / "region.dcm").exists()


def test_what_is_missing_is_told_before_a_run(tmp_path, monkeypatch):
    (tmp_path / "T1.nii").write_bytes(b"")
    with pytest.raises(ValueError, match=r"the first volume '.*T1\.nii' is none: give a DICOM folder"):
        require_dicom_output(tmp_path / "region.dcm", tmp_path / "T1.nii")
    folder = series(tmp_path / "T1", list(range(COUNT)), along_z(COUNT))
    require_dicom_output(tmp_path / "region.dcm", folder)
    monkeypatch.setitem(__import__("sys").modules, "highdicom", None)
    with pytest.raises(ValueError, match=r"needs the package highdicom: install it by pip install"):
        require_dicom_output(tmp_path / "region.dcm", folder)
