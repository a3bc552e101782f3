"""Undo and redo of this module's own changes, whatever others do in between, on real MRML."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import vtk
from scene_helpers import add_sampled_volume, grid_of, segmentation_state, two_tissues
from vtk.util.numpy_support import vtk_to_numpy

from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.parameters.settings import OverwriteMode
from MultiModalSegmentationLib.scene.segments import (
    Region,
    SegmentLook,
    fit_region,
    segment_region,
    write_labelmap,
)
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.workflow.history import DEPTH, SegmentHistory

GRID = grid_of((20, 18, 16))


class Work:
    def __init__(self):
        self.standalone = StandaloneScene()
        self.volume = add_sampled_volume(self.standalone.scene, "T1", GRID, two_tissues)
        self.node = self.standalone.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "S")
        self.content = self.node.GetSegmentation()
        self.history = SegmentHistory(self.node)

    def write(self, name, size, tag="", **keywords):
        box = Box((2, 2, 2), (2 + size,) * 3)
        labelmap = fit_region(self.node, self.volume, Region(GRID, box, np.ones((size,) * 3, np.uint8)))
        tags = {"MultiModalSegmentation": tag}
        return write_labelmap(self.node, self.volume, labelmap, SegmentLook(name), tags=tags, **keywords)

    def apply(self, name, size, **keywords):
        self.history.about_to_change()
        segment_id = self.write(name, size, **keywords)
        self.history.changed()
        return segment_id

    def sizes(self):
        """Voxels of each segment by name."""
        ids = self.content.GetSegmentIDs()
        return {self.content.GetSegment(i).GetName(): int(segment_region(self.node, i, GRID, None).sum()) for i in ids}


@pytest.fixture
def work():
    return Work()


def test_undo_and_redo_of_new_and_replaced_segments(work):
    steps = [{}, {"A": 8}, {"A": 27}, {"A": 27, "B": 64}]
    work.apply("A", 2, tag="two")
    work.apply("A", 3, tag="three")
    work.apply("B", 4)
    assert work.sizes() == steps[3]
    for step in (2, 1, 0):
        assert work.history.undo()
        assert work.sizes() == steps[step]
    assert not work.history.can_undo
    assert not work.history.undo()
    for step in (1, 2, 3):
        assert work.history.redo()
        assert work.sizes() == steps[step]
    assert not work.history.can_redo
    assert not work.history.redo()


def test_undo_gives_back_every_property_and_what_was_erased(work):
    work.apply("A", 4, tag="first")
    work.apply("B", 2, tag="second")
    before = segmentation_state(work.node)
    work.apply("B", 3, tag="third", overwrite=OverwriteMode.OVERWRITE_ALL)
    assert work.sizes() == {"A": 64 - 27, "B": 27}
    assert work.history.undo()
    assert segmentation_state(work.node) == before
    assert recipe_text(work, "B") == "second"
    assert work.content.GetSegmentIDs() == ("A", "B")


def test_a_change_after_undo_ends_what_could_be_redone(work):
    work.apply("A", 2)
    work.apply("A", 3)
    work.history.undo()
    work.apply("A", 4)
    assert not work.history.can_redo
    assert work.history.undo()
    assert work.sizes() == {"A": 8}


@pytest.mark.parametrize(
    "someone",
    [
        lambda work: work.write("Theirs", 5),
        lambda work: work.write("A", 5),
        lambda work: work.content.GetSegment("A").SetColor(0.1, 0.2, 0.3),
        lambda work: work.content.GetSegment("A").SetName("Renamed"),
        lambda work: work.content.RemoveSegment("A"),
        lambda work: work.content.AddEmptySegment("Empty", "Empty"),
        lambda work: edit_in_place(work),
    ],
)
def test_undo_never_takes_back_what_someone_else_did(work, someone):
    work.apply("A", 2)
    work.apply("A", 3)
    someone(work)
    theirs = segmentation_state(work.node)
    assert not work.history.can_undo
    assert not work.history.undo()
    assert segmentation_state(work.node) == theirs
    work.apply("Mine", 4)
    assert work.history.undo()
    assert segmentation_state(work.node) == theirs
    assert not work.history.can_undo, "what came before their change is forgotten"


def test_someone_elses_change_after_undo_ends_redo(work):
    work.apply("A", 2)
    work.history.undo()
    work.write("Theirs", 5)
    assert not work.history.can_redo
    assert not work.history.redo()
    assert work.sizes() == {"Theirs": 125}


def recipe_text(work, segment_id):
    tag = vtk.reference("")
    work.content.GetSegment(segment_id).GetTag("MultiModalSegmentation", tag)
    return str(tag)


def edit_in_place(work):
    labelmap = work.content.GetSegment("A").GetRepresentation("Binary labelmap")
    vtk_to_numpy(labelmap.GetPointData().GetScalars())[:4] = 0
    labelmap.GetPointData().GetScalars().Modified()
    labelmap.Modified()


def test_a_change_given_up_leaves_the_history_as_it_was(work):
    work.history.about_to_change()
    assert not work.history.can_undo
    work.apply("A", 2)
    work.history.about_to_change()
    assert work.history.undo()
    assert work.sizes() == {}
    assert work.history.redo()
    assert work.sizes() == {"A": 8}


def test_someone_elses_change_while_one_is_given_up_stays(work):
    work.apply("A", 2)
    work.history.about_to_change()
    work.write("Theirs", 5)
    assert not work.history.undo()
    assert work.sizes() == {"A": 8, "Theirs": 125}


def test_surfaces_are_no_change_and_stay_through_undo(work):
    work.apply("A", 3)
    work.apply("A", 5)
    work.node.CreateClosedSurfaceRepresentation()
    assert work.history.undo()
    assert work.sizes() == {"A": 27}
    surface = work.node.GetClosedSurfaceInternalRepresentation("A")
    assert surface.GetBounds()[1] - surface.GetBounds()[0] < 4


def test_segments_on_one_shared_labelmap(work):
    work.apply("A", 2)
    work.apply("B", 4)
    work.content.CollapseBinaryLabelmaps(True)
    collapsed = work.sizes()
    assert work.content.GetNumberOfLayers() == 1
    work.apply("A", 5)
    assert work.history.undo()
    assert work.sizes() == collapsed


def test_depth_is_bounded(work):
    for size in range(2, 2 + DEPTH + 3):
        work.apply("A", size)
    undone = 0
    while work.history.undo():
        undone += 1
    assert undone == DEPTH


def test_release_lets_go_of_the_segmentation(work):
    work.apply("A", 2)
    count = work.content.GetReferenceCount()
    work.history.release()
    assert work.content.GetReferenceCount() == count - 1
    assert not work.history.can_undo
    assert work.sizes() == {"A": 8}
