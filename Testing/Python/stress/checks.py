"""What must hold after each action."""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any

import slicer
from host.observers import observer_count

from MultiModalSegmentationLib.workflow.cache import ChannelCache
from MultiModalSegmentationLib.workflow.workflow import tissues_growing_steps

from .fingerprints import segment_states
from .world import Expected, World, is_preview, is_shown, is_users_own


class Checks:
    """Compares the scene before and after an action with what the action said."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._observers: dict[tuple, int] = {}
        world.host.leave_panel()
        self._application_nodes = {node.GetID() for node in self._others()}
        gc.collect()
        self._observers_outside = self._observers_of_application()
        world.panel = world.host.open_panel()
        self.begin()

    def begin(self) -> None:
        """Before an action."""
        self._world.expected = Expected()
        self._inventory = self._world.inventory()
        self._segments = self._world.segments()

    def end(self) -> None:
        """After an action. Raises ``AssertionError``."""
        world = self._world
        assert world.host.exceptions == [], "\n".join(world.host.exceptions)
        assert world.host.messages.errors == []
        self._check_nodes()
        self._check_segments()
        self._check_helpers()
        self._check_panel()
        self._check_observers()

    def _check_nodes(self) -> None:
        expected, now = self._world.expected, self._world.inventory()
        if expected.is_other_scene:
            nodes = Counter(now.values())
            surplus, lost = nodes - expected.nodes, expected.nodes - nodes
            assert not surplus and not lost, f"in the other scene, surplus: {surplus}, lost: {lost}"
            return
        gone = {node_id for node_id in self._inventory if node_id not in now}
        added = Counter(class_name for node_id, (class_name, _) in now.items() if node_id not in self._inventory)
        assert gone == expected.removed, f"gone: {gone}, expected: {expected.removed}"
        surplus = added - expected.added
        assert not expected.added - added, f"missing: {expected.added - added}"
        assert not surplus - expected.may_be_added, f"leaked: {surplus}"

    def _check_segments(self) -> None:
        expected = self._world.expected
        if expected.is_other_scene:
            return
        for node_id, states in self._world.segments().items():
            if node_id not in expected.edited:
                assert states == self._segments.get(node_id, {}), f"{node_id} was changed"

    def _others(self) -> list[Any]:
        """Nodes that are not the user's."""
        scene = slicer.mrmlScene
        nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
        return [node for node in nodes if not is_preview(node) and not is_users_own(node)]

    def _check_helpers(self) -> None:
        """Displays and storages belong to a node; the preview is alone, and only there while the panel is open."""
        scene = self._world.scene
        previews = [node for node in scene.GetNodesByClass("vtkMRMLSegmentationNode") if is_preview(node)]
        assert len(previews) <= int(self._world.is_entered), f"{len(previews)} previews"
        owned = _owned()
        for node in self._others():
            if node.IsA("vtkMRMLDisplayNode") or node.IsA("vtkMRMLStorageNode"):
                assert node.GetID() in owned, f"{node.GetID()} belongs to no node"
            elif node.GetID() not in self._application_nodes:
                is_application = node.GetSingletonTag() or node.IsA("vtkMRMLLinearTransformNode")
                assert is_application, f"leaked: {node.GetID()} {node.GetName()}"
                self._application_nodes.add(node.GetID())

    def _check_panel(self) -> None:
        world = self._world
        if not world.is_entered or world.panel._panel.preview.isBusy:
            return
        from MultiModalSegmentationPanel.choices.choices import whatIsMissing, whatPreviewMisses

        missing = whatIsMissing(world.parameters)
        assert world.ui.applyButton.enabled == (not missing), missing
        assert world.ui.applyButton.toolTip, "Apply tells nothing"
        assert not world.ui.cancelButton.enabled
        node = world.panel._panel.preview.node
        lacking = whatPreviewMisses(world.parameters)
        assert node is None or (world.parameters.livePreview and not lacking), (
            f"a preview that nobody asked for: {lacking}"
        )

    def _check_observers(self) -> None:
        """The same role in the panel means the same number of observers; outside there are those of before."""
        world = self._world
        if not world.is_entered:
            self._check_observers_outside()
        roles = _roles(world) if world.is_entered else {}
        for node in world.own_nodes():
            role = (world.is_entered, node.GetClassName(), *roles.get(node.GetID(), ()))
            if node is world.ui.maskSelector.currentNode():
                role += ("in the selector of masks",)
            count, usual = observer_count(node), self._observers.setdefault(role, observer_count(node))
            assert count == usual, f"{node.GetID()} as {role}: {count} observers instead of {usual}"

    def _check_observers_outside(self) -> None:
        now = self._observers_of_application()
        if now != self._observers_outside:
            gc.collect()  # A parameter node's wrapper observes it until it is collected.
            now = self._observers_of_application()
        names = now.keys() | self._observers_outside.keys()
        differing = {n: (self._observers_outside.get(n), now.get(n)) for n in names}
        differing = {name: counts for name, counts in differing.items() if counts[0] != counts[1]}
        assert not differing, f"observers before and now: {differing}"

    def _observers_of_application(self) -> dict[str, int]:
        counts = {node.GetID(): observer_count(node) for node in self._others() if node.GetSingletonTag()}
        return {"scene": observer_count(slicer.mrmlScene)} | {name: count for name, count in counts.items() if count}

    def compare_preview(self) -> bool:
        """The settled preview is what a new ``Segmenter`` on the same scene grows: no cache lies."""
        from MultiModalSegmentationPanel.choices import choices

        world = self._world
        panel = world.panel._panel
        if not world.is_entered or panel.preview.isBusy or panel.preview.node is None:
            return False
        if not panel.preview.node.GetDisplayNode().GetVisibility():
            return False
        work = tissues_growing_steps(choices.previewRequest(world.parameters), ChannelCache())
        try:
            while True:
                next(work)
        except StopIteration as end:
            expected = [one.result for one in end.value]
        found = [one.result for one in panel._shown.grown]
        assert len(found) == len(expected) == len(segment_states(panel.preview.node))
        for shown, one in zip(found, expected):
            assert shown.voxel_count == one.voxel_count, "the preview is not up to date"
            assert shown.box == one.box
            assert (shown.mask == one.mask).all()
        world.counts["previews of several tissues"] += len(found) > 1
        return True


def _roles(world: World) -> dict[str, tuple[str, ...]]:
    """The parameters that name each node."""
    roles: dict[str, tuple[str, ...]] = {}
    parameters = world.parameters
    for name in type(parameters).allParameters:
        node = getattr(parameters, name)
        if isinstance(node, slicer.vtkMRMLNode):
            roles[node.GetID()] = (*roles.get(node.GetID(), ()), name)
    for one in world.tissues():
        if one.seeds is not None and one.seeds is not parameters.seeds:
            roles[one.seeds.GetID()] = tuple(dict.fromkeys((*roles.get(one.seeds.GetID(), ()), "a tissue")))
    return roles


def _owned() -> set[str]:
    """The IDs of the displays and storages that a node refers to."""
    scene = slicer.mrmlScene
    nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
    displays = {n.GetNthDisplayNodeID(i) for n in nodes if is_shown(n) for i in range(n.GetNumberOfDisplayNodes())}
    storable = [node for node in nodes if node.IsA("vtkMRMLStorableNode")]
    return displays | {node.GetNthStorageNodeID(i) for node in storable for i in range(node.GetNumberOfStorageNodes())}
