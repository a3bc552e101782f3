"""The table of the segments made here, on real MRML."""

import math

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
from scene_helpers import add_linear_transform, add_sampled_volume, grid_of, two_tissues
from test_workflow import Story

from MultiModalSegmentationLib import GrowingParameters, UniModalParameters
from MultiModalSegmentationLib.scene.segments import SegmentLook
from MultiModalSegmentationLib.workflow.table import segment_rows, update_table


@pytest.fixture
def story():
    return Story()


def columns(table):
    names = [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())]
    arrays = [table.GetTable().GetColumnByName(name) for name in names]
    return {name: [a.GetValue(n) for n in range(a.GetNumberOfValues())] for name, a in zip(names, arrays)}


def test_one_row_for_each_segment_made_here(story):
    story.segmentation.GetSegmentation().AddEmptySegment("drawn", "drawn")
    outcome = story.run(growing=GrowingParameters(3.0, 1), unimodal=UniModalParameters(2.0, 2))
    result = outcome.growing
    table = columns(update_table(story.segmentation))
    assert table["Segment"] == ["Ball", "Ball (T1|T2: a only)", "Ball (T2 only)"]
    assert table["Voxels"] == [result.voxel_count, *(one.voxel_count for one in outcome.unimodal)]
    assert table["Volume (mL)"] == pytest.approx([count * 1.2e-3 for count in table["Voxels"]])
    assert table["Passes"] == [2, 3, 3]
    assert table["Effective multiplier"] == pytest.approx([3.0, 2.0, 2.0])
    assert table["Coverage (%)"] == pytest.approx([100 * result.coverage, 95.44997, 95.44997])
    assert table["T2: mean"][::2] == pytest.approx([result.mean[1], outcome.unimodal[1].mean])
    assert table["T2: SD"][0] == pytest.approx(math.sqrt(result.covariance[1, 1]))
    assert math.isnan(table["T2: mean"][1])
    share = 100 * result.voxel_count / (30 * 28 * 26)
    assert table["T2: share of field of view (%)"][0] == pytest.approx(share)
    assert list(table)[-1] == "Warnings"
    assert table["Warnings"] == ["", "", ""]


def test_the_table_is_updated_in_place(story):
    story.run()
    table = update_table(story.segmentation)
    before = [story.scene.GetNthNode(n).GetID() for n in range(story.scene.GetNumberOfNodes())]
    story.run(growing=GrowingParameters(3.0, max_volume_ml=0.6), look=SegmentLook("Part"))
    assert update_table(story.segmentation) is table
    assert [story.scene.GetNthNode(n).GetID() for n in range(story.scene.GetNumberOfNodes())] == before
    assert columns(table)["Segment"] == ["Ball", "Part"]
    assert "stopped at the maximum volume" in columns(table)["Warnings"][1]
    story.segmentation.GetSegmentation().RemoveAllSegments()
    assert columns(update_table(story.segmentation)) == {"Segment": []}


def test_sizes_are_the_segments_own_as_it_is_now(story):
    coarse = add_sampled_volume(story.scene, "own", grid_of((20, 20, 20), (2, 2, 2.4), (-12, -9, 4)), two_tissues)
    story.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(coarse)
    stretched = add_linear_transform(story.scene, np.diag([2.0, 1.0, 1.0, 1.0]))
    outcome = story.run()
    (row,) = segment_rows(story.segmentation)
    assert row["Volume (mL)"] == pytest.approx(row["Voxels"] * 9.6e-3)
    assert row["Volume (mL)"] == pytest.approx(outcome.growing.volume_ml, rel=0.1)
    story.segmentation.SetAndObserveTransformNodeID(stretched.GetID())
    assert segment_rows(story.segmentation) == [row], "transforms above the segmentation do not count"


def test_the_table_sits_beside_the_segmentation(story):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(story.scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
    hierarchy.CreateItem(study, story.segmentation)
    outcome = story.run()
    assert outcome.growing.voxel_count > 0
    table = update_table(story.segmentation)
    item = hierarchy.GetItemByDataNode(table)
    assert item == 0 or hierarchy.GetItemParent(item) == hierarchy.GetItemParent(
        hierarchy.GetItemByDataNode(story.segmentation)
    )
