"""Restrictions, cleanup, growing without writing, and the memory a run needs, on real MRML."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import vtk
from scene_helpers import add_linear_transform, add_sampled_volume, grid_of, scene_state, translation, two_tissues
from test_workflow import GRID, Story, recipe_of

from MultiModalSegmentationLib import (
    CleanupParameters,
    GrowingParameters,
    Parameters,
    SeedStatistics,
    UniModalParameters,
)
from MultiModalSegmentationLib.engine.work.steps import drained
from MultiModalSegmentationLib.explaining.findings import FindingKind
from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.pipeline.memory import check_memory, memory_available, memory_needed
from MultiModalSegmentationLib.scene.nodes import world_position
from MultiModalSegmentationLib.scene.restrictions import allowed_voxels
from MultiModalSegmentationLib.scene.volumes import is_resampled, matrix_from_array
from MultiModalSegmentationLib.workflow import workflow


@pytest.fixture
def story():
    return Story()


def add_roi(story, size=(40.0, 40.0, 7.0)):
    roi = story.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    roi.SetSize(*size)
    matrix = translation(world_position(story.t1, (10, 14, 13)))
    roi.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(matrix))
    roi.UpdateControlPointsFromROI()
    return roi


def test_roi_restricts_the_region_and_each_volume_alone(story):
    roi = add_roi(story)
    outcome = story.run(roi=roi, unimodal=UniModalParameters())
    allowed = allowed_voxels(story.t1, roi=roi).array > 0
    voxels = story.voxels(outcome.segment_id)
    assert 0 < voxels.sum() == (voxels & allowed).sum() < story.ball.sum()
    assert all(0 < one.voxel_count == (one.mask & allowed[one.box.slices]).sum() for one in outcome.unimodal)
    assert {contact.border for contact in outcome.growing.border_contacts} == {"allowed"}


def test_mask_segment_restricts_inside_and_outside(story):
    whole = story.run()
    part = story.run(roi=add_roi(story), look=workflow.SegmentLook("Part"))
    inside = story.run(mask=(story.segmentation, "Part"), look=workflow.SegmentLook("Inside"))
    assert inside.growing.voxel_count == part.growing.voxel_count < whole.growing.voxel_count
    with pytest.raises(ValueError, match="Seeds-1 lies outside the allowed voxels"):
        story.run(mask=(story.segmentation, "Part"), mask_inside=False)
    with pytest.raises(ValueError, match="Seeds-1 lies outside the allowed voxels"):
        roi = add_roi(story)
        roi.InsideOutOn()
        story.run(roi=roi)


def test_recipe_tells_restrictions_and_cleanup(story):
    story.run(look=workflow.SegmentLook("Mask"))
    cleanup = CleanupParameters(fill_holes=True, closing_mm=2.0)
    roi = add_roi(story)
    outcome = story.run(roi=roi, mask=(story.segmentation, "Mask"), cleanup=cleanup)
    recipe = recipe_of(story.segmentation, outcome.segment_id)
    assert recipe["cleanup"] == {"fillHoles": True, "closingMm": 2.0, "minimumIslandMl": 0.0}
    assert recipe["restrictions"]["roi"]["id"] == roi.GetID()
    assert recipe["restrictions"]["roi"]["size"] == [40.0, 40.0, 7.0]
    assert recipe["restrictions"]["mask"]["segment"] == "Mask"
    assert recipe["restrictions"]["mask"]["inside"] is True
    assert recipe["result"]["voxelCount"] == outcome.growing.voxel_count
    assert recipe["seedLists"]["seeds"] == {"name": "Seeds", "id": story.seeds.GetID()}
    plain = recipe_of(story.segmentation, story.run().segment_id)
    assert not {"restrictions", "cleanup"} & set(plain)


def test_cleanup_is_in_the_segment_and_its_numbers(story):
    ragged = GrowingParameters(1.5, seed_statistics=SeedStatistics.ITK)
    plain = story.run(growing=ragged)
    closed = story.run(growing=ragged, cleanup=CleanupParameters(closing_mm=4.0))
    assert closed.growing.voxel_count > plain.growing.voxel_count
    assert story.voxels(closed.segment_id).sum() == closed.growing.voxel_count
    assert closed.growing.volume_ml == pytest.approx(closed.growing.voxel_count * 1.2e-3)


def test_growing_alone_leaves_the_scene_and_needs_no_segmentation(story):
    before = scene_state(story.scene)
    grown = drained(workflow.growing_steps(story.request(segmentation=None), story.cache))
    assert scene_state(story.scene) == before
    assert grown.result.voxel_count > 1000
    assert [p.label for p in grown.points.seeds] == ["Seeds-1", "Seeds-2", "Seeds-3"]
    whole = drained(workflow.growing_steps(story.request(), story.cache))
    outcome = workflow.write(whole)
    assert story.voxels(outcome.segment_id).sum() == grown.result.voxel_count


def test_cache_keeps_the_restriction_until_something_moves(story):
    roi = add_roi(story)
    story.run(look=workflow.SegmentLook("Mask"))

    def allowed():
        mask = (story.segmentation, "Mask")
        return story.cache.allowed(story.t1, roi=roi, mask=mask, mask_inside=True)

    step = add_linear_transform(story.scene, translation([2.0, 0, 0]))
    changes = (
        lambda: roi.SetSize(9, 30, 9),
        lambda: roi.SetAndObserveTransformNodeID(step.GetID()),
        lambda: step.SetMatrixTransformToParent(vtk.vtkMatrix4x4()),
        lambda: story.segmentation.SetAndObserveTransformNodeID(None),
        lambda: story.run(look=workflow.SegmentLook("Mask"), roi=roi),
    )
    first = allowed()
    assert allowed() is first
    seen = [first.array.sum()]
    for number, change in enumerate(changes):
        change()
        again = allowed()
        if number != 3:
            assert again is not first, number
        expected = allowed_voxels(story.t1, roi=roi, mask=(story.segmentation, "Mask"))
        assert np.array_equal(again.array, expected.array)
        first = again
        seen.append(first.array.sum())
    assert len(set(seen)) > 2


def test_memory_follows_what_a_run_can_reach(story):
    voxels = GRID.box.voxel_count
    plain, alone = Parameters(unimodal=None), Parameters()
    cleaned = Parameters(unimodal=None, cleanup=CleanupParameters(fill_holes=True))
    whole = memory_needed(voxels, voxels, plain, channel_count=2)
    assert whole == voxels * (4 * 2 + 10)
    assert memory_needed(voxels, 1000, plain, channel_count=2) == 1000 * 18
    assert memory_needed(voxels, voxels, plain, channel_count=3, resampled=1) == voxels * (4 * 3 + 10 + 4)
    assert memory_needed(voxels, voxels, alone, channel_count=2) - whole == 17 * voxels
    assert memory_needed(voxels, voxels, cleaned, channel_count=2) - whole == 5 * voxels
    assert memory_needed(voxels, voxels, plain, channel_count=2, excludes=True) - whole == 18 * voxels
    with pytest.raises(ValueError, match=r"'T1' may need 0.0 GB of memory, and only 0.0 GB are free: rest"):
        check_memory("T1", GRID, GRID.box, plain, channel_count=2, available=whole - 1)
    check_memory("T1", GRID, GRID.box, plain, channel_count=2, available=whole)
    check_memory("T1", GRID, Box((0, 0, 0), (10, 10, 10)), plain, channel_count=2, available=18000)
    coarse = add_sampled_volume(story.scene, "coarse", grid_of((12, 12, 12), (2.0, 2.0, 2.4)), two_tissues)
    assert is_resampled(coarse, story.t1)
    assert not is_resampled(story.t2, story.t1)


def huge_volume(story, name, voxels):
    """Voxels that are reserved but never touched, so that they take no memory."""
    image = vtk.vtkImageData()
    image.SetDimensions(1000, 1000, -(-voxels // 10**6))
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    node = story.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetAndObserveImageData(image)
    return node


def test_a_volume_that_would_not_fit_is_refused_before_anything_is_allocated(story):
    available = memory_available()
    assert available > 1e8
    volumes = [huge_volume(story, name, max(10**9, int(available / 12))) for name in ("Huge", "Other")]
    before = memory_available()
    with pytest.raises(ValueError, match=r"'Huge' may need [\d.]+ GB of memory, and only [\d.]+ GB are free"):
        next(workflow.growing_steps(story.request(volumes=volumes, seeds=None), story.cache))
    assert before - memory_available() < 1e9


def test_what_is_grown_explains_itself(story):
    ragged = story.request(growing=GrowingParameters(8.0), exclusion_seeds=None)
    grown = drained(workflow.growing_steps(ragged, story.cache))
    assert [f.kind for f in grown.findings()] == []
    assert grown.shares_of_view() == pytest.approx([grown.result.voxel_count / GRID.box.voxel_count] * 2)
    curve = drained(grown.leak_curve_steps())
    assert curve.volumes_ml[np.argmin(abs(curve.multipliers - 8.0))] == pytest.approx(grown.result.volume_ml, rel=0.05)
    assert grown.scatter((0, 1)).seeds.shape == (3, 2)
    seeds, exclusion_seeds = grown.point_rows()
    assert [row.label for row in seeds] == ["Seeds-1", "Seeds-2", "Seeds-3"]
    assert exclusion_seeds == []
    stretched = np.diag([1.0, 1.0, 1.2, 1.0])
    for matrix, count in ((translation([1, 2, 3]), 0), (stretched, 1)):
        step = add_linear_transform(story.scene, matrix)
        for node in (story.t1, story.t2, story.seeds):
            node.SetAndObserveTransformNodeID(step.GetID())
        grown = drained(workflow.growing_steps(story.request(), story.cache))
        kinds = [f.kind for f in grown.findings()]
        assert kinds == [FindingKind.NOT_RIGID] * count
