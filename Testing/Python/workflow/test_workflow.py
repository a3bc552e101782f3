"""From nodes to segments with their recipes, on real MRML."""

import json

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import SimpleITK as sitk
import slicer
import vtk
from scene_helpers import add_linear_transform, grid_of, scene_state, translation

from MultiModalSegmentationLib import (
    Cancelled,
    GrowingParameters,
    OverwriteMode,
    SeedStatistics,
    SmoothingParameters,
    UniModalParameters,
    grow_unimodal,
)
from MultiModalSegmentationLib.recipes.recipe import TAG, Recipe
from MultiModalSegmentationLib.scene.export import export_labelmap
from MultiModalSegmentationLib.scene.nodes import add_points, add_volume, world_position
from MultiModalSegmentationLib.scene.segments import SegmentLook, segment_region
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.volumes import volume_array
from MultiModalSegmentationLib.workflow import workflow
from MultiModalSegmentationLib.workflow.cache import ChannelCache

GRID = grid_of((30, 28, 26), (1.0, 1.0, 1.2), (-12.0, -9.0, 4.0))
NO_SMOOTHING = SmoothingParameters(iterations=0)


class Story:
    """Two volumes that each show a ball and a block, but only together tell them apart."""

    def __init__(self, scene=None):
        self.standalone = None if scene else StandaloneScene()
        self.scene = scene or self.standalone.scene
        noise = np.random.default_rng(1).normal(0, 2, (2, *GRID.size[::-1])).astype(np.float32)
        k, j, i = np.meshgrid(*(np.arange(n) for n in GRID.size[::-1]), indexing="ij")
        self.ball = (i - 10) ** 2 + (j - 14) ** 2 + (k - 13) ** 2 < 49
        bright = self.ball | ((i > 14) & (j > 8))
        dark = self.ball | ((i < 9) & (j < 16))
        self.t1 = add_volume(self.scene, GRID.image(noise[0] + np.where(bright, 100, 20)), "T1|T2: a")
        self.t2 = add_volume(self.scene, GRID.image(noise[1] + np.where(dark, 30, 120)), "T2")
        centers = ((10, 14, 13), (12, 15, 12), (8, 12, 14))
        self.seeds = add_points(self.scene, "Seeds", [world_position(self.t1, c) for c in centers])
        self.segmentation = self.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
        self.cache = ChannelCache()

    def request(self, **changes):
        values = {
            "volumes": [self.t1, self.t2],
            "seeds": self.seeds,
            "segmentation": self.segmentation,
            "look": SegmentLook("Ball"),
            "smoothing": NO_SMOOTHING,
            **changes,
        }
        return workflow.Request(**values)

    def run(self, **changes):
        return workflow.run(self.request(**changes), self.cache)

    def voxels(self, segment_id):
        return segment_region(self.segmentation, segment_id, GRID, None) > 0


@pytest.fixture
def story():
    return Story()


def dice(a, b):
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


def recipe_of(segmentation, segment_id):
    tag = vtk.reference("")
    assert segmentation.GetSegmentation().GetSegment(segment_id).GetTag(TAG, tag)
    return Recipe.from_tag(str(tag))


def test_region_on_both_volumes_is_the_ball(story):
    outcome = story.run()
    assert dice(story.voxels(outcome.segment_id), story.ball) > 0.95
    assert story.voxels(outcome.segment_id).sum() == outcome.growing.voxel_count


def test_itk_statistics_equal_simpleitk(story):
    growing = GrowingParameters(2.5, 1, seed_statistics=SeedStatistics.ITK)
    smoothing = SmoothingParameters()
    outcome = story.run(growing=growing, smoothing=smoothing)
    images = [
        sitk.CurvatureFlow(GRID.image(volume_array(v)), timeStep=0.125, numberOfIterations=5)
        for v in (story.t1, story.t2)
    ]
    expected = sitk.VectorConfidenceConnected(
        sitk.Compose(images), [(10, 14, 13), (12, 15, 12), (8, 12, 14)], 1, 2.5, 1, 1
    )
    assert np.array_equal(story.voxels(outcome.segment_id), sitk.GetArrayFromImage(expected) > 0)


def test_each_volume_alone_is_a_segment_and_erases_nothing(story):
    outcome = story.run(unimodal=UniModalParameters(2.5, 1), overwrite=OverwriteMode.OVERWRITE_ALL)
    content = story.segmentation.GetSegmentation()
    names = [content.GetNthSegment(n).GetName() for n in range(content.GetNumberOfSegments())]
    assert names == ["Ball", "Ball (T1|T2: a only)", "Ball (T2 only)"]
    assert story.voxels(outcome.segment_id).sum() == outcome.growing.voxel_count
    for volume, one, name in zip((story.t1, story.t2), outcome.unimodal, names[1:]):
        seeds = [(10, 14, 13), (12, 15, 12), (8, 12, 14)]
        expected = grow_unimodal(GRID.image(volume_array(volume)), seeds, UniModalParameters(2.5, 1))
        assert one.voxel_count == expected.voxel_count > story.ball.sum() * 1.2
        assert story.voxels(content.GetSegmentIdBySegmentName(name)).sum() == one.voxel_count


