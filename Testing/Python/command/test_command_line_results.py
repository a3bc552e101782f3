"""What ``segment`` computes, against SimpleITK called directly: regions, seeds from files, grids that differ, DICOM."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import (
    DATA,
    ORIGIN,
    SEED,
    SIZE,
    ball,
    image,
    multimodal_by_itk,
    read_array,
    seed_options,
    segment,
    smoothed_by_itk,
    two_volumes,
    unimodal_by_itk,
    write_two_volumes,
)

from MultiModalSegmentationLib.files.images import VolumeFile, channels_from_files, unique_names

SEEDS = [SEED, (13, 12, 9), (11, 10, 8)]


@pytest.fixture
def volumes(tmp_path) -> list[str]:
    return write_two_volumes(tmp_path)


@pytest.mark.parametrize(("multiplier", "iterations", "radius"), [(2.5, 1, 1), (4.5, 2, 2)])
def test_itk_statistics_equal_simpleitk(tmp_path, volumes, multiplier, iterations, radius):
    parameters = {"multiplier": multiplier, "iterations": iterations, "radius": radius}
    options = [f"--{name}={value}" for name, value in parameters.items()]
    output = tmp_path / "region.nrrd"
    assert segment(volumes, *seed_options(*SEEDS), "--statistics=itk", *options, "--compare", "--output", output) == 0
    channels = [smoothed_by_itk(path) for path in volumes]
    expected = multimodal_by_itk(channels, SEEDS, **parameters)
    assert expected.sum() > 0
    np.testing.assert_array_equal(read_array(output), expected)
    for name, channel in zip(("T1", "T2"), channels):
        alone = read_array(tmp_path / f"region-{name}.nrrd")
        np.testing.assert_array_equal(alone, unimodal_by_itk(channel, SEEDS, **parameters))


def test_the_tutorial_preset_is_the_tutorial(tmp_path, volumes, capfd):
    output = tmp_path / "GrayMatter.mhd"
    assert segment(volumes, *seed_options(*SEEDS), "--preset=tutorial", "--compare", "--output", output) == 0
    channels = [smoothed_by_itk(path, 0.125, 5) for path in volumes]
    together = multimodal_by_itk(channels, SEEDS, multiplier=0.1, iterations=1, radius=1)
    np.testing.assert_array_equal(read_array(output), together)
    for name, channel in zip(("T1", "T2"), channels):
        alone = unimodal_by_itk(channel, SEEDS, multiplier=1.0, iterations=3, radius=1)
        np.testing.assert_array_equal(read_array(tmp_path / f"GrayMatter-{name}.mhd"), alone)
    assert "raised from 0.1" in capfd.readouterr().out


def test_options_replace_the_presets(tmp_path, volumes):
    output = tmp_path / "region.nrrd"
    options = ["--preset=tutorial", "--multiplier=2.5", "--iterations=0", "--smoothing-iterations=2", "--time-step=0.1"]
    assert segment(volumes, *seed_options(), *options, "--output", output) == 0
    channels = [smoothed_by_itk(path, 0.1, 2) for path in volumes]
    np.testing.assert_array_equal(
        read_array(output), multimodal_by_itk(channels, [SEED], multiplier=2.5, iterations=0, radius=1)
    )


def test_the_default_finds_what_each_volume_alone_leaks_from(tmp_path, volumes):
    output = tmp_path / "region.nrrd"
    seeds = [SEED, (15, 13, 9), (9, 9, 8), (12, 11, 12)]
    assert segment(volumes, *seed_options(*seeds), "--compare", "--output", output) == 0
    truth = ball(SEED, 5)
    together = read_array(output) > 0
    dice = 2 * (together & truth).sum() / (together.sum() + truth.sum())
    assert dice > 0.9
    assert not together[9, 11, 3]
    assert read_array(tmp_path / "region-T1.nrrd")[9, 11, 3] == 1
    assert read_array(tmp_path / "region-T2.nrrd")[9, 11, 21] == 1


def test_exclusion_seed_stays_out(tmp_path, volumes):
    inside = (15, 11, 9)
    assert segment(volumes, *seed_options(*SEEDS), "--output", tmp_path / "plain.nrrd") == 0
    assert read_array(tmp_path / "plain.nrrd")[inside[::-1]] == 1
    options = ["--exclude", ",".join(map(str, inside))]
    assert segment(volumes, *seed_options(*SEEDS), *options, "--output", tmp_path / "cut.nrrd") == 0
    cut = read_array(tmp_path / "cut.nrrd")
    assert cut[inside[::-1]] == 0
    assert cut[SEED[::-1]] == 1


def test_maximum_volume_stops(tmp_path, volumes, capfd):
    options = ["--max-volume=0.5", "--iterations=4"]
    assert segment(volumes, *seed_options(*SEEDS), *options, "--output", tmp_path / "region.nrrd") == 0
    assert "got larger than 0.5 mL" in capfd.readouterr().out


def _write_markups(path: Path, lists: list[dict]) -> Path:
    path.write_text(json.dumps({"markups": [{"type": "Fiducial", **one} for one in lists]}))
    return path


def _lps(voxel: tuple[int, int, int]) -> list[float]:
    return list(two_volumes()[0].TransformIndexToPhysicalPoint(voxel))


def _ras(voxel: tuple[int, int, int]) -> list[float]:
    x, y, z = _lps(voxel)
    return [-x, -y, z]


def _seeds_of(report: Path) -> list[tuple[int, int, int]]:
    return [tuple(seed["ijk"]) for seed in json.loads(report.read_text())["seeds"]]


def test_seeds_of_every_point_list_of_a_markups_file(tmp_path, volumes):
    file = _write_markups(
        tmp_path / "points.mrk.json",
        [
            {"coordinateSystem": "LPS", "controlPoints": [{"label": "a", "position": _lps(SEEDS[0])}]},
            {
                "coordinateSystem": "RAS",
                "controlPoints": [
                    {"label": "b", "position": _ras(SEEDS[1]), "positionStatus": "defined"},
                    {"label": "not placed", "position": [0, 0, 0], "positionStatus": "undefined"},
                    {"label": "under the mouse", "position": _ras((2, 2, 2)), "positionStatus": "preview"},
                ],
            },
            {"controlPoints": [{"label": "c", "position": _lps(SEEDS[2])}]},
            {"type": "Line", "controlPoints": [{"label": "d", "position": [999, 999, 999]}]},
        ],
    )
    report = tmp_path / "report.json"
    options = ["--seeds", file, "--report", report]
    assert segment(volumes, *options, "--output", tmp_path / "file.nrrd") == 0
    assert _seeds_of(report) == SEEDS
    assert [seed["label"] for seed in json.loads(report.read_text())["seeds"]] == ["a", "b", "c"]
    assert segment(volumes, *seed_options(*SEEDS), "--output", tmp_path / "voxels.nrrd") == 0
    np.testing.assert_array_equal(read_array(tmp_path / "file.nrrd"), read_array(tmp_path / "voxels.nrrd"))


def test_seeds_of_options_and_file_add_up(tmp_path, volumes):
    file = _write_markups(tmp_path / "points.mrk.json", [{"controlPoints": [{"position": _lps(SEEDS[1])}]}])
    excluded = _write_markups(tmp_path / "out.mrk.json", [{"controlPoints": [{"position": _lps((19, 11, 9))}]}])
    report = tmp_path / "report.json"
    options = ["--seed=12,11,9", "11,10,8", "--seeds", file, "--exclude-seeds", excluded, "--exclude", "5,11,9"]
    assert segment(volumes, *options, "--report", report, "--output", tmp_path / "region.nrrd") == 0
    assert _seeds_of(report) == [SEED, (11, 10, 8), (13, 12, 9)]
    exclusion = json.loads(report.read_text())["exclusionSeeds"]
    assert [tuple(seed["ijk"]) for seed in exclusion] == [(5, 11, 9), (19, 11, 9)]


def test_volumes_may_stand_between_options(tmp_path, volumes):
    report = tmp_path / "report.json"
    arguments = [volumes[0], "--seed", "12,11,9", volumes[1], "--report", report, "--output", tmp_path / "region.nrrd"]
    assert segment([], *arguments) == 0
    assert [volume["path"] for volume in json.loads(report.read_text())["volumes"]] == volumes


def test_almost_equal_grids_count_as_one(tmp_path, volumes):
    moved = sitk.ReadImage(volumes[1])
    moved.SetOrigin([v + 1e-4 for v in ORIGIN])
    sitk.WriteImage(moved, str(tmp_path / "moved.nrrd"))
    assert segment(volumes, *seed_options(), "--output", tmp_path / "a.nrrd") == 0
    assert segment([volumes[0], tmp_path / "moved.nrrd"], *seed_options(), "--output", tmp_path / "b.nrrd") == 0
    np.testing.assert_array_equal(read_array(tmp_path / "a.nrrd"), read_array(tmp_path / "b.nrrd"))


def _turned(volume: sitk.Image) -> sitk.Image:
    """The volume on a coarser, turned and shifted grid that does not cover all of it."""
    angle = np.deg2rad(20)
    direction = [np.cos(angle), -np.sin(angle), 0, np.sin(angle), np.cos(angle), 0, 0, 0, 1]
    target = sitk.Image([20, 20, 12], sitk.sitkFloat32)
    target.SetSpacing((1.9, 1.6, 2.5))
    target.SetDirection(direction)
    target.SetOrigin((ORIGIN[0] + 9, ORIGIN[1] - 2, ORIGIN[2] + 3))
    return sitk.Resample(volume, target, sitk.Transform(), sitk.sitkLinear, 1.0, sitk.sitkFloat32)


def test_another_grid_is_resampled_to_the_first(tmp_path, volumes):
    turned = _turned(sitk.ReadImage(volumes[1]))
    sitk.WriteImage(turned, str(tmp_path / "turned.nrrd"))
    output = tmp_path / "region.nrrd"
    options = ["--statistics=itk", "--multiplier=2.5", "--smoothing-iterations=0", "--output", output]
    assert segment([volumes[0], tmp_path / "turned.nrrd"], *seed_options(), *options) == 0
    reference = sitk.ReadImage(volumes[0], sitk.sitkFloat32)
    resampled = sitk.Resample(turned, reference, sitk.Transform(), sitk.sitkLinear, -1000.0, sitk.sitkFloat32)
    known = sitk.GetArrayFromImage(resampled) > -999
    region = read_array(output) > 0
    assert 0.2 < known.mean() < 0.9
    assert region.any()
    assert not region[~known].any()
    expected = multimodal_by_itk([reference, resampled], [SEED], multiplier=2.5, iterations=0, radius=1) > 0
    np.testing.assert_array_equal(region, expected)


def test_files_and_scene_give_the_same_channels():
    pytest.importorskip("slicer", reason="needs the packages slicer-core and vtk")
    from MultiModalSegmentationLib.scene.nodes import add_volume
    from MultiModalSegmentationLib.scene.standalone import StandaloneScene
    from MultiModalSegmentationLib.scene.volumes import channels_from_volumes

    t1, t2 = two_volumes()
    images = [t1, _turned(t2), sitk.Cast(t2, sitk.sitkFloat64)]
    files = [VolumeFile(Path(f"{n}.nrrd"), str(n), one, ()) for n, one in enumerate(images)]
    standalone = StandaloneScene()
    nodes = [add_volume(standalone.scene, one, str(n)) for n, one in enumerate(images)]
    for from_file, from_scene in zip(channels_from_files(files), channels_from_volumes(nodes)):
        assert from_file.array.dtype == from_scene.array.dtype
        np.testing.assert_array_equal(np.isfinite(from_file.array), np.isfinite(from_scene.array))
        np.testing.assert_allclose(from_file.array, from_scene.array, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(from_file.grid.index_to_lps, from_scene.grid.index_to_lps, atol=1e-9)


def _write_dicom(folder: Path, volume: sitk.Image, series: str = "1.2.826.0.1.3680043.2.1125.77") -> None:
    folder.mkdir(exist_ok=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    direction = volume.GetDirection()
    for k in range(volume.GetSize()[2]):
        one = volume[:, :, k]
        position = volume.TransformIndexToPhysicalPoint((0, 0, k))
        tags = {
            "0008|0016": "1.2.840.10008.5.1.4.1.1.4",
            "0008|0018": f"{series}.1.{k + 1}",
            "0008|0060": "MR",
            "0018|0050": str(volume.GetSpacing()[2]),
            "0020|000d": "1.2.826.0.1.3680043.2.1125.76",
            "0020|000e": series,
            "0020|0013": str(k + 1),
            "0020|0032": "\\".join(f"{v:.6f}" for v in position),
            "0020|0037": "\\".join(f"{direction[n]:.6f}" for n in (0, 3, 6, 1, 4, 7)),
        }
        for tag, value in tags.items():
            one.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"{series}-{97 - k:03d}.dcm"))
        writer.Execute(one)


def test_dicom_folder(tmp_path, volumes):
    _write_dicom(tmp_path / "T1 series", sitk.ReadImage(volumes[0]))
    report = tmp_path / "report.json"
    options = [*seed_options(), "--statistics=itk", "--multiplier=2.5", "--report", report]
    assert segment([tmp_path / "T1 series", volumes[1]], *options, "--output", tmp_path / "dicom.nrrd") == 0
    described = json.loads(report.read_text())["volumes"][0]
    assert segment(volumes, *options, "--output", tmp_path / "file.nrrd") == 0
    np.testing.assert_array_equal(read_array(tmp_path / "dicom.nrrd"), read_array(tmp_path / "file.nrrd"))
    assert described["name"] == "T1 series"
    assert described["files"] == SIZE[2]
    assert described["size"] == list(SIZE)


def test_dicom_folder_with_two_series(tmp_path, volumes, capfd):
    t1 = sitk.ReadImage(volumes[0])
    _write_dicom(tmp_path / "study", t1)
    _write_dicom(tmp_path / "study", t1, "1.2.826.0.1.3680043.2.1125.78")
    assert segment([tmp_path / "study", volumes[1]], *seed_options(), "--output", tmp_path / "region.nrrd") == 2
    assert "2 DICOM series" in capfd.readouterr().err


def test_one_slice_thick_volumes(tmp_path):
    random = np.random.default_rng(3)
    paths = [tmp_path / "a.nrrd", tmp_path / "b.nrrd"]
    for path in paths:
        sitk.WriteImage(image(random.normal(100, 5, (1, 20, 22)).astype(np.float32)), str(path))
    output = tmp_path / "region.nrrd"
    assert segment(paths, "--seed=10,10,0", "--output", output, "--figure", tmp_path / "f.png") == 0
    assert read_array(output)[0, 10, 10] == 1


def test_names_are_unique():
    paths = [Path("a/brain.nii.gz"), Path("b/brain.nii.gz"), Path("c/Brain.mhd"), Path("brain-2.nrrd")]
    assert unique_names(paths) == ["brain", "brain-2", "Brain-3", "brain-2-2"]


def test_segment_loads_neither_slicer_nor_vtk(tmp_path, volumes):
    code = (
        "import sys\n"
        "from MultiModalSegmentationLib.command.main import main\n"
        "assert not {'numpy', 'SimpleITK', 'scipy'} & set(sys.modules)\n"
        "status = main(sys.argv[1:])\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not {'slicer', 'vtk', 'vtkmodules', 'qt', 'PySide6', 'dask'} & loaded, loaded\n"
        "sys.exit(status)\n"
    )
    outputs = ["--output", tmp_path / "region.nii.gz", "--figure", tmp_path / "f.png", "--report", tmp_path / "r.json"]
    arguments = ["segment", *volumes, *seed_options(), "--compare", "--leak-curve", tmp_path / "c.csv", *outputs]
    finished = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert (tmp_path / "region.nii.gz").exists()


def _real(*names: str) -> list[Path]:
    paths = [DATA / name for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip(f"the real volumes are not there: {DATA} (set MULTIMODAL_SEGMENTATION_DATA)")
    return paths


SPM = ("spm-avg152/avg152T1.nii.gz", "spm-avg152/avg152T2.nii.gz", "spm-avg152/avg152PD.nii.gz")
SPM_SEEDS = [(57, 30, 24), (21, 61, 17), (29, 27, 22), (12, 49, 49)]
INFANT = ("infant-dcan-T02/T1w_brain.nii.gz", "infant-dcan-T02/T2w_brain.nii.gz")
INFANT_SEEDS = [(69, 119, 50), (89, 63, 42), (47, 119, 47), (40, 124, 82)]


@pytest.mark.parametrize(("names", "seeds"), [(SPM, SPM_SEEDS), (INFANT, INFANT_SEEDS)], ids=["spm", "infant"])
def test_real_volumes_equal_simpleitk(tmp_path, names, seeds):
    paths = _real(*names)
    parameters = {"multiplier": 1.5, "iterations": 4, "radius": 1}
    options = [f"--{name}={value}" for name, value in parameters.items()]
    output = tmp_path / "region.nii"
    status = segment(paths, *seed_options(*seeds), "--statistics=itk", *options, "--compare", "--output", output)
    assert status == 0
    channels = [smoothed_by_itk(path) for path in paths]
    expected = multimodal_by_itk(channels, seeds, **parameters)
    assert expected.any()
    np.testing.assert_array_equal(read_array(output), expected)
    for path, channel in zip(paths, channels):
        alone = read_array(tmp_path / f"region-{path.name.removesuffix('.nii.gz')}.nii")
        np.testing.assert_array_equal(alone, unimodal_by_itk(channel, seeds, **parameters))
