"""What the command line wrote, opened in a scene: the recipe tells as much there, and makes the same region again."""

import math

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import SimpleITK as sitk
import slicer
from panel_helpers import CENTERS, GRID, two_volumes_of
from scene_helpers import matrix_from_array, translation

from MultiModalSegmentationLib import Region
from MultiModalSegmentationLib.command.main import main
from MultiModalSegmentationLib.scene.nodes import add_volume, world_position
from MultiModalSegmentationLib.scene.segments import SegmentLook, fit_region, recipe_of, segment_region, write_labelmap
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.workflow.cache import ChannelCache
from MultiModalSegmentationLib.workflow.command_line import command_line
from MultiModalSegmentationLib.workflow.request import Request
from MultiModalSegmentationLib.workflow.restore import restore
from MultiModalSegmentationLib.workflow.table import segment_rows
from MultiModalSegmentationLib.workflow.workflow import run


@pytest.fixture
def a_standalone_scene():
    standalone = StandaloneScene()
    yield standalone.scene
    standalone.scene.Clear(True)


@pytest.fixture
def files(a_standalone_scene, tmp_path):
    """Volumes, a region of interest and a mask, as files."""
    volumes = two_volumes_of(a_standalone_scene)
    roi = a_standalone_scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    roi.SetSize(24.0, 24.0, 9.0)
    place = translation(world_position(volumes[0], (10, 12, 11)))
    roi.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(place))
    roi.UpdateControlPointsFromROI()
    for node, name in (*zip(volumes, ("T1.nrrd", "T2.nrrd")), (roi, "R.mrk.json")):
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(str(tmp_path / name))
        assert node.GetStorageNode().WriteData(node)
    mask = np.zeros(GRID.size[::-1], np.uint8)
    mask[:, :, :13] = 1
    sitk.WriteImage(GRID.image(mask), str(tmp_path / "M.nii.gz"))
    a_standalone_scene.Clear(False)
    return tmp_path


def loaded(scene, folder):
    """The two volumes and the segmentation, read from their files."""
    for name in ("T1", "T2"):
        add_volume(scene, sitk.ReadImage(str(folder / f"{name}.nrrd")), name)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Loaded")
    segmentation.AddDefaultStorageNode()
    segmentation.GetStorageNode().SetFileName(str(folder / "Tissue.seg.nrrd"))
    assert segmentation.GetStorageNode().ReadData(segmentation)
    return segmentation


