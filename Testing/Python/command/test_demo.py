"""The demo end to end, as the command line runs it."""

import contextlib
import io
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import SimpleITK as sitk
import vtk
from opengl_helpers import WITHOUT_OPENGL, need_opengl

from MultiModalSegmentationLib.command.demo.command import SIZES
from MultiModalSegmentationLib.command.demo.pictures import FILL_OPACITY
from MultiModalSegmentationLib.command.main import main
from MultiModalSegmentationLib.explaining.comparison import dice
from MultiModalSegmentationLib.phantom.anatomy import Tissue
from MultiModalSegmentationLib.phantom.head import make_phantom
from MultiModalSegmentationLib.recipes.recipe import TAG, Recipe
from MultiModalSegmentationLib.scene.segments import reference_grid, segment_region
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.volumes import seed_points, volume_array

COLORS = {
    "Gray matter (T1 only)": (0.90, 0.62, 0.0),
    "Gray matter (T2 only)": (0.34, 0.71, 0.91),
    "Gray matter": (0.25, 0.80, 0.35),
}
"""In the order of the pictures."""


@pytest.fixture(scope="module")
def a_demo(tmp_path_factory):
    """What the small demo wrote to its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "out put"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = main(["demo", "--output", str(folder), "--size", "small"])
    return SimpleNamespace(status=status, folder=folder, printed=printed.getvalue())


@pytest.fixture(scope="module")
def a_phantom():
    return make_phantom(SIZES["small"])


@pytest.fixture(scope="module")
def a_reloaded_scene(a_demo):
    """A fresh scene with the demo's bundle. (The whole ``StandaloneScene``, which must outlive its scene.)"""
    standalone = StandaloneScene()
    assert standalone.scene.ReadFromMRB(str(a_demo.folder / "scene.mrb"))
    return standalone


@pytest.fixture
def a_segmentation(a_reloaded_scene):
    return a_reloaded_scene.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")


def rows(printed):
    """Dice and voxels by the first column of the table."""
    found = re.findall(r"^(T[12] .*?)  +(\d\.\d{3}) *([\d,]*)", printed, re.MULTILINE)
    return {what: (float(value), int(voxels.replace(",", "") or 0)) for what, value, voxels in found}


def panels(path):
    """The three columns of a picture."""
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[..., :3].astype(int)
    width = picture.shape[1] // 3
    return [picture[:, n * width : (n + 1) * width] for n in range(3)]


def count_of_overlay(panel, color):
    """Pixels where a gray image shows through a fill of this color: their channels' differences are the color's."""
    red, green, blue = (255 * FILL_OPACITY * part for part in color)
    r, g, b = panel[..., 0], panel[..., 1], panel[..., 2]
    return int(((abs(r - g - (red - green)) <= 3) & (abs(g - b - (green - blue)) <= 3)).sum())


def test_it_ends_well_and_writes_every_file(a_demo):
    need_opengl()
    assert a_demo.status == 0
    assert sorted(file.name for file in a_demo.folder.iterdir()) == [
        "GrayMatter.mhd",
        "GrayMatter.zraw",
        "overlay.png",
        "scene.mrb",
        "surface.png",
    ]


def test_together_is_better_than_the_best_of_each_alone(a_demo):
    table = rows(a_demo.printed)
    together = table["T1 and T2 together"][0]
    for name in ("T1", "T2"):
        best, default = table[f"{name} alone, at its best"][0], table[f"{name} alone"][0]
        assert best >= default
        assert together >= best + 0.10
    assert together > 0.80
    gain = together - max(value for what, (value, _) in table.items() if what != "T1 and T2 together")
    assert float(re.search(r"gain (\S+) over", a_demo.printed)[1]) == pytest.approx(gain, abs=0.0011)