def test_recipe_tells_how_the_segment_was_made(story):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(story.scene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), story.t1)
    hierarchy.SetItemUID(item, "DICOM", "1.2.3.4")
    outcome = story.run(growing=GrowingParameters(3.0, 2, max_volume_ml=50.0))
    recipe = recipe_of(story.segmentation, outcome.segment_id)
    assert recipe["schemaVersion"] == 2
    assert [v["name"] for v in recipe["volumes"]] == ["T1|T2: a", "T2"]
    assert recipe["volumes"][0]["dicomSeriesInstanceUid"] == "1.2.3.4"
    assert [s["ijk"] for s in recipe["seeds"]] == [[10, 14, 13], [12, 15, 12], [8, 12, 14]]
    assert recipe["seeds"][0]["ras"] == pytest.approx(world_position(story.t1, (10, 14, 13)))
    assert recipe["growing"] == {
        "multiplier": 3.0,
        "iterations": 2,
        "initialNeighborhoodRadius": 1,
        "seedStatistics": "pooled",
        "maxVolumeMl": 50.0,
        "edge": "half-way",
    }
    assert recipe["result"]["voxelCount"] == outcome.growing.voxel_count
    assert recipe["result"]["mean"] == pytest.approx(outcome.growing.mean.tolist())
    assert len(recipe["result"]["passes"]) == 3
    assert recipe["versions"]["SimpleITK"].startswith("2.")


def test_recipe_survives_the_segmentation_file(story, tmp_path):
    outcome = story.run()
    path = tmp_path / "ball.seg.nrrd"
    storage = slicer.vtkMRMLSegmentationStorageNode()
    story.scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.WriteData(story.segmentation)
    other = StandaloneScene()
    loaded = other.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    reader = slicer.vtkMRMLSegmentationStorageNode()
    other.scene.AddNode(reader)
    reader.SetFileName(str(path))
    assert reader.ReadData(loaded)
    segment_id = loaded.GetSegmentation().GetSegmentIdBySegmentName("Ball")
    assert recipe_of(loaded, segment_id) == recipe_of(story.segmentation, outcome.segment_id)
    assert np.array_equal(segment_region(loaded, segment_id, GRID, None) > 0, story.voxels(outcome.segment_id))


def test_recipe_survives_the_scene_bundle(story, tmp_path):
    outcome = story.run()
    before = recipe_of(story.segmentation, outcome.segment_id)
    story.segmentation.AddDefaultStorageNode()
    assert story.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = StandaloneScene()
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    loaded = other.scene.GetFirstNodeByName("Segmentation")
    segment_id = loaded.GetSegmentation().GetSegmentIdBySegmentName("Ball")
    assert recipe_of(loaded, segment_id) == before


def test_segment_lies_where_the_volume_is_under_a_transform(story):
    step = add_linear_transform(story.scene, translation([7.0, -2.0, 1.0]))
    plain = story.run()
    story.segmentation = story.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Moved")
    for node in (story.t1, story.t2, story.seeds):
        node.SetAndObserveTransformNodeID(step.GetID())
    moved = story.run()
    assert moved.growing.voxel_count == plain.growing.voxel_count
    bounds = [0.0] * 6
    story.segmentation.GetRASBounds(bounds)
    assert story.segmentation.GetTransformNodeID() == step.GetID()
    assert np.array_equal(story.voxels(moved.segment_id), story.voxels(moved.segment_id))
    start = world_position(story.t1, [n - 0.5 for n in moved.growing.box.start])
    stop = world_position(story.t1, [n - 0.5 for n in moved.growing.box.stop])
    assert sorted((bounds[0], bounds[1])) == pytest.approx(sorted((start[0], stop[0])), abs=1.01)


def test_cancel_and_errors_leave_the_scene_as_it_was(story):
    story.run()
    before = scene_state(story.scene)
    with pytest.raises(Cancelled):
        workflow.run(story.request(unimodal=UniModalParameters()), story.cache, should_cancel=lambda: True)
    assert scene_state(story.scene) == before
    astray = add_points(story.scene, "Astray", [(900, 0, 0)])
    nowhere = add_points(story.scene, "None")
    same = add_points(story.scene, "Out", [world_position(story.t1, (10, 14, 13))])
    out = add_points(story.scene, "Other", [world_position(story.t1, (25, 14, 13))])
    labels = story.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    before = scene_state(story.scene)
    for changes, words in (
        ({"seeds": astray}, "lies outside the volume"),
        ({"seeds": nowhere}, "seed"),
        ({"seeds": None}, "seed"),
        ({"segmentation": None}, "No segmentation"),
        ({"volumes": []}, "No input volume"),
        ({"volumes": [story.t1, None]}, "No input volume"),
        ({"volumes": [story.t1, story.t1]}, "chosen twice"),
        ({"volumes": [story.t1, labels]}, "label map"),
        ({"exclusion_seeds": story.seeds}, "'Seeds' is chosen for seeds and exclusion seeds"),
        ({"exclusion_seeds": same}, "same voxel"),
        ({"exclusion_seeds": out, "growing": GrowingParameters(seed_statistics=SeedStatistics.ITK)}, "pooled"),
    ):
        with pytest.raises(ValueError, match=words):
            story.run(**changes)
        assert scene_state(story.scene) == before, changes