def test_a_segment_of_the_command_line_is_restored_and_repeated(a_standalone_scene, files):
    volumes = [str(files / "T1.nrrd"), str(files / "T2.nrrd")]
    seeds = [f"--seed={i},{j},{k}" for i, j, k in CENTERS]
    places = ["--roi", str(files / "R.mrk.json"), "--mask", str(files / "M.nii.gz")]
    more = ["--exclude=18,12,11", "--fill-holes", "--multiplier=3", "--max-volume=2", "--output"]
    assert main(["segment", *volumes, *seeds, *places, *more, str(files / "Tissue.seg.nrrd")]) == 0

    segmentation = loaded(a_standalone_scene, files)
    segment_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
    recipe = recipe_of(segmentation, segment_id)
    (row,) = segment_rows(segmentation)
    assert 0 < row["T1: share of field of view (%)"] < 100
    assert not math.isnan(row["T2: share of field of view (%)"])
    assert [finding["kind"] for finding in recipe["findings"]] == [] or row["Warnings"]

    restored = restore(recipe, a_standalone_scene)
    assert [volume.GetName() for volume in restored.volumes] == ["T1", "T2"]
    assert (restored.roi.GetName(), restored.mask[0].GetName()) == ("R", "M")
    request = Request(
        restored.volumes,
        restored.seeds,
        segmentation,
        SegmentLook("again"),
        smoothing=restored.parameters.smoothing,
        growing=restored.parameters.growing,
        cleanup=restored.parameters.cleanup,
        exclusion_seeds=restored.exclusion_seeds,
        roi=restored.roi,
        mask=restored.mask,
        mask_inside=restored.mask_inside,
    )
    again = run(request, ChannelCache()).segment_id
    expected = segment_region(segmentation, segment_id, GRID, None)
    assert expected.sum() > 100
    assert np.array_equal(segment_region(segmentation, again, GRID, None), expected)

    command = command_line(recipe, a_standalone_scene)
    assert f"--roi={files / 'R.mrk.json'}" in command
    assert f"--mask={files / 'M.nii.gz'}" in command


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--roi", "nowhere.mrk.json"], "'nowhere.mrk.json' cannot be read"),
        (["--roi", "T1.nrrd"], "'T1.nrrd' is no region of interest of Slicer"),
        (["--mask", "nowhere.nrrd"], "The volume 'nowhere.nrrd' does not exist"),
        (["--mask", "M.nii.gz", "--mask-outside", "M.nii.gz"], "--mask and --mask-outside are both given"),
        (["--mask", "M.nii.gz", "--mask-segment", "x"], "'M.nii.gz' has no segments with names"),
        (["--mask", "empty.nrrd"], "The mask 'empty.nrrd' has no voxel but 0"),
        (["--mask-outside", "full.nrrd"], "No voxel that may be grown in lies outside the mask 'full.nrrd'"),
        (["--roi", "far.mrk.json"], "'far.mrk.json' holds no voxel of the volume"),
        (["--roi", "flat.mrk.json"], "'flat.mrk.json' has no size"),
        (["--close-gaps", "-1"], "The closing radius is -1"),
    ],
)
def test_restrictions_that_cannot_be_used_are_named(files, monkeypatch, capsys, options, words):
    monkeypatch.chdir(files)
    for name, value in (("empty", 0), ("full", 1)):
        sitk.WriteImage(GRID.image(np.full(GRID.size[::-1], value, np.uint8)), f"{name}.nrrd")
    text = (files / "R.mrk.json").read_text()
    (files / "far.mrk.json").write_text(text.replace('"center": [', '"center": [9000, 0, 0], "was": ['))
    (files / "flat.mrk.json").write_text(text.replace('"size": [', '"size": [0, 5, 5], "was": ['))
    seed = "--seed={},{},{}".format(*CENTERS[0])
    assert main(["segment", "T1.nrrd", "T2.nrrd", seed, *options, "--output", "out.nrrd"]) == 2
    assert words in capsys.readouterr().err
    assert not (files / "out.nrrd").exists()


def test_a_segment_of_a_file_with_several_is_a_mask(a_standalone_scene, files, capsys):
    """Segments that overlap lie in layers of the file."""
    segmentation = a_standalone_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "S")
    reference = add_volume(a_standalone_scene, sitk.ReadImage(str(files / "T1.nrrd")), "T1")
    for name, stop in (("wide", 13), ("narrow", 11)):
        mask = np.zeros(GRID.size[::-1], np.uint8)
        mask[:, :, :stop] = 1
        write_labelmap(
            segmentation,
            reference,
            fit_region(segmentation, reference, Region(GRID, GRID.box, mask)),
            SegmentLook(name),
        )
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(files / "masks.seg.nrrd"))
    assert storage.WriteData(segmentation)
    seed = "--seed={},{},{}".format(*CENTERS[2])
    volumes = [str(files / "T1.nrrd"), str(files / "T2.nrrd")]
    out, mask = str(files / "out.nrrd"), ["--mask", str(files / "masks.seg.nrrd")]
    for name, stop in (("wide", 13), ("narrow", 11)):
        assert main(["segment", *volumes, seed, *mask, "--mask-segment", name, "--output", out]) == 0
        region = sitk.GetArrayFromImage(sitk.ReadImage(out))
        assert region[:, :, stop - 1].any()
        assert not region[:, :, stop:].any()
    assert main(["segment", *volumes, seed, *mask, "--output", out]) == 2
    assert "has the segments 'wide', 'narrow': name one of them" in capsys.readouterr().err
