"""Slicer with the panel, the chance that drives the user, and what the user's actions should have led to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import host
import slicer

from MultiModalSegmentationLib.workflow.preview import NAME as PREVIEW_NAME

from .fingerprints import segment_states
from .scenery import index_of_tissue

VOLUME, POINTS, ROI = "vtkMRMLScalarVolumeNode", "vtkMRMLMarkupsFiducialNode", "vtkMRMLMarkupsROINode"
SEGMENTATION, TRANSFORM, TABLE = "vtkMRMLSegmentationNode", "vtkMRMLTransformNode", "vtkMRMLTableNode"
USERS_OWN = ("vtkMRMLVolumeNode", "vtkMRMLMarkupsNode", SEGMENTATION, TRANSFORM, TABLE)
VOLUME_FIELDS = ("referenceVolume", "secondVolume", "thirdVolume", "fourthVolume")


@dataclass
class Expected:
    """What one action may do to the scene; whatever else has changed afterwards is an error."""

    added: Counter[str] = field(default_factory=Counter)
    """Nodes by class that must have come."""
    may_be_added: Counter[str] = field(default_factory=Counter)
    """Nodes by class that may have come besides."""
    removed: set[str] = field(default_factory=set)
    """IDs of nodes that must have gone."""
    edited: set[str] = field(default_factory=set)
    """IDs of segmentations whose segments may have changed."""
    is_other_scene: bool = False
    """The scene was closed or loaded: ``nodes`` is what must be in it."""
    nodes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Class and name of each node."""


@dataclass(frozen=True)
class Made:
    """A segment as Apply left it: its voxels, and what it depended on."""

    voxels: str
    fingerprint: str | None


class World:
    """The scene, the panel, and the model of both."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.host = host.start()
        self.host.new_scene()
        self.host.load_module()
        self.panel = self.host.open_panel()
        self.is_entered = True
        self.expected = Expected()
        self.made: dict[str, list[Made]] = {}
        """By the text of the recipe's tag."""
        self.counts: Counter[str] = Counter()

    @property
    def scene(self) -> slicer.vtkMRMLScene:
        return slicer.mrmlScene

    @property
    def parameters(self) -> Any:
        return self.panel.logic.getParameterNode()

    @property
    def ui(self) -> Any:
        return self.panel.ui

    def nodes(self, class_name: str) -> list[Any]:
        """The user's nodes of a class, in the scene's order."""
        count = self.scene.GetNumberOfNodesByClass(class_name)
        found = [self.scene.GetNthNodeByClass(n, class_name) for n in range(count)]
        return [node for node in found if not node.GetHideFromEditors()]

    def own_nodes(self) -> list[Any]:
        """All nodes that are the user's: data, not views, displays or parameters."""
        return [node for class_name in USERS_OWN for node in self.nodes(class_name)]

    def any_node(self, class_name: str) -> Any | None:
        """One of the user's nodes of a class, by chance."""
        nodes = self.nodes(class_name)
        return self.chance.choice(nodes) if nodes else None

    def any_segment(self) -> tuple[Any, str] | None:
        """A segmentation and the ID of one of its segments, by chance."""
        found = [(node, each) for node in self.nodes(SEGMENTATION) for each in node.GetSegmentation().GetSegmentIDs()]
        return self.chance.choice(found) if found else None

    def volumes(self) -> list[Any]:
        """The volumes chosen, the reference first."""
        chosen = [getattr(self.parameters, name) for name in VOLUME_FIELDS]
        return [volume for volume in chosen if volume]

    def tissues(self) -> list[Any]:
        """The tissues chosen, each with its name and seeds."""
        from MultiModalSegmentationPanel.choices.tissues import tissues

        return tissues(self.parameters)

    def place_in_tissue(self, spread: float) -> tuple[float, float, float]:
        """A world position near the middle of the tissue, as the reference shows it."""
        from MultiModalSegmentationLib.scene.nodes import world_position

        jitter = [self.chance.gauss(0, spread) for _ in range(3)]
        reference = self.parameters.referenceVolume
        if not reference or not reference.GetImageData():
            return (-12.0 + jitter[0], -12.0 + jitter[1], 11.0 + jitter[2])
        return world_position(reference, index_of_tissue(reference, jitter))

    def inventory(self) -> dict[str, tuple[str, str]]:
        """Class and name of each of the user's nodes, by ID."""
        return {node.GetID(): (node.GetClassName(), node.GetName()) for node in self.own_nodes()}

    def segments(self) -> dict[str, dict]:
        """The state of every segment of the user's segmentations."""
        return {node.GetID(): segment_states(node) for node in self.nodes(SEGMENTATION)}

    def settle(self) -> None:
        """Let the live preview finish."""
        self.host.process_events()
        self.host.process_events(until=lambda: not self.panel._panel.preview.isBusy, timeout=30)

    def expect(self, *added: str, edited: Sequence[Any] = ()) -> None:
        """Nodes of these classes will come; the segments of these nodes may change."""
        self.expected.added.update(added)
        self.expected.edited.update(node.GetID() for node in edited)

    def remove(self, node: Any) -> None:
        """Delete a node as Slicer's Data module does, with what belongs to it alone."""
        self.expected.removed.add(node.GetID())
        owned = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())] if is_shown(node) else []
        if node.IsA("vtkMRMLStorableNode"):
            owned += [node.GetNthStorageNode(n) for n in range(node.GetNumberOfStorageNodes())]
        self.scene.RemoveNode(node)
        for each in owned:
            if each:
                self.scene.RemoveNode(each)


def is_preview(node: Any) -> bool:
    """Whether the panel made the node to preview a region."""
    return node.GetName() == PREVIEW_NAME


def is_users_own(node: Any) -> bool:
    """Whether the node is data that a user works with."""
    return any(node.IsA(name) for name in USERS_OWN) and not node.GetHideFromEditors()


def is_shown(node: Any) -> bool:
    """Whether the node can have displays."""
    return node.IsA("vtkMRMLDisplayableNode")
