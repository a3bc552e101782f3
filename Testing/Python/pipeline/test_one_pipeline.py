"""One case through the logic, the panel, the command line and batch: the same region, findings and recipe."""

import copy
import json

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import SimpleITK as sitk
import slicer
from panel_helpers import CENTERS, GRID, choose, parameters_of, settle, three_seeds_of, two_volumes_of
from scene_helpers import matrix_from_array, translation

from MultiModalSegmentationLib import CleanupParameters, GrowingParameters, SeedStatistics
from MultiModalSegmentationLib.command.main import main
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.segments import recipe_of, segment_region

EXCLUDED = (18, 12, 11)
# What identifies files and nodes differs from entrance to entrance, and the versions do not matter here.
OF_THE_ENTRANCE = {"volumes", "segment", "seedLists", "versions", "seeds", "exclusionSeeds"}


def volumes_of(scene, factor):
    if factor == 1:
        return two_volumes_of(scene)
    return [
        add_volume(scene, GRID.image(slicer.util.arrayFromVolume(volume) * np.float32(factor)), volume.GetName())
        for volume in two_volumes_of(scene)
    ]


def told(recipe):
    """What a recipe says, points by their voxels."""
    content = {key: value for key, value in copy.deepcopy(dict(recipe)).items() if key not in OF_THE_ENTRANCE}
    for finding in content["findings"]:
        finding.pop("label", None), finding.pop("sentence")
    return content | {kind: [p["ijk"] for p in recipe[kind]] for kind in ("seeds", "exclusionSeeds")}