def test_label_image_is_the_segment(a_demo, a_phantom, a_segmentation):
    label = sitk.ReadImage(str(a_demo.folder / "GrayMatter.mhd"))
    mask = sitk.GetArrayFromImage(label)
    assert label.GetSize() == a_phantom.t1.GetSize()
    np.testing.assert_allclose(label.GetOrigin(), a_phantom.t1.GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(label.GetSpacing(), a_phantom.t1.GetSpacing(), atol=1e-5)
    np.testing.assert_array_equal(
        mask, segment_region(a_segmentation, "Gray matter", reference_grid(a_segmentation), None)
    )
    value, voxels = rows(a_demo.printed)["T1 and T2 together"]
    truth = sitk.GetArrayFromImage(a_phantom.truth) == Tissue.GRAY_MATTER
    assert mask.sum() == voxels
    assert dice(mask, truth) == pytest.approx(value, abs=0.0005)


def test_scene_comes_back_whole(a_reloaded_scene, a_phantom):
    scene = a_reloaded_scene.scene
    volumes = [scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode") for n in range(2)]
    assert [volume.GetName() for volume in volumes] == ["T1", "T2"]
    np.testing.assert_array_equal(volume_array(volumes[0]), sitk.GetArrayFromImage(a_phantom.t1))
    seeds = scene.GetFirstNodeByClass("vtkMRMLMarkupsFiducialNode")
    assert [seed.ijk for seed in seed_points(seeds, volumes[0])] == list(a_phantom.seeds)
    composites = [scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode") for n in range(3)]
    assert [composite.GetBackgroundVolumeID() for composite in composites] == [volumes[1].GetID()] * 3
    assert {composite.GetLayoutName() for composite in composites} == {"Red", "Green", "Yellow"}


def test_segments_come_back_with_color_and_recipe(a_segmentation):
    content = a_segmentation.GetSegmentation()
    segments = {content.GetSegment(one).GetName(): content.GetSegment(one) for one in content.GetSegmentIDs()}
    assert segments.keys() == COLORS.keys()
    for name, segment in segments.items():
        np.testing.assert_allclose(segment.GetColor(), COLORS[name], atol=1e-4)
        tag = vtk.reference("")
        assert segment.GetTag(TAG, tag)
        recipe = Recipe.from_tag(str(tag))
        assert [volume["name"] for volume in recipe["volumes"]] == (
            ["T1", "T2"] if name == "Gray matter" else [name[13:15]]
        )
        assert len(recipe["seeds"]) == 4
    display = a_segmentation.GetDisplayNode()
    assert [display.GetSegmentVisibility(one) for one in content.GetSegmentIDs()] == [True, False, False]


def test_overlay_shows_each_result_in_its_color(a_demo):
    need_opengl()
    counts = [
        [count_of_overlay(panel, color) for color in COLORS.values()] for panel in panels(a_demo.folder / "overlay.png")
    ]
    for shown, row in enumerate(counts):
        assert row[shown] > 20_000
        assert sum(row) - row[shown] < 20


def test_surface_shows_leaks_larger_than_the_brain(a_demo):
    need_opengl()
    areas = []
    for panel, color in zip(panels(a_demo.folder / "surface.png"), COLORS.values()):
        shade = panel / np.maximum(panel.max(-1, keepdims=True), 1)
        areas.append(int((np.abs(shade - np.array(color) / max(color)).max(-1) < 0.05).sum()))
    assert areas[2] > 15_000
    assert min(areas[:2]) > 1.3 * areas[2]


def test_machine_without_opengl_gets_a_plain_overlay(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "MultiModalSegmentationLib", "demo", "--output", "out", "--size", "small"],
        env={**os.environ, **WITHOUT_OPENGL},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    if (tmp_path / "out" / "surface.png").exists():
        pytest.skip("this machine has OSMesa, which needs no driver")
    assert sum("no offscreen OpenGL" in line for line in done.stdout.splitlines()) == 1
    assert done.stderr == ""
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "GrayMatter.mhd",
        "GrayMatter.zraw",
        "overlay.png",
        "scene.mrb",
    }
    counts = [
        [count_of_overlay(panel, color) for color in COLORS.values()]
        for panel in panels(tmp_path / "out" / "overlay.png")
    ]
    for shown, row in enumerate(counts):
        assert row[shown] > 10_000
        assert sum(row) - row[shown] < 20


def test_output_that_is_a_file_is_one_sentence(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert main(["demo", "--output", str(tmp_path / "taken"), "--size", "small"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "taken' cannot be made" in error
    assert (tmp_path / "taken").read_text() == ""


def test_demo_without_slicers_packages_is_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "slicer", None)
    assert main(["demo", "--output", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "pip install 'multimodal-segmentation[mrml]'" in error
    assert not (tmp_path / "out").exists()
