"""Several tissues on the command line: options, values, segments, reports and errors."""

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import SEED, SIZE, ball, read_array, segment, write_two_volumes

from MultiModalSegmentationLib import Segmenter, grow_tissues
from MultiModalSegmentationLib.command.common.tissues import TissueSource, tissue_sources
from MultiModalSegmentationLib.files.images import read_volume
from MultiModalSegmentationLib.files.labels import read_tissue

LEFT, RIGHT = (4, 11, 9), (20, 11, 9)
TISSUES = {"Ball: a=b": [SEED, (13, 12, 9)], "Left": [LEFT], "Right|hand": [RIGHT]}


def options_of(tissues):
    return [f"--tissue={name}={';'.join(','.join(map(str, v)) for v in voxels)}" for name, voxels in tissues.items()]


@pytest.fixture
def volumes(tmp_path):
    return write_two_volumes(tmp_path)


def written(folder):
    return sorted(path.name for path in folder.iterdir())


def lists_file(path, lists):
    """A markups file with a list for each name, at the voxels' places in LPS."""
    image = sitk.ReadImage(str(path.parent / "T1.nrrd"))
    markups = []
    for name, voxels in lists.items():
        points = [
            {"label": f"P-{n}", "position": list(image.TransformIndexToPhysicalPoint(v)), "positionStatus": "defined"}
            for n, v in enumerate(voxels, 1)
        ]
        named = {"name": name} if name else {}
        markups.append({"type": "Fiducial", "coordinateSystem": "LPS", **named, "controlPoints": points})
    path.write_text(json.dumps({"markups": markups}), encoding="utf-8")
    return path


def test_each_tissue_has_a_value_of_its_own(volumes, tmp_path, capsys):
    output = tmp_path / "R.nii.gz"
    assert segment(volumes, *options_of(TISSUES), "--output", output) == 0
    labels = read_array(output)
    expected = grow_tissues(Segmenter([sitk.ReadImage(path) for path in volumes]), TISSUES)
    for value, result in enumerate(expected.values(), 1):
        assert result.voxel_count > 50
        assert np.array_equal(labels == value, sitk.GetArrayViewFromImage(result.region) > 0)
    assert np.mean(labels[ball(SEED, 4)] == 1) > 0.9
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:2] == ["tissue", "run"]
    assert [line.split("  ")[0] for line in printed[1:4]] == list(TISSUES)


def test_a_file_of_several_lists_is_a_tissue_a_list(volumes, tmp_path):
    points = lists_file(tmp_path / "lists.mrk.json", TISSUES)
    by_voxels, by_file = tmp_path / "voxels.nrrd", tmp_path / "file.nrrd"
    assert segment(volumes, *options_of(TISSUES), "--output", by_voxels) == 0
    assert segment(volumes, "--tissue", points, "--output", by_file) == 0
    assert np.array_equal(read_array(by_voxels), read_array(by_file))
    assert [one.name for one in tissue_sources([str(points)])] == list(TISSUES)