class Case:
    """Volumes, points and settings, as nodes and as files."""

    def __init__(self, scene, folder, statistics, factor, *, restricted):
        self.folder = folder
        self.volumes = volumes_of(scene, factor)
        self.seeds = three_seeds_of(scene, self.volumes)
        self.excluded = None
        if statistics is SeedStatistics.POOLED:
            self.excluded = add_points(scene, "Out", [world_position(self.volumes[0], EXCLUDED)])
        self.roi = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R") if restricted else None
        if self.roi:
            self.roi.SetSize(24.0, 24.0, 9.0)
            place = translation(world_position(self.volumes[0], (10, 12, 11)))
            self.roi.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(place))
            self.roi.UpdateControlPointsFromROI()
        self.growing = GrowingParameters(2.5, 1, 1, statistics, 0.9 if restricted else None)
        self.cleanup = CleanupParameters(fill_holes=restricted, minimum_island_ml=0.05 if restricted else 0.0)
        nodes = [*zip(self.volumes, ("T1.nrrd", "T2.nrrd")), *([(self.roi, "R.mrk.json")] if self.roi else [])]
        for node, name in nodes:
            node.AddDefaultStorageNode()
            node.GetStorageNode().SetFileName(str(folder / name))
            assert node.GetStorageNode().WriteData(node)

    @property
    def options(self):
        growing, cleanup = self.growing, self.cleanup
        options = [f"--multiplier={growing.multiplier}", f"--iterations={growing.iterations}"]
        options += [f"--statistics={growing.seed_statistics.value}"]
        if growing.max_volume_ml:
            options.append(f"--max-volume={growing.max_volume_ml}")
        if cleanup.fill_holes:
            options += ["--fill-holes", f"--drop-islands={cleanup.minimum_island_ml}"]
        return options

    def by_logic(self, module, scene):
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "By logic")
        result = module.MultiModalSegmentationLogic().process(
            self.volumes,
            self.seeds,
            node,
            segmentName="Tissue",
            growing=self.growing,
            cleanup=self.cleanup,
            exclusionSeeds=self.excluded,
            roi=self.roi,
        )
        return segment_region(node, result.segmentId, GRID, None), recipe_of(node, result.segmentId)

    def by_panel(self, panel, host):
        choose(panel, self.volumes, self.seeds, host)
        parameters = parameters_of(panel)
        parameters.exclusionSeeds, parameters.roi = self.excluded, self.roi
        parameters.multiplier, parameters.iterations = self.growing.multiplier, self.growing.iterations
        parameters.seedStatistics = self.growing.seed_statistics
        parameters.maximumVolume = self.growing.max_volume_ml or 0.0
        parameters.fillHoles, parameters.minimumIsland = self.cleanup.fill_holes, self.cleanup.minimum_island_ml
        settle(panel, host)
        panel.ui.applyButton.click()
        host.process_events()
        node = parameters.segmentation
        segment_id = node.GetSegmentation().GetSegmentIdBySegmentName("Tissue")
        return segment_region(node, segment_id, GRID, None), recipe_of(node, segment_id)

    def by_command_line(self):
        seeds = [f"--seed={i},{j},{k}" for i, j, k in CENTERS]
        if self.excluded:
            seeds.append("--exclude={},{},{}".format(*EXCLUDED))
        roi = ["--roi", str(self.folder / "R.mrk.json")] if self.roi else []
        volumes = [str(self.folder / name) for name in ("T1.nrrd", "T2.nrrd")]
        outputs = ["--output", str(self.folder / "out.nrrd"), "--report", str(self.folder / "out.json")]
        assert main(["segment", *volumes, *seeds, *roi, *self.options, *outputs]) == 0
        region = sitk.GetArrayFromImage(sitk.ReadImage(str(self.folder / "out.nrrd")))
        return region, json.loads((self.folder / "out.json").read_text())

    def by_batch(self):
        seeds = "; ".join(",".join(map(str, center)) for center in CENTERS)
        row = {"case": "P1", "volume1": "T1.nrrd", "volume2": "T2.nrrd", "seeds": f'"{seeds}"'}
        if self.excluded:
            row["exclusion_seeds"] = '"{},{},{}"'.format(*EXCLUDED)
        if self.roi:
            row["roi"] = "R.mrk.json"
        table = self.folder / "cases.csv"
        table.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
        results = self.folder / "results"
        assert main(["batch", str(table), "--output", str(results), "--workers=1", *self.options]) == 0
        folder = results / "cases" / "P1"
        region = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "P1.nii.gz")))
        return region, json.loads((folder / "recipe.json").read_text())


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("factor", [1, 1 / 2000])
@pytest.mark.parametrize("statistics", SeedStatistics)
def test_every_entrance_gives_the_same(a_host, a_panel, a_scene, tmp_path, capsys, statistics, factor, restricted):
    case = Case(a_scene, tmp_path, statistics, factor, restricted=restricted)
    region, recipe = case.by_logic(a_host.load_module(), a_scene)
    assert 200 < region.sum() < 5000
    ways = {"panel": case.by_panel(a_panel, a_host), "segment": case.by_command_line()}
    if restricted:
        ways["batch"] = case.by_batch()
    for name, (other, again) in ways.items():
        assert np.array_equal(other, region), name
        expected, found = told(recipe), told(again)
        if restricted:
            places = [one.pop("restrictions")["roi"] for one in (expected, found)]
            assert places[0]["size"] == places[1]["size"]
            assert places[0]["objectToWorld"] == places[1]["objectToWorld"]
        assert found == expected, name


def test_an_empty_region_is_an_error_everywhere(a_host, a_scene, tmp_path, capsys):
    """ITK's own region is empty here: its statistics shrink from pass to pass."""
    case = Case(a_scene, tmp_path, SeedStatistics.ITK, 1, restricted=False)
    case.growing = GrowingParameters(0.2, 1, 1, SeedStatistics.ITK)
    while case.seeds.GetNumberOfControlPoints() > 1:
        case.seeds.RemoveNthControlPoint(1)
    volumes = [str(tmp_path / name) for name in ("T1.nrrd", "T2.nrrd")]
    node = a_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Empty")
    logic = a_host.load_module().MultiModalSegmentationLogic()
    with pytest.raises(ValueError, match="No voxel is within the multiplier"):
        logic.process(case.volumes, case.seeds, node, growing=case.growing)
    assert node.GetSegmentation().GetNumberOfSegments() == 0
    seed = "--seed={},{},{}".format(*CENTERS[0])
    assert main(["segment", *volumes, seed, *case.options, "--output", str(tmp_path / "out.nrrd")]) == 2
    assert capsys.readouterr().err.startswith("No voxel is within the multiplier")
    assert not (tmp_path / "out.nrrd").exists()
