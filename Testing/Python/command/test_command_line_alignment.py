"""``--align``, ``--transform``, ``--bias`` and ``--output REGION.dcm`` on files."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import read_array, seed_options, segment, two_volumes
from dicom_helpers import along_z, write_series
from moved_pairs import Change, moved_pair, with_bias

from MultiModalSegmentationLib import bias_corrected
from MultiModalSegmentationLib.command.main import main
from MultiModalSegmentationLib.phantom.head import make_phantom

GROWING = ("--multiplier=3", "--smoothing-iterations=0")


@pytest.fixture(scope="module")
def phantom():
    return make_phantom((64, 76, 64))


@pytest.fixture(scope="module")
def pair(phantom):
    return moved_pair("head", phantom.t1, phantom.t2, Change(degrees=9, mm=8, other_grid=False), seed=2)


@pytest.fixture
def files(tmp_path, pair):
    paths = [tmp_path / "T1.nrrd", tmp_path / "T2.nrrd"]
    for image, path in zip((pair.fixed, pair.moving), paths):
        sitk.WriteImage(image, str(path))
    return paths


@pytest.fixture
def seeds(phantom):
    return [f"--seed={','.join(map(str, seed))}" for seed in phantom.seeds]


def test_align_writes_the_transform_uses_it_and_repeats(tmp_path, files, seeds, pair, capsys):
    output, report = tmp_path / "gray.nrrd", tmp_path / "gray.json"
    assert segment(files, *seeds, *GROWING, "--align=rigid", "--output", output, "--report", report) == 0
    assert "T2 aligned to T1: moved by up to" in capsys.readouterr().out
    transform = sitk.ReadTransform(str(tmp_path / "gray-T2.tfm"))
    assert pair.error(transform) < 1.0
    recipe = json.loads(report.read_text())
    assert recipe["preparation"] == {"alignment": "rigid", "bias": "none"}
    matrix = np.array(recipe["volumes"][1]["referenceToVolume"])
    for corner in pair.corners.tolist():
        assert np.allclose((matrix @ [*corner, 1])[:3], transform.TransformPoint(corner), atol=1e-6)
    assert "referenceToVolume" not in recipe["volumes"][0]

    again = tmp_path / "again.nrrd"
    assert segment(files, *seeds, *GROWING, "--transform", tmp_path / "gray-T2.tfm", "--output", again) == 0
    assert np.array_equal(read_array(again), read_array(output))


def test_the_further_volume_is_seen_where_it_belongs(tmp_path, files, seeds, pair, phantom):
    sitk.WriteTransform(pair.truth, str(tmp_path / "T2.tfm"))
    at_rest = sitk.GetArrayFromImage(phantom.t2)
    for options, lowest, highest in ((("--transform", tmp_path / "T2.tfm"), 0.95, 1.0), ((), 0.0, 0.8)):
        outputs = ("--output", tmp_path / "gray.nrrd", "--smoothed", tmp_path)
        assert segment(files, *seeds, *GROWING, *options, *outputs) == 0
        seen = read_array(tmp_path / "T2-smoothed.nrrd")
        both = np.isfinite(seen)
        assert lowest < np.corrcoef(seen[both], at_rest[both])[0, 1] < highest


def test_slicer_reads_the_transform_as_what_moves_the_volume(tmp_path, files, seeds, pair):
    slicer = pytest.importorskip("slicer", reason="needs the extra [mrml]")
    from MultiModalSegmentationLib.files.transforms import write_transform
    from MultiModalSegmentationLib.scene.volumes import RAS_TO_LPS, array_from_matrix

    write_transform(pair.truth, tmp_path / "T2.tfm")
    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    storage = slicer.vtkMRMLTransformStorageNode()
    storage.SetFileName(str(tmp_path / "T2.tfm"))
    assert storage.ReadData(node)
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetMatrixTransformToParent(matrix)
    to_parent = RAS_TO_LPS @ array_from_matrix(matrix) @ RAS_TO_LPS
    for corner in pair.corners.tolist():
        assert np.allclose((to_parent @ [*pair.truth.TransformPoint(corner), 1])[:3], corner, atol=1e-6)


def test_what_cannot_be_aligned_stays_and_is_said(tmp_path, files, seeds, capsys):
    noise = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(30, 30, 30)).astype(np.float32))
    noise.SetSpacing((6, 6, 6))
    noise.SetOrigin((-87, -87, -87))
    sitk.WriteImage(noise, str(files[1]))
    assert segment(files, *seeds, *GROWING, "--align=rigid", "--output", tmp_path / "gray.nrrd") == 0
    assert "Do not trust the alignment of T2 to T1: " in capsys.readouterr().out
    transform = sitk.ReadTransform(str(tmp_path / "gray-T2.tfm"))
    assert transform.TransformPoint((10.0, 20.0, 30.0)) == pytest.approx((10.0, 20.0, 30.0))


def test_transforms_that_do_not_fit_are_named(tmp_path, files, seeds, capsys):
    (tmp_path / "bad.tfm").write_text("nothing")
    output = ("--output", tmp_path / "gray.nrrd")
    for options, words in (
        (("--transform", tmp_path / "bad.tfm"), "bad.tfm' cannot be read"),
        (("--transform", tmp_path / "no.tfm"), "no.tfm' does not exist"),
        (("--transform", tmp_path / "no.tfm", "--align=rigid"), "--align rigid and --transform are both given"),
        (("--transform", files[0], "--transform", files[1]), "2 transforms are given for 1 further volumes"),
    ):
        assert segment(files, *seeds, *output, *options) == 2
        error = capsys.readouterr().err
        assert words in error and error.count("\n") == 1
    assert not (tmp_path / "gray.nrrd").exists()


def test_bias_is_taken_out_before_growing(tmp_path):
    paths, shaded = [tmp_path / "T1.nrrd", tmp_path / "T2.nrrd"], []
    for volume, path in zip(two_volumes(), paths):
        shaded.append(with_bias(volume, 0.4, np.random.default_rng(1)))
        sitk.WriteImage(shaded[-1], str(path))
    report = tmp_path / "ball.json"
    outputs = ("--output", tmp_path / "ball.nrrd", "--smoothed", tmp_path, "--report", report)
    assert segment(paths, *seed_options(), *GROWING, "--bias=n4", *outputs) == 0
    assert json.loads(report.read_text())["preparation"] == {"alignment": "none", "bias": "n4"}
    corrected = bias_corrected(shaded[0]).array
    assert np.allclose(read_array(tmp_path / "T1-smoothed.nrrd"), corrected, rtol=1e-5)
    assert np.abs(corrected / sitk.GetArrayViewFromImage(shaded[0]) - 1).max() > 0.1


def test_the_bias_of_ct_is_left_and_said(tmp_path, capsys):
    paths = [tmp_path / "CT.nrrd", tmp_path / "MR.nrrd"]
    for volume, path, offset in zip(two_volumes(), paths, (-1000, 0)):
        sitk.WriteImage(sitk.Cast(volume, sitk.sitkFloat32) + offset, str(path))
    assert segment(paths, *seed_options(), *GROWING, "--bias=n4", "--output", tmp_path / "ball.nrrd") == 0
    assert "CT has negative values, as CT has: its bias was left as it is." in capsys.readouterr().out


def test_a_dicom_segmentation_of_a_dicom_folder(tmp_path, capsys):
    highdicom = pytest.importorskip("highdicom", reason="needs the extra [dicom]")
    z, y, x = np.mgrid[:12, :20, :24]
    inside = (z - 6) ** 2 + (y - 10) ** 2 + (x - 12) ** 2 < 16
    rng = np.random.default_rng(0)
    folders = []
    for number, (low, high) in enumerate(((100, 300), (500, 200)), 1):
        values = (np.where(inside, high, low) + rng.normal(0, 8, inside.shape)).astype(np.int16)
        tags = {"FrameOfReferenceUID": "1.2.3", "SeriesInstanceUID": f"1.2.4.{number}"}
        folders.append(write_series(tmp_path / f"S{number}", values, along_z(12), **tags))
    options = ("--seed=12,10,6", "--output")
    assert segment(folders, *options, tmp_path / "ball.nrrd") == 0
    assert segment(folders, *options, tmp_path / "ball.dcm") == 0
    read = highdicom.seg.segread(tmp_path / "ball.dcm")
    volume = read.get_volume(segment_numbers=[1], combine_segments=False)
    expected = read_array(tmp_path / "ball.nrrd") > 0
    assert read.get_segment_description(1).segment_label == "ball"
    assert np.count_nonzero(volume.array) == np.count_nonzero(expected) > 100
    sitk.WriteImage(sitk.ReadImage(str(tmp_path / "ball.nrrd")), str(tmp_path / "T1.nrrd"))
    assert segment([tmp_path / "T1.nrrd", folders[1]], *options, tmp_path / "other.dcm") == 2
    assert "must refer to a DICOM series" in capsys.readouterr().err


def test_batch_aligns_by_a_column(tmp_path, files, phantom, pair):
    seeds = "; ".join(",".join(map(str, seed)) for seed in phantom.seeds)
    table = tmp_path / "cases.csv"
    table.write_text(f'case,volume1,volume2,seeds,align,smoothing-iterations\none,T1.nrrd,T2.nrrd,"{seeds}",rigid,0\n')
    assert main(["batch", str(table), "--output", str(tmp_path / "out"), "--workers=1"]) == 0
    transforms = list((tmp_path / "out").rglob("one-T2.tfm"))
    assert len(transforms) == 1
    assert pair.error(sitk.ReadTransform(str(transforms[0]))) < 1.0