def test_what_the_option_means(tmp_path, volumes):
    points = lists_file(tmp_path / "one.mrk.json", {"": [SEED]})
    assert tissue_sources(["A=1,2,3;4,5,6", "B = -1,0,2 "]) == (
        TissueSource("A", ((1, 2, 3), (4, 5, 6))),
        TissueSource("B", ((-1, 0, 2),)),
    )
    assert tissue_sources([f"C={points.name}"], tmp_path) == (TissueSource("C", file=points),)
    assert tissue_sources([points.name], tmp_path) == (TissueSource("one", file=points, list_number=0),)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--tissue=A=1,2"], "'A=1,2' is no tissue: give NAME=I,J,K"),
        (["--tissue==1,2,3"], "is no tissue"),
        (["--tissue=A=gone.mrk.json"], "The file 'gone.mrk.json' of a tissue does not exist"),
        (["--tissue=A=12,11,9", "--tissue=A=4,11,9"], "Two tissues are called 'A'"),
        (["--tissue=A=12,11,9", "--tissue=B=12,11,9"], "'B': 12,11,9 lies in the same voxel as 'A': 12,11,9"),
        (["--tissue=A=12,11,9", "--seed=4,11,9"], "Seeds and tissues are both given"),
        (["--tissue=A=12,11,9", "--tissue=B=99,11,9"], "'99,11,9' lies outside the volume 'T1'"),
        (["--tissue=A=12,11,9", "--tissue=B=4,11,9", "--label=3"], "A label was given for several tissues"),
        (["--tissue=A=12,11,9", "--tissue=B=4,11,9", "--statistics=itk"], "Several tissues need pooled"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(volumes, tmp_path, capsys, options, sentence):
    before = written(tmp_path)
    assert segment(volumes, *options, "--output", tmp_path / "R.nrrd") == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert written(tmp_path) == before


def test_reports_curves_and_comparisons_are_one_a_tissue(volumes, tmp_path):
    report, curve = tmp_path / "report.json", tmp_path / "curve.csv"
    options = ["--output", tmp_path / "R.nrrd", "--report", report, "--leak-curve", curve, "--compare"]
    tissues = {"Ball": [SEED], "Left": [LEFT]}
    assert segment(volumes, *options_of(tissues), *options) == 0
    reports = json.loads(report.read_text())["reports"]
    assert [one["segment"]["name"] for one in reports] == ["Ball", "Left"]
    assert [len(one["comparison"]) for one in reports] == [2, 2]
    assert [[t["name"] for t in one["tissues"]] for one in reports] == [["Ball", "Left"]] * 2
    rows = list(csv.DictReader(curve.open()))
    assert [row["tissue"] for row in rows] == ["Ball"] * 25 + ["Left"] * 25
    names = {"R-Ball-T1.nrrd", "R-Ball-T2.nrrd", "R-Left-T1.nrrd", "R-Left-T2.nrrd"}
    assert names < set(written(tmp_path))
    assert set(np.unique(read_array(tmp_path / "R-Left-T1.nrrd"))) == {0, 2}


def test_the_figure_shows_every_region_in_its_color(volumes, tmp_path):
    from MultiModalSegmentationLib.parameters.colors import TISSUE_COLORS

    figure = tmp_path / "figure.png"
    assert segment(volumes, *options_of(TISSUES), "--output", tmp_path / "R.nrrd", "--figure", figure) == 0
    pixels = read_array(figure).astype(int)
    for color in TISSUE_COLORS[:3]:
        near = np.abs(pixels - np.round(np.multiply(color, 255))).max(axis=-1) < 12
        assert np.count_nonzero(near) > 100


def test_surfaces_and_segments_have_their_tissues_names(volumes, tmp_path):
    pytest.importorskip("slicer", reason="needs the extra [mrml]")
    output, surface = tmp_path / "R.seg.nrrd", tmp_path / "R.stl"
    assert segment(volumes, *options_of(TISSUES), "--output", output, "--surface", surface) == 0
    assert {"R-Ball_ a_b.stl", "R-Left.stl", "R-Right_hand.stl"} < set(written(tmp_path))
    reference = read_volume(tmp_path / "T1.nrrd", "volume")
    masks = [read_tissue(output, reference, number, name) for number, name in enumerate(TISSUES, 1)]
    assert all(np.count_nonzero(mask) > 50 for mask in masks)
    assert np.sum(masks, axis=0).max() == 1
    assert read_tissue(output, reference, 1, "Unknown") is None


def test_a_truths_values_are_the_tissues_numbers(volumes, tmp_path):
    labels = np.zeros(SIZE[::-1], np.uint8)
    labels[2:4], labels[5:9] = 1, 3
    truth = tmp_path / "truth.nrrd"
    image = sitk.GetImageFromArray(labels)
    image.CopyInformation(sitk.ReadImage(volumes[0]))
    sitk.WriteImage(image, str(truth))
    reference = read_volume(tmp_path / "T1.nrrd", "volume")
    assert np.array_equal(read_tissue(truth, reference, 3, "x"), labels == 3)
    assert read_tissue(truth, reference, 2, "x") is None


def test_one_tissue_is_written_as_ever(volumes, tmp_path):
    assert segment(volumes, "--seed=12,11,9", "--output", tmp_path / "seed.nrrd", "--label=7") == 0
    assert segment(volumes, "--tissue=Ball=12,11,9", "--output", tmp_path / "tissue.nrrd", "--label=7") == 0
    assert np.array_equal(read_array(tmp_path / "seed.nrrd"), read_array(tmp_path / "tissue.nrrd"))
