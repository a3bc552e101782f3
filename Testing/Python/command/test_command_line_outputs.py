"""The files that ``segment`` writes, and what it prints."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import ORIGIN, SEED, SIZE, SPACING, read_array, seed_options, segment, write_two_volumes

from MultiModalSegmentationLib.command.common.progress import Progress
from MultiModalSegmentationLib.geometry.grid import Grid
from MultiModalSegmentationLib.parameters.colors import TISSUE_COLOR, UNIMODAL_COLORS
from MultiModalSegmentationLib.recipes.recipe import TAG, Recipe


@pytest.fixture
def volumes(tmp_path) -> list[str]:
    return write_two_volumes(tmp_path)


@pytest.fixture
def out(tmp_path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_label_images_of_every_format_are_equal(volumes, out):
    for ending in (".mhd", ".mha", ".nrrd", ".nii.gz", ".nii"):
        assert segment(volumes, *seed_options(), "--compare", "--output", out / f"region{ending}") == 0
        for name in ("region", "region-T1", "region-T2"):
            written = sitk.ReadImage(str(out / f"{name}{ending}"))
            expected = sitk.ReadImage(str(out / f"{name}.mhd"))
            assert Grid.of(written).shift_in_voxels(Grid.of(sitk.ReadImage(volumes[0]))) < 1e-4
            assert written.GetPixelID() == sitk.sitkUInt8
            np.testing.assert_array_equal(sitk.GetArrayViewFromImage(written), sitk.GetArrayViewFromImage(expected))
    assert set(np.unique(read_array(out / "region.nii"))) == {0, 1}
    assert names_in(out)[:4] == ["region-T1.mha", "region-T1.mhd", "region-T1.nii", "region-T1.nii.gz"]


@pytest.mark.parametrize(("label", "pixel_type"), [(7, sitk.sitkUInt8), (255, sitk.sitkUInt8), (1000, sitk.sitkUInt16)])
def test_label_value(volumes, out, label, pixel_type):
    options = ["--label", label, "--compare", "--output", out / "region.nrrd"]
    assert segment(volumes, *seed_options(), *options) == 0
    for name in ("region", "region-T1", "region-T2"):
        written = sitk.ReadImage(str(out / f"{name}.nrrd"))
        assert written.GetPixelID() == pixel_type
        assert set(np.unique(sitk.GetArrayViewFromImage(written))) == {0, label}


def test_an_existing_output_is_replaced(volumes, out):
    (out / "region.nrrd").write_bytes(b"old")
    assert segment(volumes, *seed_options(), "--output", out / "region.nrrd") == 0
    assert read_array(out / "region.nrrd")[SEED[::-1]] == 1
    assert names_in(out) == ["region.nrrd"]


def test_smoothed_volumes(volumes, out):
    options = ["--output", out / "region.nii.gz", "--smoothed", out / "smoothed"]
    assert segment(volumes, *seed_options(), *options) == 0
    assert names_in(out / "smoothed") == ["T1-smoothed.nii.gz", "T2-smoothed.nii.gz"]
    for path, name in zip(volumes, ("T1", "T2")):
        flow = sitk.CurvatureFlow(sitk.ReadImage(path, sitk.sitkFloat32), 0.125, 5)
        expected = sitk.GetArrayFromImage(flow)
        written = read_array(out / "smoothed" / f"{name}-smoothed.nii.gz")
        np.testing.assert_allclose(written, expected, atol=1e-4 * np.ptp(expected))


def _segments(path: Path) -> dict:
    """Name, color, recipe and voxels of each segment of a file, as Slicer reads it."""
    import slicer
    import vtk

    from MultiModalSegmentationLib.scene.segments import reference_grid, segment_region
    from MultiModalSegmentationLib.scene.standalone import StandaloneScene

    standalone = StandaloneScene()
    node = standalone.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    grid, segments = reference_grid(node), {}
    for segment_id in node.GetSegmentation().GetSegmentIDs():
        one = node.GetSegmentation().GetSegment(segment_id)
        tag = vtk.reference("")
        assert one.GetTag(TAG, tag)
        segments[one.GetName()] = (
            one.GetColor(),
            Recipe.from_tag(str(tag)),
            segment_region(node, segment_id, grid, None),
        )
    return {"grid": grid, "segments": segments}


def test_segmentation_file_keeps_names_colors_recipes_and_voxels(volumes, out, tmp_path):
    pytest.importorskip("slicer", reason="needs the packages slicer-core and vtk")
    awkward = tmp_path / "T1|T2: a.nrrd"
    Path(volumes[0]).rename(awkward)
    volumes[0] = str(awkward)
    assert segment(volumes, *seed_options(), "--compare", "--output", out / "Ball.seg.nrrd") == 0
    assert names_in(out) == ["Ball.seg.nrrd"]
    assert segment(volumes, *seed_options(), "--compare", "--output", out / "Ball.nrrd") == 0
    read = _segments(out / "Ball.seg.nrrd")
    assert read["grid"].is_same_as(Grid.of(sitk.ReadImage(volumes[0])))
    assert list(read["segments"]) == ["Ball", "Ball (T1|T2: a only)", "Ball (T2 only)"]
    expected = ["Ball.nrrd", "Ball-T1|T2: a.nrrd", "Ball-T2.nrrd"]
    colors = [TISSUE_COLOR, *UNIMODAL_COLORS[:2]]
    for (color, recipe, mask), name, wanted in zip(read["segments"].values(), expected, colors):
        np.testing.assert_array_equal(mask, read_array(out / name))
        np.testing.assert_allclose(color, wanted, atol=1e-6)
        assert recipe["result"]["voxelCount"] == mask.sum()
        assert recipe["seeds"][0]["ijk"] == list(SEED)
    together, alone, _ = (recipe for _, recipe, _ in read["segments"].values())
    assert [volume["name"] for volume in together["volumes"]] == ["T1|T2: a", "T2"]
    assert [volume["path"] for volume in alone["volumes"]] == [str(awkward)]
    assert "unimodal" in alone
    assert "growing" in together


def test_a_label_is_refused_for_a_segmentation(volumes, out, capfd):
    pytest.importorskip("slicer", reason="needs the packages slicer-core and vtk")
    assert segment(volumes, *seed_options(), "--label=3", "--output", out / "region.seg.nrrd") == 2
    assert "leave out --label" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("ending", "reader"), [(".stl", "vtkSTLReader"), (".obj", "vtkOBJReader"), (".vtp", "vtkXMLPolyDataReader")]
)
def test_surface_lies_around_the_region_in_lps(volumes, out, ending, reader):
    pytest.importorskip("slicer", reason="needs the packages slicer-core and vtk")
    import vtk

    path = out / f"surface{ending}"
    assert segment(volumes, *seed_options(), "--output", out / "region.nrrd", "--surface", path) == 0
    source = getattr(vtk, reader)()
    source.SetFileName(str(path))
    source.Update()
    bounds = np.array(source.GetOutput().GetBounds()).reshape(3, 2)
    filled = np.argwhere(read_array(out / "region.nrrd"))[:, ::-1]
    low = np.array(ORIGIN) + filled.min(axis=0) * SPACING
    high = np.array(ORIGIN) + filled.max(axis=0) * SPACING
    np.testing.assert_allclose(bounds[:, 0], low, atol=max(SPACING))
    np.testing.assert_allclose(bounds[:, 1], high, atol=max(SPACING))
    if ending != ".vtp":
        assert b"SPACE=LPS" in path.read_bytes()[:200]


def test_report(volumes, out):
    options = ["--preset=tutorial", "--iterations=2", "--compare", "--report", out / "r.json"]
    assert segment(volumes, *seed_options(), *options, "--output", out / "region.nrrd") == 0
    report = json.loads((out / "r.json").read_text())
    for described, path in zip(report["volumes"], volumes):
        data = Path(path).read_bytes()
        assert described["path"] == path
        assert described["sha256"] == hashlib.sha256(data).hexdigest()
        assert described["bytes"] == len(data)
        assert described["size"] == list(SIZE)
        assert described["spacing"] == pytest.approx(SPACING)
    assert report["growing"] == {
        "multiplier": 0.1,
        "iterations": 2,
        "initialNeighborhoodRadius": 1,
        "seedStatistics": "itk",
        "maxVolumeMl": None,
        "edge": "half-way",
    }
    assert report["smoothing"] == {"timeStep": 0.125, "iterations": 5, "limitTimeStep": False, "timeStepUsed": 0.125}
    assert report["result"]["voxelCount"] == read_array(out / "region.nrrd").sum()
    assert report["seeds"][0]["ijk"] == list(SEED)
    assert report["seeds"][0]["ras"] == pytest.approx([10 - 12 * 1.5, -7 - 11 * 1.25, 3 + 9 * 2.0])
    assert [one["volumes"][0]["name"] for one in report["comparison"]] == ["T1", "T2"]
    assert [one["unimodal"]["iterations"] for one in report["comparison"]] == [3, 3]
    alone = [read_array(out / f"region-{name}.nrrd").sum() for name in ("T1", "T2")]
    assert [one["result"]["voxelCount"] for one in report["comparison"]] == alone


def test_report_names_the_voxels_of_a_header(tmp_path, volumes, out):
    sitk.WriteImage(sitk.ReadImage(volumes[0]), str(tmp_path / "head.mhd"))
    paths = [tmp_path / "head.mhd", volumes[1]]
    assert segment(paths, *seed_options(), "--report", out / "r.json", "--output", out / "region.nrrd") == 0
    first, second = json.loads((out / "r.json").read_text())["volumes"]
    assert first["sha256"] == hashlib.sha256((tmp_path / "head.mhd").read_bytes()).hexdigest()
    assert first["dataPath"] == str(tmp_path / "head.raw")
    assert first["dataSha256"] == hashlib.sha256((tmp_path / "head.raw").read_bytes()).hexdigest()
    assert "dataSha256" not in second


def test_leak_curve(volumes, out, capfd):
    options = ["--leak-curve", out / "c.csv", "--report", out / "r.json", "--output", out / "region.nrrd"]
    assert segment(volumes, *seed_options((12, 11, 9), (14, 12, 9), (10, 10, 8)), *options) == 0
    with (out / "c.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 20
    multipliers = [float(row["multiplier"]) for row in rows]
    assert multipliers == sorted(multipliers)
    volumes_ml = [float(row["volume_ml"]) for row in rows]
    assert volumes_ml == sorted(volumes_ml)
    assert sum(int(row["suggested"]) for row in rows) == 1
    curve = json.loads((out / "r.json").read_text())["leakCurve"]
    assert curve["volumesMl"] == pytest.approx(volumes_ml, rel=1e-5)
    suggested = next(float(row["multiplier"]) for row in rows if row["suggested"] == "1")
    assert curve["suggested"] == pytest.approx(suggested, rel=1e-5)
    assert "The volume" in capfd.readouterr().out


def test_summary_table(volumes, out, capfd):
    assert segment(volumes, *seed_options(), "--compare", "--output", out / "region.nrrd") == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0].split() == ["run", "voxels", "mL", "multiplier", "coverage", "passes", "seconds"]
    for line, start, name in zip(lines[1:4], ("T1 + T2 ", "T1 alone", "T2 alone"), ("", "-T1", "-T2")):
        assert line.startswith(start)
        voxels, volume, multiplier, share, percent, passes, _ = line[len(start) :].split()
        count = int(read_array(out / f"region{name}.nrrd").sum())
        assert int(voxels.replace(",", "")) == count
        assert float(volume) == pytest.approx(count * np.prod(SPACING) / 1000, abs=0.006)
        assert (multiplier, percent, passes) == ("3.5", "%", "1")
        assert float(share) == (99.8 if name == "" else 100.0)
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[-1] == "Written: " + ", ".join(str(out / f"region{n}.nrrd") for n in ("", "-T1", "-T2"))


def test_border_and_time_step_are_told(tmp_path, volumes, out, capfd):
    for path in volumes:
        fine = sitk.ReadImage(path)
        fine.SetSpacing((0.5, 0.5, 0.5))
        sitk.WriteImage(fine[5:20], path)
    options = ["--seed=7,11,9", "0,0,0", "--multiplier=30", "--output", out / "region.nrrd"]
    assert segment(volumes, *options, "--report", out / "r.json") == 0
    printed = capfd.readouterr().out
    assert "The time step was limited from 0.125 to 0.0625" in printed
    assert json.loads((out / "r.json").read_text())["smoothing"]["timeStepUsed"] == 0.0625
    region = read_array(out / "region.nrrd")
    assert f"the edge of the volume (-i {region[:, :, 0].sum():,}, " in printed
    assert segment(volumes, *options, "--preset=tutorial", "--smoothing-iterations=1") == 0
    assert "is over 0.0625, where smoothing gets unstable" in capfd.readouterr().out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_only():
    for stream, shown in ((_Terminal(), True), (io.StringIO(), False)):
        with Progress(stream) as progress:
            growing = progress.stage("Growing")
            growing(0.5)
            growing(1.0)
        text = stream.getvalue()
        assert ("Growing: 50 %" in text and "Growing: 100 %" in text) is shown
        assert text.rpartition("\r")[2] == ""
        assert bool(text) is shown