def test_copy_of_a_volume_is_the_same_image(story):
    copy = add_volume(story.scene, GRID.image(volume_array(story.t1)), "Copy")
    with pytest.raises(ValueError, match="Copy"):
        story.run(volumes=[story.t1, copy])


def test_progress_rises_to_one(story):
    seen = []
    workflow.run(story.request(unimodal=UniModalParameters()), story.cache, on_progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert 0 <= seen[0] < seen[-1] == 1


def test_cache_notices_what_has_changed(story):
    first = story.cache.segmenter([story.t1, story.t2], NO_SMOOTHING)
    assert story.cache.segmenter([story.t1, story.t2], NO_SMOOTHING) is first
    step = add_linear_transform(story.scene, translation([1.0, 0, 0]))
    for node in (story.t1, story.t2):
        node.SetAndObserveTransformNodeID(step.GetID())
    assert story.cache.segmenter([story.t1, story.t2], NO_SMOOTHING) is first, "both moved together"
    changes = (
        lambda: story.t2.SetAndObserveTransformNodeID(None),
        lambda: story.t2.SetOrigin(1, 2, 3),
        lambda: story.t2.GetImageData().Modified(),
        lambda: story.t2.SetAndObserveImageData(story.t1.GetImageData()),
        lambda: step.SetMatrixTransformToParent(vtk.vtkMatrix4x4()),
    )
    for change in changes[:3]:
        change()
        again = story.cache.segmenter([story.t1, story.t2], NO_SMOOTHING)
        assert again is not first
        first = again
    assert story.cache.segmenter([story.t1, story.t2], SmoothingParameters()) is not first


def test_edited_voxels_are_seen(story):
    story.run()
    volume_array(story.t1)[:] = volume_array(story.t1)[::-1]
    story.t1.GetImageData().GetPointData().GetScalars().Modified()
    story.t1.GetImageData().Modified()
    changed = story.run()
    fresh = workflow.run(story.request(), ChannelCache())
    assert changed.growing.voxel_count == fresh.growing.voxel_count


@pytest.mark.parametrize("ending", [".mhd", ".nrrd", ".nii.gz", ".mha"])
def test_export_is_on_the_reference_grid(story, tmp_path, ending):
    outcome = story.run()
    export_labelmap(story.segmentation, "Ball", tmp_path / f"ball{ending}")
    image = sitk.ReadImage(str(tmp_path / f"ball{ending}"))
    assert image.GetSize() == GRID.size
    assert image.GetOrigin() == pytest.approx(GRID.origin)
    assert image.GetSpacing() == pytest.approx(GRID.spacing)
    assert np.array_equal(sitk.GetArrayFromImage(image) > 0, story.voxels(outcome.segment_id))
    with pytest.raises(ValueError, match="no segment called 'Cube'"):
        export_labelmap(story.segmentation, "Cube", tmp_path / "cube.nrrd")
    with pytest.raises(ValueError, match="must end in"):
        export_labelmap(story.segmentation, "Ball", tmp_path / "ball.png")


def test_export_does_not_touch_a_file_it_cannot_replace(story, tmp_path):
    story.run()
    with pytest.raises(ValueError, match="cannot be written"):
        export_labelmap(story.segmentation, "Ball", tmp_path / "missing" / "ball.nrrd")
    assert list(tmp_path.iterdir()) == []


def test_recipe_is_json_without_separators_in_texts(story):
    outcome = story.run()
    tag = vtk.reference("")
    story.segmentation.GetSegmentation().GetSegment(outcome.segment_id).GetTag(TAG, tag)
    assert "|" not in str(tag)
    assert "\\u007c" in str(tag)
    assert json.loads(str(tag))["volumes"][0]["name"] == "T1|T2: a"


def test_empty_region_is_an_error_and_an_empty_one_on_a_volume_alone_no_segment(story):
    one = add_points(story.scene, "One", [world_position(story.t1, (10, 14, 13))])
    outcome = story.run(seeds=one, unimodal=UniModalParameters(0.05, 3))
    assert [result.voxel_count for result in outcome.unimodal] == [0, 0]
    assert story.segmentation.GetSegmentation().GetNumberOfSegments() == 1
    before = scene_state(story.scene)
    with pytest.raises(ValueError, match="No voxel is within the multiplier"):
        story.run(seeds=one, growing=GrowingParameters(1.0, 1, seed_statistics=SeedStatistics.ITK))
    assert scene_state(story.scene) == before
