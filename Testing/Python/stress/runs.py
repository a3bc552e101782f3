"""Apply, cancel, undo, and what follows; segmentations edited by somebody else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import slicer

from MultiModalSegmentationLib import OverwriteMode
from MultiModalSegmentationLib.scene.segments import recipe_of

from .fingerprints import fingerprint, mask_voxels, segment_states
from .registry import action
from .world import POINTS, ROI, SEGMENTATION, TABLE, Made, World


@action(9, in_panel=True)
def apply(world: World) -> str | None:
    if not world.ui.applyButton.enabled:
        return None
    return _apply(world, "")


@action(1, in_panel=True)
def apply_with_other_settings(world: World) -> str | None:
    """Settings changed and Apply clicked before the preview could follow."""
    if not world.ui.applyButton.enabled:
        return None
    world.ui.multiplierSlider.value = round(world.chance.uniform(1, 5), 2)
    return _apply(world, f"multiplier {world.ui.multiplierSlider.value}")


def _apply(world: World, text: str, is_complete: Callable[[], bool] = lambda: True) -> str:
    parameters = world.parameters
    target, names = parameters.segmentation, [one.name for one in world.tissues()]
    before = segment_states(target) if target else {}
    mask = (parameters.maskSegmentation, parameters.maskSegment) if parameters.maskSegment else None
    mask = mask if mask and mask[0] and mask[0].GetSegmentation().GetSegment(mask[1]) else None
    voxels_of_mask = mask_voxels(mask)
    world.ui.statusLabel.text = ""
    world.ui.applyButton.click()
    if not is_complete():
        return text
    world.counts["apply"] += 1
    if world.ui.statusLabel.styleSheet:
        assert parameters.segmentation is target
        after = segment_states(target) if target else {}
        assert after == before, f"the error '{world.ui.statusLabel.text}' changed the segmentation"
        return f"{text} error: {world.ui.statusLabel.text}"
    segmentation = parameters.segmentation
    world.expect(*(() if target else (SEGMENTATION,)), edited=[segmentation])
    _check_others(world, before, segment_states(segmentation), names)
    for name in names:
        _remember(world, name, voxels_of_mask == mask_voxels(mask))
    world.counts["segment"] += 1
    world.counts["several tissues"] += len(names) > 1
    return f"{text} {segmentation.GetID()} {names!r}: {world.ui.statusLabel.text}"


def _check_others(world: World, before: dict, after: dict, names: list[str]) -> None:
    if world.parameters.overwriteMode is not OverwriteMode.ALLOW_OVERLAP:
        return
    compared = world.volumes() if world.parameters.compare else []
    own = {*names, *(f"{name} ({volume.GetName()} only)" for name in names for volume in compared)}
    for segment_id, state in before.items():
        assert state[0] in own or after[segment_id] == state, f"Apply changed the segment {segment_id}"


def _remember(world: World, name: str, is_mask_left: bool) -> None:
    segmentation = world.parameters.segmentation
    content = segmentation.GetSegmentation()
    segment_id = content.GetSegmentIdBySegmentName(name)
    recipe = recipe_of(segmentation, segment_id)
    assert recipe is not None, f"the segment {name!r} has no recipe"
    _, tag, voxels = segment_states(segmentation)[segment_id]
    made = Made(voxels, fingerprint(recipe, segmentation) if is_mask_left else None)
    world.made.setdefault(tag, []).append(made)


@action(2, in_panel=True)
def cancel_in_the_middle(world: World) -> str | None:
    return _interrupted(world, world.ui.cancelButton.click)


@action(0.4, in_panel=True)
def delete_input_in_the_middle(world: World) -> str | None:
    return _interrupted(world, lambda: world.remove(world.chance.choice(world.volumes())))


@action(0.3, in_panel=True)
def leave_in_the_middle(world: World) -> str | None:
    def leave() -> None:
        world.host.leave_panel()
        world.is_entered = False

    return _interrupted(world, leave)


@action(0.2, in_panel=True)
def close_scene_in_the_middle(world: World) -> str | None:
    def close() -> None:
        world.host.close_scene()
        world.expected.is_other_scene = True
        world.made.clear()

    return _interrupted(world, close)


@action(0.3, in_panel=True)
def apply_in_the_middle(world: World) -> str | None:
    """A second click while the first run is on its way does nothing."""
    if not world.ui.applyButton.enabled:
        return None
    seen = []

    def click_again(value: int) -> None:
        if not seen and 0 < value < 100:
            seen.append(world.ui.applyButton.enabled)
            world.panel._panel.onApply()
            world.panel._panel.onUndo()

    return _with_progress(world, click_again, lambda: _apply(world, f"clicked again {seen}"))


def _interrupted(world: World, what: Callable[[], None]) -> str | None:
    """Apply, and do something at one of its steps; a run may end before."""
    if not world.ui.applyButton.enabled:
        return None
    states, at, seen = world.segments(), world.chance.randrange(1, 4), []

    def step(value: int) -> None:
        if 0 < value < 100 and world.ui.cancelButton.enabled:
            seen.append(value)
            if len(seen) == at:
                what()

    text = _with_progress(world, step, lambda: _apply(world, f"to step {at}", lambda: len(seen) < at))
    if len(seen) < at or world.expected.is_other_scene:
        return f"{text}, {len(seen)} steps"
    left = {node_id: state for node_id, state in states.items() if node_id not in world.expected.removed}
    assert world.segments() == left, "an interrupted run changed a segmentation"
    return f"at step {at}: {world.ui.statusLabel.text}"


def _with_progress(world: World, step: Callable[[int], None], run: Callable[[], str]) -> str:
    bar = world.ui.progressBar
    bar.connect("valueChanged(int)", step)
    try:
        return run()
    finally:
        bar.disconnect("valueChanged(int)", step)


@action(3, in_panel=True)
def undo(world: World) -> str | None:
    return _step_in_history(world, "Z", world.ui.undoButton)


@action(2, in_panel=True)
def redo(world: World) -> str | None:
    return _step_in_history(world, "Y", world.ui.redoButton)


def _step_in_history(world: World, key: str, button: object) -> str | None:
    """Every segment that it brings is one that was made before, and the segmentation is one that Apply wrote to."""
    if not button.enabled:
        return None
    before = world.segments()
    if world.chance.random() < 0.5:
        world.host.press(key)
    else:
        button.click()
    after = world.segments()
    assert before.keys() == after.keys(), "undo or redo added or removed a segmentation"
    changed = [node_id for node_id in after if after[node_id] != before[node_id]]
    assert len(changed) <= 1, "undo or redo changed two segmentations"
    world.expected.edited.update(changed)
    world.counts["undone or redone"] += bool(changed)
    return f"{changed}"


@action(1, in_panel=True)
def restore(world: World) -> str | None:
    if not world.ui.restoreButton.enabled:
        return None
    world.expected.may_be_added.update({POINTS: 10, ROI: 1})
    world.ui.restoreButton.click()
    return world.ui.statusLabel.text


@action(0.5, in_panel=True)
def make_table(world: World) -> str | None:
    if not world.ui.tableButton.enabled:
        return None
    world.expected.may_be_added[TABLE] += 1
    world.ui.tableButton.click()
    return world.ui.statusLabel.text


@action(0.6, in_panel=True)
def copy_recipe(world: World) -> str | None:
    button = world.chance.choice((world.ui.copyPythonButton, world.ui.copyCommandButton))
    if not button.enabled:
        return None
    button.click()
    return world.ui.statusLabel.text


@action(0.3, in_panel=True)
def show_smoothed(world: World) -> str | None:
    if not world.ui.showSmoothedButton.enabled or len(world.nodes("vtkMRMLScalarVolumeNode")) > 5:
        return None
    count = len(world.volumes())
    world.ui.showSmoothedButton.click()
    if not world.ui.statusLabel.styleSheet:
        world.expect(*["vtkMRMLScalarVolumeNode"] * count)
    return world.ui.statusLabel.text


@action(0.5)
def edit_segment_by_somebody_else(world: World) -> str | None:
    found = world.any_segment()
    if found is None:
        return None
    segmentation, segment_id = found
    labelmap = slicer.vtkOrientedImageData()
    segmentation.GetBinaryLabelmapRepresentation(segment_id, labelmap)
    if labelmap.IsEmpty():
        return None
    from vtk.util.numpy_support import vtk_to_numpy

    voxels = vtk_to_numpy(labelmap.GetPointData().GetScalars())
    voxels[np.arange(world.chance.randrange(50), len(voxels), 7)] = world.chance.randrange(2)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.SetBinaryLabelmapToSegment(labelmap, segmentation, segment_id, logic.MODE_REPLACE, labelmap.GetExtent())
    world.expect(edited=[segmentation])
    return f"{segmentation.GetID()} {segment_id}"


@action(0.4)
def rename_or_recolor_segment(world: World) -> str | None:
    found = world.any_segment()
    if found is None:
        return None
    segment = found[0].GetSegmentation().GetSegment(found[1])
    segment.SetName(world.chance.choice(("Tissue", "Ball", "renamed")))
    segment.SetColor(world.chance.random(), 0.5, 0.5)
    world.expect(edited=[found[0]])
    return f"{found[0].GetID()} {found[1]} {segment.GetName()}"


@action(0.5)
def delete_or_add_segment(world: World) -> str | None:
    found = world.any_segment()
    if found is None:
        return None
    content = found[0].GetSegmentation()
    world.expect(edited=[found[0]])
    if world.chance.random() < 0.5:
        content.RemoveSegment(found[1])
        return f"{found[0].GetID()} {found[1]} removed"
    return f"{found[0].GetID()} {content.AddEmptySegment('', 'theirs')} added"


@action(0.5)
def hide_segment(world: World) -> str | None:
    found = world.any_segment()
    if found is None or not found[0].GetDisplayNode():
        return None
    found[0].GetDisplayNode().SetSegmentVisibility(found[1], world.chance.random() < 0.5)
    return f"{found[0].GetID()} {found[1]}"
